"""Scan many bags of many robots: `crack_scanner batch`."""

from __future__ import annotations

import argparse
import importlib.util
import os
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_scanner.cli.bag_arguments import add_bag_arguments, replay_options
from crack_scanner.cli.scanning import scanning_settings
from crack_scanner.errors import CrackScannerError

if TYPE_CHECKING:
    from crack_scanner.batch.bag_search import FoundBag
    from crack_scanner.batch.job import BagJob
    from crack_scanner.cli.output import Output
    from crack_scanner.settings import ScanSettings
    from crack_scanner.storage.batch_store import BatchEntry, BatchStore

HELP = "scan all bags of a folder, side by side or on a Dask cluster, into one database"
DATABASE = "batch.db"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="bags, at any depth: FOLDER/ROBOT/...")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="sessions and database")
    workers = parser.add_mutually_exclusive_group()
    workers.add_argument("--jobs", type=int, default=0, metavar="N", help="bags side by side (one a core)")
    workers.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler you trust, such as tcp://127.0.0.1:8786"
    )
    parser.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="postgresql://USER@HOST/DATABASE in place of DIR/batch.db",
    )
    parser.add_argument("--robot", default="", metavar="NAME", help="of all bags (the folder each is in)")
    parser.add_argument("--retry-failed", action="store_true", help="also try again what failed before")
    add_bag_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Scan what has not been scanned; 0 if every bag is in the database."""
    from crack_scanner.storage.batch_store import BatchStore
    from crack_scanner.storage.database_address import database_file, database_server
    from crack_scanner.storage.session_folder import FolderLock, make_folder

    if importlib.util.find_spec("distributed") is None:
        raise CrackScannerError(
            "batch needs Dask (the package distributed): start with bin/crack_scanner, or install "
            "requirements/batch.lock"
        )
    if args.jobs < 0:
        raise CrackScannerError(f"--jobs is {args.jobs}; expected 1 or more, or 0 for one a core")
    jobs = _jobs(args)
    make_folder(args.out)
    lock = FolderLock(args.out)
    address = database_server(args.database) if args.database else database_file(args.out / DATABASE)
    try:
        store = BatchStore(address)
        try:
            _work(args, jobs, store)
            entries = store.entries()
        finally:
            store.close()
    except KeyboardInterrupt:
        args.output.log("stopped: what was finished is kept, and the same command goes on from there")
        raise
    finally:
        lock.release()
    return _report(args.output, [entries[job.key] for job in jobs], str(address))


def _work(args: argparse.Namespace, jobs: list[BagJob], store: BatchStore) -> None:
    """Bring all jobs into the store, as done or failed."""
    from crack_scanner.batch.running import BatchRun, clear_attempts, pending

    clear_attempts(jobs)
    todo = pending(jobs, store, args.retry_failed)
    through = len(jobs) - len(todo)
    args.output.log(f"{len(jobs)} bags, {through} of them were through before")
    if not todo:
        return

    def on_entry(entry: BatchEntry) -> None:
        nonlocal through
        through += 1
        args.output.log(f"{through} of {len(jobs)}: {_line(entry)}")

    with _workers(args, len(todo), todo[0].attempts) as client:
        BatchRun(client, store, on_entry).run(todo)
    # Not after Ctrl-C: workers of a scheduler may still finish what the next run then takes in.
    clear_attempts(jobs)


def _jobs(args: argparse.Namespace) -> list[BagJob]:
    from crack_scanner.batch.bag_search import find_bags
    from crack_scanner.batch.job import make_job

    options = replay_options(args)
    # Workers may run elsewhere.
    options = replace(
        options,
        model=options.model.resolve(),
        segmenter=None if options.segmenter is None else options.segmenter.resolve(),
    )
    bags = find_bags(args.folder, args.robot, args.out)
    return [make_job(bag, args.out.resolve(), _settings_of(bag, args, len(bags)), options) for bag in bags]


def _settings_of(bag: FoundBag, args: argparse.Namespace, bags: int) -> ScanSettings:
    """Settings of one scan: with its share of the cores, if nobody has said how many threads it gets."""
    settings = scanning_settings(args, bag.config)
    if settings.threads:
        return settings
    side_by_side = _side_by_side(args, bags)
    return settings.changed(threads=max(1, (os.cpu_count() or 1) // side_by_side) if side_by_side else 1)


def _side_by_side(args: argparse.Namespace, bags: int) -> int:
    """Scans at a time on this machine; 0 where others do the work."""
    return 0 if args.scheduler else min(args.jobs or os.cpu_count() or 1, bags)


def _workers(args: argparse.Namespace, bags: int, scratch: Path) -> AbstractContextManager[Any]:
    from crack_scanner.batch.cluster import local_workers, scheduler_workers

    if args.scheduler:
        return scheduler_workers(args.scheduler, args.output.log)
    return local_workers(_side_by_side(args, bags), scratch)


def _report(output: Output, entries: list[BatchEntry], address: str) -> int:
    rows = [("bag", "robot", "cracks", "length", "coverage", "time", "state"), *map(_row, entries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        output.say("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    failed = sum(not entry.done for entry in entries)
    output.say(f"{len(entries) - failed} of {len(entries)} bags are in {address}")
    output.result(
        {
            "database": address,
            "done": len(entries) - failed,
            "failed": failed,
            "bags": [_result(entry) for entry in entries],
        }
    )
    return 1 if failed else 0


def _row(entry: BatchEntry) -> tuple[str, ...]:
    from crack_scanner.report.statements import NO_SCALE

    if not entry.done:
        return entry.bag, entry.robot, "", "", "", "", f"failed: {entry.reason}"
    summary = entry.summary
    scale = "" if _scale_known(entry) else f"; {NO_SCALE}"
    return (
        entry.bag,
        entry.robot,
        str(summary["cracks"]),
        f"{summary['crack_length_m']:.2f} m",
        f"{summary['coverage_percent']:.1f} %",
        f"{entry.seconds:.1f} s",
        (f"done, but it {entry.reason}" if entry.reason else "done") + scale,
    )


def _scale_known(entry: BatchEntry) -> bool:
    """Whether lengths are metres; summaries of earlier versions do not say so."""
    return bool(entry.summary.get("scale_known", True))


def _line(entry: BatchEntry) -> str:
    return ", ".join(cell for cell in _row(entry) if cell)


def _result(entry: BatchEntry) -> dict[str, Any]:
    return {
        "bag": entry.bag,
        "robot": entry.robot,
        "state": "done" if entry.done else "failed",
        "reason": entry.reason,
        "session": entry.session_id,
        "folder": entry.folder if entry.done else None,
        "cracks": entry.summary.get("cracks"),
        "crack_length_m": entry.summary.get("crack_length_m"),
        "coverage_percent": entry.summary.get("coverage_percent"),
        "scale_known": _scale_known(entry) if entry.done else None,
        "seconds": round(entry.seconds, 2),
    }
