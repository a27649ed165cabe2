"""Writes the trained segmenter as a LiteRT model with its card."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from crack_scanner.training.litert_file import with_uint8_input
from crack_scanner.training.segmentation.network import TILE
from crack_scanner.vision.model_card import CLASSES


def tflite(model: keras.Model) -> bytes:
    """A LiteRT model: (1, tile, tile, 3) uint8 RGB to (1, tile, tile, 1) float32 probability of a crack."""
    tile = int(model.input_shape[1])

    @tf.function(input_signature=[tf.TensorSpec((1, tile, tile, 3), tf.float32)])
    def mark(picture: Any) -> Any:
        return tf.sigmoid(model(picture, training=False))

    # Without freezing, the weights stay variables and XNNPACK leaves the convolutions to slow kernels.
    frozen = convert_variables_to_constants_v2(mark.get_concrete_function())
    return with_uint8_input(tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert())


def write(model: keras.Model, path: Path, threshold: float, notes: dict[str, Any]) -> None:
    """The model file, and beside it its card as JSON and as Markdown."""
    content = tflite(model)
    path.write_bytes(content)
    described = card(model, content, threshold, notes)
    path.with_suffix(".json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(readable(described), encoding="utf-8")


def card(model: keras.Model, content: bytes, threshold: float, notes: dict[str, Any]) -> dict[str, Any]:
    """What the service checks the model file against, and what a reader should know of it."""
    return {
        "name": "crack_segmenter",
        "task": "Probability of a crack for every pixel of a tile",
        "licence": "Apache-2.0",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "parameters": model.count_params(),
        "input": {"shape": [1, TILE, TILE, 3], "dtype": "uint8", "colour": "RGB", "range": [0, 255]},
        "output": {
            "shape": [1, TILE, TILE, 1],
            "dtype": "float32",
            "meaning": "probability of a crack, pixel by pixel",
        },
        "classes": list(CLASSES),
        "threshold": threshold,
        **notes,
    }


def readable(values: dict[str, Any]) -> str:
    """The card as Markdown."""
    lines = [f"# {values['name']}", "", f"{values['task']}. {values['parameters']} parameters.", ""]
    for title in ("training", "data", "measures", "limits"):
        if title in values:
            lines += [f"## {title.capitalize()}", "", *_listed(values[title]), ""]
    return "\n".join([*lines, f"Licence: {values['licence']}", ""])


def _listed(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"- {name}: {entry}" for name, entry in value.items()]
    return [f"- {entry}" for entry in value]


def main() -> None:
    """Command line of the export."""
    parser = argparse.ArgumentParser(description="export the crack segmenter")
    parser.add_argument("--weights", type=Path, required=True, help="segmenter.keras of the training")
    parser.add_argument(
        "--out", type=Path, required=True, help="the .tflite file to write; its card goes beside it"
    )
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--notes", type=Path, help="JSON object to add to the card: training, data, measures")
    args = parser.parse_args()
    notes = json.loads(args.notes.read_text(encoding="utf-8")) if args.notes else {}
    write(keras.models.load_model(args.weights), args.out, args.threshold, notes)


if __name__ == "__main__":
    main()
