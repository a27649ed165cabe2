"""What the doctor looks at: one function a subject, each returns a `Finding`."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_MODEL, DEFAULT_SEGMENTER
from crack_scanner.ros.picture_ring import FOLDER, SLOTS

# Fast DDS's shared-memory segment (config/fastdds.xml), one for each process that talks; a graph has five.
SEGMENT_BYTES = 64 << 20
PROCESSES = 5
# 1080p pictures of our own sources.
RING_BYTES = SLOTS * 1920 * 1080 * 3
# A long scan's database and pictures; less is not an error, but soon will be.
COMFORTABLE_BYTES = 2_000_000_000
NEEDED_BYTES = 200_000_000
# What to do about a network that is not as it came.
_RESTORE = "restore it: git checkout ros2_ws/src/crack_scanner/models"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report; `cure` is empty when nothing needs to be done."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    cure: str = ""


def check_python() -> Finding:
    """Python 3.10 to 3.13: the versions that have wheels of everything."""
    if (3, 10) <= sys.version_info[:2] <= (3, 13):
        return Finding("python", "ok", f"{platform.python_version()} ({sys.executable})")
    return Finding("python", "fail", platform.python_version(), "use Python 3.10 to 3.13")


def check_ros() -> Finding:
    """rclpy and its middleware, from the sourced ROS or from wheels."""
    source = (
        f"ROS 2 {os.environ['ROS_DISTRO']}, sourced" if "ROS_DISTRO" in os.environ else "ROS 2 Jazzy wheels"
    )
    # A process of its own: a broken middleware library may end it rather than raise.
    code = "import rclpy; rclpy.init(); print(rclpy.get_rmw_implementation_identifier()); rclpy.shutdown()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return Finding("ros", "ok", f"{source}, {done.stdout.strip()}")
    return Finding("ros", "fail", f"{source}: {_last_line(done.stderr)}", "make clean, then start again")


def check_interfaces() -> Finding:
    """The project's own messages, built on this machine."""
    try:
        module = importlib.import_module("crack_scanner_interfaces.msg")
    except ImportError as error:
        return Finding(
            "interfaces", "fail", str(error), "make clean, then start again through bin/crack_scanner"
        )
    return Finding("interfaces", "ok", str(Path(str(module.__file__)).parent.parent))


def check_litert() -> Finding:
    """The network's run time."""
    return _importable("litert", "ai_edge_litert.interpreter", "ai-edge-litert")


def check_opencv() -> Finding:
    """OpenCV, for cameras, video files and geometry."""
    return _importable("opencv", "cv2", "opencv-python-headless")


def check_model(model: Path = DEFAULT_MODEL) -> Finding:
    """The classifier: file, card, checksum, which precision is faster here, and that it runs."""
    from crack_scanner.precision import choose
    from crack_scanner.vision.classifier import TileClassifier

    try:
        choice = choose(model)
        with TileClassifier.load(choice.model, threads=1) as classifier:
            card = classifier.card
    except CrackScannerError as error:
        return Finding("model", "fail", str(error), _RESTORE)
    words = f"{card.name} {card.model_id}, {card.tile_size} px tiles, {card.parameters} parameters"
    return Finding("model", "ok", f"{words}; {choice.reason}")


def check_segmenter(model: Path = DEFAULT_SEGMENTER) -> Finding:
    """The segmenter: file, card, checksum, and that it runs."""
    from crack_scanner.vision.segmenter import CrackSegmenter

    try:
        with CrackSegmenter.load(model, threads=1) as segmenter:
            card = segmenter.card
    except CrackScannerError as error:
        return Finding("segmenter", "fail", str(error), _RESTORE)
    words = f"{card.name} {card.model_id}, {card.tile_size} px tiles, {card.parameters} parameters"
    return Finding("segmenter", "ok", words)


def check_cameras(devices: Path = Path("/dev")) -> Finding:
    """V4L2 devices that this user may open."""
    found = sorted(devices.glob("video[0-9]*"))
    if not found:
        return Finding("cameras", "ok", f"none in {devices}; videos, pictures and the simulator need none")
    closed = [device.name for device in found if not os.access(device, os.R_OK | os.W_OK)]
    if closed:
        cure = "sudo usermod -aG video $USER, then log in again"
        return Finding("cameras", "warn", f"no permission to open {', '.join(closed)}", cure)
    return Finding("cameras", "ok", ", ".join(device.name for device in found))


