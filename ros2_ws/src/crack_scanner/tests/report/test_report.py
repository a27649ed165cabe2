"""The HTML report."""

import base64
import hashlib
import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from crack_scanner.mapping.coverage import coverage
from crack_scanner.mapping.crack import BestPicture
from crack_scanner.mapping.crack_pictures import KeptPhoto
from crack_scanner.mapping.drift_tracker import DriftReport
from crack_scanner.mapping.evidence_grid import EvidenceGrid
from crack_scanner.mapping.overview import overview
from crack_scanner.report import photos
from crack_scanner.report.crack_map_sheet import crack_map_svg
from crack_scanner.report.report import TEMPLATES, report_html
from crack_scanner.report.statements import facts
from crack_scanner.resources import DEFAULT_MODEL, DEFAULT_SEGMENTER
from crack_scanner.storage.session import ScanProgress, SessionRecord
from crack_scanner.storage.summary import session_summary
from crack_scanner.storage.verdict import ADDED, CONFIRMED, CORRECTED, REJECTED, WITHDRAWN, Verdict
from crack_scanner.vision.crack_photo import as_jpeg
from crack_scanner.vision.model_card import load_card
from tests.storage.sample_session import SampleSession

DRIFT = DriftReport(12, 0.0213, -0.004, 0.00051, 0.002, 0.0342)
SEGMENTER_ROW, SEGMENTER_SHA256 = "Segmenter file, sha256", load_card(DEFAULT_SEGMENTER).sha256


