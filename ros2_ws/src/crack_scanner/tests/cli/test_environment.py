"""The start-up scripts in bin/: the fast way, and one clear line for what can be missing."""

from __future__ import annotations

import errno
import fcntl
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from argparse import Namespace
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[5]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the start-up scripts and what they look at, in a folder with a space in its name."""
    root = tmp_path / "a check out"
    shutil.copytree(REPOSITORY / "bin", root / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "requirements", root / "requirements")
    interfaces = Path("ros2_ws", "src", "crack_scanner_interfaces")
    shutil.copytree(REPOSITORY / interfaces, root / interfaces)
    return root


@pytest.fixture
def prepare() -> ModuleType:
    """bin/prepare_environment.py as a module."""
    spec = importlib.util.spec_from_file_location(
        "prepare_environment", REPOSITORY / "bin/prepare_environment.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def start(root: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """bin/crack_scanner with the environment of a plain shell."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/"), **changes}
    command = [str(root / "bin" / "crack_scanner"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def pretend_set_up(root: Path, answer: str) -> None:
    """A finished .venv whose Python is the given shell line."""
    program(root / ".venv/bin/python", answer)
    (root / ".venv/lib/python3.11/site-packages").mkdir(parents=True)
    (root / ".venv/stamps").mkdir()
    (root / ".venv/stamps/runtime").write_text(key_of(root))


def key_of(root: Path) -> str:
    """The runtime's key, as environment.sh computes it."""
    text = (root / "bin/environment.sh").read_text()
    functions = text[: text.index("export CRACK_SCANNER_ROOT\n")]
    script = (
        f'{functions}\nCRACK_SCANNER_ROOT="{root}" CRACK_SCANNER_PLATFORM=wheels\ncrack_scanner_key runtime'
    )
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout


def only_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("crack_scanner: error: ")
    return lines[0]


def test_a_second_start_runs_nothing_but_the_command_line(checkout: Path) -> None:
    pretend_set_up(checkout, 'printf "%s\\n" "$@"')
    program(checkout / "trap/python3", "echo a set-up was started >&2; exit 9")
    done = start(checkout, "scan", "--out", "a b", PATH=f"{checkout}/trap:/usr/bin:/bin")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["-m", "crack_scanner.cli", "scan", "--out", "a b"]


@pytest.mark.parametrize(
    ("arguments", "sets_up"),
    [
        (["evaluate"], False),
        (["evaluate", "--plots", "p"], True),
        (["evaluate", "--plots=p"], True),
        (["evaluate", "--plots", "p", "--help"], False),
    ],
)
def test_what_draws_plots_is_installed_for_who_wants_them(
    checkout: Path, arguments: list[str], sets_up: bool
) -> None:
    pretend_set_up(checkout, "exit 0")
    program(checkout / "trap/python3", "exit 9")
    done = start(checkout, *arguments, CRACK_SCANNER_PYTHON=f"{checkout}/trap/python3")
    assert ("trap/python3" in done.stderr) is sets_up


def test_the_exit_code_is_the_command_lines(checkout: Path) -> None:
    pretend_set_up(checkout, "exit 2")
    assert start(checkout, "sing").returncode == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp"),
        ("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST"),
        ("_ROS_WHEELS_BOOTSTRAP_COMPLETE", "1"),
    ],
)
def test_ros_finds_its_settings(checkout: Path, name: str, value: str) -> None:
    pretend_set_up(checkout, f'echo "${name}"')
    assert start(checkout).stdout.strip() == value


def test_the_users_own_ros_settings_stay(checkout: Path) -> None:
    pretend_set_up(checkout, 'echo "$ROS_AUTOMATIC_DISCOVERY_RANGE $FASTRTPS_DEFAULT_PROFILES_FILE"')
    done = start(checkout, ROS_AUTOMATIC_DISCOVERY_RANGE="SUBNET", FASTRTPS_DEFAULT_PROFILES_FILE="/mine.xml")
    assert done.stdout.strip() == "SUBNET /mine.xml"


def test_a_foreign_pythonpath_does_not_shadow_the_pinned_packages(checkout: Path) -> None:
    pretend_set_up(checkout, 'echo "$PYTHONPATH"')
    done = start(checkout, PYTHONPATH="/opt/other/site-packages")
    assert done.stdout.strip().split(":") == [
        f"{checkout}/ros2_ws/src/crack_scanner",
        f"{checkout}/.venv/interfaces/lib/python3.11/site-packages",
    ]


@pytest.mark.parametrize(
    "changed", ["requirements/runtime.lock", "ros2_ws/src/crack_scanner_interfaces/msg/Crack.msg"]
)
def test_changed_inputs_ask_for_a_new_set_up(checkout: Path, changed: str) -> None:
    before = key_of(checkout)
    with open(checkout / changed, "a") as file:
        file.write("# changed\n")
    assert key_of(checkout) != before


