"""From a picture to scored tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.settings import ScanSettings
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.frame_cracks import observe_frame, promising_tiles
from crack_scanner.vision.quality import TileQuality, measure_tiles
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.segmenter import CrackSegmenter
from crack_scanner.vision.sightings import FrameCracks
from crack_scanner.vision.tile_grid import TileGrid, tile_grid


@dataclass(frozen=True, eq=False)
class TiledFrame:
    """A picture with its tiles measured, not yet classified.

    image: (H, W, 3) uint8 RGB. usable, quality: (N,) of the grid's tiles.
    """

    stamp_ns: int
    grid: TileGrid
    image: NDArray[np.uint8]
    usable: NDArray[np.bool_]
    quality: NDArray[np.float32]


class FrameTiler:
    """Cuts pictures into tiles and measures them."""

    def __init__(self, settings: ScanSettings) -> None:
        self._settings = settings

    def tile(self, stamp_ns: int, image: NDArray[np.uint8]) -> TiledFrame:
        """Tiles of an image (H, W, 3) uint8 RGB."""
        height, width = image.shape[:2]
        grid = tile_grid(width, height, self._settings.tile_size, self._settings.overlap)
        quality: TileQuality = measure_tiles(image, grid, self._settings.quality_limits)
        return TiledFrame(stamp_ns, grid, image, quality.usable, quality.score)


Show = Callable[[TileScores, NDArray[np.uint8]], None]


def _show_nothing(_scores: TileScores, _image: NDArray[np.uint8]) -> None:
    """Where nobody watches."""


class FrameScorer:
    """Classifies the useful tiles of a picture, and looks for crack lines where they point.

    Pixels cost far more than tiles, so they are looked at in one of several frames: `measure_every`
    seconds of the frames' own time apart. A frame without crack tiles has no lines, at no cost.
    """

    def __init__(
        self,
        classifier: TileClassifier,
        settings: ScanSettings,
        segmenter: CrackSegmenter | None = None,
        show: Show = _show_nothing,
    ) -> None:
        """`segmenter`: None leaves pixels alone. show: told of each frame."""
        card = classifier.card
        if card.tile_size != settings.tile_size:
            raise CrackScannerError(
                f"model {card.path} takes tiles of {card.tile_size} px but tile_size is "
                f"{settings.tile_size}: use tile_size {card.tile_size} or another model"
            )
        self._classifier = classifier
        self._segmenter = segmenter
        self._show = show
        self._measure_every_ns = int(settings.measure_every * 1e9)
        self._measured_ns: int | None = None
        self._dense = settings.dense
        self._tiler = FrameTiler(settings)

    def score(self, stamp_ns: int, image: NDArray[np.uint8]) -> TileScores:
        """Scores and lines of an image (H, W, 3) uint8 RGB."""
        return self.score_frame(self._tiler.tile(stamp_ns, image))

    def score_frame(self, frame: TiledFrame) -> TileScores:
        """Scores and lines of a frame whose tiles are measured, and of the size that the model takes."""
        size = self._classifier.card.tile_size
        if frame.grid.tile_size != size:
            raise CrackScannerError(
                f"tiles of {frame.grid.tile_size} px but the model takes {size} px: tile_size must be {size} "
                "where pictures are cut into tiles, too"
            )
        scores = self._with_cracks(self._tile_scores(frame), frame.image)
        self._show(scores, frame.image)
        return scores

    def _with_cracks(self, scores: TileScores, image: NDArray[np.uint8]) -> TileScores:
        if self._segmenter is None:
            return scores
        if len(promising_tiles(scores)):
            last = self._measured_ns
            # A clock that jumps back makes it due as well.
            if last is not None and abs(scores.stamp_ns - last) < self._measure_every_ns:
                return scores
            self._measured_ns = scores.stamp_ns
            return replace(scores, cracks=observe_frame(self._segmenter, image, scores))
        return replace(scores, cracks=FrameCracks((), self._segmenter.card.model_id))

    def _probability(self, frame: TiledFrame) -> NDArray[np.float32]:
        """(N,) what the classifier says of a frame's tiles, NaN where they are useless."""
        useful = np.flatnonzero(frame.usable)
        pieces = self._classifier.dense_plan(frame.grid, len(useful), self._dense)
        if pieces is not None:
            found = self._classifier.score_dense(frame.image, frame.grid, pieces)
            return np.where(frame.usable, found, np.float32(np.nan))
        tiles = list(frame.grid.views(frame.image))
        probability = np.full(len(tiles), np.nan, np.float32)
        probability[useful] = self._classifier.score([tiles[index] for index in useful.tolist()])
        return probability

    def _tile_scores(self, frame: TiledFrame) -> TileScores:
        """Scores of a tiled frame; a useless tile gets NaN instead of a probability."""
        grid = frame.grid
        return TileScores(
            stamp_ns=frame.stamp_ns,
            image_width=grid.width,
            image_height=grid.height,
            tile_size=grid.tile_size,
            x=grid.x,
            y=grid.y,
            probability=self._probability(frame),
            quality=frame.quality,
            model_id=self._classifier.card.model_id,
        )
