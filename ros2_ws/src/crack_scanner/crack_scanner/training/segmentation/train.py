"""Trains and exports the segmenter: python -m crack_scanner.training.segmentation.train --data D --out F."""

from __future__ import annotations

import argparse
import json
import math
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from crack_scanner.training.dataset import LabelledFile, list_tiles
from crack_scanner.training.litert_file import folded_weights
from crack_scanner.training.segmentation import export, network
from crack_scanner.training.segmentation.backgrounds import Grounds
from crack_scanner.training.segmentation.carry_over import carry_over
from crack_scanner.training.segmentation.drawn_tiles import DrawnTile, draw_tile
from crack_scanner.training.segmentation.measures import LineAgreement, line_agreement
from crack_scanner.training.segmentation.pool import Pool
from crack_scanner.training.segmentation.self_training import MarkedTiles
from crack_scanner.training.splits import split
from crack_scanner.training.threads import limit_threads

BATCH = 8
STEPS = 200


@dataclass(frozen=True)
class Plan:
    """How long and how fast: minutes in all, highest learning rate, seed of everything random."""

    minutes: float
    rate: float
    seed: int


def loss(truth: Any, logits: Any) -> Any:
    """Weighted cross-entropy plus a soft Dice term; truth (N, H, W, 2) is mask and weight."""
    mask, weight = truth[..., :1], truth[..., 1:]
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(mask, logits)
    entropy = tf.reduce_sum(entropy * weight * (1 + 2 * mask)) / tf.reduce_sum(weight)
    probability = tf.sigmoid(logits)
    shared = tf.reduce_sum(probability * mask * weight)
    dice = 1 - (2 * shared + 50) / (tf.reduce_sum((probability + mask) * weight) + 50)
    return entropy + 0.3 * dice


def parts(folders: Sequence[Path]) -> dict[str, list[LabelledFile]]:
    """Files of all folders by part; small folders repeated so that each has a say."""
    result: dict[str, list[LabelledFile]] = {}
    for folder in folders:
        for part, files in split(list_tiles(folder)).items():
            repeat = max(1, 3000 // max(len(files), 1)) if part == "train" else 1
            result.setdefault(part, []).extend(files * repeat)
    return result


def train(model: keras.Model, pool: Pool, checked: list[DrawnTile], out: Path, plan: Plan) -> None:
    """Train until the time is over; keeps the latest weights and a log in `out`."""
    optimizer = keras.optimizers.AdamW(plan.rate, weight_decay=1e-4, clipnorm=1.0)
    step = _training_step(model, optimizer)
    rng = np.random.default_rng([plan.seed, 2])
    begun = time.monotonic()
    while (done := (time.monotonic() - begun) / 60 / plan.minutes) < 1:
        pool.refresh(250)
        total = 0.0
        for _ in range(STEPS):
            done = min((time.monotonic() - begun) / 60 / plan.minutes, 1.0)
            optimizer.learning_rate = plan.rate * min(
                0.02 + 0.5 * (1 + math.cos(math.pi * done)), 60 * done + 0.05
            )
            images, labels = pool.batch(rng, BATCH)
            total += float(step(tf.constant(images), tf.constant(labels)))
        model.save(out / "segmenter.keras")
        _log(
            out, {"minutes": (time.monotonic() - begun) / 60, "loss": total / STEPS, **check(model, checked)}
        )


def check(model: keras.Model, tiles: Sequence[DrawnTile], threshold: float = 0.5) -> dict[str, float]:
    """Centre-line agreement on drawn tiles, and the share of pixels marked on those without cracks."""
    lines = LineAgreement(0, 0, 0, 0)
    marked: list[float] = []
    for tile in tiles:
        mask, clear = predict(model, tile.image) > threshold, tile.weight > 0
        if tile.cracks:
            lines += line_agreement(mask & clear, tile.mask & clear)
        else:
            marked.append(float(mask.mean()))
    return {
        "precision": lines.precision,
        "recall": lines.recall,
        "marked_without_crack": float(np.mean(marked)),
    }


def predict(model: keras.Model, image: Any) -> Any:
    """(H, W) probability for one picture (H, W, 3) uint8 RGB."""
    logits = model(tf.cast(image[None], tf.float32), training=False)
    return tf.sigmoid(logits)[0, ..., 0].numpy()


def network_to_train(start: Path | None, pictures: NDArray[np.uint8]) -> keras.Model:
    """A fresh network, or the one to go on from.

    pictures: (N, tile, tile, 3) uint8 RGB of the kind it is trained on.
    """
    if start is None:
        return network.build()
    if start.suffix != ".tflite":
        return keras.models.load_model(start)
    model = network.build()
    carry_over(model, folded_weights(start.read_bytes()), pictures)
    return model


def _training_step(model: keras.Model, optimizer: Any) -> Any:
    @tf.function(reduce_retracing=True)
    def step(images: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(labels, model(tf.cast(images, tf.float32), training=True))
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return value

    return step


def _log(out: Path, values: dict[str, float]) -> None:
    line = json.dumps({name: round(value, 5) for name, value in values.items()})
    print(line, flush=True)
    with (out / "training.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")


def main() -> None:
    """Command line of the training."""
    parser = argparse.ArgumentParser(description="train the crack segmenter on drawn cracks")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, help="folders with Positive/ and Negative/"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for weights, log and model")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--start", type=Path, help="a segmenter.keras, or an exported segmenter (.tflite), to go on from"
    )
    parser.add_argument(
        "--self-training",
        type=float,
        default=0.0,
        help="share of real cracks, marked by --start where it is sure",
    )
    args = parser.parse_args()
    cv2.setNumThreads(1)
    limit_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    files = parts(args.data)
    rng = np.random.default_rng([args.seed, 0])
    checked_rng, grounds = np.random.default_rng(99), Grounds(files["validation"])
    checked = [draw_tile(checked_rng, grounds, network.TILE) for _ in range(60)]
    some = np.stack([tile.image for tile in checked])
    model = network_to_train(args.start, some)
    teacher = keras.models.clone_model(model)
    teacher.set_weights(model.get_weights())
    train_grounds = Grounds(files["train"])
    marked = MarkedTiles(files["train"], lambda image: predict(teacher, image))

    def draw() -> DrawnTile:
        if rng.random() < args.self_training:
            return marked.draw(rng, network.TILE)
        return draw_tile(rng, train_grounds, network.TILE)

    pool = Pool(draw, network.TILE, capacity=4000)
    pool.refresh(500)
    train(model, pool, checked, args.out, Plan(args.minutes, args.rate, args.seed))
    notes = {"training": {"command": shlex.join(sys.argv), "framework": f"tensorflow {tf.__version__}"}}
    export.write(model, args.out / "crack_segmenter.tflite", 0.5, notes)


if __name__ == "__main__":
    main()
