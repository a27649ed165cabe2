"""Camera calibration files in the format of ROS camera_calibration (camera_info_manager YAML)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from crack_scanner.errors import CrackScannerError
from crack_scanner.surface.camera import Camera

ASSUMED_FIELD_OF_VIEW = float(np.pi / 3)
"""Horizontal field of view that is assumed of a camera without a calibration, radians."""

_KEYS = ("image_width", "image_height", "camera_matrix", "distortion_model", "distortion_coefficients")


def load_calibration(path: Path) -> Camera:
    """The camera of a calibration YAML; an error names the file and what is missing or wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CrackScannerError(f"calibration {path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CrackScannerError(f"calibration {path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise CrackScannerError(f"calibration {path} holds no table; expected the keys {', '.join(_KEYS)}")
    missing = [key for key in _KEYS if key not in content]
    if missing:
        raise CrackScannerError(
            f"calibration {path} lacks {', '.join(missing)}; expected the keys {', '.join(_KEYS)} as "
            "written by camera_calibration"
        )
    try:
        return Camera(
            int(content["image_width"]),
            int(content["image_height"]),
            _numbers(content["camera_matrix"]).reshape(3, 3),
            _numbers(content["distortion_coefficients"]),
            str(content["distortion_model"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise CrackScannerError(f"calibration {path} has a wrong value: {error}") from error
    except CrackScannerError as error:
        raise CrackScannerError(f"calibration {path}: {error}") from error


def camera_for(calibration: Camera | None, width: int, height: int) -> Camera:
    """The camera of pictures of a size, pixels; without a calibration one free of distortion.

    A calibration of another size is a CrackScannerError.
    """
    if calibration is None:
        return Camera.from_field_of_view(width, height, ASSUMED_FIELD_OF_VIEW)
    if (calibration.width, calibration.height) != (width, height):
        raise CrackScannerError(
            f"calibration is for {calibration.width} x {calibration.height} px but the pictures have "
            f"{width} x {height}: calibrate at this size or let the camera deliver the other"
        )
    return calibration


def _numbers(table: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(table["data"], dtype=np.float64).ravel()
