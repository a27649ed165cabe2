"""`crack_scanner scan` of still pictures: each spot is looked at once, and that must do."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.cli.main import main
from tests.vision.drawn_crack import coverage, jagged_line, wall_with

SHAPE = (460, 480)
CRACKED = wall_with(coverage(jagged_line(), 6.0, SHAPE), grain=4.0)
SOUND = wall_with(np.zeros(SHAPE, np.float32), grain=4.0)


@pytest.mark.parametrize(
    ("pictures", "cracked"), [([CRACKED], 1), ([SOUND, CRACKED, SOUND, CRACKED], 2), ([SOUND, SOUND], 0)]
)
def test_what_is_in_one_picture_is_found(tmp_path: Path, pictures: list[np.ndarray], cracked: int) -> None:
    (tmp_path / "pictures").mkdir()
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(tmp_path / "pictures" / f"{number}.png"), picture)
    out = tmp_path / "out"
    arguments = ["--mm-per-px", "0.5", "--out", str(out), "--threads", "1"]
    assert main(["scan", "--source", str(tmp_path / "pictures"), *arguments]) == 0
    assert json.loads((out / "summary.json").read_text())["cracks"] == cracked
