"""Pictures of ROS messages to arrays."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.vision.picture_file import decode

Image = NDArray[np.uint8]

# Bytes a pixel takes, and OpenCV's conversion to RGB (None: it is RGB). OpenCV names a Bayer pattern
# after its second row and column, ROS after its first, hence the crossed names.
_ENCODINGS: dict[str, tuple[int, int | None]] = {
    "rgb8": (3, None),
    "bgr8": (3, cv2.COLOR_BGR2RGB),
    "rgba8": (4, cv2.COLOR_RGBA2RGB),
    "bgra8": (4, cv2.COLOR_BGRA2RGB),
    "mono8": (1, cv2.COLOR_GRAY2RGB),
    "bayer_rggb8": (1, cv2.COLOR_BayerBG2RGB),
    "bayer_bggr8": (1, cv2.COLOR_BayerRG2RGB),
    "bayer_gbrg8": (1, cv2.COLOR_BayerGR2RGB),
    "bayer_grbg8": (1, cv2.COLOR_BayerGB2RGB),
    "yuv422": (2, cv2.COLOR_YUV2RGB_UYVY),
    "uyvy": (2, cv2.COLOR_YUV2RGB_UYVY),
    "yuv422_yuy2": (2, cv2.COLOR_YUV2RGB_YUY2),
    "yuyv": (2, cv2.COLOR_YUV2RGB_YUY2),
}
ENCODINGS = tuple(_ENCODINGS)


def image_to_rgb(message: Any) -> Image:
    """A sensor_msgs/Image as (H, W, 3) uint8 RGB.

    Rows may be longer than the picture is wide (`step`). For rgb8 the result is a view of the
    message's data, for everything else a converted copy.
    """
    encoding = message.encoding.lower()
    if encoding not in _ENCODINGS:
        raise CrackScannerError(
            f"picture with encoding '{message.encoding}'; expected one of {', '.join(ENCODINGS)}: "
            "let the camera driver or image_proc convert it"
        )
    channels, conversion = _ENCODINGS[encoding]
    pixels = _pixels(message, channels)
    if conversion is None:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, conversion), np.uint8)


def _pixels(message: Any, channels: int) -> Image:
    """(H, W[, channels]) view of the message's data without the padding of its rows."""
    width, height, step = int(message.width), int(message.height), int(message.step)
    if width == 0 or height == 0 or step < width * channels:
        raise CrackScannerError(
            f"{message.encoding} picture of {width} x {height} px with step {step}; "
            f"expected a step of at least {width * channels} bytes"
        )
    if channels == 2 and width % 2:
        raise CrackScannerError(
            f"{message.encoding} picture of {width} x {height} px; expected an even width, as two "
            "pixels share their colour"
        )
    data = np.frombuffer(message.data, np.uint8)
    # The last row may come without its padding.
    needed = step * (height - 1) + width * channels
    if data.size < needed:
        raise CrackScannerError(
            f"{message.encoding} picture of {width} x {height} px with step {step} carries {data.size} "
            f"bytes; expected {step * height}"
        )
    shape = (height, width) if channels == 1 else (height, width, channels)
    strides = (step, 1) if channels == 1 else (step, channels, 1)
    return np.lib.stride_tricks.as_strided(data[:needed], shape, strides, writeable=False)


def compressed_to_rgb(message: Any) -> Image:
    """A sensor_msgs/CompressedImage (jpeg, png) as (H, W, 3) uint8 RGB."""
    data = np.frombuffer(message.data, np.uint8)
    image = decode(data)
    if image is None:
        raise CrackScannerError(
            f"compressed picture of {data.size} bytes with format '{message.format}' cannot be decoded; "
            "expected a whole jpeg or png"
        )
    return image
