"""Kept exports against those of a scan."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crack_scanner.errors import CrackScannerError
from crack_scanner.report.colours import rgb
from crack_scanner.report.golden_sheet import FOUND, KEPT
from crack_scanner.scenarios.golden import draw_golden, golden_checks, read_golden, renew_golden
from crack_scanner.scenarios.scenario import Golden
from crack_scanner.storage.session import SessionRecord
from tests.scenarios.made_cracks import crack
from tests.storage.sample_session import sample_session

LINE = crack(1, (0.1, 0.1), (0.3, 0.1))


@pytest.fixture(scope="module")
def scanned() -> SessionRecord:
    """A scanned wall."""
    return sample_session().record


@pytest.fixture
def golden(tmp_path: Path) -> Golden:
    """A golden export of one crack."""
    made = Golden(tmp_path / "golden")
    renew_golden(made, [LINE])
    return made


def failing(golden: Golden, found: list[Any]) -> list[str]:
    return [check.name for check in golden_checks(golden, read_golden(golden), found) if not check.ok]


@pytest.mark.parametrize(
    ("found", "names"),
    [
        ([LINE], []),
        ([replace(LINE, id=7)], []),
        ([crack(1, (0.1, 0.105), (0.3, 0.105), width_max_mm=1.55)], []),
        ([crack(1, (0.1, 0.12), (0.3, 0.12))], ["golden 1: course"]),
        ([replace(LINE, measured_length=0.22)], ["golden 1: length"]),
        ([replace(LINE, width_max_mm=1.7)], ["golden 1: width"]),
        ([replace(LINE, width_max_mm=None)], ["golden 1: width"]),
        ([], ["golden: cracks gone"]),
        ([LINE, crack(2, (0.1, 0.6), (0.3, 0.6))], ["golden: cracks new"]),
    ],
)
def test_only_what_is_out_of_tolerance_fails(golden: Golden, found: list[Any], names: list[str]) -> None:
    assert failing(golden, found) == names


def test_other_columns_are_noticed(golden: Golden) -> None:
    table = golden.folder / "cracks.csv"
    table.write_text(table.read_text().replace("severity", "class"))
    assert failing(golden, [LINE]) == ["golden: other columns"]


def test_golden_exports_that_are_missing_are_said_to_be_made_by_renewing(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match=r"cracks\.geojson is not there: make it with --renew"):
        read_golden(Golden(tmp_path))


def test_a_damaged_golden_export_is_named(golden: Golden) -> None:
    (golden.folder / "cracks.geojson").write_text("{}")
    with pytest.raises(CrackScannerError, match=r"golden/cracks\.geojson: it is no cracks\.geojson"):
        read_golden(golden)


@pytest.mark.parametrize("kept", [True, False], ids=["with golden ones", "the first time"])
def test_the_picture_shows_both(golden: Golden, scanned: SessionRecord, tmp_path: Path, kept: bool) -> None:
    record = replace(scanned, cracks=(crack(1, (0.1, 0.3), (0.3, 0.3)),))
    draw_golden(read_golden(golden) if kept else None, record, tmp_path / "both.png")
    picture = Image.open(io.BytesIO((tmp_path / "both.png").read_bytes())).convert("RGB")
    # Above the legend, where both colours are anyway.
    pixels = np.asarray(picture)[: picture.height - 60].reshape(-1, 3)
    seen = {kind.name: bool((pixels == rgb(kind.colour)).all(axis=1).any()) for kind in (KEPT, FOUND)}
    assert seen == {KEPT.name: kept, FOUND.name: True}
