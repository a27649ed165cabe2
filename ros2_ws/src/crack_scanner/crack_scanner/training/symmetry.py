"""Weights that turn with the picture, so that a tile and its turns and flips are one to the network.

A wall has no top: a network that knows this need not learn each thing in eight directions. The channels of
every layer come in fields. Turning the picture turns the maps of a field and moves them among themselves,
and a kernel is one that looks the same if picture, inputs and outputs are turned together (Cohen & Welling
2016, arXiv:1602.07576; fields of fewer channels than turns: 2017, arXiv:1612.08498). What is exported are
plain convolutions. Strides that leave a line over at a border make the answers differ a little.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

Moves = npt.NDArray[np.intp]
"""(8, N): to which of N places each turn moves what is at a place."""

_QUARTER, _FLIP, _DIAGONAL = np.array([[0, -1], [1, 0]]), np.diag([1, -1]), np.array([[0, 1], [1, 0]])
_SAME, _HALF = np.eye(2, dtype=int), -np.eye(2, dtype=int)
_TURNS = [
    np.linalg.matrix_power(_QUARTER, quarter) @ np.linalg.matrix_power(_FLIP, flip)
    for flip in (0, 1)
    for quarter in range(4)
]
_REGULAR = [_SAME]
"""Turns that leave a field's first channel as it is: here none but doing nothing, which takes 8 channels."""
_SMALL = (
    [_SAME, _FLIP],  # 4 channels, such as an upright edge's sides
    [_SAME, _DIAGONAL],  # 4, a slanting edge's
    [_SAME, _HALF, _FLIP, -_FLIP],  # 2, upright lines
    [_SAME, _HALF, _DIAGONAL, -_DIAGONAL],  # 2, slanting lines
    *[_TURNS] * 4,  # 1 each, what has no direction
)
_SMALL_CHANNELS = 16
_UNMOVED = (1, 3)
"""Numbers of channels that are no fields: one answer, or the three colours."""
_LIKE = 1e-3
"""Largest difference between weights that are to be one, against the largest weight, after being saved."""


class Tie:
    """Which elements of a layer's weights are one, and their mean."""

    def __init__(self, shape: Sequence[int], moves: Sequence[Moves], side: int = 0) -> None:
        """moves: of each axis, after the two of a kernel of `side` pixels if there are such."""
        places = np.arange(np.prod(shape)).reshape(shape)
        self._shape = tuple(shape)
        self._same = np.array([self._turned(places, turn, moves, side).ravel() for turn in range(8)])

    def __call__(self, values: Any) -> Any:
        """Values of the weights' shape with the mean of those that are one in the place of each."""
        flat = tf.reshape(values, (-1,))
        return tf.reshape(tf.add_n([tf.gather(flat, same) for same in self._same]) / 8.0, self._shape)

    def holds(self, values: npt.NDArray[Any]) -> bool:
        """Whether those elements that are one are alike."""
        apart = np.abs(self(values).numpy() - values).max()
        return bool(apart <= _LIKE * np.abs(values).max())

    @property
    def count(self) -> npt.NDArray[np.intp]:
        """How many elements are one with each, in the weights' shape."""
        counts = np.array([len(set(column)) for column in self._same.T.tolist()])
        return counts.reshape(self._shape)

    @staticmethod
    def _turned(places: Moves, turn: int, moves: Sequence[Moves], side: int) -> Moves:
        first = 2 if side else 0
        if side:
            rest = places.shape[2:]
            places = places.reshape(-1, *rest)[_pixel_moves(side)[turn]].reshape(side, side, *rest)
        for axis, move in enumerate(moves, first):
            places = np.take(places, move[turn], axis)
        return places


Ties = dict[str, Tie]
"""By the path of the variable."""


def ties(network: keras.Model) -> Ties:
    """How all of a network's weights are tied."""
    pooled = [pool.shape[-1] for pool in network.get_layer("pooled").input]
    return {
        variable.path: _tie(layer, tuple(variable.shape), pooled)
        for layer in network.layers
        for variable in layer.weights
    }


def tie(network: keras.Model, tied: Ties) -> None:
    """Tie the weights of a network that is to be trained from scratch; they keep their spread."""
    for variable in network.variables:
        one = tied[variable.path]
        spread = np.sqrt(one.count) if len(variable.shape) > 1 else 1.0
        variable.assign(one(variable.numpy()) * spread)


def _tie(layer: Any, shape: tuple[int, ...], pooled: Sequence[int]) -> Tie:
    """pooled: how many channels there are of each map that a dense layer takes."""
    if isinstance(layer, keras.layers.Dense) and len(shape) > 1:
        return Tie(shape, [_side_by_side([channel_moves(part) for part in pooled]), channel_moves(shape[1])])
    if len(shape) == 4:
        return Tie(shape, [channel_moves(shape[2]), channel_moves(shape[3])], side=shape[0])
    return Tie(shape, [channel_moves(length) for length in shape])


def channel_moves(channels: int) -> Moves:
    """(8, channels): to which channel each turn moves each; half of them are in regular fields, if 32 fit."""
    if channels in _UNMOVED:
        return np.tile(np.arange(channels), (8, 1))
    regular = channels // 32 * 2
    small = (channels - 8 * regular) // _SMALL_CHANNELS
    if 8 * regular + _SMALL_CHANNELS * small != channels:
        raise ValueError(f"{channels} channels are no multiple of {_SMALL_CHANNELS}")
    return _side_by_side([_field_moves(kept) for kept in (*[_REGULAR] * regular, *_SMALL * small)])


def _side_by_side(parts: Sequence[Moves]) -> Moves:
    """The moves of places that come in parts, one behind the other, each of which moves in itself."""
    starts = np.cumsum([0, *(moves.shape[1] for moves in parts[:-1])])
    return np.concatenate([moves + start for moves, start in zip(parts, starts, strict=True)], axis=1)


def _field_moves(kept: Sequence[npt.NDArray[Any]]) -> Moves:
    """(8, n): how the turns move a field's channels, which are the cosets of the turns that it keeps."""
    cosets: list[frozenset[int]] = []
    for turn in _TURNS:
        coset = frozenset(_number(turn @ one) for one in kept)
        if coset not in cosets:
            cosets.append(coset)
    return np.array(
        [[cosets.index(frozenset(_number(turn @ _TURNS[one]) for one in coset)) for coset in cosets]
         for turn in _TURNS]
    )  # fmt: skip


def _pixel_moves(side: int) -> Moves:
    """(8, side * side): to which pixel of a square each turn moves each."""
    middle = (side - 1) / 2
    pixels = np.indices((side, side)).reshape(2, -1) - middle
    return np.array(
        [np.ravel_multi_index(tuple(np.rint(turn @ pixels + middle).astype(int)), (side, side))
         for turn in _TURNS]
    )  # fmt: skip


def _number(turn: npt.NDArray[Any]) -> int:
    return next(number for number, one in enumerate(_TURNS) if np.array_equal(one, turn))
