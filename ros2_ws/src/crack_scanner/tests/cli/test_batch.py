"""The verb `batch`: its table, its exit code, and what a second run does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from distributed import LocalCluster

from crack_scanner import __version__
from crack_scanner.batch.cluster import check_versions
from crack_scanner.cli.main import main
from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.scan_store import open_stored

# A bag of a scenario: a wall of 0.8 x 0.28 m, 0.3 m away, without a crack.
SOUND_WALL = Path(__file__).parents[1] / "replay" / "scenarios" / "bags" / "sound_wall"
CONFIG = """
/**:
  ros__parameters:
    surface_origin: [0.0, 0.3, 0.0]
    surface_width: 0.8
    surface_height: 0.28
    scale_known: false
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bag of a robot with settings of its own, and a file that is no bag."""
    robot = tmp_path / "bags" / "husky"
    robot.mkdir(parents=True)
    shutil.copytree(SOUND_WALL, robot / "sound_wall")
    (robot / "scanner.yaml").write_text(CONFIG)
    (robot / "noise.mcap").write_bytes(b"no bag at all")
    return tmp_path / "bags"


def test_good_bags_are_in_the_database_and_bad_ones_in_the_exit_code(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["batch", str(folder), "--out", str(tmp_path / "out"), "--jobs", "1", "--json"]
    assert main(words) == 1
    answer = json.loads(capfd.readouterr().out)
    bad, good = answer["bags"]
    assert (answer["done"], answer["failed"]) == (1, 1)
    assert (bad["bag"], bad["state"], good["robot"], good["state"]) == (
        "husky/noise.mcap",
        "failed",
        "husky",
        "done",
    )
    assert "noise.mcap" in bad["reason"]
    # On the surface of the robot's own settings.
    assert good["coverage_percent"] > 95
    assert good["scale_known"] is False
    record = open_stored(f"{answer['database']}#{good['session']}").record()
    assert (record.info.robot, len(record.cracks)) == ("husky", 0)
    assert (Path(good["folder"]) / "report.html").exists()
    # All are through: nothing is scanned, and the answer is the same.
    assert main(words) == 1
    printed = capfd.readouterr()
    assert json.loads(printed.out) == answer
    assert "2 of them were through before" in printed.err
    assert "done; scale not known" in printed.err
    (folder / "husky" / "noise.mcap").unlink()
    assert main(words) == 0


def test_workers_of_a_scheduler_do_the_same(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "husky" / "noise.mcap").unlink()
    local = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, **local) as cluster:
        address = cluster.scheduler_address
        words = ["batch", str(folder), "--out", str(tmp_path / "out"), "--scheduler", address, "--json"]
        assert main(words) == 0
    answer = json.loads(capfd.readouterr().out)
    assert [(bag["bag"], bag["state"], bag["cracks"]) for bag in answer["bags"]] == [
        ("husky/sound_wall", "done", 0)
    ]


def test_a_worker_of_another_version_is_refused() -> None:
    client = SimpleNamespace(run=lambda *_, **__: {"tcp://w:1": __version__, "tcp://w:2": "0.0.1"})
    with pytest.raises(CrackScannerError, match=r"worker tcp://w:2 has '0\.0\.1' in place of"):
        check_versions(client)


def test_a_scheduler_that_is_not_there_is_one_line(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crack_scanner.batch.cluster._CONNECT_S", 0.2)
    words = ["batch", str(folder), "--out", str(tmp_path / "out"), "--scheduler", "tcp://127.0.0.1:1"]
    assert main(words) == 1
    assert "no Dask scheduler can be reached at tcp://127.0.0.1:1" in capfd.readouterr().err
