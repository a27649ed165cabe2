"""One picture from file to files: what `inspect` does to each."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.severity import GuideValue
from crack_scanner.pipeline.scorer import FrameScorer
from crack_scanner.precision import chosen_model
from crack_scanner.report.picture_findings import crack_findings
from crack_scanner.report.picture_overlay import LabelledLine, draw_cracks, draw_heat, legend
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.pictures import read_picture
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.frame_cracks import near_promising
from crack_scanner.vision.picture_cracks import PictureCracks, find_cracks
from crack_scanner.vision.picture_scale import PictureScale, even_scale
from crack_scanner.vision.scale_target import target_scale
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.segmenter import CrackSegmenter
from crack_scanner.vision.tile_grid import tile_grid
from crack_scanner.vision.tile_support import tile_support

Image = NDArray[np.uint8]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class ScaleWish:
    """Where millimetres come from: a pixel's side, or the side of a marker in the picture; or not at all."""

    mm_per_px: float | None
    marker_mm: float | None

    def scale(self, image: Image) -> PictureScale | None:
        """The scale of an image (H, W, 3) uint8 RGB."""
        if self.mm_per_px is not None:
            return even_scale(self.mm_per_px)
        return None if self.marker_mm is None else target_scale(image, self.marker_mm)


class PictureInspector:
    """Holds the two models; `close` (or `with`) ends their threads."""

    def __init__(
        self,
        classifier: Path,
        segmenter: Path,
        settings: ScanSettings,
        guide: GuideValue,
        wish: ScaleWish,
        log: Callable[[str], None],
    ) -> None:
        """log: told in one line if the classifier's int8 file cannot be used."""
        model = chosen_model(classifier, settings.precision, log)
        self._classifier = TileClassifier.load(model, settings.threads)
        self._segmenter = CrackSegmenter.load(segmenter, settings.threads)
        self._scorer = FrameScorer(self._classifier, settings)
        self._settings = settings
        self._guide = guide
        self._wish = wish

    def __enter__(self) -> PictureInspector:
        return self

    def __exit__(self, *_: object) -> None:
        self._classifier.close()
        self._segmenter.close()

    @property
    def models(self) -> dict[str, str]:
        """First digits of the models' sha256."""
        return {"classifier": self._classifier.card.model_id, "segmenter": self._segmenter.card.model_id}

    @property
    def guide_name(self) -> dict[str, Any]:
        """What widths are compared with."""
        return {
            "table": self._guide.table,
            "exposure": self._guide.exposure,
            "limit_mm": self._guide.limit_mm,
        }

    def inspect(self, path: Path, out: Path, stem: str, progress: Progress) -> dict[str, Any]:
        """Write heat map, mask and overlay into `out`, STEM first in their names; returns the findings."""
        image = read_picture(path)
        height, width = image.shape[:2]
        tile_grid(width, height, self._settings.tile_size)  # refuses a picture smaller than a tile
        scale = self._wish.scale(image)
        names = result_names(stem)
        for name in names.values():
            (out / name).unlink(missing_ok=True)
        scores = list(self._scores(image, progress))
        self._write_heat(image, scores, out / names["heat"])
        found = self._cracks(image, scores, progress)
        write_picture(out / names["mask"], found.mask)
        rows = [crack_findings(crack, scale, self._guide) for crack in found.cracks]
        marked = float(np.count_nonzero(found.mask) / found.mask.size)
        self._draw(image, found, rows, scale)
        key = legend(width, {row["severity"] for row in rows}, scale is not None)
        write_picture(out / names["overlay"], np.vstack([image, key]))
        centre = _pixel_mm(scale, width / 2, height / 2)
        return {
            "picture": str(path),
            "width_px": width,
            "height_px": height,
            "mm_per_px": centre,
            "scale": None if scale is None else scale.source,
            "marked_share": marked,
            "files": names,
            "cracks": rows,
        }

    def _write_heat(self, image: Image, scores: list[TileScores], path: Path) -> None:
        heat = image.copy()
        draw_heat(heat, scores)
        write_picture(path, heat)

    def _scores(self, image: Image, progress: Progress) -> Iterator[TileScores]:
        """Scores row by row of tiles, so that memory does not grow with the picture's height."""
        size = self._settings.tile_size
        rows = tile_grid(image.shape[1], image.shape[0], size, self._settings.overlap).rows.tolist()
        for number, top in enumerate(rows, start=1):
            scores = self._scorer.score(0, image[top : top + size])
            progress(f"classified {number} of {len(rows)} rows of tiles")
            yield TileScores(
                scores.stamp_ns, image.shape[1], image.shape[0], size, scores.x, scores.y + np.int32(top),
                scores.probability, scores.quality, scores.model_id,
            )  # fmt: skip

    def _cracks(self, image: Image, scores: list[TileScores], progress: Progress) -> PictureCracks:
        probability = self._segmenter.segment_twice(
            image,
            near_promising(scores),
            lambda done, total: progress(f"marked cracks in {done} of {total} tiles"),
        )
        return find_cracks(
            image,
            probability,
            support=tile_support(scores),
            progress=lambda done, total: progress(f"measured {done} of {total} lines"),
        )

    def _draw(
        self, image: Image, found: PictureCracks, rows: list[dict[str, Any]], scale: PictureScale | None
    ) -> None:
        lines = [
            LabelledLine(crack.points, row["severity"], f"{row['id']}: {row['width']}")
            for crack, row in zip(found.cracks, rows, strict=True)
        ]
        height, width = image.shape[:2]
        draw_cracks(image, lines, _pixel_mm(scale, width * 0.1, height * 0.95))


def _pixel_mm(scale: PictureScale | None, x: float, y: float) -> float | None:
    """Millimetres of a pixel at x, y; None without a scale and past the surface's horizon."""
    millimetres = math.nan if scale is None else scale.mm_per_px(x, y)
    return millimetres if math.isfinite(millimetres) else None


def result_names(stem: str) -> dict[str, str]:
    """File names of a picture's results, by their kind."""
    return {kind: f"{stem}_{kind}.png" for kind in ("heat", "mask", "overlay")}


def write_findings(out: Path, findings: dict[str, Any]) -> None:
    """Write cracks.json; it comes last, so where it is, the pictures it names are complete."""
    write_atomically(out / "cracks.json", (json.dumps(findings, indent=1, allow_nan=False) + "\n").encode())


def write_picture(path: Path, image: Image) -> None:
    """Write an image (H, W, 3) uint8 RGB or (H, W) uint8 as PNG, all or nothing. It is used up."""
    if image.ndim == 3:
        cv2.cvtColor(image, cv2.COLOR_RGB2BGR, dst=image)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part.png")
    try:
        if not cv2.imwrite(str(temporary), image, [cv2.IMWRITE_PNG_COMPRESSION, 3]):
            raise CrackScannerError(f"{path} cannot be written: is the disk full or the folder read-only?")
        temporary.replace(path)
    except OSError as error:
        raise CrackScannerError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
