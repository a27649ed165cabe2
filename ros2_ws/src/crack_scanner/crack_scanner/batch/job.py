"""One bag's work, as it is sent to a worker, and what comes back."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from crack_scanner.batch.bag_search import FoundBag
from crack_scanner.errors import CrackScannerError
from crack_scanner.replay import ReplayOptions, replay_bag
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.storage.session import FREE_SETTINGS
from crack_scanner.storage.session_folder import SUMMARY, make_folder

SESSIONS, ATTEMPTS = "sessions", "attempts"


@dataclass(frozen=True)
class BagJob:
    """What a worker needs to scan a bag.

    key: says which bag is scanned how; equal for the same. folder: where the finished session goes.
    attempts: the folder in which it is scanned before. settings, options: of the replay.
    """

    key: str
    bag: Path
    place: str
    robot: str
    folder: Path
    attempts: Path
    settings: ScanSettings
    options: ReplayOptions


@dataclass(frozen=True)
class BagResult:
    """What became of it. summary: of the session. reason: why there is none, or what the bag lacked."""

    done: bool
    seconds: float
    summary: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def make_job(bag: FoundBag, out: Path, settings: ScanSettings, options: ReplayOptions) -> BagJob:
    """The work on one bag of a batch that writes below `out`."""
    key = _key(bag, settings, options)
    name = Path(bag.place).with_suffix("").as_posix().removeprefix(f"{bag.robot}/").replace("/", "_")
    return BagJob(
        key=key,
        bag=bag.path,
        place=bag.place,
        robot=bag.robot,
        folder=out / SESSIONS / bag.robot / f"{name}-{key[:8]}",
        attempts=out / ATTEMPTS,
        settings=settings,
        options=replace(options, robot=bag.robot, name=bag.place),
    )


def scan_bag(job: BagJob) -> BagResult:
    """Scan one bag, in a worker. A session is in its folder completely or not at all.

    Run again, by whomever, it finds the session there and scans nothing.
    """
    start = time.monotonic()
    if is_finished(job):
        return finished_result(job)
    attempt = job.attempts / f"{job.key[:16]}-{uuid.uuid4().hex}"
    try:
        make_folder(attempt)
        replay_bag(job.bag, attempt, job.settings, job.options)
        _move(attempt, job.folder)
    except CrackScannerError as error:
        return BagResult(False, time.monotonic() - start, reason=" ".join(str(error).split()))
    finally:
        shutil.rmtree(attempt, ignore_errors=True)
    return replace(finished_result(job), seconds=time.monotonic() - start)


def is_finished(job: BagJob) -> bool:
    """Whether the session of a bag is there, by this batch or one before it."""
    return (job.folder / SUMMARY).is_file()


def finished_result(job: BagJob) -> BagResult:
    """Of a session that is there already."""
    summary = _stored_summary(job.folder)
    return BagResult(True, 0.0, summary, summary.get("bag", {}).get("problem", ""))


def _key(bag: FoundBag, settings: ScanSettings, options: ReplayOptions) -> str:
    """Of everything that decides what is found."""
    calibration = options.calibration
    decides = {
        "robot": bag.robot,
        "bag": bag.place,
        "files": bag.fingerprint,
        "settings": {name: value for name, value in asdict(settings).items() if name not in FREE_SETTINGS},
        "topics": asdict(options.topics),
        "frames": options.frames,
        "networks": [_content(file) for file in (options.model, options.segmenter)],
        "calibration": None
        if calibration is None
        else [
            calibration.width,
            calibration.height,
            calibration.matrix.tolist(),
            calibration.distortion.tolist(),
        ],
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def _content(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise CrackScannerError(f"model {file} cannot be read: {error.strerror}") from error


def _move(attempt: Path, folder: Path) -> None:
    """Bring a finished session to its place in one step; if another was quicker, its session stays."""
    summary = _stored_summary(attempt) | {"out": str(folder)}
    write_atomically(attempt / SUMMARY, (json.dumps(summary, indent=1, ensure_ascii=False) + "\n").encode())
    make_folder(folder.parent)
    try:
        os.rename(attempt, folder)
    except OSError as error:
        if not (folder / SUMMARY).is_file():
            raise CrackScannerError(f"{folder} cannot be made: {error.strerror}") from error


def _stored_summary(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    return summary
