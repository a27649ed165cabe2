"""What the scanner network is trained to get right: the tile's label and, where known, the crack's place."""

from typing import Any

from keras import ops

from crack_scanner.training.sampler import UNKNOWN

LABEL_SMOOTHING = 0.02
CELL_WEIGHT = 5.0
"""Weight of a crack cell against a clean one: they are rare."""


def tile_loss(labels: Any, logits: Any) -> Any:
    """Mean cross-entropy of tile labels (N, 1), softened a little as some are wrong."""
    softened = labels * (1.0 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 2
    return ops.mean(ops.binary_crossentropy(softened, logits, from_logits=True))


def cell_loss(cells: Any, logits: Any) -> Any:
    """Mean cross-entropy over the cells (N, C, C, 1) whose content is known."""
    known = ops.cast(ops.not_equal(cells, UNKNOWN), "float32")
    target = ops.cast(cells, "float32") * known
    entropy = ops.maximum(logits, 0.0) - logits * target + ops.log1p(ops.exp(-ops.abs(logits)))
    weight = known * (1.0 + (CELL_WEIGHT - 1.0) * target)
    return ops.sum(entropy * weight) / (ops.sum(known) + 1.0)