class Page(HTMLParser):
    """Tags with their attributes, and all text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\N{NO-BREAK SPACE}", " ")


def unseen(sample: SampleSession) -> SessionRecord:
    surface = sample.record.info.surface
    empty = coverage(
        overview(EvidenceGrid(surface.width, surface.height, 0.01), surface.width, surface.height)
    )
    return replace(sample.record, cracks=(), coverage=empty, progress=ScanProgress(complete=True))


def test_nothing_is_fetched_and_only_the_reports_own_script_is_run(sample: SampleSession) -> None:
    page = Page(report_html(sample.record))
    tags = [tag for tag, _ in page.tags]
    assert not {"link", "iframe", "object", "embed", "form"} & set(tags)
    assert [attributes for tag, attributes in page.tags if tag == "script"] == [{}]
    policy = next(attributes["content"] for tag, attributes in page.tags if "http-equiv" in attributes)
    script = (TEMPLATES / "report.js").read_bytes()
    assert base64.b64encode(hashlib.sha256(script).digest()).decode() in str(policy)
    for _, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href", "action", "xlink:href"):
                assert (value or "").startswith(("#", "data:image/"))


def test_every_crack_has_a_row_the_map_links_to(sample: SampleSession) -> None:
    page = Page(report_html(sample.record))
    rows = {attributes.get("id") for tag, attributes in page.tags if tag == "tr"}
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert links == {f"#crack-{crack.id}" for crack in sample.record.cracks}
    assert {link[1:] for link in links if link} <= rows


def test_model_software_and_settings_are_named(sample: SampleSession) -> None:
    text = Page(report_html(sample.record)).text
    for fact in (
        "ab" * 32,
        "crack_scanner 1.2.3",
        "confirm_probability",
        "husky",
        "simulator",
        "3 (queue full)",
    ):
        assert fact in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"segmenter": "none"}, ("Segmenter", "none")),
        ({"segmenter": "cd" * 6, "segmenter_sha256": "cd" * 32}, (SEGMENTER_ROW, "cd" * 32)),
        ({"segmenter": SEGMENTER_SHA256[:12]}, (SEGMENTER_ROW, SEGMENTER_SHA256)),
        ({"segmenter": "cd" * 6}, (SEGMENTER_ROW, "cdcdcdcdcdcd... (its beginning)")),
    ],
)
def test_the_segmenter_is_named_as_exactly_as_it_is_known(
    sample: SampleSession, settings: dict[str, str], said: tuple[str, str]
) -> None:
    info = replace(sample.record.info, settings={**sample.record.info.settings, **settings})
    assert said in facts(replace(sample.record, info=info))


def test_a_surface_is_given_to_the_millimetre(sample: SampleSession) -> None:
    plane = replace(
        sample.record.info.surface, origin=np.array([-1e-5, 120.0, 2.50049]), width=6.00281, height=0.661984
    )
    said = dict(facts(replace(sample.record, info=replace(sample.record.info, surface=plane))))
    assert said["Surface"] == "6.003 x 0.662 m (3.97 m²)"
    assert said["Surface origin, odom frame"] == "0, 120, 2.5 m"


def test_how_far_odometry_was_corrected_is_said_where_it_was(sample: SampleSession) -> None:
    said = dict(facts(replace(sample.record, drift=DRIFT)))["Odometry corrected"]
    assert said == (
        "by up to 34.2 mm, from cracks in 12 pictures; "
        "at last 21.3 mm in u, -4.0 mm in v, 0.51 mrad, 0.20 % of the distance"
    )
    assert "Odometry corrected" not in dict(facts(sample.record))


def test_the_guide_value_and_the_recall_of_the_model_are_named(sample: SampleSession) -> None:
    card = load_card(DEFAULT_MODEL)
    info = replace(
        sample.record.info,
        model_sha256=card.sha256,
        settings={"guide_value": "0.3 mm (EN 1992-1-1 Table 7.1N)"},
    )
    known = Page(report_html(replace(sample.record, info=info))).text
    assert "0.3 mm (EN 1992-1-1 Table 7.1N)" in known
    assert "of the tiles with cracks of ozgenel, unseen blocks" in known
    unknown = Page(report_html(sample.record)).text
    assert "is not recorded in this session" in unknown
    assert "was not found out" in unknown


def test_photos_of_very_many_cracks_are_made_smaller_until_they_fit(
    sample: SampleSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 320, 3)).astype(np.uint8)
    photo = KeptPhoto(as_jpeg(noise, 85), as_jpeg(noise, 92))
    cracks = tuple(replace(crack, picture=BestPicture(1, 1.0)) for crack in sample.record.cracks)
    record = replace(sample.record, cracks=cracks, photos={crack.id: photo for crack in cracks})
    whole = len(report_html(record))
    budget = len(cracks) * (len(photo.context) + len(photo.close_up)) // 4
    monkeypatch.setattr(photos, "_BUDGET", budget)
    small = report_html(record)
    assert whole - len(small) > 2 * budget
    assert small.count("data:image/jpeg") == 2 * len(cracks)


def test_a_crack_without_a_photo_is_named(sample: SampleSession) -> None:
    first, *others = sample.record.cracks
    assert "There is no photo of any crack" in report_html(sample.record)
    seen = [replace(crack, picture=BestPicture(1, 1.0)) for crack in others]
    kept = {crack.id: KeptPhoto(b"jpeg") for crack in seen}
    page = Page(report_html(replace(sample.record, cracks=(first, *seen), photos=kept)))
    assert f"No photo was kept of 1 of {len(seen) + 1} cracks: {first.id}." in page.text
    assert "scale not known" in page.text


def test_a_photo_that_is_kept_but_not_shown_is_not_said_to_be_lost(sample: SampleSession) -> None:
    """As of cracks after MOST_PHOTOS, and of all in a record that was taken without photos."""
    cracks = [replace(crack, picture=BestPicture(1, 1.0)) for crack in sample.record.cracks]
    first, *others = cracks
    kept = {crack.id: KeptPhoto(b"jpeg") for crack in others}
    some = Page(report_html(replace(sample.record, cracks=tuple(cracks), photos=kept))).text
    none = Page(report_html(replace(sample.record, cracks=tuple(cracks)))).text
    for text, ids in ((some, f"1 of {len(cracks)} cracks"), (none, f"{len(cracks)} of {len(cracks)} cracks")):
        assert (
            f"The photos of {ids} are in the session's database, but not in this report: {first.id}" in text
        )
        assert "No photo was kept" not in text
        assert "none was kept" not in text


def test_gaps_are_listed_largest_first(sample: SampleSession) -> None:
    text = Page(report_html(sample.record)).text
    assert "were not scanned" in text
    assert f"{sample.record.coverage.gaps[0].area:.3f} m²" in text


def test_no_crack_found_is_not_sold_as_proof(sample: SampleSession) -> None:
    text = Page(report_html(replace(sample.record, cracks=()))).text
    assert "No crack was confirmed in the" in text
    assert "not proof" in text


def test_nothing_scanned_says_nothing_about_the_surface(sample: SampleSession) -> None:
    text = Page(report_html(unseen(sample))).text
    assert "says nothing about the state of the surface" in text
    assert "No crack was confirmed" not in text


def test_an_interrupted_scan_is_called_one(sample: SampleSession) -> None:
    record = replace(sample.record, progress=replace(sample.record.progress, complete=False))
    assert "This scan was interrupted" in Page(report_html(record)).text
    assert "This scan was interrupted" not in Page(report_html(sample.record)).text


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "{{ 7*7 }}"]
)
def test_text_from_the_data_stays_text(sample: SampleSession, hostile: str) -> None:
    info = replace(
        sample.record.info,
        name=hostile,
        source=hostile,
        robot=hostile,
        model_name=hostile,
        settings={hostile: hostile},
    )
    progress = replace(sample.record.progress, frames_dropped={hostile: 1})
    html = report_html(replace(sample.record, info=info, progress=progress))
    page = Page(html)
    tags = [tag for tag, _ in page.tags]
    assert "img" not in tags
    assert tags.count("script") == 1
    assert hostile in page.text
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", html)


def said(kind: str, *findings: str, reviewer: str = "ann", **more: Any) -> tuple[Verdict, ...]:
    return tuple(Verdict(finding, kind, reviewer, 1_700_000_000_000_000_000, **more) for finding in findings)


def test_who_corrected_and_who_agreed_are_both_named(sample: SampleSession) -> None:
    verdicts = said(CORRECTED, "1", width_mm=0.3) + said(CONFIRMED, "1", reviewer="bob")
    text = Page(report_html(replace(sample.record, verdicts=verdicts))).text
    assert "ann, 2023-11-14 22:13 UTC; confirmed by bob" in text
    assert "the widths given are those of reviewers" in text
    assert "no crack is rated by its width" not in text


def test_rejected_cracks_were_found_all_the_same(sample: SampleSession) -> None:
    verdicts = said(REJECTED, *(str(crack.id) for crack in sample.record.cracks))
    text = Page(report_html(replace(sample.record, verdicts=verdicts))).text
    assert "all rejected" in text
    assert "none found" not in text


def test_who_has_taken_everything_back_has_reviewed_nothing(sample: SampleSession) -> None:
    record = replace(sample.record, verdicts=said(REJECTED, "1") + said(WITHDRAWN, "1"))
    assert session_summary(record, "")["review"]["reviewers"] == []


def test_a_report_without_photos_has_no_heading_for_them(sample: SampleSession) -> None:
    verdicts = said(ADDED, "M1", path=((0.1, 0.1), (0.4, 0.2)))
    html = report_html(replace(sample.record, cracks=(), verdicts=verdicts))
    assert "<h2>Photos</h2>" not in html
    assert "<h2>Photos</h2>" in report_html(sample.record)


def test_a_source_without_a_clock_has_no_date(sample: SampleSession) -> None:
    progress = replace(sample.record.progress, first_stamp_ns=0, last_stamp_ns=12_000_000_000)
    text = Page(report_html(replace(sample.record, progress=progress))).text
    assert "0 s to 12 s of the source's own time" in text
    assert "1970" not in text


@pytest.mark.parametrize(("settings", "known"), [({"source_mm_per_px": None}, False), ({}, True)])
def test_millimetres_that_nobody_has_measured_are_not_sold_as_such(
    sample: SampleSession, settings: dict[str, Any], known: bool
) -> None:
    info = replace(sample.record.info, settings={**sample.record.info.settings, **settings})
    wide = replace(sample.record.cracks[0], width_max_mm=35.19, severity="above the guide value")
    record = replace(sample.record, info=info, cracks=(wide,))
    html = report_html(record)
    assert ("as if a pixel were 1 mm" in Page(html).text) != known
    # In the table, on the map and in its legend.
    assert ('data-severity="above the guide value"' in html) == known
    assert ("width above the guide value" in html) == known
    assert ("scale not known" in crack_map_svg(record)) != known
    assert session_summary(record, "")["scale_known"] is known


def test_a_photo_that_is_cut_is_no_end_of_a_report(sample: SampleSession) -> None:
    jpeg = as_jpeg(np.full((300, 300, 3), 120, np.uint8), 90)
    cracks = tuple(replace(crack, picture=BestPicture(1, 1.0)) for crack in sample.record.cracks)
    kept = {crack.id: KeptPhoto(jpeg[:7]) for crack in cracks}
    assert 'width="1"' in report_html(replace(sample.record, cracks=cracks, photos=kept))


def test_no_line_ends_between_a_number_and_its_unit(sample: SampleSession) -> None:
    measured = replace(sample.record.cracks[0], width_max_mm=0.456, width_sigma_mm=0.05)
    fine = replace(sample.record.cracks[1], smallest_width_mm=0.3)
    html = report_html(replace(sample.record, cracks=(measured, fine), drift=DRIFT))
    for text in ("0.46 ± 0.05 mm", "< 0.30 mm", "322 tiles/s", "-4.0 mm", "0.51 mrad"):
        assert escape(text).replace(" ", "\N{NO-BREAK SPACE}") in html
    outside = re.sub(r"<(svg|style|script).*?</\1>", "", html, flags=re.DOTALL)
    assert re.findall(r"\d (?:m|mm|m²|m/m²|mrad|tiles/s|s|%)(?![\w/])", outside) == []


def test_widths_are_given_with_their_sigma(sample: SampleSession) -> None:
    measured = replace(
        sample.record.cracks[0],
        width_max_mm=0.456,
        width_sigma_mm=0.05,
        severity="above the guide value",
        path=np.array([[0.1, 0.1], [0.2, 0.2]]),
    )
    text = Page(report_html(replace(sample.record, cracks=(measured,)))).text
    assert "0.46 ± 0.05 mm" in text
    assert "above the guide value" in text
