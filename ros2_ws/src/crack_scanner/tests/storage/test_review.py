"""What people say of findings: what is accepted, what is kept, and what counts of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.severity import ABOVE, NOT_MEASURED
from crack_scanner.storage.findings import ReviewCounts, findings_of
from crack_scanner.storage.review import Review, as_line
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session_folder import FolderLock
from crack_scanner.storage.verdict import (
    ADDED,
    CONFIRMED,
    CORRECTED,
    NEW_FINDING,
    REJECTED,
    WITHDRAWN,
    Verdict,
    check_verdict,
)
from tests.storage.sample_session import SampleSession

LINE = ((0.1, 0.1), (0.4, 0.2))


def said(finding: str, kind: str, reviewer: str = "ann", **more: Any) -> Verdict:
    return replace(Verdict(finding, kind, reviewer, 1_700_000_000_000_000_000), **more)


@pytest.mark.parametrize(
    ("verdict", "problem"),
    [
        (said("1", "liked"), "expected one of confirmed, rejected"),
        (said("0", CONFIRMED), "finding '0'"),
        (said("../1", CONFIRMED), "finding '../1'"),
        (said("M3", ADDED, path=LINE), "gets its number when it is added"),
        (said(NEW_FINDING, ADDED), "no line"),
        (said("1", CONFIRMED, path=LINE), "a line or a figure with confirmed"),
        (said("1", REJECTED, severity="around the guide value"), "a line or a figure with rejected"),
        (said("1", CORRECTED, severity="terrible"), "severity 'terrible'"),
        (said("1", CONFIRMED, note="a\0b"), "NUL"),
        (said("1", CORRECTED, path=((0.1, 0.1),)), "a line of 1 points"),
        (said("1", CORRECTED, path=((0.1, 0.1), (0.1, 0.1))), "one and the same point"),
        (said("1", CORRECTED, path=((0.1, 0.1), (float("nan"), 0.2))), "nowhere"),
        (said("1", CORRECTED, width_mm=0.0), "a width of 0.0 mm"),
        (said("1", CORRECTED, width_mm=float("nan")), "a width of nan mm"),
        (said("1", CONFIRMED, reviewer="  "), "reviewer '  '"),
        (said("1", CONFIRMED, reviewer="a\nb"), "reviewer"),
        (said("1", CONFIRMED, note="x" * 2001), "2001 characters"),
    ],
)
def test_a_verdict_that_makes_no_sense_is_refused_in_one_line(verdict: Verdict, problem: str) -> None:
    with pytest.raises(CrackScannerError, match=problem) as caught:
        check_verdict(verdict)
    assert "\n" not in str(caught.value)


@pytest.fixture
def folder(tmp_path: Path, database: str, sample: SampleSession) -> Path:
    """A stored session, in a file or on a server."""
    store = ScanStore.create(tmp_path, sample.record.info, database=database)
    store.save(sample.crack_map, sample.record.progress)
    store.close()
    return tmp_path


def test_a_verdict_is_on_disk_when_it_is_given(folder: Path, sample: SampleSession) -> None:
    given = said("1", CORRECTED, note='it\'s "wide" <b>', width_mm=0.4, severity=ABOVE, path=LINE, photo=1)
    first = ScanStore.open(folder)
    first.review().add(given)
    # Nobody has closed the first one: as after a kill.
    second = ScanStore.open(folder)
    assert second.record().verdicts == (given,)
    assert second.review().verdicts() == (given,)
    for store in (first, second):
        store.close()


def test_two_reviewers_who_add_at_once_get_different_numbers(folder: Path) -> None:
    stores = [ScanStore.open(folder) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        added = pool.map(
            lambda store: store.review().add(said(NEW_FINDING, ADDED, path=LINE)).finding, stores
        )
        assert sorted(added) == ["M1", "M2", "M3", "M4"]
    for store in stores:
        store.close()


def test_a_scan_that_goes_on_keeps_the_verdicts(folder: Path, sample: SampleSession) -> None:
    store = ScanStore.open(folder)
    store.review().add(said("1", CONFIRMED))
    store.save(sample.crack_map, sample.record.progress)
    assert [verdict.kind for verdict in store.record().verdicts] == [CONFIRMED]
    store.close()


@pytest.mark.parametrize(
    ("given", "kind", "disputed"),
    [
        ([said("1", CONFIRMED)], CONFIRMED, False),
        ([said("1", CONFIRMED), said("1", REJECTED)], REJECTED, False),
        ([said("1", CONFIRMED), said("1", REJECTED, "bob")], REJECTED, True),
        ([said("1", REJECTED), said("1", CORRECTED, "bob", width_mm=0.2)], CORRECTED, True),
        ([said("1", CONFIRMED), said("1", REJECTED, "bob"), said("1", WITHDRAWN, "bob")], CONFIRMED, False),
        ([said("1", REJECTED), said("1", WITHDRAWN)], "", False),
        ([said("1", CONFIRMED), said("1", REJECTED), said("1", WITHDRAWN)], CONFIRMED, False),
        ([said("1", REJECTED), said("1", WITHDRAWN, "bob")], REJECTED, False),
    ],
)
def test_the_latest_word_of_each_reviewer_counts_and_can_be_taken_back(
    sample: SampleSession, given: list[Verdict], kind: str, disputed: bool
) -> None:
    standing = Review.of_verdicts(given, sample.record.cracks).of.get("1")
    assert ("" if standing is None else standing.kind) == kind
    assert (standing is not None and standing.disputed) == disputed


def test_a_correction_stays_when_another_reviewer_confirms_it(sample: SampleSession) -> None:
    given = [said("1", CORRECTED, width_mm=0.25, path=LINE), said("1", CONFIRMED, "bob")]
    standing = Review.of_verdicts(given, sample.record.cracks).of["1"]
    assert (standing.kind, standing.width_mm) == (CORRECTED, 0.25)
    np.testing.assert_array_equal(standing.path, LINE)


@pytest.mark.parametrize(
    ("later", "kind", "width"),
    [
        ([said("1", CONFIRMED)], CORRECTED, 0.25),
        ([said("1", CONFIRMED), said("1", CONFIRMED)], CORRECTED, 0.25),
        ([said("1", CORRECTED, path=LINE), said("1", CONFIRMED)], CORRECTED, None),
        ([said("1", REJECTED), said("1", CONFIRMED)], CONFIRMED, None),
    ],
)
def test_who_confirms_his_or_her_own_correction_does_not_take_it_back(
    sample: SampleSession, later: list[Verdict], kind: str, width: float | None
) -> None:
    given = [said("1", CORRECTED, width_mm=0.25), *later]
    standing = Review.of_verdicts(given, sample.record.cracks).of["1"]
    assert (standing.kind, standing.width_mm) == (kind, width)


def test_a_severity_goes_with_the_width_that_holds(sample: SampleSession) -> None:
    given = [said("1", CORRECTED, width_mm=0.5, severity=ABOVE), said("1", CORRECTED, "bob", width_mm=0.05)]
    rated = replace(sample.record.cracks[0], severity=ABOVE)
    (finding, _) = findings_of([rated, sample.record.cracks[1]], given)
    assert (finding.width_max_mm, finding.severity) == (0.05, NOT_MEASURED)


def test_a_correction_is_of_whoever_made_it(sample: SampleSession) -> None:
    given = [said("1", CORRECTED, width_mm=0.25), said("1", CONFIRMED, "bob")]
    standing = Review.of_verdicts(given, sample.record.cracks).of["1"]
    assert (standing.author.reviewer, standing.last.reviewer) == ("ann", "bob")


def test_a_missed_crack_stays_until_whoever_added_it_takes_it_back(sample: SampleSession) -> None:
    added = said("M1", ADDED, path=LINE, width_mm=0.3)
    confirmed = [added, said("M1", CONFIRMED), said("M1", CORRECTED, "bob", severity=ABOVE)]
    missed = findings_of(sample.record.cracks, confirmed)[-1]
    assert (missed.name, missed.verdict, missed.width_max_mm, missed.severity) == ("M1", ADDED, 0.3, ABOVE)
    assert missed.length == pytest.approx(np.hypot(0.3, 0.1))
    back = [*confirmed, said("M1", WITHDRAWN), said("M1", WITHDRAWN)]
    assert Review.of_verdicts(back, sample.record.cracks).missed == ()


def test_counts_are_given_with_and_without_what_was_rejected(sample: SampleSession) -> None:
    given = [said("1", REJECTED), said("M1", ADDED, path=LINE)]
    counts = ReviewCounts.of(findings_of(sample.record.cracks, given))
    assert (counts.rejected, counts.added, counts.open, counts.standing, counts.given) == (1, 1, 1, 2, 2)
    assert counts.standing_length == pytest.approx(sample.record.cracks[1].length + np.hypot(0.3, 0.1))


def test_reviewers_share_a_folder_that_no_scan_may_write_into_meanwhile(
    tmp_path: Path, sample: SampleSession
) -> None:
    scan = ScanStore.create(tmp_path, sample.record.info)
    scan.save(sample.crack_map, sample.record.progress)
    reviewers = [ScanStore.open(tmp_path), ScanStore.open(tmp_path)]
    with pytest.raises(CrackScannerError, match="another process is writing"):
        reviewers[0].review()
    scan.close()
    for store in reviewers:
        store.review()
    with pytest.raises(CrackScannerError, match="writing or reviewing"):
        ScanStore.create(tmp_path, sample.record.info, overwrite=True)
    for store in reviewers:
        store.close()
    FolderLock(tmp_path).release()


def test_a_crack_drawn_anew_since_is_told_from_the_one_that_was_judged(sample: SampleSession) -> None:
    crack = sample.record.cracks[0]
    judged = said(str(crack.id), CONFIRMED, judged=as_line(crack.path))
    for shift, moved in ((0.0, False), (0.01, False), (0.05, True)):
        now = replace(crack, path=crack.path + shift)
        assert Review.of_verdicts([judged], [now]).of[str(crack.id)].moved == moved


def test_a_verdict_on_a_crack_that_is_gone_is_not_lost(sample: SampleSession) -> None:
    review = Review.of_verdicts([said("99", REJECTED, "bob")], sample.record.cracks)
    assert review.of == {}
    assert [verdict.finding for verdict in review.without_crack] == ["99"]
    assert review.reviewers == ("bob",)
