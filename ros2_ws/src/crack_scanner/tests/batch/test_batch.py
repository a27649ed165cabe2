"""A batch on two worker processes, some of which are killed, is what its bags give one after the other."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, LocalCluster
from distributed.diagnostics.plugin import SchedulerPlugin

from crack_scanner.batch import cluster, running
from crack_scanner.batch.bag_search import find_bags
from crack_scanner.batch.cluster import ALLOWED_DEATHS, LOOPBACK, local_workers, scheduler_workers
from crack_scanner.batch.job import BagJob, make_job, scan_bag
from crack_scanner.batch.running import BatchRun, pending
from crack_scanner.replay import ReplayOptions
from crack_scanner.storage.batch_store import BatchEntry, BatchStore
from crack_scanner.storage.database_address import database_file
from tests.batch.conftest import RESULTS, SETTINGS, Bags


class Killer(SchedulerPlugin):
    """Kills the worker to which the scheduler gives a bag, the first so many times."""

    name = "killer"

    def __init__(self, scheduler: Any, place: str, times: int) -> None:
        self.deaths = 0
        self._scheduler = scheduler
        self._place = place
        self._times = times

    def transition(self, key: Any, start: str, finish: str, *_: Any, **__: Any) -> None:
        """Called with each change of a task's state."""
        if finish == "processing" and str(key).startswith(self._place) and self.deaths < self._times:
            self.deaths += 1
            os.kill(self._scheduler.tasks[key].processing_on.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Two workers."""
    with local_workers(2, tmp_path_factory.mktemp("scratch")) as made:
        yield made


@pytest.fixture
def killing(client: Client) -> Iterator[Any]:
    """Call it with a bag's place and a number: so many workers that get it are killed."""
    scheduler = client.cluster.scheduler

    def kill(place: str, times: int) -> Killer:
        killer = Killer(scheduler, place, times)
        scheduler.add_plugin(killer)
        return killer

    yield kill
    scheduler.remove_plugin(Killer.name)


def jobs_of(bags: Bags, out: Path) -> list[BagJob]:
    return [make_job(bag, out, SETTINGS, ReplayOptions()) for bag in find_bags(bags.folder)]


def run(client: Client, jobs: list[BagJob], out: Path) -> dict[str, BatchEntry]:
    """Run what is pending; returns the entries by the bags' places."""
    out.mkdir(exist_ok=True)
    store = BatchStore(database_file(out / "batch.db"))
    said: list[BatchEntry] = []
    try:
        BatchRun(client, store, said.append).run(pending(jobs, store, retry_failed=False))
        entries = {entry.bag: entry for entry in store.entries().values()}
    finally:
        store.close()
    assert len({entry.key for entry in said}) == len(said)
    return entries


def check_results(bags: Bags, jobs: list[BagJob], places: set[str]) -> None:
    for job in jobs:
        if job.place in places:
            assert [(job.folder / name).read_bytes() for name in RESULTS] == bags.serial[job.place]


def test_a_killed_worker_and_a_damaged_bag_change_nothing_for_the_others(
    bags: Bags, client: Client, killing: Any, tmp_path: Path
) -> None:
    killer = killing("husky1/tuesday", ALLOWED_DEATHS)
    jobs = jobs_of(bags, tmp_path)
    entries = run(client, jobs, tmp_path)
    assert killer.deaths == ALLOWED_DEATHS
    assert {place: entry.done for place, entry in entries.items()} == {
        "husky1/monday": True,
        "husky1/tuesday": True,
        "husky2/damaged.mcap": False,
        "husky2/monday": True,
    }
    assert "damaged.mcap" in entries["husky2/damaged.mcap"].reason
    assert sorted(entry.session_id or 0 for entry in entries.values()) == [0, 1, 2, 3]
    check_results(bags, jobs, set(bags.serial))


def test_a_bag_over_which_every_worker_dies_is_given_up(
    bags: Bags, client: Client, killing: Any, tmp_path: Path
) -> None:
    killer = killing("husky1/monday", 1000)
    jobs = [job for job in jobs_of(bags, tmp_path) if "damaged" not in job.place]
    entries = run(client, jobs, tmp_path)
    # Once together with others, once alone.
    assert killer.deaths == 2 * (ALLOWED_DEATHS + 1)
    assert "worker died each time" in entries["husky1/monday"].reason
    done = {place for place, entry in entries.items() if entry.done}
    assert done == {"husky1/tuesday", "husky2/monday"}
    check_results(bags, jobs, done)


def test_a_worker_that_dask_gives_up_is_replaced(
    bags: Bags, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No worker can be back so soon.
    monkeypatch.setitem(cluster.DASK_SETTINGS, "distributed.deploy.lost-worker-timeout", "1ms")
    monkeypatch.setattr(running, "_LOOK_AFTER_S", 0.2)
    jobs = [job for job in jobs_of(bags, tmp_path) if job.place == "husky1/monday"]
    with local_workers(1, tmp_path / "scratch") as client:
        killer = Killer(client.cluster.scheduler, "husky1/monday", 1)
        client.cluster.scheduler.add_plugin(killer)
        entries = run(client, jobs, tmp_path)
    assert killer.deaths == 1
    assert entries["husky1/monday"].done


def test_no_worker_is_profiled(client: Client) -> None:
    def profiled(dask_worker: Any) -> bool:
        return "profile" in dask_worker.periodic_callbacks

    assert set(client.run(profiled).values()) == {False}


def test_the_profiler_of_a_worker_that_is_not_ours_is_ended() -> None:
    quiet = {"host": LOOPBACK, "protocol": "tcp", "dashboard_address": f"{LOOPBACK}:0"}
    # As where nobody has said otherwise; the other workers of this module have.
    with (
        dask.config.set({"distributed.worker.profile.enabled": True}),
        LocalCluster(n_workers=1, processes=False, **quiet) as others,
    ):
        (worker,) = others.workers.values()
        callback = worker.periodic_callbacks["profile"]
        with scheduler_workers(others.scheduler_address, print):
            assert "profile" not in worker.periodic_callbacks
            assert not callback.is_running()


def test_what_a_killed_parent_had_not_taken_in_is_not_scanned_again(
    bags: Bags, client: Client, killing: Any, tmp_path: Path
) -> None:
    jobs = [job for job in jobs_of(bags, tmp_path) if job.place == "husky1/monday"]
    # As a worker has left it whose parent was killed before it took the session in.
    scan_bag(jobs[0])
    killer = killing("husky1/monday", 1000)
    assert run(client, jobs, tmp_path)["husky1/monday"].done
    assert run(client, jobs, tmp_path)["husky1/monday"].session_id == 1
    assert killer.deaths == 0
