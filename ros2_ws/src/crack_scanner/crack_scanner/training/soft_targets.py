"""What to learn of tiles some of whose labels are wrong: a mean of the label and of what a network says.

Bootstrapping (Reed et al. 2015, arXiv:1412.6596), with the answers of an earlier network, each the mean over
the tile's eight turns and flips.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.tile_grid import tile_grid

TRUST = 0.15
"""Weight of the network's answer against the label."""
TURNS = tuple((quarter, flip) for quarter in range(4) for flip in (1, -1))
"""Quarter turns, and the step across columns afterwards; the first leaves a tile as it is."""
_PROBED = 16
"""Tiles that tell whether the network answers the same however a tile is turned."""
_SAME = 1e-3
Image = npt.NDArray[np.uint8]


def write_targets(tiles: Image, label: int, classifier: TileClassifier, file: Path) -> None:
    """Write an .npy of (N,) float32, 0 to 1, for tiles (N, S, S, 3) uint8 RGB all labelled `label`."""
    turns = _telling_turns(tiles[:_PROBED], classifier)
    said = np.array([answers(np.asarray(tile), classifier, turns).mean() for tile in tiles], np.float32)
    np.save(file, (1.0 - TRUST) * np.float32(label) + TRUST * said)


def answers(
    tile: Image, classifier: TileClassifier, turns: Sequence[tuple[int, int]] = TURNS
) -> npt.NDArray[np.float64]:
    """Probability (len(turns),) of a tile turned; of a larger picture (S, S, 3) the highest of its tiles."""
    grid = tile_grid(tile.shape[1], tile.shape[0], classifier.card.tile_size)
    seen = (np.ascontiguousarray(np.rot90(tile, quarter)[:, ::flip]) for quarter, flip in turns)
    return np.array([classifier.score(list(grid.views(one))).max() for one in seen], np.float64)


def _telling_turns(tiles: Image, classifier: TileClassifier) -> Sequence[tuple[int, int]]:
    """The turns to ask about: of a network whose weights turn with the picture one says it all."""
    spread = max(float(np.ptp(answers(np.asarray(tile), classifier))) for tile in tiles)
    return TURNS[:1] if spread < _SAME else TURNS
