"""A node that cannot work says so in one line before it starts, and exits with 1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.graph.conftest import NodeProcess

Start = Callable[..., NodeProcess]


@pytest.mark.parametrize(
    ("executable", "parameters", "says"),
    [
        ("tiling_node", {"overlap": 1.5}, "parameter 'overlap' is 1.5; expected a number from 0 to 0.9"),
        ("tiling_node", {"delivery": "fast"}, "'delivery' is 'fast'; expected one of live, lossless"),
        ("inference_node", {"model": "/nowhere.tflite"}, "model /nowhere.tflite is not there"),
        ("inference_node", {"tile_size": 100}, "takes tiles of 227 px but tile_size is 100"),
        ("logger_node", {"output": "/proc/session"}, "folder /proc/session cannot be made"),
        ("logger_node", {"min_looks": 0}, "'min_looks' is 0; expected a whole number from 1 to 1000"),
        ("tiling_node", {"use_sim_time": 1}, "expected true or false for use_sim_time"),
        (
            "simulator_node",
            {"use_sim_time": True},
            "'use_sim_time' is true but this source brings its own time",
        ),
        ("simulator_node", {"surface_origin": "[1.0, 0.6, 0.0]"}, "x and z must be 0"),
        ("camera_node", {}, "parameter 'source' is empty"),
        ("camera_node", {"source": "/nowhere.mp4"}, "source /nowhere.mp4 is not there"),
        ("scanner_node", {"source": "/nowhere.mp4"}, "source /nowhere.mp4 is not there"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    start: Start, executable: str, parameters: dict[str, object], says: str
) -> None:
    node = start(executable, **parameters)
    assert node.exit_code() == 1
    lines = node.output.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"{executable}")
    assert says in lines[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("-p", "overlap:="), "Couldn't parse parameter override rule: '-p overlap:='"),
        (("--params-file", "/nowhere.yaml"), "Couldn't parse params file: '--params-file /nowhere.yaml'"),
        (("-r", "__ns:=robot-7"), "Couldn't parse remap rule: '-r __ns:=robot-7'"),
    ],
)
def test_arguments_that_ros_does_not_understand_are_named(
    start: Start, arguments: tuple[str, ...], says: str
) -> None:
    node = start("tiling_node", *arguments)
    assert node.exit_code() == 1
    assert says in node.output.splitlines()[-1]
    assert "Traceback" not in node.output


def test_a_folder_with_a_session_is_not_overwritten(start: Start, tmp_path: Path) -> None:
    (tmp_path / "scan.db").write_bytes(b"an earlier session")
    node = start("logger_node", output=tmp_path)
    assert node.exit_code() == 1
    assert "already holds a session: choose another folder, or give resume to go on" in node.output
    assert (tmp_path / "scan.db").read_bytes() == b"an earlier session"


@pytest.mark.parametrize("named", [{}, {"session_name": "wall"}])
def test_a_default_folder_that_cannot_be_used_is_refused_before_the_first_frame(
    start: Start, tmp_path: Path, named: dict[str, object]
) -> None:
    (tmp_path / "sessions").touch()
    node = start("logger_node", **named)
    assert node.exit_code() == 1
    assert "a file; expected a folder for the session" in node.output


def test_a_session_outlives_the_refusal_of_a_bag_that_is_there(start: Start, tmp_path: Path) -> None:
    (tmp_path / "session").mkdir()
    (tmp_path / "session" / "scan.db").write_bytes(b"an earlier session")
    (tmp_path / "bag").mkdir()
    arguments = {"source": "simulator", "output": tmp_path / "session", "overwrite": True}
    node = start("scanner_node", record=tmp_path / "bag", **arguments)
    assert node.exit_code() == 1
    assert "is there already" in node.output
    assert (tmp_path / "session" / "scan.db").read_bytes() == b"an earlier session"
