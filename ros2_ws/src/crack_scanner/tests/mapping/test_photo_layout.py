"""Where a photo lies on the surface."""

import json
from dataclasses import replace

import numpy as np
import pytest

from crack_scanner.mapping.photo_layout import PhotoLayout, layout_as_json, layout_from_json, layout_of
from crack_scanner.vision.crack_photo import photo_of
from tests.mapping.tile_model import DISTANCE, ModelScan, sightings

SCAN = ModelScan(width=2.0, height=1.0)
VIEW = SCAN.view(1.0, 0.5)
SIGHTING = sightings(VIEW, [np.array([[0.6, 0.4], [1.4, 0.6]])]).sightings[0]


@pytest.fixture
def layout() -> PhotoLayout:
    picture = np.full((720, 1280, 3), 120, np.uint8)
    found = layout_of(VIEW, photo_of(picture, SIGHTING.widths))
    assert found is not None
    return found


def test_pixels_lie_where_the_camera_saw_them(layout: PhotoLayout) -> None:
    pixels = SIGHTING.widths.points[::50]
    np.testing.assert_allclose(layout.to_surface(pixels), VIEW.pixels_to_surface(pixels), atol=1e-5)


def test_the_scale_is_that_of_the_part_as_it_is_kept(layout: PhotoLayout) -> None:
    frame_mm = DISTANCE / VIEW.camera.matrix[0, 0] * 1e3
    assert layout.mm_per_px(layout.close_up) == pytest.approx(frame_mm, rel=0.01)
    assert layout.mm_per_px(layout.context) == pytest.approx(frame_mm / layout.context.scale, rel=0.01)


def test_a_profile_is_in_millimetres(layout: PhotoLayout) -> None:
    assert layout.profile is not None
    frame_mm = DISTANCE / VIEW.camera.matrix[0, 0] * 1e3
    assert layout.profile.width_mm == pytest.approx(4.0 * frame_mm, rel=0.01)


def test_a_layout_survives_the_database(layout: PhotoLayout) -> None:
    for one in (layout, replace(layout, profile=None)):
        assert layout_from_json(json.loads(json.dumps(layout_as_json(one)))) == one
    assert layout_from_json(layout_as_json(None)) is None
