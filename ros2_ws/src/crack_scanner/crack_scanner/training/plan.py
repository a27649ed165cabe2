"""What a training of the scanner's classifier is to be."""

from dataclasses import dataclass
from pathlib import Path

STEPS_PER_EPOCH = 500


@dataclass(frozen=True)
class Plan:
    """What to train. start: a model file to go on from.

    steps_per_epoch and pool (drawn tiles kept in stock) are made small only by tests.
    """

    data: Path
    out: Path
    epochs: int = 24
    seed: int = 1
    resume: bool = False
    threads: int = 2
    start: Path | None = None
    steps_per_epoch: int = STEPS_PER_EPOCH
    pool: int = 3000
