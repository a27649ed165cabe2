"""Real cracks cut out of the tiles that show them, where a segmenter is sure of them.

The segmenter learnt from drawn cracks. The crack's darkness relative to the surface around it is a picture of
a real crack without its surface, to be put onto others.
"""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.vision.segmenter import CrackSegmenter

SURE, POSSIBLE = 217, 25
"""Segmenter's value, of 255, from which a pixel is taken for crack, and from which not for ground."""
LEAST_CRACK = 150
"""Sure pixels without which a tile gives nothing."""
REACH = 4
"""Pixels by which a crack's marks are widened: its soft edge belongs to it."""
GROUND_SIGMA = 14.0
"""Pixels over which the ground around a crack is averaged."""
RATIO_SCALE = 170.0
"""Stored value of a ratio of 1: up to 1.5 fits into a byte."""
Image = npt.NDArray[np.uint8]


def write_cracks(pictures: Image, segmenter: CrackSegmenter, file: Path, most: int, seed: int = 1) -> int:
    """Write the cracks of up to `most` pictures (N, S, S, 3) uint8 RGB; returns how many were found.

    The file is an .npy of (M, S, S, 4) uint8: brightness relative to the ground around times RATIO_SCALE, and
    how much a pixel belongs to the crack, 255 for wholly.
    """
    found = []
    for index in np.random.default_rng(seed).permutation(len(pictures))[:most]:
        picture = np.ascontiguousarray(pictures[index])
        mark = segmenter.segment_twice(picture)
        if int((mark >= SURE).sum()) >= LEAST_CRACK:
            found.append(lone_crack(picture, mark))
    np.save(file, np.stack(found) if found else np.empty((0, *pictures.shape[1:3], 4), np.uint8))
    return len(found)


def lone_crack(picture: Image, mark: Image) -> Image:
    """(S, S, 4) uint8 as `write_cracks` stores it, of a picture (S, S, 3) and its marks (S, S) uint8."""
    apart = 1.0 - _widened(mark >= POSSIBLE, 2 * REACH)
    mean = picture[apart > 0].mean(axis=0) if apart.any() else picture.mean(axis=(0, 1))
    # Far from all ground its mean over the picture stands in.
    weight = cv2.GaussianBlur(apart, (0, 0), GROUND_SIGMA) + 1e-3
    ground = cv2.GaussianBlur(picture * apart[..., None], (0, 0), GROUND_SIGMA) + 1e-3 * mean
    ratio = picture / np.maximum(ground / weight[..., None], 1.0)
    share = cv2.GaussianBlur(_widened(mark >= SURE, REACH), (0, 0), 1.5)
    stored = np.dstack([ratio * RATIO_SCALE, share * 255.0])
    return np.clip(np.rint(stored), 0, 255).astype(np.uint8)


def _widened(mask: npt.NDArray[np.bool_], by: int) -> npt.NDArray[np.float32]:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return cv2.dilate(mask.astype(np.uint8), disc).astype(np.float32)
