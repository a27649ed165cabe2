"""The workers of a batch: processes on this machine, or those of a Dask scheduler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dask
from distributed import Client, LocalCluster, Worker, WorkerPlugin

from crack_scanner import __version__
from crack_scanner.errors import CrackScannerError

LOOPBACK = "127.0.0.1"
# Workers of this machine that may die over a bag before it is set aside, and again before it is given up.
ALLOWED_DEATHS = 1
_CONNECT_S = 15
DASK_SETTINGS = {
    "distributed.scheduler.allowed-failures": ALLOWED_DEATHS,
    # Neither scheduler nor workers answer browsers.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # See Unprofiled.
    "distributed.worker.profile.enabled": False,
    # A worker that died and is not back by then is given up by Dask, see replace_lost_workers.
    "distributed.deploy.lost-worker-timeout": "30s",
}


class SchedulerGoneError(CrackScannerError):
    """Nobody hands out work any more."""

    def __init__(self) -> None:
        super().__init__("the scheduler is gone: start it and the batch again; what was finished is kept")


class Unprofiled(WorkerPlugin):
    """Ends the profiler of a worker, also of one that joins later.

    Dask's profiler holds on to the frames of running functions, and so now and then to an array that shows
    LiteRT's memory after the function that used it has returned: LiteRT then refuses to go on.
    """

    name = "crack_scanner unprofiled"

    def setup(self, worker: Worker) -> None:
        """Called by Dask, in the worker."""
        callback = worker.periodic_callbacks.pop("profile", None)
        if callback is not None:
            callback.stop()


@contextmanager
def local_workers(count: int, scratch: Path) -> Iterator[Client]:
    """So many worker processes of a thread each, reached over loopback with certificates made for this run.

    scratch: folder for Dask's own files. A worker that dies is replaced. All end with the block.
    """
    with (
        dask.config.set(DASK_SETTINGS),
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            host=LOOPBACK,
            # Other users of this machine can reach loopback too, but not prove that they are one of us.
            security=True,
            dashboard_address=f"{LOOPBACK}:0",
            worker_dashboard_address=f"{LOOPBACK}:0",
            # The system decides about memory: a limit of the cores' shares would kill scans that fit.
            memory_limit=0,
            local_directory=str(scratch),
            preload="crack_scanner.batch.worker_start",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def scheduler_workers(address: str, log: Callable[[str], None]) -> Iterator[Client]:
    """The workers of a Dask scheduler that runs already; waits for the first of them."""
    _silence_dask()
    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise CrackScannerError(
            f"no Dask scheduler can be reached at {address} ({reason}): start one with `dask scheduler`, or "
            "leave out --scheduler for workers on this machine"
        ) from error
    with client:
        if not client.nthreads():
            log(f"no worker has joined the scheduler at {address} yet: waiting for the first")
            client.wait_for_workers(1)
        check_versions(client)
        client.register_plugin(Unprofiled())
        yield client


def free_threads(client: Client) -> int:
    """Threads of all workers that are there now, at least one: another worker may join."""
    try:
        threads: dict[str, int] = client.nthreads()
    except OSError as error:
        raise SchedulerGoneError from error
    return max(1, sum(threads.values()))


def replace_lost_workers(client: Client) -> None:
    """Start anew workers of this machine that Dask has given up; those of a scheduler are not ours to start.

    Dask gives up one that is slow to start again, or died before it had quite started: it is left with fewer
    and in the end with none.
    """
    if client.cluster is not None:
        client.cluster.scale(len(client.cluster.worker_spec))


def _silence_dask() -> None:
    """Our own lines say what the user needs. Some of its loggers have a level of their own."""
    for name in tuple(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _version() -> str:
    return __version__


def check_versions(client: Client) -> None:
    """Refuse workers that would scan with another program."""
    answers = client.run(_version, on_error="return")
    for address, answer in answers.items():
        if answer != __version__:
            raise CrackScannerError(
                f"worker {address} has {answer!r} in place of crack_scanner {__version__}: start it in an "
                "environment of the same checkout (source bin/environment.sh; dask worker ADDRESS)"
            )
