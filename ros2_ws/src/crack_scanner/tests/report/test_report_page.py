"""The report in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from crack_scanner.mapping.crack import BestPicture
from crack_scanner.mapping.severity import ABOVE
from crack_scanner.report.report import report_html
from crack_scanner.storage.session import ScanProgress, SessionRecord
from crack_scanner.storage.verdict import ADDED, REJECTED, Verdict
from tests.page_checks import check_html, obstacles, quiet_page
from tests.review.sample_review import photo_of
from tests.storage.sample_session import SampleSession


@pytest.fixture
def record(sample: SampleSession) -> SessionRecord:
    """With photos, a wide crack, and one that a reviewer has rejected."""
    seen = tuple(replace(crack, picture=BestPicture(1, 1.0)) for crack in sample.record.cracks)
    known = {**sample.record.info.settings, "segmenter": "cd" * 6, "segmenter_sha256": "cd" * 32}
    info = replace(sample.record.info, settings=known)
    wide = replace(seen[0], severity=ABOVE, width_max_mm=0.5, width_sigma_mm=0.02, smallest_width_mm=0.1)
    verdicts = (
        Verdict("2", REJECTED, "Ann O'Neill", 1_700_000_100_000_000_000, 'a "joint" <b>'),
        Verdict("M1", ADDED, "bob", 1_700_000_100_000_000_000, path=((0.3, 0.3),)),
    )
    photos = {crack.id: photo_of(crack) for crack in seen}
    return replace(sample.record, info=info, cracks=(wide, *seen[1:]), photos=photos, verdicts=verdicts)


@pytest.fixture
def page(browser: Browser, record: SessionRecord, tmp_path: Path) -> Iterator[Page]:
    file = tmp_path / "report.html"
    file.write_text(report_html(record))
    with quiet_page(browser, file.as_uri()) as page:
        yield page


def test_cracks_are_filtered_by_words_severity_and_verdict(page: Page) -> None:
    rows = page.locator("#cracks tbody tr:visible")
    expect(rows).to_have_count(3)
    page.get_by_label("verdict").select_option("rejected")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text('a "joint" <b>')
    page.get_by_label("verdict").select_option("all")
    page.get_by_label("severity").select_option(ABOVE)
    expect(rows).to_have_count(1)
    page.get_by_label("severity").select_option("all")
    page.get_by_label("Filter").fill("added by hand")
    expect(rows).to_have_count(1)
    expect(page.locator("#filter-shown")).to_have_text("1 of 3 cracks")


def test_cracks_are_sorted_by_their_figures(page: Page) -> None:
    first = page.locator("#cracks tbody tr").first
    page.get_by_role("button", name="length").click()
    expect(first).to_have_attribute("id", "crack-M1")
    page.get_by_role("button", name="length").click()
    expect(first).to_have_attribute("id", "crack-1")


def test_a_crack_on_the_map_leads_to_its_row_and_that_to_its_photo(page: Page) -> None:
    page.locator('svg a[href="#crack-1"] polyline').first.dispatch_event("click")
    assert page.url.endswith("#crack-1")
    page.locator('#crack-1 a[href="#photo-1"]').click()
    assert page.url.endswith("#photo-1")


def test_scale_bars_are_as_long_as_they_say(page: Page) -> None:
    """640 pixels of 2 mm: the photo is 1280 mm wide."""
    share = page.evaluate(
        """() => {
          const part = document.querySelector('#photo-1 .part svg');
          const [image, bar] = [part.querySelector('image'), part.querySelector('rect')];
          return bar.getBoundingClientRect().width / image.getBoundingClientRect().width;
        }"""
    )
    length = float(page.locator("#photo-1 .bar-text").first.inner_text().split()[1])
    assert share == pytest.approx(length / 1280, rel=0.02)


def test_nothing_stands_in_anybodys_way(page: Page) -> None:
    assert obstacles(page) == []


@pytest.mark.parametrize("kind", ["whole", "no cracks", "no photos", "nothing scanned", "interrupted"])
def test_the_html_is_as_it_should_be(record: SessionRecord, kind: str) -> None:
    other = {
        "whole": record,
        "no cracks": replace(record, cracks=(), verdicts=()),
        "no photos": replace(record, photos={}),
        "nothing scanned": replace(record, cracks=(), verdicts=(), progress=ScanProgress(complete=True)),
        "interrupted": replace(record, progress=replace(record.progress, complete=False)),
    }[kind]
    check_html(report_html(other))


def test_it_prints_on_a4(browser: Browser, record: SessionRecord, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(report_html(record))
    with quiet_page(browser, file.as_uri()) as page:
        page.emulate_media(media="print")
        # A4 less its margins, at 96 pixels an inch.
        page.set_viewport_size({"width": 688, "height": 1000})
        wider = page.evaluate(
            "() => [...document.querySelectorAll('main > :not(.findings)')]"
            ".filter(one => one.scrollWidth > 690).map(one => one.className || one.tagName)"
        )
        assert wider == []
        # The sha256 of a network is one word, in the table of facts and among the settings.
        heights = page.evaluate(
            "() => [...document.querySelectorAll('.facts tr')]"
            ".filter(row => /^[0-9a-f]{64}$/.test(row.cells[1].textContent)).map(row => row.clientHeight)"
        )
        assert len(heights) == 3
        assert max(heights) < 30
        page.set_viewport_size({"width": 1016, "height": 700})
        assert page.evaluate("() => document.getElementById('cracks').scrollWidth") <= 1016
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")
