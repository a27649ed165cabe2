"""`crack_scanner compare`."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crack_scanner.cli.main import main
from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session import ScanProgress, SessionInfo
from tests.mapping.tile_model import ModelScan
from tests.storage.sample_session import SETTINGS, sample_info

SCAN = ModelScan(width=1.6, height=0.6, step=0.035)
STAYS = np.array([[0.15, 0.15], [0.75, 0.2]])
GROWS = np.array([[0.2, 0.45], [0.6, 0.45]])
GROWN = np.array([[0.2, 0.45], [0.95, 0.45]])
FILLED = np.array([[1.0, 0.1], [1.05, 0.35]])
UNSEEN = np.array([[1.5, 0.1], [1.5, 0.5]])
YOUNG = np.array([[1.2, 0.5], [1.2, 0.2]])


def scan(folder: Path, cracks: list[np.ndarray], until: float, info: SessionInfo) -> None:
    """Scan and store the wall up to u = until."""
    crack_map = CrackMap(info.surface, SETTINGS)
    for view, scores in SCAN.looks(cracks):
        if view.camera_pose.position[0] < until:
            crack_map.update(view, scores)
    crack_map.extract()
    store = ScanStore.create(folder, info)
    store.save(crack_map, ScanProgress(complete=True))
    store.close()


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("sessions")
    old, new = folder / "old", folder / "new"
    scan(old, [STAYS, GROWS, FILLED, UNSEEN], 2.0, sample_info("last year"))
    scan(new, [STAYS, GROWN, YOUNG], 0.95, sample_info("this year"))
    return old, new


def test_compare_says_exactly_what_changed(
    sessions: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *map(str, sessions), "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    counts = {name: answer[name] for name in ("new", "static", "grown", "repaired", "not_covered")}
    assert counts == {"new": 1, "static": 1, "grown": 1, "repaired": 1, "not_covered": 1}
    (grown,) = (row for row in answer["cracks"] if row["status"] == "grown")
    assert grown["growth_mm"] == pytest.approx(350, abs=80)
    assert abs(answer["correction"]["shift_v_mm"]) < 15


def test_people_get_lines_and_files(
    sessions: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *map(str, sessions), "--out", str(tmp_path / "changes")]) == 0
    text = capsys.readouterr().out
    assert "last year to this year: 1 new, 1 grown, 1 static, 1 repaired, 1 not covered" in text
    rows = list(csv.DictReader((tmp_path / "changes" / "changes.csv").open()))
    assert [row["status"] for row in rows] == ["new", "grown", "static", "repaired", "not covered"]
    features = json.loads((tmp_path / "changes" / "changes.geojson").read_text())["features"]
    assert len(features) == 5
    assert Image.open(tmp_path / "changes" / "changes.png").width > 1000


def test_a_session_without_a_scale_is_named(
    sessions: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    info = sample_info("a film")
    scan(tmp_path / "film", [STAYS], 0.95, replace(info, settings={**info.settings, "scale_known": False}))
    assert main(["compare", str(sessions[0]), str(tmp_path / "film")]) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if "scale not known" in line]
    assert lines == ["a film: scale not known, as if a pixel were 1 mm"]
    assert main(["compare", str(sessions[0]), str(tmp_path / "film"), "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert (answer["scale_known_old"], answer["scale_known_new"]) == (True, False)


def test_sessions_of_different_surfaces_are_refused(
    sessions: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info = sample_info("bridge")
    scan(tmp_path / "other", [], 0.1, replace(info, surface=replace(info.surface, width=5.0)))
    assert main(["compare", str(sessions[0]), str(tmp_path / "other")]) == 1
    assert "only sessions of one surface" in capsys.readouterr().err
