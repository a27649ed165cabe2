"""`crack_scanner review` from its start to its files."""

from __future__ import annotations

import csv
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from crack_scanner.cli.main import main
from crack_scanner.errors import CrackScannerError
from crack_scanner.report import session_files
from crack_scanner.review import server
from crack_scanner.review.desk import SessionReview
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.session_folder import DATABASE, SUMMARY, FolderLock
from crack_scanner.storage.verdict import REJECTED, Verdict
from tests.review.sample_review import write_review_session
from tests.storage.sample_session import SampleSession


class Reviewer:
    """A browser without a screen."""

    def __init__(self, address: str) -> None:
        self._here = address.partition("/?")[0]
        self._opener = build_opener(HTTPCookieProcessor())
        page = self._opener.open(address).read().decode()
        self._key = page.partition('name="review-key" content="')[2].partition('"')[0]

    def say(self, finding: str, kind: str, **more: object) -> None:
        said = {"finding": finding, "kind": kind, "reviewer": "bob", "note": "", **more}
        headers = {"Content-Type": "application/json", "X-Review-Key": self._key, "Origin": self._here}
        request = Request(f"{self._here}/verdicts", json.dumps(said).encode(), headers)
        assert self._opener.open(request).status == 200


@contextmanager
def review(folder: Path, *options: str) -> Iterator[tuple[Reviewer, subprocess.Popen[str]]]:
    """The command, running."""
    command = [sys.executable, "-m", "crack_scanner.cli", "review", str(folder), "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert "http://127.0.0.1:" in line, line
            yield Reviewer(next(word for word in line.split() if word.startswith("http"))), process
        finally:
            process.kill()


def end(process: subprocess.Popen[str]) -> dict[str, object]:
    process.send_signal(signal.SIGTERM)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    result: dict[str, object] = json.loads(out)
    return result


def test_verdicts_are_in_the_sessions_files_and_in_tiles_when_the_review_ends(folder: Path) -> None:
    with review(folder) as (reviewer, process):
        reviewer.say("1", "rejected", note="a joint")
        reviewer.say("2", "confirmed")
        reviewer.say("", "added", path=[[1.3, 0.3], [1.5, 0.3]])
        result = end(process)
    assert (result["verdicts_given"], result["verdicts"]) == (3, 3)
    summary = json.loads((folder / SUMMARY).read_text())
    assert summary["drift"] == {"frames": 3}
    assert summary["cracks"] == 2
    counts = {name: summary["review"][name] for name in ("confirmed", "rejected", "added", "standing")}
    assert counts == {"confirmed": 1, "rejected": 1, "added": 1, "standing": 2}
    assert summary["review"]["reviewers"] == ["bob"]
    with (folder / "cracks.csv").open() as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["rejected", "confirmed", "added"]
    assert "“a joint”" in (folder / "report.html").read_text()
    tiles = {label: len(list((folder / "tiles" / label).glob("*.png"))) for label in ("Positive", "Negative")}
    assert result["tiles"] == {
        "folder": str(folder / "tiles"),
        "positive": tiles["Positive"],
        "negative": tiles["Negative"],
    }
    assert min(tiles.values()) > 0


def test_a_killed_review_has_lost_nothing_that_was_answered(folder: Path) -> None:
    with review(folder) as (reviewer, process):
        reviewer.say("1", "rejected")
        process.kill()
        process.wait()
    store = ScanStore.open(folder)
    assert [verdict.kind for verdict in store.record().verdicts] == ["rejected"]
    store.close()


def test_two_reviews_of_one_session_lose_no_verdict(folder: Path) -> None:
    with review(folder) as (first, one), review(folder) as (second, two):
        for reviewer in (first, second) * 3:
            reviewer.say("", "added", path=[[0.3, 0.3], [0.6, 0.3]])
        assert end(one)["verdicts"] == 6
        assert end(two)["verdicts"] == 6


def test_what_another_says_while_the_files_are_written_is_in_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(own: SessionReview, *_: object) -> None:
        own.desk.add(Verdict("1", REJECTED, "ann", 1))

    def renewed(out: Path, record: SessionRecord) -> bool:
        if len(record.verdicts) == 1:
            other = ScanStore.open(out)
            other.review().add(Verdict("2", REJECTED, "bob", 2))
            other.close()
        return renew(out, record)

    renew = session_files.renew_session
    monkeypatch.setattr(server, "serve_review", serve)
    monkeypatch.setattr(session_files, "renew_session", renewed)
    assert main(["review", str(folder)]) == 0
    assert json.loads((folder / SUMMARY).read_text())["review"]["rejected"] == 2


def test_the_file_of_a_folder_stands_for_it(folder: Path) -> None:
    with review(folder / DATABASE) as (reviewer, process):
        with pytest.raises(CrackScannerError, match="another process is writing or reviewing"):
            FolderLock(folder)
        reviewer.say("1", "rejected")
        result = end(process)
    assert result["report"] == str(folder / "report.html")
    assert json.loads((folder / SUMMARY).read_text())["review"]["rejected"] == 1


def test_a_session_of_a_database_of_many_gets_no_folder(folder: Path) -> None:
    place = f"{folder / DATABASE}#1"
    with review(Path(place)) as (reviewer, process):
        reviewer.say("1", "rejected")
        assert "tiles" not in end(process)
    assert not Path(place).exists()
    with review(Path(place)) as (_, process):
        assert end(process)["verdicts"] == 1


def test_an_interrupted_session_without_photos_can_be_reviewed(tmp_path: Path, sample: SampleSession) -> None:
    write_review_session(tmp_path, sample, complete=False, photos=False)
    with review(tmp_path) as (reviewer, process):
        reviewer.say("1", "confirmed")
        result = end(process)
    assert result["verdicts"] == 1
    assert "report" not in result
    assert not (tmp_path / SUMMARY).exists()


def test_a_session_that_is_being_scanned_is_refused_in_one_line(
    tmp_path: Path, sample: SampleSession, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = ScanStore.create(tmp_path, sample.record.info)
    scan.save(sample.crack_map, replace(sample.record.progress, complete=False))
    assert main(["review", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "another process is writing a session" in error
    assert error.count("\n") == 1
    scan.close()


def test_a_port_that_is_taken_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["review", str(folder), "--port", str(taken.getsockname()[1])]) == 1
    error = capsys.readouterr().err
    assert "choose another one with --port" in error
    assert error.count("\n") == 1


def test_a_folder_without_a_session_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
