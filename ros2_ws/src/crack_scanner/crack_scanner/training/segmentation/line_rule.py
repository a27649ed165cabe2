"""Fits the weights of vision/line_evidence.py; prints them with what they keep as one JSON object.

Lines are those found, with the networks given, in drawn pictures on validation grounds: with cracks, with
what is easily taken for one, or with both.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sklearn.linear_model import LogisticRegression

from crack_scanner.pipeline.scorer import FrameScorer
from crack_scanner.settings import ScanSettings
from crack_scanner.training.dataset import LabelledFile, list_tiles
from crack_scanner.training.segmentation.backgrounds import Grounds
from crack_scanner.training.segmentation.drawn_tiles import DrawnTile, draw_tile
from crack_scanner.training.splits import split
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.frame_cracks import near_promising
from crack_scanner.vision.line_evidence import USUAL_LENGTH, LineRule, logit
from crack_scanner.vision.picture_cracks import CrackLimits, trace_cracks
from crack_scanner.vision.segmenter import CrackSegmenter
from crack_scanner.vision.tile_support import tile_support

SIZES = (454, 908)
"""Sides of the drawn pictures, pixels: two tiles and four."""
NEAR = 3.0
"""Pixels from the pixels of a drawn crack within which a line is on it."""
MOSTLY = 0.8
"""Share of a line on a crack from which it is one; from one minus this share on it is none."""


@dataclass(frozen=True)
class FoundLine:
    """What is known of a line: support and probability as `LineRule` takes them, length in pixels."""

    support: float
    probability: float
    length: float
    crack: bool


def found_lines(
    tile: DrawnTile, segmenter: CrackSegmenter, scorer: FrameScorer, limits: CrackLimits
) -> Iterator[FoundLine]:
    """Lines of a drawn picture that are clearly on a crack or clearly off it."""
    scores = [scorer.score(0, tile.image)]
    support = tile_support(scores)
    probability = segmenter.segment_twice(tile.image, near_promising(scores))
    traced = trace_cracks(probability, limits)
    truth = np.argwhere(tile.mask)[:, ::-1]
    tree = cKDTree(truth) if len(truth) else None
    for line, sure in zip(traced.lines, traced.probability, strict=True):
        on = 0.0 if tree is None else float((tree.query(line.points)[0] <= NEAR).mean())
        if on >= MOSTLY or on <= 1 - MOSTLY:
            yield FoundLine(support.along(line.points), sure, line.length, on >= MOSTLY)


def fitted(lines: Sequence[FoundLine]) -> LineRule:
    """The rule that best tells cracks from other lines, each line counting once."""
    model = LogisticRegression(C=10.0).fit(_features(lines), [line.crack for line in lines])
    support, probability, length = model.coef_[0].tolist()
    return LineRule(support, probability, length, float(model.intercept_[0]))


def kept_lengths(lines: Sequence[FoundLine], rule: LineRule, least: float = 0.0) -> dict[str, float]:
    """Shares of the length of true and of false lines that a rule keeps at `least` log odds."""
    odds = np.array([rule.log_odds(line.support, line.probability, line.length) for line in lines])
    length = np.array([line.length for line in lines])
    crack = np.array([line.crack for line in lines])
    return {
        name: float(length[of & (odds >= least)].sum() / max(length[of].sum(), 1e-9))
        for name, of in (("true", crack), ("false", ~crack))
    }


def _features(lines: Sequence[FoundLine]) -> NDArray[np.float64]:
    return np.array(
        [(logit(line.support), logit(line.probability), np.log(line.length / USUAL_LENGTH)) for line in lines]
    )


def _validation(folders: Sequence[Path]) -> list[LabelledFile]:
    return [file for folder in folders for file in split(list_tiles(folder))["validation"]]


def main() -> None:
    """Command line of the fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the segmenter")
    parser.add_argument("--classifier", type=Path, required=True)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders with Negative/")
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--seed", type=int, default=77)
    args = parser.parse_args()
    rng, grounds = np.random.default_rng(args.seed), Grounds(_validation(args.data))
    lines: list[FoundLine] = []
    with ExitStack() as stack:
        segmenter = stack.enter_context(CrackSegmenter.load(args.model, 1))
        classifier = stack.enter_context(TileClassifier.load(args.classifier, 1))
        scorer = FrameScorer(classifier, ScanSettings())
        for _ in range(args.pictures):
            tile = draw_tile(rng, grounds, int(rng.choice(SIZES)))
            lines += found_lines(tile, segmenter, scorer, CrackLimits())
    rule = fitted(lines)
    figures: dict[str, Any] = {"lines": len(lines), "cracks": sum(line.crack for line in lines)}
    figures["rule"] = {name: round(value, 3) for name, value in vars(rule).items()}
    figures["kept"] = {str(least): kept_lengths(lines, rule, least) for least in (-1.0, -0.5, 0.0, 0.5, 1.0)}
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
