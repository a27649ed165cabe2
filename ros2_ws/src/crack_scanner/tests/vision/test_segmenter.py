"""The shipped segmenter and what it is put through."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import SHARE
from crack_scanner.vision.picture_cracks import find_cracks
from crack_scanner.vision.segmenter import CrackSegmenter
from tests.vision.drawn_crack import coverage, jagged_line, wall_with

MODEL = SHARE / "models" / "crack_segmenter.tflite"


def wall(width: float) -> np.ndarray:
    grey = wall_with(coverage(jagged_line(), width, (460, 460)), grain=4.0)
    return np.repeat(grey[..., None], 3, axis=2)


def test_card_keeps_the_promised_size() -> None:
    card = json.loads(MODEL.with_suffix(".json").read_text())
    assert card["parameters"] <= 300_000


def test_drawn_crack_is_one_line_of_the_right_width() -> None:
    with CrackSegmenter.load(MODEL, 1) as segmenter:
        image = wall(6.0)
        found = find_cracks(image, segmenter.segment(image))
    longest = found.cracks[0]
    assert longest.length == pytest.approx(380, rel=0.08)
    assert np.nanmedian(longest.widths.width) == pytest.approx(6.0, abs=0.5)
    assert found.mask.any()


def test_bare_and_black_walls_are_free_of_cracks() -> None:
    with CrackSegmenter.load(MODEL, 1) as segmenter:
        for image in (np.zeros((300, 400, 3), np.uint8), np.full((300, 400, 3), 170, np.uint8)):
            assert find_cracks(image, segmenter.segment(image)).cracks == ()


def test_result_does_not_depend_on_the_number_of_threads() -> None:
    image = wall(5.0)
    with CrackSegmenter.load(MODEL, 1) as one, CrackSegmenter.load(MODEL, 3) as three:
        assert (one.segment(image) == three.segment(image)).all()


def test_only_wanted_tiles_are_looked_at() -> None:
    image = wall(6.0)
    with CrackSegmenter.load(MODEL, 1) as segmenter:
        assert not segmenter.segment(image, wanted=lambda x, y, size: False).any()
        left = segmenter.segment(image, wanted=lambda x, y, size: x == 0)
    assert left[:, :200].any()
    assert not left[:, 227:].any()


def test_model_cut_in_half_is_refused(tmp_path: Path) -> None:
    half = tmp_path / MODEL.name
    half.write_bytes(MODEL.read_bytes()[: MODEL.stat().st_size // 2])
    shutil.copy(MODEL.with_suffix(".json"), tmp_path)
    with pytest.raises(CrackScannerError, match="damaged"):
        CrackSegmenter.load(half)


def test_classifier_in_its_place_is_refused() -> None:
    with pytest.raises(CrackScannerError, match="a probability for every pixel"):
        CrackSegmenter.load(SHARE / "models" / "crack_classifier.tflite")
