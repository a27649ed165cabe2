"""The article's network as LiteRT files with their cards: float32, and full-integer int8."""

import contextlib
import datetime
import io
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.training.article_network import article_network
from crack_scanner.training.card import model_facts, write_card
from crack_scanner.training.litert_file import with_uint8_input
from crack_scanner.vision.model_card import INT8
from crack_scanner.vision.tile_grid import TILE_SIZE

FLOAT32_FILE, INT8_FILE = "article_float32.tflite", "article_int8.tflite"
LIMITS = ["Trained on one set of one kind of surface; on others it is little better than chance."]
Floats = npt.NDArray[np.float32]


def export(network: keras.Model, representative: Sequence[Floats], out: Path) -> dict[str, int]:
    """Write both files; returns their sizes in bytes. representative: tiles (1, S, S, 3) RGB 0..255."""
    # The converter reports on standard output, and warns of what it does as it should.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        contents = {FLOAT32_FILE: _float32(network), INT8_FILE: _int8(network, representative)}
    for name, content in contents.items():
        write_atomically(out / name, content)
    return {name: len(content) for name, content in contents.items()}


def _float32(network: keras.Model) -> bytes:
    return with_uint8_input(tf.lite.TFLiteConverter.from_keras_model(network).convert())


def _int8(network: keras.Model, representative: Sequence[Floats]) -> bytes:
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([_full_range(tile)] for tile in representative)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def _full_range(tile: Floats) -> Floats:
    """The tile with a black and a white pixel, so that the input's scale is 1 and its zero point -128."""
    tile = tile.copy()
    tile[0, 0, 0], tile[0, 0, 1] = 0.0, 255.0
    return tile


def write_cards(
    network: keras.Model,
    size: int,
    data: Sequence[dict[str, str]],
    metrics: dict[str, dict[str, Any]],
    out: Path,
) -> None:
    """A card for each file. data: what it was trained on. metrics: by file name, the figures by set."""
    common = {
        "calibration": {"method": "None: the network's own sigmoid."},
        "data": list(data),
        "split": {"article": "a random 80/20 split; blocks of file numbers were set aside before"},
        "limits": LIMITS,
        "licence": "Apache-2.0",
        "trained_with": {
            "command": "crack_scanner train --preset article --data DATA",
            "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
            "tensorflow": tf.__version__,
        },
    }
    float32 = model_facts(out / FLOAT32_FILE, int(network.count_params()), size)
    int8 = model_facts(out / INT8_FILE, int(network.count_params()), size)
    int8 |= {
        "input": {**int8["input"], "dtype": INT8},
        "output": {**int8["output"], "dtype": INT8},
        "quantized_from": float32["sha256"],
    }
    for facts in (float32, int8):
        write_card(out / facts["file"], {**facts, **common, "metrics": metrics.get(facts["file"], {})})


def main() -> None:
    """`python -m crack_scanner.training.article_export FOLDER`: both files of an untrained network."""
    out = Path(sys.argv[1])
    network = article_network(TILE_SIZE)
    tile = np.random.default_rng(1).uniform(0, 255, (1, TILE_SIZE, TILE_SIZE, 3)).astype(np.float32)
    export(network, [tile], out)
    write_cards(network, TILE_SIZE, [], {}, out)


if __name__ == "__main__":
    main()
