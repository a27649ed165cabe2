"""The article's network, as a baseline: two sets of convolutions, then three dense layers."""

import keras
from keras import layers

FILTERS = ((16, 16), (32, 32))
DENSE_UNITS = (64, 32)
LEARNING_RATE = 1e-4


def article_network(tile_size: int) -> keras.Model:
    """(N, tile, tile, 3) RGB 0..255 to (N, 1) crack probability; compiled as the article trains it."""
    network = keras.Sequential([keras.Input((tile_size, tile_size, 3)), layers.Rescaling(1 / 255.0)])
    for first, second in FILTERS:
        network.add(layers.Conv2D(first, 3, activation="relu"))
        network.add(layers.Conv2D(second, 3, activation="relu"))
        network.add(layers.MaxPool2D())
    network.add(layers.Flatten())
    for units in DENSE_UNITS:
        network.add(layers.Dense(units, activation="relu"))
    network.add(layers.Dense(1, activation="sigmoid"))
    network.compile(keras.optimizers.Adam(LEARNING_RATE), "binary_crossentropy", metrics=["accuracy"])
    return network