def test_an_old_python_is_one_line(checkout: Path) -> None:
    program(checkout / "old/python3", 'echo "Python 3.8.18"; [[ $1 == --version ]]')
    for name in ("python3.10", "python3.11", "python3.12", "python3.13"):
        program(checkout / "old" / name, "exit 127")
    done = start(checkout, "doctor", PATH=f"{checkout}/old:/usr/bin:/bin")
    assert done.returncode == 1
    assert "python3 is 3.8.18, Python 3.10 to 3.13 is needed" in only_line(done)


def test_another_ros_is_one_line(checkout: Path) -> None:
    done = start(checkout, "doctor", ROS_DISTRO="humble")
    assert done.returncode == 1
    assert "ROS 2 humble is sourced, ROS 2 jazzy is needed" in only_line(done)


def test_missing_build_tools_are_named_together(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(prepare.SetUpError, match=r"g\+\+, make not found.*sudo apt install g\+\+ make"):
        prepare.check_programs()


def test_a_full_disk_is_refused_before_anything_is_fetched(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        prepare.shutil, "disk_usage", lambda root: Usage(10**9, 10**9 - 50_000_000, 50_000_000)
    )
    with pytest.raises(prepare.SetUpError, match="50 MB are free in .*needs 1400 MB"):
        prepare.check_machine(Namespace(root=tmp_path, group="runtime", platform="wheels"))


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("Failed to establish a new connection: Temporary failure in name resolution", "check the network"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "check the network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the pinned one"),
        ("CMake Error: something", "make clean"),
    ],
)
def test_a_failed_step_says_the_cure(prepare: ModuleType, tmp_path: Path, words: str, cure: str) -> None:
    with open(tmp_path / "lock", "w") as lock, pytest.raises(prepare.SetUpError, match=cure) as caught:
        args = Namespace(root=tmp_path, log=tmp_path / "log", lock=lock.fileno())
        prepare.run(args, ["bash", "-c", 'echo "$0"; exit 1', words], "the packages")
    assert str(args.log) in str(caught.value)


@pytest.mark.parametrize(
    ("number", "cure"), [(errno.ENOSPC, "free some space"), (errno.EROFS, "this user can write to")]
)
def test_a_folder_that_takes_no_files_says_the_cure(prepare: ModuleType, number: int, cure: str) -> None:
    assert cure in prepare.cure_of(OSError(number, os.strerror(number)))


def test_no_network_is_one_line_and_nothing_looks_finished(checkout: Path) -> None:
    done = start(
        checkout,
        "doctor",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(checkout),
        CRACK_SCANNER_PYTHON=sys.executable,
    )
    *progress, error = done.stderr.splitlines()
    assert done.returncode == 1
    assert len(progress) == 1
    assert error.startswith(
        "crack_scanner: error: setting up the runtime packages failed: a package could not be"
    )
    assert not (checkout / ".venv/stamps/runtime").exists()


def test_a_start_meanwhile_waits_and_finds_the_work_done(checkout: Path) -> None:
    stamp = checkout / ".venv/stamps/runtime"
    stamp.parent.mkdir(parents=True)
    command = [sys.executable, str(checkout / "bin/prepare_environment.py"), "--root", str(checkout)]
    command += ["--platform", "wheels", "--group", "runtime", "--key", "abc"]
    with open(checkout / ".venv.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert second.stderr is not None
        assert "waiting" in second.stderr.readline()
        stamp.write_text("abc\n")
    assert second.stderr.read() == ""
    second.stderr.close()
    assert second.wait() == 0


def test_the_build_machines_folders_are_replaced(prepare: ModuleType, tmp_path: Path) -> None:
    numpy = tmp_path / "lib/python3.11/site-packages/numpy/_core/include"
    numpy.mkdir(parents=True)
    file = tmp_path / "share/std_msgs/cmake/export.cmake"
    file.parent.mkdir(parents=True)
    there = "/opt/python/cp311-cp311"
    file.write_text(f'"{there}/include/python3.11;{there}/lib/python3.11/site-packages/numpy/_core/include"')
    prepare.repair_cmake_files(Namespace(venv=tmp_path))
    assert file.read_text() == f'"{prepare.sysconfig.get_path("include")};{numpy}"'


@pytest.mark.parametrize("arguments", [("train", "--help"), ("embed", "-h"), ("evaluate",)])
def test_help_installs_no_tensorflow(checkout: Path, arguments: tuple[str, ...]) -> None:
    pretend_set_up(checkout, 'printf "%s\\n" "$@"')
    done = start(checkout, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
