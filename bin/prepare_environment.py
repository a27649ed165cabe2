"""Builds one group of the Python environment `.venv`, for environment.sh, when its stamp is missing or old.

Standard library only. Everything is done under a lock, and the stamp is written last: a second start waits
for the first, an interrupted one is done again. What can go wrong on a user's machine ends in one line with
the cure.
"""

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from contextlib import contextmanager
from pathlib import Path

# Download and unpacked size of each group, measured; a disk with less is refused before anything is fetched.
NEEDED_MB = {
    "runtime": 1400,
    "development": 320,
    "training": 2800,
    "viewing": 1000,
    "batch": 100,
    "peers": 300,
}
NEAR_FULL_MB = 100

BUILD_MACHINE = r"/opt/python/cp\d+-cp\d+"
BUILD_MACHINE_PYTHON = re.compile(BUILD_MACHINE + r"/include/python3\.\d+")
BUILD_MACHINE_NUMPY = re.compile(BUILD_MACHINE + r"/lib/python3\.\d+/site-packages/numpy/_?core/include")

FAILURES = (
    (
        re.compile(r"No space left on device|Errno 28|Disk quota exceeded"),
        "the disk is full; free some space and start again",
    ),
    (
        re.compile(
            r"NewConnectionError|NameResolutionError|name resolution|ConnectTimeout|ReadTimeout|ProxyError"
            r"|SSLError|Connection refused|Connection reset|Network is unreachable|No matching distribution"
        ),
        "a package could not be fetched; check the network and pip's index and proxy settings, start again",
    ),
    (
        re.compile(r"THESE PACKAGES DO NOT MATCH THE HASHES"),
        "a downloaded package is not the pinned one; check pip's index, run `pip cache purge`, start again",
    ),
)


class SetUpError(Exception):
    """One line for the user: what is wrong and what to do."""


def main() -> int:
    args = parse_arguments()
    try:
        with only_one_start(args.root) as args.lock:
            if not is_ready(args):
                prepare(args)
        return 0
    except SetUpError as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"{error.strerror}: {error.filename or args.root}; {cure_of(error)}")
    except KeyboardInterrupt:
        return 130


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--platform", choices=("wheels", "sourced"), required=True)
    parser.add_argument("--group", choices=tuple(NEEDED_MB), required=True)
    parser.add_argument("--key", required=True)
    args = parser.parse_args()
    args.venv = args.root / ".venv"
    args.stamp = args.venv / "stamps" / args.group
    args.log = args.root / ".venv.log"
    return args


def fail(line: str) -> int:
    print(f"crack_scanner: error: {line}", file=sys.stderr)
    return 1


def say(line: str) -> None:
    print(f"crack_scanner: {line}", file=sys.stderr, flush=True)


def cure_of(error: OSError) -> str:
    if error.errno in (28, 122):
        return "free some space and start again"
    return "the checkout must be in a folder that this user can write to"


