"""What `train --preset article` remembers from epoch to epoch, so that an interrupted training goes on."""

import json
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np

from crack_scanner.errors import CrackScannerError

PATIENCE = 5


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras' EarlyStopping with restored best weights, whose memory outlives the process.

    One file holds the weights, the optimizer, the best weights and the figures of each epoch; an interrupted
    write leaves the one before.
    """

    def __init__(self, network: keras.Model, checkpoint: Path) -> None:
        super().__init__(patience=PATIENCE, restore_best_weights=True)
        self.history: dict[str, list[float]] = {}
        self._network, self._checkpoint = network, checkpoint
        self._found: tuple[float | None, int, list[Any] | None] = (None, 0, None)

    @property
    def epochs_done(self) -> int:
        """Epochs that are remembered."""
        return len(self.history.get("val_loss", []))

    @property
    def is_over(self) -> bool:
        """Whether the remembered epochs have exhausted the patience."""
        losses = self.history.get("val_loss", [])
        return bool(losses) and len(losses) - 1 - int(np.argmin(losses)) >= PATIENCE

    def resume(self) -> bool:
        """Put network and optimizer where they were; False where there is nothing to go on from."""
        if not self._checkpoint.is_file():
            return False
        try:
            with np.load(self._checkpoint) as saved:
                content = {name: saved[name] for name in saved.files}
            self._assign(content)
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise CrackScannerError(
                f"{self._checkpoint} is damaged or of another training ({error}); "
                "remove it, or train without --resume"
            ) from error
        return True

    def restore_best(self) -> None:
        """Give the network its best weights, when there is nothing left to train."""
        if self._found[2] is not None:
            self._network.set_weights(self._found[2])

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin with what is remembered."""
        super().on_train_begin(logs)
        self.best, self.best_epoch, self.best_weights = self._found
        if self.history:
            self.wait = self.epochs_done - 1 - self.best_epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Judge the epoch, then remember it."""
        super().on_epoch_end(epoch, logs)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        self._save()

    def _state(self) -> list[Any]:
        return [*self._network.variables, *self._network.optimizer.variables]

    def _save(self) -> None:
        arrays: dict[str, Any] = {
            f"v{index}": np.asarray(variable) for index, variable in enumerate(self._state())
        }
        arrays |= {f"b{index}": weight for index, weight in enumerate(self.best_weights or [])}
        temporary = self._checkpoint.with_suffix(".partial.npz")
        np.savez(temporary, history=np.array(json.dumps(self.history)), best=self.best_epoch, **arrays)
        temporary.replace(self._checkpoint)

    def _assign(self, saved: dict[str, Any]) -> None:
        state = self._state()
        for index, variable in enumerate(state):
            if saved[f"v{index}"].shape != tuple(variable.shape):
                raise ValueError(f"weights of {saved[f'v{index}'].shape} for {tuple(variable.shape)}")
        for index, variable in enumerate(state):
            variable.assign(saved[f"v{index}"])
        self.history = json.loads(str(saved["history"]))
        best_epoch = int(saved["best"])
        weights = [saved[f"b{index}"] for index in range(len(self._network.get_weights()))]
        self._found = (self.history["val_loss"][best_epoch], best_epoch, weights)