def check_dds() -> Finding:
    """The Fast DDS profile with a shared-memory segment that holds camera frames."""
    name = os.environ.get(
        "FASTRTPS_DEFAULT_PROFILES_FILE", os.environ.get("FASTDDS_DEFAULT_PROFILES_FILE", "")
    )
    cure = "start through bin/crack_scanner, or set FASTRTPS_DEFAULT_PROFILES_FILE to config/fastdds.xml"
    if not name:
        return Finding("dds profile", "warn", "no profile: large frames are lost between processes", cure)
    if not Path(name).is_file():
        return Finding("dds profile", "warn", f"{name} is not there", cure)
    reach = os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET")
    return Finding(
        "dds profile", "ok", f"{name}, domain {os.environ.get('ROS_DOMAIN_ID', '0')}, discovery {reach}"
    )


def check_shared_memory(folder: Path = FOLDER) -> Finding:
    """Room for a segment of each process and for the pictures of a source."""
    if not folder.is_dir():
        return Finding("shared memory", "warn", f"no {folder}", "mount a tmpfs there")
    free = shutil.disk_usage(folder).free
    detail = f"{_size(free)} free in {folder}"
    needed = SEGMENT_BYTES * PROCESSES + RING_BYTES
    if free < needed:
        cure = f"{_size(needed)} are needed for the nodes in processes of their own (docker: --shm-size=1g)"
        return Finding("shared memory", "warn", detail, cure)
    return Finding("shared memory", "ok", detail)


def check_disk(folder: Path) -> Finding:
    """Room for sessions, and the right to write them, where the command was started."""
    if not os.access(folder, os.W_OK):
        return Finding(
            "disk", "warn", f"no permission to write into {folder}", "scan with --out in another folder"
        )
    free = shutil.disk_usage(folder).free
    detail = f"{_size(free)} free in {folder}"
    if free < NEEDED_BYTES:
        return Finding("disk", "fail", detail, f"free at least {_size(NEEDED_BYTES)}")
    if free < COMFORTABLE_BYTES:
        return Finding("disk", "warn", detail, f"long scans want {_size(COMFORTABLE_BYTES)}")
    return Finding("disk", "ok", detail)


def check_tensorflow() -> Finding:
    """Only training needs it."""
    try:
        return Finding("tensorflow", "ok", metadata.version("tensorflow"))
    except metadata.PackageNotFoundError:
        return Finding("tensorflow", "ok", "not installed; the first `crack_scanner train` installs it")


def check_rerun() -> Finding:
    """Only `scan --view` needs it."""
    try:
        return Finding("rerun", "ok", metadata.version("rerun-sdk"))
    except metadata.PackageNotFoundError:
        return Finding("rerun", "ok", "not installed; the first `crack_scanner scan --view` installs it")


def check_dask() -> Finding:
    """Only `batch` needs it."""
    try:
        return Finding("dask", "ok", metadata.version("distributed"))
    except metadata.PackageNotFoundError:
        return Finding("dask", "ok", "not installed; the first `crack_scanner batch` installs it")


def check_pango() -> Finding:
    """Only `export --format pdf` needs the system's Pango."""
    from crack_scanner.report.pdf import PANGO_CURE, load_weasyprint

    try:
        load_weasyprint()
    except CrackScannerError as error:
        return Finding("pdf", "warn", str(error).partition(": ")[0], PANGO_CURE)
    return Finding("pdf", "ok", f"WeasyPrint {metadata.version('weasyprint')} with the system's Pango")


def check_launch() -> Finding:
    """Only launch files need it; PyPI does not have it."""
    if importlib.util.find_spec("launch_ros") is not None:
        return Finding("launch", "ok", "ros2 launch crack_scanner scan.launch.py")
    return Finding(
        "launch", "ok", "not here; launch files need a ROS installation, the command line does not"
    )


def _importable(name: str, module: str, package: str) -> Finding:
    try:
        importlib.import_module(module)
        return Finding(name, "ok", metadata.version(package))
    except (ImportError, OSError) as error:
        return Finding(name, "fail", " ".join(str(error).split()), "make clean, then start again")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "ended without a word"


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
