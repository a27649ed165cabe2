"""Tiles and their scores between ROS messages and the core's types."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from crack_scanner_interfaces.msg import TileBatch
from crack_scanner_interfaces.msg import TileScores as TileScoresMessage
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.pipeline.scorer import TiledFrame
from crack_scanner.ros.arrays import float_array, int_array
from crack_scanner.ros.observations import cracks_from_messages, observation_messages
from crack_scanner.ros.picture_ring import Place
from crack_scanner.ros.stamps import to_time
from crack_scanner.ros.wire import with_data
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.tile_grid import TileGrid, grid_at


def tiles_to_batch(frame: TiledFrame, frame_id: str, place: Place | None = None) -> TileBatch:
    """A TileBatch of a tiled frame, without its picture; place: where that lies in shared memory."""
    grid = frame.grid
    message = TileBatch(image_width=grid.width, image_height=grid.height, tile_size=grid.tile_size)
    message.header.stamp = to_time(frame.stamp_ns)
    message.header.frame_id = frame_id
    message.x, message.y = int_array(grid.x), int_array(grid.y)
    message.quality = float_array(frame.quality)
    if place is not None:
        message.segment, message.number = place.segment, place.number
    return message


def picture_and_tiles_to_batch(frame: TiledFrame, frame_id: str) -> bytes:
    """A serialised TileBatch of a tiled frame with its picture."""
    return with_data(tiles_to_batch(frame, frame_id), np.ascontiguousarray(frame.image))


def has_picture(message: Any) -> bool:
    """Whether a TileBatch carries its picture."""
    return len(message.data) > 0


def batch_to_tiles(message: Any, picture: NDArray[np.uint8] | None = None) -> TiledFrame:
    """The tiled frame of a TileBatch and its picture (H, W, 3) uint8 RGB.

    Without `picture` it is the one that the message carries, a view of its data.
    """
    count = len(message.x)
    if len(message.y) != count or len(message.quality) != count:
        raise CrackScannerError(
            f"tiles message with {count} x, {len(message.y)} y and {len(message.quality)} quality; "
            "expected as many of each"
        )
    height, width = int(message.image_height), int(message.image_width)
    if picture is None:
        picture = _carried(message, (height, width, 3))
    elif picture.shape != (height, width, 3):
        raise CrackScannerError(
            f"picture of {picture.shape[1]} x {picture.shape[0]} px; its tiles are those of one of "
            f"{width} x {height} px"
        )
    corners = (np.asarray(values, np.int32).tobytes() for values in (message.x, message.y))
    grid = _received_grid(width, height, int(message.tile_size), *corners)
    quality = np.asarray(message.quality, np.float32)
    return TiledFrame(stamp_ns(message), grid, picture, quality > 0, quality)


def _carried(message: Any, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    data = np.frombuffer(message.data, np.uint8)
    if data.size != math.prod(shape):
        raise CrackScannerError(
            f"tiles message with {data.size} bytes of picture; expected {math.prod(shape)} bytes"
        )
    return data.reshape(shape)


# A camera's pictures all have one grid, and what is worked out of it is kept while it is the same object.
@lru_cache(maxsize=8)
def _received_grid(width: int, height: int, tile_size: int, x: bytes, y: bytes) -> TileGrid:
    grid = grid_at(width, height, tile_size, np.frombuffer(x, np.int32), np.frombuffer(y, np.int32))
    if grid is None:
        raise CrackScannerError(
            f"tiles message whose {len(x) // 4} corners are no grid of {tile_size} px tiles, row by row, in "
            f"a picture of {width} x {height} px"
        )
    return grid


def scores_to_message(scores: TileScores, frame_id: str) -> TileScoresMessage:
    """A TileScores message."""
    message = TileScoresMessage(
        image_width=scores.image_width,
        image_height=scores.image_height,
        tile_size=scores.tile_size,
        model_id=scores.model_id,
    )
    message.header.stamp = to_time(scores.stamp_ns)
    message.header.frame_id = frame_id
    message.x, message.y = int_array(scores.x), int_array(scores.y)
    message.probability = float_array(scores.probability)
    message.quality = float_array(scores.quality)
    if scores.cracks is not None:
        message.cracks = observation_messages(scores.cracks)
        message.segmenter_id = scores.cracks.model_id
    return message


def scores_from_message(message: Any) -> TileScores:
    """Scores of the tiles of a frame."""
    lengths = {len(message.x), len(message.y), len(message.probability), len(message.quality)}
    if len(lengths) != 1:
        raise CrackScannerError(
            f"tile_scores message with {len(message.x)} x, {len(message.y)} y, {len(message.probability)} "
            f"probability and {len(message.quality)} quality; expected as many of each"
        )
    return TileScores(
        stamp_ns(message),
        int(message.image_width),
        int(message.image_height),
        int(message.tile_size),
        np.array(message.x, np.int32),
        np.array(message.y, np.int32),
        np.array(message.probability, np.float32),
        np.array(message.quality, np.float32),
        message.model_id,
        cracks_from_messages(message.cracks, message.segmenter_id) if message.segmenter_id else None,
    )
