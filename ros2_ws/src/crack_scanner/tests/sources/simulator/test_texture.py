import numpy as np
import pytest

from crack_scanner.sources.simulator.texture import ConcreteStyle, concrete


def test_same_seed_same_bytes_other_seed_other_wall() -> None:
    first = concrete(7, 300, 400, 0.001)
    assert np.array_equal(first, concrete(7, 300, 400, 0.001))
    assert not np.array_equal(first, concrete(8, 300, 400, 0.001))


@pytest.mark.parametrize("shape", [(10, 10), (7, 1000), (513, 65), (1030, 33)])
def test_any_shape(shape: tuple[int, int]) -> None:
    assert concrete(1, *shape, 0.001).shape == (*shape, 3)


@pytest.mark.parametrize("seed", range(6))
def test_brightness_and_contrast_of_concrete(seed: int) -> None:
    """Most walls of photographs lie at 110 to 200 grey values and vary by 3 to 25 within a tile."""
    wall = concrete(seed, 600, 600, 0.0005).astype(float)
    assert 100 < wall.mean() < 205
    tiles = wall.mean(axis=2).reshape(3, 200, 3, 200).std(axis=(1, 3))
    assert tiles.min() > 2.0
    assert tiles.max() < 30.0


def test_colour_goes_from_cold_to_warm() -> None:
    cold, warm = (
        concrete(2, 200, 200, 0.001, ConcreteStyle(warmth=warmth)).mean(axis=(0, 1)) for warmth in (-0.7, 1.6)
    )
    assert cold[2] > cold[0]
    assert warm[0] > warm[2]
