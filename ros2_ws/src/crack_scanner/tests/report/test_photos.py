"""Photos of cracks as the report shows them."""

import re
from dataclasses import replace

import numpy as np
import pytest
import shapely

from crack_scanner.mapping.crack import BestPicture
from crack_scanner.mapping.severity import ABOVE
from crack_scanner.report import photos
from crack_scanner.report.colours import CRACK_CLASSES
from crack_scanner.report.photos import photo_rows
from crack_scanner.report.report import report_html
from crack_scanner.storage.session import SessionRecord
from tests.review.sample_review import HEIGHT, RESOLUTION, WIDTH, photo_of
from tests.storage.sample_session import SampleSession


@pytest.fixture
def record(sample: SampleSession) -> SessionRecord:
    """The sample with a photo of each crack."""
    cracks = tuple(
        replace(crack, picture=BestPicture(1, 1.0), severity=ABOVE) for crack in sample.record.cracks
    )
    return replace(sample.record, cracks=cracks, photos={crack.id: photo_of(crack) for crack in cracks})


def drawn(outline: str) -> shapely.MultiLineString:
    """Path data as lines."""
    pieces = [re.findall(r"([\d.]+),([\d.]+)", piece) for piece in outline.split("M")[1:]]
    return shapely.MultiLineString([[(float(x), float(y)) for x, y in piece] for piece in pieces])


def test_the_crack_that_is_meant_has_a_line_around_it_that_does_not_cover_it(record: SessionRecord) -> None:
    crack = record.cracks[0]
    pixels = np.stack([crack.path[:, 0], HEIGHT * RESOLUTION - crack.path[:, 1]], axis=1) / RESOLUTION
    around, close = (part["outline"] for part in photo_rows(record)[0]["parts"])
    # Half of the width of 0.5 mm at 2 mm a pixel, and 0.03 of 640 pixels.
    assert drawn(around).distance(shapely.LineString(pixels + 0.5)) == pytest.approx(19.3, abs=1.5)
    assert drawn(around).convex_hull.covers(shapely.LineString(pixels))
    for outline, width, height in ((around, WIDTH, HEIGHT), (close, 320, 320)):
        assert shapely.box(0, 0, width, height).covers(drawn(outline))
    html = report_html(record)
    assert html.count(f'fill="none" stroke="{CRACK_CLASSES[ABOVE].colour}" stroke-width="2.6"/>') == 2


def test_a_photo_that_is_shown_smaller_has_its_line_where_the_crack_is(
    record: SessionRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = drawn(photo_rows(record)[0]["parts"][0]["outline"])
    monkeypatch.setattr(photos, "_BUDGET", 20_000)
    small = photo_rows(record)[0]["parts"][0]
    shrunk = small["width"] / WIDTH
    assert shrunk < 0.8
    assert drawn(small["outline"]).bounds == pytest.approx(np.array(whole.bounds) * shrunk, abs=1.5)


def test_a_photo_whose_place_is_not_known_has_no_line_around_anything(record: SessionRecord) -> None:
    unplaced = {number: replace(photo, layout=None) for number, photo in record.photos.items()}
    rows = photo_rows(replace(record, photos=unplaced))
    assert [part["outline"] for row in rows for part in row["parts"]] == [""] * 4
