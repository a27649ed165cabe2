"""Crack map and coverage as pictures."""

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from crack_scanner.mapping.change import Survey, compare
from crack_scanner.report import change_sheet
from crack_scanner.report.change_sheet import changes_png
from crack_scanner.report.colours import COVERAGE_COLOURS, CRACK_CLASSES, rgb
from crack_scanner.report.crack_map_sheet import coverage_png, crack_line, crack_map_png, crack_map_svg
from crack_scanner.report.sheet import Sheet
from crack_scanner.storage.verdict import REJECTED, Verdict
from tests.mapping.test_change import crack as one_crack
from tests.mapping.test_change import level, survey
from tests.storage.sample_session import SampleSession


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def test_each_crack_is_drawn_where_it_is(sample: SampleSession) -> None:
    picture = pixels(crack_map_png(sample.record))
    sheet = Sheet.of(1.6, 0.6, legend_rows=2)
    for crack in sample.record.cracks:
        x, y = np.rint(sheet.pixels(crack.path)).astype(int).T
        assert (picture[y, x] == rgb(CRACK_CLASSES["not measured"].colour)).all()


def test_what_was_not_scanned_is_shaded(sample: SampleSession) -> None:
    for picture in (pixels(crack_map_png(sample.record)), pixels(coverage_png(sample.record))):
        sheet = Sheet.of(1.6, 0.6, legend_rows=2)
        (x, y), (x_seen, y_seen) = sheet.pixels(np.array([[1.52, 0.33], [0.55, 0.55]])).astype(int)
        assert tuple(picture[y, x]) == rgb(COVERAGE_COLOURS[0])
        assert tuple(picture[y_seen, x_seen]) == rgb(COVERAGE_COLOURS[2])


def test_svg_is_well_formed_and_links_each_crack_to_its_row(sample: SampleSession) -> None:
    root = ET.fromstring(crack_map_svg(sample.record))
    links = [element.get("href") for element in root.iter("{http://www.w3.org/2000/svg}a")]
    assert links == [f"#crack-{crack.id}" for crack in sample.record.cracks]


def test_a_name_with_markup_stays_text(sample: SampleSession) -> None:
    name = "<script>alert('x')</script> & \"wall\""
    record = replace(sample.record, info=replace(sample.record.info, name=name))
    root = ET.fromstring(crack_map_svg(record))
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert name in "".join(root.itertext())


def test_an_interrupted_scan_says_so_in_its_title(sample: SampleSession) -> None:
    record = replace(sample.record, progress=replace(sample.record.progress, complete=False))
    assert "(interrupted scan)" in crack_map_svg(record)
    assert "(interrupted scan)" not in crack_map_svg(sample.record)


def test_what_lies_beside_the_scanned_surface_is_not_drawn_as_scanned(sample: SampleSession) -> None:
    record = sample.record
    surface = replace(record.info.surface, width=2.0)
    wider = replace(record, info=replace(record.info, surface=surface))
    changes = compare(Survey(wider.cracks, wider.coverage), Survey(record.cracks, record.coverage))
    picture = pixels(changes_png(wider, record, changes))
    sheet = Sheet.of(2.0, 0.6, legend_rows=4)
    (x, y), (x_seen, y_seen) = sheet.pixels(np.array([[1.87, 0.33], [0.55, 0.55]])).astype(int)
    assert tuple(picture[y, x]) == rgb(COVERAGE_COLOURS[0])
    assert tuple(picture[y_seen, x_seen]) == rgb(COVERAGE_COLOURS[2])


@pytest.mark.parametrize(
    ("unseen_from", "says"),
    [(0.5, "1 new (1 where the old session had not looked), 0 grown"), (10.0, "1 new, 0 grown")],
)
def test_the_picture_says_of_how_many_new_cracks_nobody_knows_since_when_they_are_there(
    sample: SampleSession, monkeypatch: pytest.MonkeyPatch, unseen_from: float, says: str
) -> None:
    said: list[str] = []
    monkeypatch.setattr(change_sheet, "draw_title", lambda _, title, figures: said.append(figures))
    changes = compare(survey([], unseen_from=unseen_from), survey([one_crack(1, level(1.0, 1.5, 0.3))]))
    changes_png(sample.record, sample.record, changes)
    assert says in said[0]


def test_rejected_cracks_were_found_all_the_same(sample: SampleSession) -> None:
    said = tuple(Verdict(str(crack.id), REJECTED, "ann", 1) for crack in sample.record.cracks)
    assert crack_line(replace(sample.record, verdicts=said).findings) == "all 2 rejected"


def test_a_thousand_cracks_can_be_drawn(sample: SampleSession) -> None:
    many = tuple(replace(sample.record.cracks[0], id=number) for number in range(1, 1001))
    record = replace(sample.record, cracks=many)
    assert len(pixels(crack_map_png(record))) > 100
