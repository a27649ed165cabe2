"""Labels weighed against what an earlier network says."""

from types import SimpleNamespace

import numpy as np
import pytest

from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.training.soft_targets import TRUST, TURNS, answers, write_targets
from crack_scanner.vision.classifier import TileClassifier


@pytest.fixture(scope="module")
def classifier():
    with TileClassifier.load(DEFAULT_MODEL, threads=1) as loaded:
        yield loaded


class Corner:
    """Says how bright the corner of a tile is: another answer for each way to turn it."""

    card = SimpleNamespace(tile_size=227)

    def score(self, tiles):
        return np.array([tile[0, 1, 0] / 255 for tile in tiles], np.float32)


def _tiles(count, side=227):
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8)


@pytest.mark.parametrize("label", [0, 1])
def test_a_target_stays_nearer_to_its_label(classifier, tmp_path, label):
    write_targets(_tiles(3), label, classifier, tmp_path / "targets.npy")
    targets = np.load(tmp_path / "targets.npy")
    assert targets.shape == (3,)
    assert (np.abs(targets - label) <= TRUST).all()


def test_the_mean_over_all_turns_counts_where_they_differ(tmp_path):
    tiles = _tiles(20)
    write_targets(tiles, 1, Corner(), tmp_path / "targets.npy")
    corners = tiles[:, [0, 0, -1, -1, 1, 1, -2, -2], [1, -2, 1, -2, 0, -1, 0, -1], 0].mean(axis=1) / 255
    assert np.load(tmp_path / "targets.npy") == pytest.approx(1 - TRUST + TRUST * corners, abs=1e-6)


@pytest.mark.parametrize("side", [227, 256])
def test_one_turn_is_asked_of_a_network_that_turns_with_the_picture(classifier, tmp_path, monkeypatch, side):
    asked, tiles = [], _tiles(20, side)
    score = classifier.score
    monkeypatch.setattr(classifier, "score", lambda seen: asked.append(1) or score(seen))
    write_targets(tiles, 0, classifier, tmp_path / "targets.npy")
    assert len(asked) == 16 * len(TURNS) + len(tiles)
    said = [answers(tile, classifier).mean() for tile in tiles]
    assert np.load(tmp_path / "targets.npy") == pytest.approx(TRUST * np.array(said), abs=1e-4)
