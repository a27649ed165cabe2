"""The training loop: steps, schedule, checkpoints to go on from, progress with the time left."""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.training.losses import cell_loss, tile_loss
from crack_scanner.training.sampler import Batch
from crack_scanner.training.symmetry import Ties

Say = Callable[[str], None]
REPORT_EVERY = 50
AVERAGING = 0.997
"""What the running average of the weights keeps of itself a step; it is far steadier than they are."""


@dataclass(frozen=True)
class Schedule:
    """Steps in all, steps an epoch (a checkpoint each), peak learning rate, steps to warm up."""

    steps: int
    steps_per_epoch: int
    peak: float = 1.6e-3
    warm_up: int = 200
    floor: float = 1e-5

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then half a cosine down to the floor."""
        rise = min(1.0, (step + 1) / self.warm_up)
        return self.peak * rise * 0.5 * (1.0 + float(np.cos(np.pi * step / self.steps))) + self.floor


class Trainer:
    """A network, its optimizer and the step it has come to; saved and restored together."""

    def __init__(
        self,
        network: keras.Model,
        schedule: Schedule,
        checkpoint: Path,
        cell_share: float = 0.5,
        ties: Ties | None = None,
    ) -> None:
        """ties: of weights that are tied and stay so; by default none are."""
        self.network, self.schedule, self.step = network, schedule, 0
        self._checkpoint, self._cell_share, self._ties = checkpoint, cell_share, ties or {}
        self._optimizer = keras.optimizers.AdamW(schedule.peak, weight_decay=2e-3, clipnorm=1.0)
        self._optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self._optimizer.build(network.trainable_variables)
        self._average = [tf.Variable(variable) for variable in network.variables]
        self._train = tf.function(self._train_step, reduce_retracing=True)

    def resume(self) -> bool:
        """Go on from the checkpoint, if there is one."""
        if not self._checkpoint.is_file():
            return False
        try:
            with np.load(self._checkpoint) as saved:
                for index, variable in enumerate(self._variables()):
                    variable.assign(saved[f"v{index}"])
                self.step = int(saved["step"])
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise CrackScannerError(
                f"{self._checkpoint} is damaged or of another network ({error}); "
                "remove it, or train without --resume"
            ) from error
        return True

    def save(self) -> None:
        """Write the checkpoint; an interrupted write leaves the one before."""
        values = {f"v{index}": variable.numpy() for index, variable in enumerate(self._variables())}
        temporary = self._checkpoint.with_suffix(".partial.npz")
        np.savez(temporary, step=np.int64(self.step), **values)
        temporary.replace(self._checkpoint)

    @contextmanager
    def averaged(self) -> Iterator[keras.Model]:
        """The network with the running average of its weights, which is what is measured and shipped."""
        current = [variable.numpy() for variable in self.network.variables]
        self._set_weights(self._average)
        try:
            yield self.network
        finally:
            self._set_weights(current)

    def _set_weights(self, values: Sequence[Any]) -> None:
        for variable, value in zip(self.network.variables, values, strict=True):
            variable.assign(value)

    def run(
        self,
        batches: Iterator[Batch],
        say: Say,
        after_epoch: Callable[[int], None] | None = None,
        until: int | None = None,
    ) -> None:
        """Train up to a step, if that is not behind, or the schedule's last one."""
        start, first = time.monotonic(), self.step
        last = self.schedule.steps if until is None else until
        recent: list[npt.NDArray[np.float64]] = []
        for batch in itertools.islice(batches, max(last - self.step, 0)):
            self._optimizer.learning_rate.assign(self.schedule.learning_rate(self.step))
            recent.append(
                np.array([float(value) for value in self._train(batch.tiles, batch.labels, batch.cells)])
            )
            self.step += 1
            if self.step % REPORT_EVERY == 0 or self.step == self.schedule.steps:
                say(self._progress(recent, start, first))
                recent = []
            if self.step % self.schedule.steps_per_epoch == 0 or self.step == self.schedule.steps:
                self.save()
                if after_epoch:
                    after_epoch(self.step // self.schedule.steps_per_epoch)

    def _train_step(self, tiles: Any, labels: Any, cells: Any) -> Any:
        with tf.GradientTape() as tape:
            logit, cell_logit = self.network(tiles, training=True)
            of_tiles, of_cells = tile_loss(labels, logit), cell_loss(cells, cell_logit)
            loss = of_tiles + self._cell_share * of_cells
        variables = self.network.trainable_variables
        gradients = [
            self._tied(variable, gradient)
            for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True)
        ]
        self._optimizer.apply_gradients(zip(gradients, variables, strict=True))
        if self._ties:
            for statistic in self.network.non_trainable_variables:
                statistic.assign(self._tied(statistic, tf.convert_to_tensor(statistic)))
        for average, variable in zip(self._average, self.network.variables, strict=True):
            average.assign(AVERAGING * average + (1.0 - AVERAGING) * tf.convert_to_tensor(variable))
        right = tf.reduce_mean(tf.cast((logit > 0.0) == (labels > 0.5), tf.float32))
        return of_tiles, of_cells, right

    def _tied(self, variable: Any, values: Any) -> Any:
        return self._ties[variable.path](values) if self._ties else values

    def _variables(self) -> list[Any]:
        return [*self.network.variables, *self._average, *self._optimizer.variables]

    def _progress(self, recent: list[npt.NDArray[np.float64]], start: float, first: int) -> str:
        loss, cells, right = np.mean(recent, axis=0)
        speed = (self.step - first) / max(time.monotonic() - start, 1e-9)
        left = (self.schedule.steps - self.step) / speed
        return (
            f"step {self.step} of {self.schedule.steps}: loss {loss:.3f}, cells {cells:.3f}, "
            f"right {right:.3f}, "
            f"{int(left) // 60} min {int(left) % 60:02d} s left"
        )


def read_history(path: Path, last_epoch: int) -> list[dict[str, Any]]:
    """The entries up to an epoch that an interrupted training has left; none if it left none."""
    if not path.is_file():
        return []
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [entry for entry in entries if entry["epoch"] <= last_epoch]


def write_history(path: Path, entries: list[dict[str, Any]]) -> None:
    """What each epoch brought, as JSON."""
    write_atomically(path, (json.dumps(entries, indent=1) + "\n").encode())
