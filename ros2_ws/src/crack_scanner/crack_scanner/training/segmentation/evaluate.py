"""Measures a segmenter and the measuring stage behind it; prints one JSON object.

Reference masks: pictures with pixel masks of the same name (FOLDER/images, FOLDER/masks, crack from 128).
Drawn cracks: unbranched ones of known line and width, on crack-free pictures held out from training.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.spatial import cKDTree

from crack_scanner.pipeline.scorer import FrameScorer
from crack_scanner.settings import ScanSettings
from crack_scanner.training.dataset import LabelledFile, list_tiles, read_picture
from crack_scanner.training.segmentation.crack_drawing import FloatImage, crack_layer, soften
from crack_scanner.training.segmentation.crack_shapes import STEP, DrawnCrack, crack
from crack_scanner.training.segmentation.measures import LineAgreement, cleaned, line_agreement
from crack_scanner.training.splits import split
from crack_scanner.vision.centre_lines import line_length
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.frame_cracks import near_promising
from crack_scanner.vision.litert_model import TileModel
from crack_scanner.vision.model_card import ModelCard
from crack_scanner.vision.picture_cracks import CrackLimits, PictureCrack, find_cracks, trace_cracks
from crack_scanner.vision.segmenter import CrackSegmenter
from crack_scanner.vision.tile_support import tile_support

Floats = NDArray[np.float64]

LEAST_WIDTH = 2.0
"""Pixels that a drawn crack is wide at least."""

LEAST_LENGTH = 700.0
"""Pixels that it is long at least: more than three tiles."""

_WIDTH_WINDOW = 5.0  # pixels along the line over which a width is one width, true or measured
_RULER = 4.0  # pixels; a rough line has no length but that by a ruler


@dataclass(frozen=True, eq=False)
class DrawnCase:
    """image: (H, W, 3) uint8 RGB with exactly one crack."""

    image: NDArray[np.uint8]
    crack: DrawnCrack


class Inspection:
    """Cracks of pictures as `inspect` finds them; without a classifier the segmenter looks everywhere."""

    def __init__(self, segmenter: CrackSegmenter, classifier: TileClassifier | None) -> None:
        self._segmenter = segmenter
        self._scorer = FrameScorer(classifier, ScanSettings()) if classifier is not None else None

    def mask(self, image: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """(H, W) the crack pixels of an image (H, W, 3) uint8 RGB."""
        if self._scorer is None:
            return trace_cracks(self._segmenter.segment_twice(image), CrackLimits()).mask > 0
        scores = [self._scorer.score(0, image)]
        probability = self._segmenter.segment_twice(image, near_promising(scores))
        return trace_cracks(probability, CrackLimits(), tile_support(scores)).mask > 0


def on_reference_masks(inspection: Inspection, folder: Path) -> dict[str, Any]:
    """Centre-line agreement over all pictures with cracks, and what is marked on those without."""
    agreement: dict[str, LineAgreement] = {}
    marked: list[float] = []
    for path in sorted((folder / "images").iterdir()):
        image = read_picture(path)
        truth = cleaned(read_picture(folder / "masks" / path.name)[..., 0])
        found = inspection.mask(image)
        if not truth.any():
            marked.append(float(found.mean()))
            continue
        family = path.name.split("_")[0]
        agreement[family] = agreement.get(family, LineAgreement(0, 0, 0, 0)) + line_agreement(found, truth)
    total = sum(agreement.values(), LineAgreement(0, 0, 0, 0))
    return {
        "all": _agreement(total),
        **{family: _agreement(value) for family, value in agreement.items()},
        "marked_share_without_crack": {"mean": float(np.mean(marked)), "median": float(np.median(marked))},
    }


def on_crack_free_tiles(inspection: Inspection, files: Sequence[LabelledFile]) -> dict[str, float]:
    """Share of pixels marked on crack-free pictures, and share of pictures with any mark."""
    marked = [float(inspection.mask(read_picture(file.path)).mean()) for file in files]
    return {
        "pictures": len(marked),
        "mean": float(np.mean(marked)),
        "with_marks": float(np.mean(np.array(marked) > 0)),
    }


def on_drawn_cracks(segmenter: CrackSegmenter, cases: Iterator[DrawnCase]) -> dict[str, Any]:
    """Errors of width and length, and how often an unbranched crack came out as one line."""
    errors, sigmas, lengths, single, found_share = [], [], [], [], []
    for case in cases:
        lines = find_cracks(case.image, segmenter.segment_twice(case.image)).cracks
        own = [line for line in lines if _lies_on(line, case.crack)]
        single.append(len(own) == 1)
        if not own:
            found_share.append(0.0)
            continue
        longest = max(own, key=lambda line: line.length)
        error, sigma, share = _width_errors(longest, case.crack)
        errors.append(error)
        sigmas.append(sigma)
        found_share.append(share)
        lengths.append(longest.length / _true_length(case.crack) - 1)
    error, sigma = np.concatenate(errors), np.concatenate(sigmas)
    return {
        "cracks": len(single),
        "one_line": float(np.mean(single)),
        "found_share": float(np.mean(found_share)),
        "width_points": len(error),
        "width_median_error_px": float(np.median(np.abs(error))),
        "width_p90_error_px": float(np.quantile(np.abs(error), 0.9)),
        "width_within_0.6px": float(np.mean(np.abs(error) <= 0.6)),
        "width_within_2_sigma": float(np.mean(np.abs(error) <= 2 * sigma)),
        "width_bias_px": float(np.median(error)),
        "length_median_error": float(np.median(np.abs(lengths))),
        "length_within_3_percent": float(np.mean(np.abs(lengths) <= 0.03)),
    }


def tile_milliseconds(card: ModelCard, runs: int = 200) -> dict[str, float]:
    """Time of the bare network for one tile on one thread; the least is what an undisturbed core needs."""
    side = card.tile_size
    model = TileModel(card, (1, side, side, 1), "a probability for every pixel")
    tile = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        model.run(tile)
        times.append(1e3 * (time.perf_counter() - begun))
    return {"least": min(times), "median": float(np.median(times))}


def drawn_cases(files: Sequence[LabelledFile], count: int, seed: int, size: int = 908) -> Iterator[DrawnCase]:
    """Cracks 2 to 15 px wide and more than three tiles long on mirrored crack-free pictures."""
    rng = np.random.default_rng(seed)
    negatives = [file for file in files if file.label == 0]
    while count > 0:
        ground = _ground(read_picture(negatives[int(rng.integers(len(negatives)))].path), size)
        heading = float(rng.normal(0, 0.3))
        drawn = crack(
            rng, (20.0, size * float(rng.uniform(0.3, 0.7)), heading), 860.0, float(rng.uniform(2.5, 14))
        )
        drawn = _clear_part(drawn, size)
        if len(drawn.points) * STEP < LEAST_LENGTH:
            continue
        count -= 1
        opacity = float(rng.uniform(0.45, 0.9)) * crack_layer(drawn, (size, size)).coverage
        picture = ground * (1 - soften(opacity, float(rng.uniform(0.4, 1.5))))[..., None]
        picture = picture + rng.normal(0, 0.008, picture.shape)
        yield DrawnCase(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8), drawn)


def _clear_part(drawn: DrawnCrack, size: int) -> DrawnCrack:
    """The longest part of a crack inside a picture of size x size pixels that is as wide as LEAST_WIDTH."""
    fit = (np.abs(drawn.points - size / 2) < size / 2 - 5).all(axis=1) & (drawn.widths >= LEAST_WIDTH)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], fit.astype(np.int8), [0]])))
    start, end = max(edges.reshape(-1, 2).tolist(), key=lambda run: run[1] - run[0])
    return DrawnCrack(drawn.points[start:end], drawn.left[start:end], drawn.right[start:end])


def _ground(tile: NDArray[np.uint8], size: int) -> FloatImage:
    border = max(size - len(tile), 0)
    wide = cv2.copyMakeBorder(tile, 0, border, 0, max(size - tile.shape[1], 0), cv2.BORDER_REFLECT_101)
    return np.asarray(wide[:size, :size], np.float32) / np.float32(255)


def _lies_on(line: PictureCrack, drawn: DrawnCrack) -> bool:
    distance, nearest = cKDTree(drawn.middle).query(line.points)
    return bool(np.median(distance - drawn.widths[nearest] / 2) < 3)


def _width_errors(line: PictureCrack, drawn: DrawnCrack) -> tuple[Floats, Floats, float]:
    """Width errors and sigmas (N,), pixels, where the crack is 2 to 15 px wide; share of it found."""
    true = uniform_filter1d(drawn.widths, round(_WIDTH_WINDOW / STEP), mode="nearest")
    distance, nearest = cKDTree(drawn.middle).query(line.points)
    width = true[nearest]
    fair = np.isfinite(line.widths.width) & (distance < 5) & (width >= 2) & (width <= 15)
    back, _ = cKDTree(line.points).query(drawn.middle)
    return (line.widths.width - width)[fair], line.widths.sigma[fair], float((back < 4).mean())


def _true_length(drawn: DrawnCrack) -> float:
    return line_length(drawn.middle[:: round(_RULER / STEP)])


def _agreement(value: LineAgreement) -> dict[str, float]:
    figures = {"precision": value.precision, "recall": value.recall, "f1": value.f1, "iou": value.iou}
    return {name: round(figure, 4) for name, figure in figures.items()}


def main() -> None:
    """Command line of the measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--classifier", type=Path, help="a tile classifier: asked as `inspect` asks it")
    parser.add_argument("--masks", type=Path, help="folder with images/ and masks/")
    parser.add_argument(
        "--data", type=Path, nargs="*", default=[], help="folders with Positive/ and Negative/"
    )
    parser.add_argument("--part", default="test", choices=("validation", "test"))
    parser.add_argument("--cracks", type=int, default=60, help="drawn cracks to measure")
    parser.add_argument(
        "--crack-free", type=int, default=200, help="crack-free pictures of --data to look at"
    )
    args = parser.parse_args()
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        segmenter = stack.enter_context(CrackSegmenter.load(args.model, 1))
        classifier = stack.enter_context(TileClassifier.load(args.classifier, 1)) if args.classifier else None
        figures["ms_per_tile"] = tile_milliseconds(segmenter.card)
        inspection = Inspection(segmenter, classifier)
        if args.masks:
            figures["reference_masks"] = on_reference_masks(inspection, args.masks)
        files = [
            file for folder in args.data for file in split(list_tiles(folder))[args.part] if file.label == 0
        ]
        if files:
            some = files[:: max(1, math.ceil(len(files) / args.crack_free))]
            figures["crack_free"] = on_crack_free_tiles(inspection, some)
            figures["drawn_cracks"] = on_drawn_cracks(segmenter, drawn_cases(files, args.cracks, seed=5))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
