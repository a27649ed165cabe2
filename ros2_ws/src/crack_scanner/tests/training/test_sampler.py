"""Batches are made in a process of their own, which does not outlive the training."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from crack_scanner.training.drawn import CellGrid
from crack_scanner.training.sampler import Recipe, Source, batches


def small_recipe(folder: Path) -> Recipe:
    """Of two tiles of each class, none drawn."""
    sources = []
    for label in (0, 1):
        path = folder / f"{label}.npy"
        np.save(path, np.random.default_rng(label).integers(0, 256, (2, 227, 227, 3), np.uint8))
        sources.append(Source(path, label, 1))
    return Recipe(tuple(sources), 0, 0, pool=2, redraw=0, tile_size=227, grid=CellGrid(33, 8, 21), seed=1)


def test_a_killed_training_leaves_no_process_behind(tmp_path: Path) -> None:
    killed = subprocess.Popen(
        [sys.executable, __file__, tmp_path], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        # The process that makes batches has inherited the pipe: it closes when that one ends as well.
        said, _ = killed.communicate(timeout=30)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(killed.pid, signal.SIGKILL)
    assert said == b"(2, 227, 227, 3)\n"
    assert killed.returncode == -signal.SIGKILL


if __name__ == "__main__":
    made = batches(small_recipe(Path(sys.argv[1])))
    print(next(made).tiles.shape, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
