"""Tiles and scores survive the way through a message, without being copied on arrival."""

from dataclasses import replace

import numpy as np
import pytest
from crack_scanner_interfaces.msg import TileBatch
from crack_scanner_interfaces.msg import TileScores as TileScoresMessage
from rclpy.serialization import deserialize_message, serialize_message

from crack_scanner.errors import CrackScannerError
from crack_scanner.pipeline.scorer import FrameTiler, TiledFrame
from crack_scanner.ros.tiles import (
    batch_to_tiles,
    has_picture,
    picture_and_tiles_to_batch,
    scores_from_message,
    scores_to_message,
    tiles_to_batch,
)
from crack_scanner.ros.wire import read_raw
from crack_scanner.settings import ScanSettings
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.sightings import CrackSighting, FrameCracks
from crack_scanner.vision.width import LineWidths

STAMP_NS = 1_700_000_000_123_456_789


@pytest.fixture
def tiled() -> TiledFrame:
    image = np.random.default_rng(1).integers(0, 256, (100, 150, 3), np.uint8)
    # A part that nothing can be seen in.
    image[:70, :70] = 0
    return FrameTiler(ScanSettings(tile_size=64, overlap=0.25)).tile(STAMP_NS, image)


def test_tiles_arrive_as_they_were_cut(tiled: TiledFrame) -> None:
    received = batch_to_tiles(read_raw(picture_and_tiles_to_batch(tiled, "camera"), TileBatch))
    assert received.stamp_ns == STAMP_NS
    assert (received.grid.width, received.grid.height, received.grid.tile_size) == (150, 100, 64)
    np.testing.assert_array_equal(received.grid.x, tiled.grid.x)
    np.testing.assert_array_equal(received.grid.y, tiled.grid.y)
    np.testing.assert_array_equal(received.quality, tiled.quality)
    np.testing.assert_array_equal(received.image, tiled.image)


def test_useless_tiles_are_still_useless_on_arrival(tiled: TiledFrame) -> None:
    received = batch_to_tiles(read_raw(picture_and_tiles_to_batch(tiled, "camera"), TileBatch))
    assert not tiled.usable.all()
    np.testing.assert_array_equal(received.usable, tiled.usable)


def test_a_received_picture_is_a_view_of_the_message(tiled: TiledFrame) -> None:
    message = read_raw(picture_and_tiles_to_batch(tiled, "camera"), TileBatch)
    received = batch_to_tiles(message)
    assert np.shares_memory(received.image, message.data)


def test_a_tiles_message_can_be_read_by_other_programs(tiled: TiledFrame) -> None:
    message = deserialize_message(picture_and_tiles_to_batch(tiled, "camera"), TileBatch)
    assert message.header.frame_id == "camera"
    assert bytes(message.data) == tiled.image.tobytes()


def test_tiles_without_their_picture_are_given_it(tiled: TiledFrame) -> None:
    message = tiles_to_batch(tiled, "camera")
    received = read_raw(serialize_message(message), TileBatch)
    assert not has_picture(received)
    frame = batch_to_tiles(received, tiled.image)
    assert frame.image is tiled.image
    np.testing.assert_array_equal(frame.quality, tiled.quality)


def test_the_picture_of_other_tiles_is_refused(tiled: TiledFrame) -> None:
    message = tiles_to_batch(tiled, "camera")
    with pytest.raises(
        CrackScannerError, match="picture of 150 x 99 px; its tiles are those of one of 150 x 100"
    ):
        batch_to_tiles(message, tiled.image[1:])


def test_tiles_with_half_of_their_picture_are_refused(tiled: TiledFrame) -> None:
    message = deserialize_message(picture_and_tiles_to_batch(tiled, "camera"), TileBatch)
    message.data = message.data[:-1]
    with pytest.raises(CrackScannerError, match="44999 bytes of picture; expected 45000"):
        batch_to_tiles(message)


@pytest.mark.parametrize(
    ("name", "corners"),
    [
        ("x", [0, 48, 86, 0, 48, 85]),
        ("x", [0, 48, 87] * 2),
        ("y", [0, 0, 0, -1, -1, -1]),
        ("x", [86, 48, 0] * 2),
    ],
)
def test_corners_that_are_no_grid_in_the_picture_are_refused(
    tiled: TiledFrame, name: str, corners: list[int]
) -> None:
    message = deserialize_message(picture_and_tiles_to_batch(tiled, "camera"), TileBatch)
    setattr(message, name, corners)
    with pytest.raises(CrackScannerError, match="6 corners are no grid of 64 px tiles"):
        batch_to_tiles(message)


def test_pictures_with_the_same_corners_share_a_grid(tiled: TiledFrame) -> None:
    first, second = (
        batch_to_tiles(read_raw(picture_and_tiles_to_batch(tiled, "camera"), TileBatch)) for _ in range(2)
    )
    assert first.grid is second.grid


def scores() -> TileScores:
    return TileScores(
        stamp_ns=STAMP_NS,
        image_width=150,
        image_height=100,
        tile_size=64,
        x=np.array([0, 48], np.int32),
        y=np.array([0, 36], np.int32),
        probability=np.array([0.25, np.nan], np.float32),
        quality=np.array([1.0, 0.0], np.float32),
        model_id="0123456789ab",
    )


def test_scores_survive_a_round_trip() -> None:
    raw = serialize_message(scores_to_message(scores(), "camera"))
    received = scores_from_message(deserialize_message(raw, TileScoresMessage))
    for name, value in vars(scores()).items():
        np.testing.assert_array_equal(getattr(received, name), value)


def test_scores_of_different_lengths_are_refused() -> None:
    message = scores_to_message(scores(), "camera")
    message.y = message.y[:1]
    with pytest.raises(CrackScannerError, match="2 x, 1 y, 2 probability and 2 quality; expected as many"):
        scores_from_message(message)


def test_crack_lines_survive_a_round_trip() -> None:
    points = np.array([[1.5, 2.25], [2.5, 2.5], [3.5, 2.75]])
    width, sigma = np.array([3.0, np.nan, 3.5]), np.array([0.25, np.nan, 0.5])
    line = LineWidths(points, width, sigma, np.ones(3), 0.75, 1.125)
    seen = FrameCracks((CrackSighting(line, 0.875),), "fedcba987654")
    raw = serialize_message(scores_to_message(replace(scores(), cracks=seen), "camera"))
    received = scores_from_message(deserialize_message(raw, TileScoresMessage)).cracks
    assert received is not None
    assert received.model_id == seen.model_id
    (sighting,) = received.sightings
    assert (sighting.probability, sighting.widths.smallest) == (0.875, 1.125)
    for name in ("points", "width", "sigma"):
        np.testing.assert_array_equal(getattr(sighting.widths, name), getattr(line, name))


def test_a_frame_without_lines_is_not_one_that_nobody_looked_at() -> None:
    message = scores_to_message(replace(scores(), cracks=FrameCracks((), "fedcba987654")), "camera")
    received = scores_from_message(message).cracks
    assert received is not None
    assert received.sightings == ()


def test_a_line_of_different_lengths_is_refused() -> None:
    line = LineWidths(np.ones((2, 2)), np.ones(2), np.ones(2), np.ones(2), 1.0, 1.0)
    cracks = FrameCracks((CrackSighting(line, 0.9),), "1" * 12)
    message = scores_to_message(replace(scores(), cracks=cracks), "camera")
    message.cracks[0].width = message.cracks[0].width[:1]
    with pytest.raises(CrackScannerError, match="2 x, 2 y, 1 width and 2 width_sigma"):
        scores_from_message(message)
