"""A node that is stopped in the middle of a scan and started again."""

from __future__ import annotations

import json
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.graph.conftest import NodeProcess, Probe

Start = Callable[..., NodeProcess]
ROBOT = {"source": "simulator", "delivery": "lossless", "seed": 3}
WALL = {"surface_width": 2.0, "surface_height": 0.4}


def stored_frames(database: Path) -> int:
    """Frames in the map, as another process can read them now."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            count: int = connection.execute("select count(*) from frames").fetchone()[0]
            return count
    except sqlite3.OperationalError:
        return 0


def results(session: Path) -> tuple[dict, list]:
    """Summary and crack lines of a session."""
    features = json.loads((session / "cracks.geojson").read_text())["features"]
    lines = [feature["geometry"]["coordinates"] for feature in features]
    return json.loads((session / "summary.json").read_text()), lines


def test_a_restarted_node_ends_the_scan_as_if_it_had_never_stopped(
    start: Start, probe: Probe, tmp_path: Path
) -> None:
    assert start("scanner_node", output=tmp_path / "whole", **ROBOT, **WALL).exit_code() == 0
    first = start("scanner_node", output=tmp_path / "broken", resume=True, **ROBOT, **WALL)
    probe.wait("a few frames", lambda: stored_frames(tmp_path / "broken" / "scan.db"))
    first.send(signal.SIGINT)
    assert first.exit_code() == 0, first.output
    stopped, _ = results(tmp_path / "broken")
    assert not stopped["complete"]
    again = start("scanner_node", output=tmp_path / "broken", resume=True, **ROBOT, **WALL)
    assert again.exit_code() == 0, again.output
    (whole, lines), (resumed, lines_resumed) = results(tmp_path / "whole"), results(tmp_path / "broken")
    assert resumed["complete"]
    assert resumed["frames"] == whole["frames"]
    # Those that waited for their pose when the node was stopped have none any more.
    assert whole["frames_scored"] - resumed["frames_scored"] == sum(stopped["frames_dropped"].values())
    assert len(lines_resumed) == len(lines)


def test_another_scan_is_not_resumed_in_its_place(start: Start, tmp_path: Path) -> None:
    robot = ROBOT | {"duration": 1.0}
    assert start("scanner_node", output=tmp_path / "s", **robot, **WALL).exit_code() == 0
    other = robot | {"overlap": 0.2}
    refused = start("scanner_node", output=tmp_path / "s", resume=True, **other, **WALL)
    assert refused.exit_code() != 0
    assert "begun with overlap 0.5 and cannot be resumed with overlap 0.2" in refused.output
    assert "Traceback" not in refused.output
