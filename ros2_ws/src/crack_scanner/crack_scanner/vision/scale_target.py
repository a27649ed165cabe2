"""Finds a square marker of known size in a picture: ArUco or AprilTag."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.vision.picture_scale import PictureScale

Floats = NDArray[np.float64]

CORNER_SIGMA = 0.3
"""Standard deviation of a corner found to sub-pixels, pixels."""

_FAMILIES = (
    "DICT_4X4_50", "DICT_5X5_100", "DICT_6X6_250", "DICT_7X7_250", "DICT_ARUCO_ORIGINAL",
    "DICT_APRILTAG_36h11", "DICT_APRILTAG_25h9", "DICT_APRILTAG_16h5",
)  # fmt: skip
_LARGEST_SEARCH = 4000  # pixels; a larger picture is searched shrunk


def target_scale(image: NDArray[np.uint8], side_mm: float) -> PictureScale:
    """The scale that a marker with sides of `side_mm` gives a picture (H, W, 3) uint8 RGB."""
    corners = find_target(image)
    if corners is None:
        raise CrackScannerError(
            "no ArUco or AprilTag marker found in the picture; expected one lying on the surface, sharp, "
            "with a light margin, sides of 30 px or more: give --mm-per-px instead, or leave the scale out"
        )
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * side_mm
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), square)
    matrix = matrix / float(np.append(corners.mean(axis=0), 1.0) @ matrix[2])
    side = float(np.linalg.norm(np.diff(np.concatenate([corners, corners[:1]]), axis=0), axis=1).mean())
    return PictureScale(np.asarray(matrix, np.float64), CORNER_SIGMA * np.sqrt(2) / side, "marker")


def find_target(image: NDArray[np.uint8]) -> Floats | None:
    """(4, 2) corners x, y in pixels of the largest marker in a picture (H, W, 3) uint8 RGB, or None."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    shrink = max(1.0, max(grey.shape) / _LARGEST_SEARCH)
    small = (
        grey
        if shrink == 1.0
        else cv2.resize(grey, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    )
    found: list[Floats] = []
    for family in _FAMILIES:
        dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, family))
        corners, _, _ = cv2.aruco.ArucoDetector(dictionary, cv2.aruco.DetectorParameters()).detectMarkers(
            small
        )
        found += [np.asarray(quad, np.float64).reshape(4, 2) for quad in corners]
    if not found:
        return None
    largest = max(found, key=_area)
    return _refined(grey, (largest + 0.5) * shrink - 0.5)


def _refined(grey: NDArray[np.uint8], corners: Floats) -> Floats:
    side = float(np.sqrt(_area(corners)))
    window = int(np.clip(side / 20, 2, 9))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 40, 0.01)
    start = corners.astype(np.float32).reshape(-1, 1, 2)
    refined = cv2.cornerSubPix(grey, start, (window, window), (-1, -1), stop)
    return np.asarray(refined, np.float64).reshape(4, 2)


def _area(corners: Floats) -> float:
    x, y = corners.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
