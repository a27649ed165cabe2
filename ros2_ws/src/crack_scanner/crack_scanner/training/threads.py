"""How many threads TensorFlow may use."""

from __future__ import annotations

import tensorflow as tf


def limit_threads(count: int) -> bool:
    """Let TensorFlow use `count` threads within an operation; 0 leaves it to TensorFlow.

    False if it is too late: a process that has computed something already keeps what it has.
    """
    try:
        tf.config.threading.set_intra_op_parallelism_threads(count)
    except RuntimeError:
        return False
    return True
