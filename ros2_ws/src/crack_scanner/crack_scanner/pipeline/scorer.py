"""From a picture to scored tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

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
from crack_scanner.vision.tile_grid import TileGrid


class TileLayout(Protocol):
    """Where tiles lie in a picture, pixels: a TileGrid, or tiles that came in a message."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def tile_size(self) -> int: ...
    @property
    def x(self) -> NDArray[np.int32]: ...
    @property
    def y(self) -> NDArray[np.int32]: ...


@dataclass(frozen=True, eq=False)
class TiledFrame:
    """A picture cut into tiles and measured, not yet classified; `tiles` are views where they can be."""

    stamp_ns: int
    grid: TileLayout
    tiles: list[NDArray[np.uint8]]
    usable: NDArray[np.bool_]
    quality: NDArray[np.float32]


def picture_of(frame: TiledFrame) -> NDArray[np.uint8]:
    """The image (H, W, 3) uint8 RGB that a frame's tiles were cut from; black where no tile lay."""
    size = frame.grid.tile_size
    image = np.zeros((frame.grid.height, frame.grid.width, 3), np.uint8)
    for x, y, tile in zip(frame.grid.x.tolist(), frame.grid.y.tolist(), frame.tiles, strict=True):
        image[y : y + size, x : x + size] = tile
    return image


class FrameTiler:
    """Cuts pictures into tiles and measures them."""

    def __init__(self, settings: ScanSettings) -> None:
        self._settings = settings

    def tile(self, stamp_ns: int, image: NDArray[np.uint8]) -> TiledFrame:
        """Tiles of an image (H, W, 3) uint8 RGB, as views of it."""
        height, width = image.shape[:2]
        grid = _grid(width, height, self._settings.tile_size, self._settings.overlap)
        quality: TileQuality = measure_tiles(image, grid, self._settings.quality_limits)
        return TiledFrame(stamp_ns, grid, list(grid.views(image)), quality.usable, quality.score)


@lru_cache(maxsize=8)
def _grid(width: int, height: int, tile_size: int, overlap: float) -> TileGrid:
    return TileGrid(width, height, tile_size, overlap)


Picture = Callable[[], NDArray[np.uint8]]
Show = Callable[[TileScores, Picture], None]


def _show_nothing(_scores: TileScores, _picture: Picture) -> None:
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
        """`segmenter`: None leaves pixels alone. show: told of each frame, and how to get its picture."""
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
        scores = self._tile_scores(self._tiler.tile(stamp_ns, image), image)
        return self._shown(scores, lambda: image)

    def score_tiles(self, frame: TiledFrame) -> TileScores:
        """Scores and lines of a tiled frame whose picture is not at hand."""
        return self._shown(self._tile_scores(frame), lambda: picture_of(frame))

    def _shown(self, scores: TileScores, image: Picture) -> TileScores:
        scores = self._with_cracks(scores, image)
        self._show(scores, image)
        return scores

    def _with_cracks(self, scores: TileScores, image: Picture) -> TileScores:
        if self._segmenter is None:
            return scores
        if len(promising_tiles(scores)):
            last = self._measured_ns
            # A clock that jumps back makes it due as well.
            if last is not None and abs(scores.stamp_ns - last) < self._measure_every_ns:
                return scores
            self._measured_ns = scores.stamp_ns
            return replace(scores, cracks=observe_frame(self._segmenter, image(), scores))
        return replace(scores, cracks=FrameCracks((), self._segmenter.card.model_id))

    def _probability(self, frame: TiledFrame, image: NDArray[np.uint8] | None) -> NDArray[np.float32]:
        """(N,) what the classifier says of a frame's tiles, NaN where they are useless."""
        useful = np.flatnonzero(frame.usable)
        if image is not None and isinstance(frame.grid, TileGrid):
            pieces = self._classifier.dense_plan(frame.grid, len(useful), self._dense)
            if pieces is not None:
                found = self._classifier.score_dense(image, frame.grid, pieces)
                return np.where(frame.usable, found, np.float32(np.nan))
        probability = np.full(len(frame.tiles), np.nan, np.float32)
        probability[useful] = self._classifier.score([frame.tiles[index] for index in useful.tolist()])
        return probability

    def _tile_scores(self, frame: TiledFrame, image: NDArray[np.uint8] | None = None) -> TileScores:
        """Scores of a tiled frame; a useless tile gets NaN instead of a probability."""
        probability = self._probability(frame, image)
        grid = frame.grid
        return TileScores(
            stamp_ns=frame.stamp_ns,
            image_width=grid.width,
            image_height=grid.height,
            tile_size=grid.tile_size,
            x=grid.x,
            y=grid.y,
            probability=probability,
            quality=frame.quality,
            model_id=self._classifier.card.model_id,
        )
