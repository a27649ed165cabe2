"""What the review page answers, and whom."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from crack_scanner.mapping.severity import ABOVE, BELOW
from crack_scanner.review.app import review_app
from crack_scanner.review.desk import SessionReview
from crack_scanner.review.guard import KEY_HEADER, Guard

PORT = 8123
HERE = f"http://127.0.0.1:{PORT}"


@pytest.fixture
def guard() -> Guard:
    return Guard(PORT)


@pytest.fixture
def stranger(review: SessionReview, guard: Guard) -> FlaskClient:
    """A browser that was not given the address."""
    client = review_app(review, guard, '"><script>alert(1)</script>').test_client()
    client.environ_base["HTTP_HOST"] = f"127.0.0.1:{PORT}"
    return client


@pytest.fixture
def reviewer(stranger: FlaskClient, guard: Guard) -> FlaskClient:
    """A browser that was."""
    assert stranger.get(f"/?token={guard.token}", base_url=HERE).status_code == 303
    return stranger


def post(client: FlaskClient, guard: Guard, said: Any, **headers: str) -> TestResponse:
    sent = {"Origin": HERE, KEY_HEADER: guard.key} | {k.replace("_", "-"): v for k, v in headers.items()}
    sent = {name: value for name, value in sent.items() if value}
    return client.post("/verdicts", json=said, headers=sent, base_url=HERE)


def said(finding: str = "1", kind: str = "confirmed", **more: Any) -> dict[str, Any]:
    return {"finding": finding, "kind": kind, "reviewer": "ann", "note": "", **more}


@pytest.mark.parametrize(
    "path", ["/", "/?token=wrong", "/findings", "/review.js", "/report", "/photos/1/context.jpg"]
)
def test_nobody_without_the_address_sees_anything(stranger: FlaskClient, path: str) -> None:
    answer = stranger.get(path, base_url=HERE)
    assert answer.status_code == 403
    assert b"open the address" in answer.data or b"error" in answer.data


def test_no_line_of_the_list_ends_between_a_number_and_its_unit(reviewer: FlaskClient) -> None:
    first = reviewer.get("/findings", base_url=HERE).json["findings"][0]
    detail = reviewer.get("/findings/1", base_url=HERE).json
    assert first["length"].endswith("\N{NO-BREAK SPACE}mm")
    assert "\N{NO-BREAK SPACE}mm long" in detail["figures"]


def test_the_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(
    stranger: FlaskClient, guard: Guard
) -> None:
    answer = stranger.get(f"/?token={guard.token}", base_url=HERE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=Strict"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert guard.token not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "host", [f"evil.example:{PORT}", "127.0.0.1:80", "", f"127.0.0.1.evil.example:{PORT}"]
)
def test_another_sites_name_that_points_here_is_refused(
    reviewer: FlaskClient, guard: Guard, host: str
) -> None:
    for path in ("/", f"/?token={guard.token}", "/findings"):
        assert reviewer.get(path, headers={"Host": host}, base_url=HERE).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": f"http://localhost:{PORT}"},
        {"X_Review_Key": "guessed"},
        {"X_Review_Key": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_verdict_that_another_page_sends_is_refused(
    reviewer: FlaskClient, guard: Guard, review: SessionReview, headers: dict[str, str]
) -> None:
    assert post(reviewer, guard, said(), **headers).status_code == 403
    assert review.desk.verdicts() == ()
    assert post(reviewer, guard, said(), Sec_Fetch_Site="same-origin").status_code == 200


def test_every_answer_forbids_what_the_page_does_not_need(reviewer: FlaskClient) -> None:
    for path in ("/", "/findings", "/review.js", "/report", "/nothing", "/photos/1/profile.svg"):
        headers = reviewer.get(path, base_url=HERE).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_text_from_the_data_stays_text(reviewer: FlaskClient) -> None:
    page = reviewer.get("/", base_url=HERE).get_data(as_text=True)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert page.count("<script") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/findings/..%2f..%2fetc%2fpasswd",
        "/findings/99",
        "/photos/..%2fscan.db/context.jpg",
        "/photos/1/..%2f..%2fscan.db",
        "/photos/99/context.jpg",
        "/photos/999999999999999999999/close_up.jpg",
        "/photos/-1/context.jpg",
        "/templates/review.html",
        "/static/review.js",
    ],
)
def test_only_what_is_in_the_database_can_be_asked_for(reviewer: FlaskClient, path: str) -> None:
    assert reviewer.get(path, base_url=HERE).status_code == 404


def test_photos_are_shown(reviewer: FlaskClient) -> None:
    for part in ("context", "close_up"):
        assert reviewer.get(f"/photos/1/{part}.jpg", base_url=HERE).data.startswith(b"\xff\xd8")
    assert reviewer.get("/photos/1/profile.svg", base_url=HERE).data.startswith(b"<svg")


def test_a_verdict_is_stored_with_who_and_when(
    reviewer: FlaskClient, guard: Guard, review: SessionReview
) -> None:
    answer = post(reviewer, guard, said(note='"quoted" <b>'))
    assert answer.get_json()["finding"]["verdict"] == "confirmed"
    (stored,) = review.desk.verdicts()
    assert (stored.reviewer, stored.note, stored.kind) == ("ann", '"quoted" <b>', "confirmed")
    assert stored.at_ns > 1_700_000_000_000_000_000
    assert len(stored.judged) == len(review.record.cracks[0].path)


def test_a_line_drawn_on_a_photo_lies_on_the_surface(
    reviewer: FlaskClient, guard: Guard, review: SessionReview
) -> None:
    view = reviewer.get("/findings/1", base_url=HERE).get_json()["view"]
    there, seen = view["to_surface"], view["seen"][0]
    u, v, w = (row[0] * seen[0] + row[1] * seen[1] + row[2] for row in there)
    assert (u / w, v / w) == pytest.approx(tuple(review.record.cracks[0].path[0]), abs=1e-6)
    line = [[0.2, 0.2], [0.4, 0.3]]
    name = post(reviewer, guard, said("", "added", path=line, photo=1)).get_json()["name"]
    assert name == "M1"
    detail = reviewer.get("/findings/M1", base_url=HERE).get_json()
    assert (detail["photo"], detail["path"]) == (1, line)


def test_a_corrected_width_is_rated_by_the_sessions_guide_value(
    reviewer: FlaskClient, guard: Guard, review: SessionReview
) -> None:
    settings = review.record.info.settings
    assert isinstance(settings, dict)
    settings["guide_value"] = (
        "0.3 mm (a table, exposure X (rare))"  # of another file than the one that is set
    )
    post(reviewer, guard, said(kind="corrected", width_mm=0.05))
    assert review.now().findings[0].severity == BELOW
    post(reviewer, guard, said("", "added", width_mm=5.0, path=[[0.1, 0.1], [0.3, 0.3]]))
    assert review.now().findings[-1].severity == ABOVE
    post(reviewer, guard, said(kind="withdrawn"))
    assert review.now().findings[0].verdict == ""


def test_only_who_has_said_something_can_take_it_back(
    reviewer: FlaskClient, guard: Guard, review: SessionReview
) -> None:
    post(reviewer, guard, said())
    refused = post(reviewer, guard, said(kind="withdrawn", reviewer="bob"))
    assert refused.status_code == 422
    assert "bob has said nothing of crack 1" in refused.get_json()["error"]
    assert len(review.desk.verdicts()) == 1


def test_a_line_that_a_reviewer_has_drawn_is_not_taken_for_one_of_the_scan(
    reviewer: FlaskClient, guard: Guard, review: SessionReview
) -> None:
    shifted = (review.record.cracks[0].path + 0.05).tolist()
    post(reviewer, guard, said(kind="corrected", path=shifted))
    for kind, name in (("confirmed", "bob"), ("rejected", "ann")):
        post(reviewer, guard, said(kind=kind, reviewer=name))
        standing = review.now().findings[0].standing
        assert standing is not None
        assert not standing.moved


@pytest.mark.parametrize(
    "what",
    [
        [],
        said("99"),
        said("../1"),
        said(kind="liked"),
        said(reviewer=""),
        said(reviewer=["ann"]),
        said(note="x" * 3000),
        said(kind="corrected", width_mm="0.3"),
        said(kind="corrected", width_mm=-1),
        said(kind="corrected", width_mm=True),
        said(kind="corrected", path=[[0, 0], ["x", 1]]),
        said(kind="corrected", path="0 0"),
        said("", "added", path=[[500.0, 0.1], [0.2, 0.2]]),
        said("", "added", path=[]),
        said("", "added", path=[[0.1, 0.1]], photo="../scan.db"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line_and_nothing_is_stored(
    reviewer: FlaskClient, guard: Guard, review: SessionReview, what: Any
) -> None:
    answer = post(reviewer, guard, what)
    assert answer.status_code in (400, 422)
    assert "\n" not in answer.get_json()["error"]
    assert review.desk.verdicts() == ()


def test_a_request_of_megabytes_is_refused(reviewer: FlaskClient, guard: Guard) -> None:
    assert post(reviewer, guard, said(note="x" * 1_000_000)).status_code == 413


def test_the_report_is_shown_with_the_verdicts(reviewer: FlaskClient, guard: Guard) -> None:
    post(reviewer, guard, said(kind="rejected"))
    report = reviewer.get("/report", base_url=HERE).get_data(as_text=True)
    assert 'class="rejected"' in report
    assert report.count("data:image/jpeg") == 4
