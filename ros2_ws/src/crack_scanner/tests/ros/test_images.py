"""Pictures of every encoding become the same RGB."""

import cv2
import numpy as np
import pytest
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage, Image

from crack_scanner.errors import CrackScannerError
from crack_scanner.messages.images import ENCODINGS, compressed_to_rgb, image_to_rgb
from crack_scanner.ros.images import rgb_to_message
from crack_scanner.ros.wire import read_raw
from tests.vision.damaged_picture import jpeg_of_a_damaged_size

HEIGHT, WIDTH = 24, 32
# Where a Bayer cell has its red, its two greens and its blue.
BAYER = {"rggb": "RGGB", "bggr": "BGGR", "gbrg": "GBRG", "grbg": "GRBG"}


def smooth_picture() -> np.ndarray:
    """Neighbouring pixels nearly alike, so that mosaics and half colour resolution lose little."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([60 + 3 * x, 200 - 4 * y, 90 + x + y], axis=2).astype(np.uint8)


def encoded(rgb: np.ndarray, encoding: str) -> np.ndarray:
    """Rows of bytes (H, bytes a row) of a picture, written without the code under test."""
    if encoding.startswith("bayer_"):
        cell = np.array([["RGB".index(letter) for letter in BAYER[encoding[6:10]]]]).reshape(2, 2)
        channel = np.tile(cell, (HEIGHT // 2, WIDTH // 2))
        return np.take_along_axis(rgb, channel[:, :, None], axis=2)[:, :, 0]
    if encoding in ("yuv422", "uyvy", "yuv422_yuy2", "yuyv"):
        return packed_yuv(rgb, luma_first=encoding in ("yuv422_yuy2", "yuyv"))
    order = {"rgb8": "RGB", "bgr8": "BGR", "rgba8": "RGBA", "bgra8": "BGRA", "mono8": "G"}[encoding]
    red, green, blue = np.moveaxis(rgb, 2, 0)
    planes = {"R": red, "G": green, "B": blue, "A": np.full_like(red, 7)}
    return np.stack([planes[letter] for letter in order], axis=2).reshape(HEIGHT, -1)


def packed_yuv(rgb: np.ndarray, luma_first: bool) -> np.ndarray:
    """4:2:2 by the equations of ITU-R BT.601, limited range."""
    r, g, b = np.moveaxis(rgb.astype(float), 2, 0)
    y = 16 + 0.257 * r + 0.504 * g + 0.098 * b
    u = 128 - 0.148 * r - 0.291 * g + 0.439 * b
    v = 128 + 0.439 * r - 0.368 * g - 0.071 * b
    packed = np.empty((HEIGHT, WIDTH // 2, 4))
    luma, chroma = ((0, 2), (1, 3)) if luma_first else ((1, 3), (0, 2))
    packed[..., luma[0]], packed[..., luma[1]] = y[:, ::2], y[:, 1::2]
    packed[..., chroma[0]] = (u[:, ::2] + u[:, 1::2]) / 2
    packed[..., chroma[1]] = (v[:, ::2] + v[:, 1::2]) / 2
    return np.rint(packed).astype(np.uint8).reshape(HEIGHT, -1)


def message(rows: np.ndarray, encoding: str, padding: int) -> Image:
    padded = np.pad(rows, ((0, 0), (0, padding)), constant_values=255)
    return Image(encoding=encoding, height=HEIGHT, width=WIDTH, step=padded.shape[1], data=padded.tobytes())


@pytest.mark.parametrize("padding", [0, 13])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_gives_the_picture_it_was_made_from(encoding: str, padding: int) -> None:
    rgb = smooth_picture()
    received = image_to_rgb(message(encoded(rgb, encoding), encoding, padding))
    expected = np.repeat(rgb[:, :, 1:2], 3, axis=2) if encoding == "mono8" else rgb
    # A mosaic has no neighbours to interpolate from at the border.
    inside = (slice(2, -2), slice(2, -2))
    assert received.shape == rgb.shape
    assert received.dtype == np.uint8
    assert np.abs(received[inside].astype(int) - expected[inside]).max() <= 8


def test_rgb_is_a_view_of_the_message() -> None:
    raw = rgb_to_message(smooth_picture(), 1, "camera")
    assert np.shares_memory(image_to_rgb(read_raw(raw, Image)), np.frombuffer(raw, np.uint8))


def test_a_published_picture_is_an_ordinary_image_message() -> None:
    rgb = smooth_picture()
    sent = deserialize_message(rgb_to_message(rgb, 5_000_000_007, "camera"), Image)
    assert (sent.header.stamp.sec, sent.header.stamp.nanosec, sent.header.frame_id) == (5, 7, "camera")
    assert (sent.encoding, sent.height, sent.width, sent.step) == ("rgb8", HEIGHT, WIDTH, WIDTH * 3)
    assert bytes(sent.data) == rgb.tobytes()


def test_a_picture_cut_out_of_another_is_published_whole() -> None:
    part = np.arange(HEIGHT * WIDTH * 3, dtype=np.uint8).reshape(HEIGHT, WIDTH, 3)[2:8, 5:12]
    np.testing.assert_array_equal(image_to_rgb(read_raw(rgb_to_message(part, 1, ""), Image)), part)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"encoding": "16UC1"},
            "encoding '16UC1'; expected one of rgb8, bgr8",
        ),
        ({"step": 10}, "step 10; expected a step of at least 96 bytes"),
        ({"data": b"short"}, "carries 5 bytes; expected 2304"),
        ({"width": 0}, "0 x 24 px"),
        ({"encoding": "yuv422", "width": 31}, "31 x 24 px; expected an even width"),
        ({"encoding": "yuyv", "width": 31}, "31 x 24 px; expected an even width"),
    ],
)
def test_a_picture_that_cannot_be_read_says_what_it_should_be(changes: dict, says: str) -> None:
    broken = message(encoded(smooth_picture(), "rgb8"), "rgb8", 0)
    for field, value in changes.items():
        setattr(broken, field, value)
    with pytest.raises(CrackScannerError, match=says):
        image_to_rgb(broken)


def test_compressed_pictures_keep_their_colours() -> None:
    rgb = smooth_picture()
    png = cv2.imencode(".png", rgb[..., ::-1])[1].tobytes()
    np.testing.assert_array_equal(compressed_to_rgb(CompressedImage(format="png", data=png)), rgb)


@pytest.mark.parametrize("data", [b"", b"no picture", jpeg_of_a_damaged_size()])
def test_a_compressed_picture_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(CrackScannerError, match=f"{len(data)} bytes with format 'jpeg' cannot be decoded"):
        compressed_to_rgb(CompressedImage(format="jpeg", data=data))