@contextmanager
def only_one_start(root: Path):
    with open(root / ".venv.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another start is setting up, waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def is_ready(args: argparse.Namespace) -> bool:
    """Whether another start built this group while we waited for the lock."""
    return args.stamp.is_file() and args.stamp.read_text().strip() == args.key.strip()


def prepare(args: argparse.Namespace) -> None:
    begin = time.monotonic()
    check_machine(args)
    args.log.write_text("")
    say(f"setting up {args.group} in {args.venv} (once; log: {args.log}) ...")
    if args.group == "runtime":
        prepare_runtime(args)
    else:
        install(args, args.group)
    args.stamp.parent.mkdir(exist_ok=True)
    unfinished = args.stamp.with_suffix(".unfinished")
    unfinished.write_text(args.key.strip() + "\n")
    unfinished.replace(args.stamp)
    say(f"{args.group} is set up ({time.monotonic() - begin:.0f} s)")


def check_machine(args: argparse.Namespace) -> None:
    free = shutil.disk_usage(args.root).free // 1_000_000
    if free < NEEDED_MB[args.group]:
        raise SetUpError(
            f"{free} MB are free in {args.root}, setting up {args.group} needs {NEEDED_MB[args.group]} MB;"
            " free some space and start again"
        )
    if args.group != "runtime":
        return
    if args.platform == "wheels" and (sys.platform, os.uname().machine) != ("linux", "x86_64"):
        raise SetUpError(
            f"ROS 2 wheels exist for x86-64 Linux, this is {sys.platform} {os.uname().machine};"
            " install ROS 2 Jazzy and source /opt/ros/jazzy/setup.bash"
        )
    check_programs()


def check_programs() -> None:
    compiler = os.environ.get("CXX", "g++").split()[0]
    missing = {
        "python3-venv": not has_module("ensurepip"),
        "python3-dev": not Path(sysconfig.get_path("include"), "Python.h").is_file(),
        "g++": not shutil.which(compiler),
        "make": not shutil.which("make"),
    }
    packages = [package for package, absent in missing.items() if absent]
    if packages:
        raise SetUpError(
            f"{', '.join(packages)} not found, needed once to build the ROS messages:"
            f" sudo apt install {' '.join(packages)}"
        )


def has_module(name: str) -> bool:
    # A child process, as Debian's Python has the module's name but refuses to run it.
    return subprocess.run([sys.executable, "-m", name, "--version"], capture_output=True).returncode == 0


def prepare_runtime(args: argparse.Namespace) -> None:
    """From nothing, so that no trace of an interrupted or older set-up is left."""
    if args.venv.exists():
        args.stamp.unlink(missing_ok=True)
        shutil.rmtree(args.venv)
    options = ["--system-site-packages"] if args.platform == "sourced" else []
    run(args, [sys.executable, "-m", "venv", *options, str(args.venv)], "the Python environment")
    install(args, "runtime")
    if args.platform == "wheels":
        install(args, "ros")
        repair_cmake_files(args)
    if args.platform == "wheels" or not ros_knows_interfaces():
        build_interfaces(args)


def install(args: argparse.Namespace, lock: str) -> None:
    # The lock names every package with its hash, so nothing is left to resolve.
    command = [str(args.venv / "bin" / "python"), "-m", "pip", "install", "--no-input"]
    # empy, which the message generators need, is published as source only.
    command += ["--no-deps", "--only-binary", ":all:", "--no-binary", "empy", "--require-hashes"]
    interrupted = args.venv / f"installing-{lock}"
    if interrupted.exists():
        command.append("--force-reinstall")
    interrupted.touch()
    run(args, [*command, "-r", str(args.root / "requirements" / f"{lock}.lock")], f"the {lock} packages")
    interrupted.unlink()


def repair_cmake_files(args: argparse.Namespace) -> None:
    """Point the wheels' CMake files at this environment; they name folders of the machine that built them."""
    python = sysconfig.get_path("include")
    numpy = next(args.venv.glob("lib/python3.*/site-packages/numpy/_core/include"))
    for file in (args.venv / "share").rglob("*.cmake"):
        text = file.read_text(encoding="utf-8")
        repaired = BUILD_MACHINE_NUMPY.sub(str(numpy), BUILD_MACHINE_PYTHON.sub(python, text))
        if repaired != text:
            file.write_text(repaired, encoding="utf-8")


def ros_knows_interfaces() -> bool:
    """Whether the sourced workspace already holds them, from the user's own colcon build."""
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(":")
    file = Path("share", "crack_scanner_interfaces", "package.xml")
    return any((prefix / file).is_file() for prefix in map(Path, prefixes))


def build_interfaces(args: argparse.Namespace) -> None:
    environment = build_environment(args)
    colcon = shutil.which("colcon", path=environment["PATH"])
    if colcon is None:
        raise SetUpError("colcon not found, needed to build the ROS messages: sudo apt install ros-dev-tools")
    build = args.venv / "interfaces-build"
    command = [colcon, "--log-base", str(build / "log"), "build", "--merge-install"]
    command += ["--base-paths", str(args.root / "ros2_ws" / "src" / "crack_scanner_interfaces")]
    command += ["--build-base", str(build), "--install-base", str(args.venv / "interfaces")]
    command += ["--event-handlers", "console_direct+"]
    command += ["--cmake-args", "-DBUILD_TESTING=OFF", f"-DPython3_EXECUTABLE={args.venv / 'bin' / 'python'}"]
    run(args, command, "the ROS messages", environment)
    shutil.rmtree(build)


def build_environment(args: argparse.Namespace) -> dict:
    environment = clean_environment()
    environment["PATH"] = f"{args.venv / 'bin'}:{environment['PATH']}"
    if args.platform == "wheels":
        environment["AMENT_PREFIX_PATH"] = environment["CMAKE_PREFIX_PATH"] = str(args.venv)
    else:
        for name in ("PYTHONPATH", "AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH"):
            environment[name] = os.environ.get(name, "")
    return environment


def clean_environment() -> dict:
    """Ours without what would make pip, Python or make look or install elsewhere."""
    unwanted = {
        "PYTHONPATH",
        "PYTHONHOME",
        "PIP_TARGET",
        "PIP_PREFIX",
        "AMENT_PREFIX_PATH",
        "MAKEFLAGS",
        "MFLAGS",
    }
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    environment |= {"PIP_USER": "0", "_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1", "PYTHONNOUSERSITE": "1"}
    return environment


def run(args: argparse.Namespace, command: list, what: str, environment=None) -> None:
    with open(args.log, "a") as log:
        print("+", *command, file=log, flush=True)
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment or clean_environment(),
            # The child keeps the lock: should we be killed, the next start waits until it is gone too.
            pass_fds=(args.lock,),
        )
    if done.returncode != 0:
        raise SetUpError(f"setting up {what} failed: {reason(args)} (log: {args.log})")


def reason(args: argparse.Namespace) -> str:
    if shutil.disk_usage(args.root).free < NEAR_FULL_MB * 1_000_000:
        return FAILURES[0][1]
    text = args.log.read_text(errors="replace")
    for pattern, cure in FAILURES:
        if pattern.search(text):
            return cure
    return "see the end of the log; `make clean` and a new start repair a damaged environment"


if __name__ == "__main__":
    sys.exit(main())
