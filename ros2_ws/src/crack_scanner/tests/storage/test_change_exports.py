"""What is exported of the changes between two sessions."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from crack_scanner.cli.compare import describe
from crack_scanner.mapping.change import Comparison, compare
from crack_scanner.storage.change_exports import changes_csv, changes_geojson, comparison_summary
from tests.mapping.test_change import crack, level, survey

# What `compare` says of the two sessions beside the comparison itself.
SESSIONS = {
    "old": "last year",
    "new_session": "this year",
    "scale_known_old": True,
    "scale_known_new": True,
}


def opened(*limits: float | None) -> Comparison:
    """A crack 0.8 mm wide, and before it pieces without a width, each less than a limit in mm."""
    pieces = [
        replace(crack(number, level(0.2 + 0.5 * number, 0.65 + 0.5 * number, 0.3)), smallest_width_mm=limit)
        for number, limit in enumerate(limits)
    ]
    now = replace(crack(1, level(0.2, 0.15 + 0.5 * len(limits), 0.3), 0.8), smallest_width_mm=0.25)
    return compare(survey(pieces), survey([now]))


@pytest.mark.parametrize(
    ("limits", "known"), [((0.3,), 0.3), ((0.2, 0.4), 0.4), ((0.3, None), None), ((None,), None)]
)
def test_an_old_width_that_could_not_be_claimed_is_less_than_a_limit(
    limits: tuple[float | None, ...], known: float | None
) -> None:
    comparison = opened(*limits)
    (row,) = comparison_summary(comparison)["cracks"]
    assert (row["width_old_mm"], row["width_new_mm"]) == (None, 0.8)
    assert (row["smallest_width_old_mm"], row["smallest_width_new_mm"]) == (known, 0.25)
    (feature,) = json.loads(changes_geojson(comparison))["features"]
    assert feature["properties"] == row
    (line,) = csv.DictReader(io.StringIO(changes_csv(comparison)))
    assert line["smallest_width_old_mm"] == ("" if known is None else str(known))


def test_people_read_what_the_width_was_less_than() -> None:
    summary = SESSIONS | comparison_summary(opened(0.3))
    assert describe(summary)[-1].endswith("; width from < 0.30 to 0.80 mm")
    unmeasured = SESSIONS | comparison_summary(opened(None))
    assert "width" not in describe(unmeasured)[-1]


@pytest.mark.parametrize(("width", "limit"), [(0.8, 0.25), (None, 0.3), (None, None)])
def test_a_crack_that_only_one_session_has_keeps_the_width_that_this_one_measured(
    width: float | None, limit: float | None
) -> None:
    """As it appears, as it is repaired, and where the new session did not look."""
    there = replace(crack(1, level(0.2, 1.2, 0.3), width), smallest_width_mm=limit)
    pairs = [(survey([]), survey([there])), (survey([there]), survey([]))]
    pairs.append((survey([there]), survey([], unseen_from=0.1)))
    for (old, new), status in zip(pairs, ("new", "repaired", "not covered"), strict=True):
        comparison = compare(old, new)
        (row,) = comparison_summary(comparison)["cracks"]
        mine, other = ("new", "old") if status == "new" else ("old", "new")
        assert row["status"] == status
        assert (row[f"width_{mine}_mm"], row[f"smallest_width_{mine}_mm"]) == (width, limit)
        assert (row[f"width_{other}_mm"], row[f"smallest_width_{other}_mm"]) == (None, None)
        assert row["width_change_sigma_mm"] is None
        (feature,) = json.loads(changes_geojson(comparison))["features"]
        assert feature["properties"] == row
        (line,) = csv.DictReader(io.StringIO(changes_csv(comparison)))
        assert line[f"width_{mine}_mm"] == ("" if width is None else str(width))
        words = describe(SESSIONS | comparison_summary(comparison))[-1]
        said = {0.25: "; width 0.80 mm", 0.3: "; width < 0.30 mm", None: ""}[limit]
        assert said in words
        assert ("width" in words) is bool(said)


def test_an_alignment_that_hardly_fits_is_a_warning_and_a_field() -> None:
    old = survey([crack(1, level(0.2, 0.5, 0.3)), crack(2, level(0.2, 1.7, 0.8))])
    new = survey([crack(1, level(0.2, 0.5, 0.3)), crack(2, level(0.2, 1.7, 1.4))])
    apart, same = comparison_summary(compare(old, new)), comparison_summary(compare(old, old))
    assert (apart["correction"]["fits"], same["correction"]["fits"]) == (False, True)
    assert apart["correction"]["comparable_m"] == 1.8
    (warning,) = [line for line in describe(SESSIONS | apart) if line.startswith("warning")]
    assert "only 0.3 of 1.8 m of cracks" in warning
    assert not [line for line in describe(SESSIONS | same) if line.startswith("warning")]
