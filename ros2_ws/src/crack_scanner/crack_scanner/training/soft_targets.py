"""What to learn of tiles some of whose labels are wrong: a mean of the label and of what a network says.

Bootstrapping (Reed et al. 2015, arXiv:1412.6596), with the answers of an earlier network, each the mean over
the tile's eight turns and flips.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.tile_grid import tile_grid

TRUST = 0.15
"""Weight of the network's answer against the label."""
Image = npt.NDArray[np.uint8]


def write_targets(tiles: Image, label: int, classifier: TileClassifier, file: Path) -> None:
    """Write an .npy of (N,) float32, 0 to 1, for tiles (N, S, S, 3) uint8 RGB all labelled `label`."""
    said = np.array([mean_probability(np.asarray(tile), classifier) for tile in tiles], np.float32)
    np.save(file, (1.0 - TRUST) * np.float32(label) + TRUST * said)


def mean_probability(tile: Image, classifier: TileClassifier) -> float:
    """Mean probability over turns and flips; of a larger picture (S, S, 3), the highest over its tiles."""
    grid = tile_grid(tile.shape[1], tile.shape[0], classifier.card.tile_size)
    answers = []
    for quarter in range(4):
        for flip in (1, -1):
            seen = np.ascontiguousarray(np.rot90(tile, quarter)[:, ::flip])
            answers.append(float(classifier.score(list(grid.views(seen))).max()))
    return float(np.mean(answers))
