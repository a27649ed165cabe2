"""Runs a batch: hands bags to workers, takes in what they finish, goes on past those that fail."""

from __future__ import annotations

import shutil
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError

from distributed import Client, Future, KilledWorker, TimeoutError, wait

from crack_scanner.batch.cluster import SchedulerGoneError, free_threads, replace_lost_workers
from crack_scanner.batch.job import BagJob, BagResult, finished_result, is_finished, scan_bag
from crack_scanner.storage.batch_store import BatchEntry, BatchStore

# Of a bag that failed alone as well.
_KILLS = "its worker died each time, also when it was the only one: memory may not be enough for it"

# Seconds between two looks at the workers while no answer comes.
_LOOK_AFTER_S = 5.0

OnEntry = Callable[[BatchEntry], None]


def pending(jobs: Iterable[BagJob], store: BatchStore, retry_failed: bool) -> list[BagJob]:
    """The jobs that are still to be done. A session that is there but not in the database is taken in."""
    known = store.entries()
    todo = []
    for job in jobs:
        entry = known.get(job.key)
        if entry is not None and (entry.done or not retry_failed):
            continue
        if is_finished(job):
            take_in(job, finished_result(job), store)
        else:
            todo.append(job)
    return todo


def take_in(job: BagJob, result: BagResult, store: BatchStore) -> BatchEntry:
    """Put what came of a bag into the database."""
    entry = BatchEntry(
        job.key, job.place, job.robot, str(job.folder), result.seconds, result.reason, result.summary
    )
    return store.add_session(entry, job.folder) if result.done else store.add_failure(entry)


class BatchRun:
    """Jobs on the workers of one client.

    No more are handed out than there are threads: the rest waits here, where Ctrl-C ends it. A worker's death
    is counted against every bag that was with it. One that was with too many of them is set aside, and tried
    once more alone when all others are through: only then is it known whether it was the cause.
    """

    def __init__(self, client: Client, store: BatchStore, on_entry: OnEntry) -> None:
        self._client = client
        self._store = store
        self._on_entry = on_entry
        self._running: dict[Future, BagJob] = {}
        self._suspects: deque[BagJob] = deque()

    def run(self, jobs: Iterable[BagJob]) -> None:
        """Work through all jobs; each is in the database, as done or failed, when this returns."""
        self._work(deque(jobs), together=True)
        while self._suspects:
            self._work(deque([self._suspects.popleft()]), together=False)

    def _work(self, waiting: deque[BagJob], together: bool) -> None:
        self._hand_out(waiting)
        while self._running:
            for future in self._finished():
                job = self._running.pop(future)
                result = _result(future)
                if result is not None:
                    self._on_entry(take_in(job, result, self._store))
                elif together:
                    self._suspects.append(job)
                else:
                    self._on_entry(take_in(job, BagResult(False, 0.0, reason=_KILLS), self._store))
            self._hand_out(waiting)

    def _hand_out(self, waiting: deque[BagJob]) -> None:
        while waiting and len(self._running) < free_threads(self._client):
            job = waiting.popleft()
            key = f"{job.place}-{uuid.uuid4().hex}"
            self._running[self._client.submit(scan_bag, job, key=key, pure=False)] = job

    def _finished(self) -> list[Future]:
        """Waits a while for answers; meanwhile workers that are lost for good are replaced."""
        try:
            done = wait(list(self._running), timeout=_LOOK_AFTER_S, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            replace_lost_workers(self._client)
            return []
        except CancelledError as error:
            raise SchedulerGoneError from error
        return list(done)


def _result(future: Future) -> BagResult | None:
    """What a worker has answered; None if too many died with the bag."""
    try:
        # A worker that dies with the answer makes its task one that is to be done again.
        error = future.exception()
        answer: BagResult | None = future.result() if error is None else None
    except KilledWorker:
        return None
    except CancelledError as gone:
        raise SchedulerGoneError from gone
    if error is None or isinstance(error, KilledWorker):
        return answer
    # A mistake in the program or a machine without memory: the others may be luckier.
    reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return BagResult(False, 0.0, reason=f"unexpected {reason}")


def clear_attempts(jobs: Iterable[BagJob]) -> None:
    """Remove what workers that were killed have left behind."""
    for folder in {job.attempts for job in jobs}:
        shutil.rmtree(folder, ignore_errors=True)
