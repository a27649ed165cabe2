"""The review page in a browser, by mouse and by keyboard."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from crack_scanner.mapping.severity import ABOVE, BELOW
from crack_scanner.review.app import review_app
from crack_scanner.review.desk import SessionReview
from crack_scanner.review.guard import Guard
from crack_scanner.storage.scan_store import ScanStore
from tests.page_checks import check_html, obstacles, quiet_page
from tests.review.sample_review import write_review_session
from tests.storage.sample_session import SampleSession

HOSTILE = "<script>document.title='broken'</script>\"'"


class _Silent(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def served(review: SessionReview) -> Iterator[str]:
    """The address of a review."""
    server = make_server("127.0.0.1", 0, lambda _e, _s: [], threaded=True, request_handler=_Silent)
    guard = Guard(server.port)
    server.app = review_app(review, guard, "ann")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield guard.address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def page(browser: Browser, review: SessionReview) -> Iterator[Page]:
    with served(review) as address, quiet_page(browser, address) as page:
        expect(page.locator("#detail-title")).to_have_text("Crack 1")
        yield page


def title(page: Page, text: str) -> None:
    expect(page.locator("#detail-title")).to_have_text(text)


def said(page: Page, text: str) -> None:
    expect(page.locator("#detail-said")).to_contain_text(text)


def verdicts(review: SessionReview) -> list[tuple[str, str]]:
    return [(verdict.finding, verdict.kind) for verdict in review.desk.verdicts()]


def test_the_address_loses_its_token_at_once(page: Page) -> None:
    assert "token" not in page.url


def test_findings_are_gone_through_by_keyboard(page: Page, review: SessionReview) -> None:
    page.keyboard.press("j")
    title(page, "Crack 2")
    page.keyboard.press("ArrowLeft")
    title(page, "Crack 1")
    page.keyboard.press("c")
    title(page, "Crack 2")
    page.keyboard.press("r")
    expect(page.locator("#status")).to_contain_text("nothing in this list is left")
    assert verdicts(review) == [("1", "confirmed"), ("2", "rejected")]
    expect(page.locator('#map a[href="#crack-2"]')).to_have_class("rejected")
    page.keyboard.press("u")
    expect(page.locator("#status")).to_contain_text("taken back")
    said(page, "not reviewed")
    page.keyboard.press("u")
    title(page, "Crack 1")
    said(page, "not reviewed")
    expect(page.locator("#counts")).to_have_text("2 findings, 0 reviewed, 2 to go")


def test_a_note_goes_with_the_verdict_and_keys_in_it_are_letters(page: Page, review: SessionReview) -> None:
    page.keyboard.press("t")
    page.keyboard.type(f"recheck {HOSTILE}")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    title(page, "Crack 2")
    page.keyboard.press("k")
    said(page, f"note: recheck {HOSTILE}")
    expect(page.locator("#history li")).to_contain_text("ann: confirmed: recheck")
    assert "broken" not in page.title()
    assert len(review.desk.verdicts()) == 1


def test_a_width_and_a_line_are_corrected(page: Page, review: SessionReview) -> None:
    page.keyboard.press("e")
    page.keyboard.type("0.35")
    overlay = page.locator("#overlay")
    box = overlay.bounding_box()
    assert box is not None
    for share in (0.25, 0.5):
        overlay.click(position={"x": share * box["width"], "y": 0.5 * box["height"]})
    page.keyboard.press("Control+Enter")
    said(page, "corrected by ann")
    (verdict,) = review.desk.verdicts()
    assert (verdict.kind, verdict.width_mm, verdict.photo) == ("corrected", 0.35, 1)
    # The photo shows 1.28 x 0.96 m.
    assert verdict.path[0] == pytest.approx((0.32, 0.48), abs=0.01)
    assert verdict.path[1] == pytest.approx((0.64, 0.48), abs=0.01)
    line = page.locator('#map a[href="#crack-1"] polyline').first
    expect(line).to_have_attribute("points", re.compile(r"^\S+ \S+$"))
    page.reload()
    expect(line).to_have_attribute("points", re.compile(r"^\S+ \S+$"))
    page.locator('#rows button[data-name="1"]').click()
    said(page, "corrected by ann")
    page.locator("#detail-title").click()
    page.keyboard.press("u")
    expect(line).to_have_attribute("points", re.compile(r"^\S+ \S+ \S+ "))


def test_another_width_is_rated_anew(page: Page, review: SessionReview) -> None:
    settings = review.record.info.settings
    assert isinstance(settings, dict)
    settings["guide_value"] = "0.3 mm (a table, exposure X)"
    for width, severity in (("0.5", ABOVE), ("0.05", BELOW)):
        page.keyboard.press("e")
        page.get_by_label("Greatest width").fill(width)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#detail-figures")).to_contain_text(severity)
    page.keyboard.press("e")
    page.get_by_label("Severity").select_option(ABOVE)
    page.get_by_label("Greatest width").fill("0.06")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#detail-figures")).to_contain_text(ABOVE)


def test_what_was_never_judged_cannot_be_taken_back(page: Page, review: SessionReview) -> None:
    page.keyboard.press("u")
    expect(page.locator("#status")).to_have_text("nothing to take back")
    assert verdicts(review) == []


def test_a_list_of_what_is_open_goes_on_behind_the_one_that_was_judged(
    page: Page, review: SessionReview
) -> None:
    cracks = review.record.cracks
    object.__setattr__(review.record, "cracks", (*cracks, replace(cracks[1], id=3)))
    page.reload()
    page.get_by_label("Show").select_option("open")
    page.locator('#rows button[data-name="2"]').click()
    title(page, "Crack 2")
    page.locator("#detail-title").click()
    page.keyboard.press("c")
    title(page, "Crack 3")
    page.keyboard.press("k")
    title(page, "Crack 1")


def test_a_missed_crack_is_drawn_on_the_map_and_can_be_taken_back(page: Page, review: SessionReview) -> None:
    page.keyboard.press("a")
    box = page.locator("#sheet svg").bounding_box()
    assert box is not None
    for share in (0.4, 0.6, 0.8):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.3 * box["height"])
    page.get_by_role("button", name="Remove last point").click()
    page.get_by_role("button", name="Save").click()
    title(page, "Crack M1")
    (verdict,) = review.desk.verdicts()
    assert (len(verdict.path), verdict.photo) == (2, None)
    assert 0 < verdict.path[0][0] < verdict.path[1][0] < 1.6
    expect(page.locator('#map a[href="#crack-M1"]')).to_have_text("M1")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page.locator('#rows button[data-name="M1"]')).to_have_count(0)
    expect(page.locator('#map a[href="#crack-M1"]')).to_have_count(0)
    expect(page.locator("#map .drawn")).to_have_count(0)


def test_a_place_is_written_without_a_mouse(page: Page, review: SessionReview) -> None:
    page.keyboard.press("a")
    page.get_by_label("Line: click").fill("0.5 0.25\nnot yet")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#status")).to_contain_text("'not yet' is not u and v in metres")
    page.get_by_label("Line: click").fill("0.5, 0.25")
    page.keyboard.press("Control+Enter")
    title(page, "Crack M1")
    assert review.desk.verdicts()[0].path == ((0.5, 0.25),)


def test_a_crack_is_chosen_on_the_map_and_the_list_is_filtered(page: Page) -> None:
    page.locator('#map a[href="#crack-2"] .hit').dispatch_event("click")
    title(page, "Crack 2")
    page.keyboard.press("c")
    page.get_by_label("Show").select_option("open")
    expect(page.locator("#rows button")).to_have_count(1)
    page.get_by_label("Show").select_option("rejected")
    expect(page.locator("#no-rows")).to_have_text("No finding of this kind.")


def test_help_names_the_keys_and_can_turn_them_off(page: Page, review: SessionReview) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("take back your last verdict")
    assert obstacles(page) == []
    page.get_by_label("single keys act").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.get_by_role("button", name="Next").click()
    title(page, "Crack 2")
    assert verdicts(review) == []


def test_another_reviewers_verdict_is_seen_and_the_later_one_counts(
    page: Page, browser: Browser, review: SessionReview, folder: Path
) -> None:
    page.get_by_label("Reviewer").fill("bob")
    page.keyboard.press("Escape")
    with served(review) as address, quiet_page(browser, address) as other:
        title(other, "Crack 1")
        other.keyboard.press("c")
        title(other, "Crack 2")
    page.keyboard.press("r")
    title(page, "Crack 2")
    page.keyboard.press("k")
    said(page, "rejected by bob; reviewers disagree")
    expect(page.locator("#history li")).to_have_count(2)


def test_nothing_stands_in_anybodys_way(page: Page) -> None:
    page.keyboard.press("c")
    title(page, "Crack 2")
    page.keyboard.press("e")
    expect(page.locator("#edit")).to_be_visible()
    assert obstacles(page) == []


@pytest.mark.parametrize(("photos", "cracks"), [(False, True), (True, False)])
def test_sessions_without_photos_or_without_cracks_can_be_reviewed(
    browser: Browser, tmp_path: Path, sample: SampleSession, photos: bool, cracks: bool
) -> None:
    write_review_session(tmp_path, sample, HOSTILE, HOSTILE, photos=photos, complete=False)
    store = ScanStore.open(tmp_path)
    record = store.record(with_photos=False)
    if not cracks:
        object.__setattr__(record, "cracks", ())
    review = SessionReview(record, store.review())
    with served(review) as address, quiet_page(browser, address) as page:
        expect(page.locator("h1")).to_have_text(HOSTILE)
        expect(page.locator(".notice").first).to_contain_text("interrupted")
        if cracks:
            expect(page.locator("#photos")).to_contain_text("No photo was kept")
        else:
            expect(page.locator("#no-rows")).to_contain_text("missed ones can be added")
        page.keyboard.press("a")
        page.get_by_label("Line: click").fill("0.5 0.25\n0.6 0.25")
        page.keyboard.press("Control+Enter")
        title(page, "Crack M1")
        assert page.title() == f"Review: {HOSTILE}"
        check_html(page.request.get(page.url).text())
    store.close()
