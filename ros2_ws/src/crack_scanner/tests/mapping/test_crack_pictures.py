"""The best picture of each crack."""

from dataclasses import replace

import numpy as np

from crack_scanner.mapping.crack import BestPicture, Crack
from crack_scanner.mapping.crack_pictures import CrackPictures
from crack_scanner.mapping.crack_register import CrackRegister
from crack_scanner.vision.crack_photo import from_jpeg, photo_of
from crack_scanner.vision.sightings import CrackSighting
from tests.mapping.tile_model import ModelScan, sightings

SCAN = ModelScan(width=2.0, height=1.0)
PATH = np.array([[0.6, 0.4], [1.4, 0.6]])
CRACK = Crack(3, PATH, 0.005, 0.99, 5, 1, 2)


def seen(u: float, value: int) -> tuple[CrackSighting, ...]:
    """What the camera at (u, 0.5) sees of the crack, on a picture all of one grey."""
    picture = np.full((720, 1280, 3), value, np.uint8)
    lines = sightings(SCAN.view(u, 0.5), [PATH]).sightings
    return tuple(replace(one, photo=photo_of(picture, one.widths)) for one in lines)


def offered(pictures: CrackPictures, u: float, quality: float, stamp_ns: int) -> None:
    pictures.offer(SCAN.view(u, 0.5), seen(u, stamp_ns), quality, stamp_ns)


def register() -> CrackRegister:
    cracks = CrackRegister(0.01)
    cracks.keep(CRACK)
    return cracks


def test_the_first_picture_is_kept_and_a_clearly_better_one_takes_its_place() -> None:
    pictures, cracks = CrackPictures(), register()
    for quality, stamp_ns in ((0.5, 10), (0.55, 20), (0.9, 30), (0.4, 40)):
        offered(pictures, 1.0, quality, stamp_ns)
        pictures.settle(cracks)
    assert [change.picture.stamp_ns for change in pictures.changes] == [10, 30]
    kept = cracks.present[3].picture
    assert kept is not None
    assert kept.stamp_ns == 30
    photo = pictures.changes[-1].photo
    assert photo is not None
    for jpeg in (photo.context, photo.close_up):
        decoded = from_jpeg(jpeg)
        assert decoded is not None
        assert abs(int(decoded.mean()) - 30) <= 1


def test_a_picture_waits_for_its_crack_to_be_confirmed() -> None:
    pictures, cracks = CrackPictures(), CrackRegister(0.01)
    offered(pictures, 1.0, 0.5, 10)
    pictures.settle(cracks)
    assert pictures.changes == []
    cracks.keep(CRACK)
    pictures.settle(cracks)
    assert [change.crack_id for change in pictures.changes] == [3]


def test_a_picture_of_something_else_is_not_taken() -> None:
    pictures, cracks = CrackPictures(), CrackRegister(0.01)
    cracks.keep(replace(CRACK, path=PATH + np.array([0.0, 0.2])))
    offered(pictures, 1.0, 0.5, 10)
    pictures.settle(cracks)
    assert pictures.changes == []


def test_a_joined_crack_has_the_best_picture_of_its_parts() -> None:
    pictures = CrackPictures()
    parts = [replace(CRACK, id=n, picture=BestPicture(n, merit)) for n, merit in ((1, 5.0), (2, 9.0))]
    assert pictures.inherited(1, parts) == BestPicture(2, 9.0)
    assert [(change.crack_id, change.taken_from) for change in pictures.changes] == [(1, 2)]
    assert CrackPictures().inherited(1, [CRACK]) is None
