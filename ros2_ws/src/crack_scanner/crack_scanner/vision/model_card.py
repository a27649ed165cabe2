"""The card that travels with a model file, and the check that the two belong together."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import SHARE

CLASSES = ("no crack", "crack")
AUTO, FLOAT32, INT8 = PRECISIONS = ("auto", "float32", "int8")
"""What a network can be asked to compute with; auto is what is faster on the machine."""


@dataclass(frozen=True)
class ModelCard:
    """What the service needs to know of a tile classifier.

    sha256: of the model file, hex. input_shape: (1, tile, tile, 3). classes: the model's output is
    the probability of the last one. threshold: probability from which a tile is called crack.
    quantized_from: sha256 of the float32 model that an int8 one was made from, else empty.
    """

    name: str
    path: Path
    sha256: str
    input_shape: tuple[int, ...]
    input_dtype: str
    classes: tuple[str, ...]
    threshold: float
    parameters: int
    quantized_from: str = ""

    @property
    def precision(self) -> str:
        """What the network computes with: float32 or int8."""
        return INT8 if self.input_dtype == INT8 else FLOAT32

    @property
    def model_id(self) -> str:
        """First 12 hex digits of the sha256: names the model in messages and files."""
        return self.sha256[:12]

    @property
    def tile_size(self) -> int:
        """Side of the square input, pixels."""
        return self.input_shape[1]


def load_card(model: Path) -> ModelCard:
    """Read the card beside a model file (same name, .json) and check the file against it."""
    if not model.is_file():
        raise CrackScannerError(f"model {model} is not there: give the path of a .tflite file")
    card_path = model.with_suffix(".json")
    if not card_path.is_file():
        raise CrackScannerError(f"model {model} has no card: expected {card_path} beside it")
    card = _read(card_path, model)
    actual = hashlib.sha256(model.read_bytes()).hexdigest()
    if actual != card.sha256:
        raise CrackScannerError(
            f"model {model} is damaged or not the one its card describes: sha256 {actual[:12]}…, "
            f"the card says {card.sha256[:12]}…: copy model and card again"
        )
    if card.classes != CLASSES:
        raise CrackScannerError(
            f"model {model} has classes {list(card.classes)}; expected {list(CLASSES)} in this order"
        )
    return card


def measured_recall(sha256: str) -> list[tuple[str, float, float | None, float | None]]:
    """Name of a test set, recall, and its 95 % interval if known, from the card of a model of the program.

    Empty where no card tells of the model with this sha256.
    """
    content = _card_of_the_program(sha256)
    return [
        (name, figures["recall"], *figures.get("interval", {}).get("recall", (None, None)))
        for name, figures in content.get("metrics", {}).items()
        if "recall" in figures
    ]


def sha256_of(model_id: str) -> str | None:
    """The whole sha256 of a model of the program; None if none of them has this id."""
    sha256: str | None = _card_of_the_program(model_id).get("sha256")
    return sha256


def _card_of_the_program(begins: str) -> dict[str, Any]:
    """The content of the card whose sha256 begins so; empty where no model of the program has it."""
    for path in sorted((SHARE / "models").glob("*.json")):
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if begins and content["sha256"].startswith(begins):
            return content
    return {}


def _read(card_path: Path, model: Path) -> ModelCard:
    try:
        content: dict[str, Any] = json.loads(card_path.read_text(encoding="utf-8"))
        return ModelCard(
            name=str(content["name"]),
            path=model,
            sha256=str(content["sha256"]),
            input_shape=tuple(int(n) for n in content["input"]["shape"]),
            input_dtype=str(content["input"]["dtype"]),
            classes=tuple(str(name) for name in content["classes"]),
            threshold=float(content["threshold"]),
            parameters=int(content["parameters"]),
            quantized_from=str(content.get("quantized_from", "")),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CrackScannerError(f"model card {card_path} cannot be read: {error!r}") from error
