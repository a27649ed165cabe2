"""What a training is to be."""

from dataclasses import dataclass
from pathlib import Path

STEPS_PER_EPOCH = 500


@dataclass(frozen=True)
class TrainingPlan:
    """What to train from and where to write. epochs: at most. resume: go on from a checkpoint in `out`."""

    data: Path
    out: Path
    epochs: int
    seed: int = 1
    resume: bool = False
    threads: int = 2


@dataclass(frozen=True)
class ArticlePlan(TrainingPlan):
    """A training of the article's network, which stops early."""

    epochs: int = 20


@dataclass(frozen=True)
class Plan(TrainingPlan):
    """A training of the scanner's classifier.

    start: a model file to go on from. teacher: one against whose answers labels are weighed.
    steps_per_epoch and pool (drawn tiles kept in stock) are made small only by tests.
    """

    epochs: int = 24
    start: Path | None = None
    steps_per_epoch: int = STEPS_PER_EPOCH
    pool: int = 3000
    teacher: Path | None = None
