import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.simulator.cracks import Crack, random_cracks
from crack_scanner.sources.simulator.wall import concrete_wall, picture_wall
from tests.vision.damaged_picture import jpeg_of_a_damaged_size


def test_corners_of_the_surface_lie_a_rim_inside_the_texture() -> None:
    wall = concrete_wall(1, 0.4, 0.2, (), texel=0.001, rim=0.05)
    assert wall.texture.shape == (300, 500, 3)
    corners = wall.texels(np.array([[0.0, 0.0], [0.4, 0.2], [-0.05, 0.25]]))
    np.testing.assert_allclose(corners, [[49.5, 249.5], [449.5, 49.5], [-0.5, -0.5]])


def test_cracks_are_dark_where_the_truth_says() -> None:
    cracks = random_cracks(3, 1.0, 0.6)
    clean = concrete_wall(3, 1.0, 0.6, (), texel=0.0005)
    wall = concrete_wall(3, 1.0, 0.6, cracks, texel=0.0005)
    for crack in cracks:
        places = np.rint(wall.texels(crack.points[crack.widths > 0.0015])).astype(int)
        before, after = (w.texture[places[:, 1], places[:, 0], 0].astype(float) for w in (clean, wall))
        assert (after < 0.6 * before).mean() > 0.95
    untouched = (clean.texture == wall.texture).mean()
    assert untouched > 0.95


def test_given_cracks_leave_the_rest_of_the_wall_as_it_was() -> None:
    """Two scans of one wall that differ by a crack: the same seed with other cracks."""
    crack = Crack(1, np.array([[0.1, 0.1], [0.3, 0.1]]), np.array([0.002, 0.002]))
    before = concrete_wall(3, 0.4, 0.2, (), texel=0.001)
    after = concrete_wall(3, 0.4, 0.2, (crack,), texel=0.001)
    assert np.array_equal(before.texture[:80], after.texture[:80])
    assert not np.array_equal(before.texture, after.texture)


def test_too_large_a_wall_says_what_to_do() -> None:
    with pytest.raises(CrackScannerError, match="make it smaller or the texels larger"):
        concrete_wall(1, 100.0, 100.0, (), texel=0.0004)


def test_picture_as_wall(tmp_path: Path) -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, :, 2] = 200  # BGR: red
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), picture)
    wall = picture_wall(path, 4.0)
    assert (wall.width, wall.height, wall.texel) == (4.0, 2.0, 0.02)
    assert wall.truth is None
    assert tuple(wall.texture[0, 0]) == (200, 0, 0)
    truth = tmp_path / "truth.geojson"
    truth.write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    assert picture_wall(path, 4.0, truth).truth == {"type": "FeatureCollection", "features": []}


@pytest.mark.parametrize("content", [None, b"text", jpeg_of_a_damaged_size()])
def test_unreadable_picture(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "wall.jpg"
    if content:
        path.write_bytes(content)
    with pytest.raises(CrackScannerError, match=r"wall picture .*wall\.jpg cannot be read"):
        picture_wall(path, 1.0)
