"""One bag's work: into its folder at once, and not twice."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from crack_scanner.batch.bag_search import find_bags
from crack_scanner.batch.job import BagJob, finished_result, make_job, scan_bag
from crack_scanner.replay import ReplayOptions
from tests.batch.conftest import RESULTS, SETTINGS, Bags


def job_of(bags: Bags, place: str, out: Path) -> BagJob:
    bag = next(bag for bag in find_bags(bags.folder) if bag.place == place)
    return make_job(bag, out, SETTINGS, ReplayOptions())


def test_a_bag_becomes_a_session_of_its_robot(bags: Bags, tmp_path: Path) -> None:
    # As Dask sends it.
    job = pickle.loads(pickle.dumps(job_of(bags, "husky1/monday", tmp_path)))
    result = scan_bag(job)
    assert (result.done, result.reason) == (True, "")
    assert [(job.folder / name).read_bytes() for name in RESULTS] == bags.serial["husky1/monday"]
    summary = json.loads((job.folder / "summary.json").read_text())
    assert (summary["robot"], summary["session"], summary["out"]) == (
        "husky1",
        "husky1/monday",
        str(job.folder),
    )
    assert list(job.attempts.iterdir()) == []
    again = scan_bag(job)
    assert (again.done, again.seconds, again.summary) == (True, 0.0, summary)


def test_of_two_that_scan_one_bag_the_first_counts(
    bags: Bags, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(bags, "husky1/monday", tmp_path)
    scan_bag(job)
    marked = job.folder / "cracks.csv"
    marked.write_text("of the first")
    # The second has looked before the first was through.
    monkeypatch.setattr("crack_scanner.batch.job.is_finished", lambda _: False)
    assert scan_bag(job).done
    assert marked.read_text() == "of the first"
    assert list(job.attempts.iterdir()) == []


def test_a_damaged_bag_has_a_reason_and_leaves_nothing(bags: Bags, tmp_path: Path) -> None:
    job = job_of(bags, "husky2/damaged.mcap", tmp_path)
    result = scan_bag(job)
    assert not result.done
    assert "damaged.mcap" in result.reason
    assert "\n" not in result.reason
    assert not job.folder.exists()
    assert list(job.attempts.iterdir()) == []


def test_a_cut_bag_lacks_what_it_lacks_also_when_its_session_is_there(bags: Bags, tmp_path: Path) -> None:
    whole = next((bags.folder / "husky1" / "monday").glob("*.mcap")).read_bytes()
    cut = tmp_path / "bags" / "husky1" / "cut.mcap"
    cut.parent.mkdir(parents=True)
    cut.write_bytes(whole[: len(whole) // 2])
    (bag,) = find_bags(tmp_path / "bags")
    job = make_job(bag, tmp_path / "out", SETTINGS, ReplayOptions())
    first = scan_bag(job)
    assert "is cut" in first.reason
    assert (finished_result(job).done, finished_result(job).reason) == (True, first.reason)


def test_the_key_tells_what_decides_what_is_found(bags: Bags, tmp_path: Path) -> None:
    bag = find_bags(bags.folder)[0]
    key = make_job(bag, tmp_path, SETTINGS, ReplayOptions()).key
    same = [
        make_job(bag, tmp_path / "elsewhere", SETTINGS, ReplayOptions()),
        make_job(bag, tmp_path, SETTINGS.changed(threads=2), ReplayOptions()),
    ]
    other = [
        make_job(replace(bag, robot="rover"), tmp_path, SETTINGS, ReplayOptions()),
        make_job(replace(bag, fingerprint="x"), tmp_path, SETTINGS, ReplayOptions()),
        make_job(bag, tmp_path, SETTINGS.changed(min_looks=2), ReplayOptions()),
        make_job(bag, tmp_path, SETTINGS, ReplayOptions(segmenter=None)),
    ]
    assert [job.key for job in same] == [key, key]
    assert key not in {job.key for job in other}
