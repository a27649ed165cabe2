import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crack_scanner.sources.simulator.noise import Lattice, fractal_field, generator, smoothstep


def test_streams_do_not_disturb_each_other() -> None:
    alone = generator(3, "cracks").random(5)
    generator(3, "stains").random(1000)
    assert np.array_equal(alone, generator(3, "cracks").random(5))
    assert not np.array_equal(alone, generator(4, "cracks").random(5))
    assert not np.array_equal(alone, generator(3, "cracks", 1).random(5))


@settings(max_examples=40, deadline=None)
@given(cell=st.integers(1, 30), cut=st.integers(1, 149), shaped=st.booleans())
def test_rows_do_not_depend_on_the_bands_they_are_asked_in(cell: int, cut: int, shaped: bool) -> None:
    lattice = Lattice.random(generator(1, "test"), 150, 70, cell * 4 if shaped else cell)
    if shaped:
        lattice = lattice.shaped(lambda values: smoothstep(values, 0.0, 1.0), 4)
    whole = lattice.rows(0, 150, 70)
    assert whole.shape == (150, 70)
    parts = np.concatenate([lattice.rows(0, cut, 70), lattice.rows(cut, 150, 70)])
    np.testing.assert_allclose(parts, whole, atol=1e-5)


def test_rows_reach_one_texel_beyond_the_texture() -> None:
    lattice = Lattice.random(generator(1, "test"), 100, 40, 3)
    np.testing.assert_allclose(lattice.rows(-1, 101, 40)[1:-1], lattice.rows(0, 100, 40), atol=1e-5)


def test_smoothstep_rises_from_zero_to_one() -> None:
    values = np.array([-1.0, 0.0, 0.5, 1.0, 2.0], np.float32)
    np.testing.assert_allclose(smoothstep(values, 0.0, 1.0), [0.0, 0.0, 0.5, 1.0, 1.0])


def test_fractal_field_has_about_unit_deviation() -> None:
    deviations = [fractal_field(generator(seed, "test"), 200, 300, 40.0, 5).std() for seed in range(20)]
    assert 0.6 < float(np.median(deviations)) < 1.4
