"""What of the command line needs ROS: `scan --source topic` and `replay --rate R`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crack_scanner.cli.sources import SIMULATOR_OPTIONS, refuse_options
from crack_scanner.errors import CrackScannerError

if TYPE_CHECKING:
    from crack_scanner.ros.live_publisher import LivePublisher

TOPIC = "topic"
_NOT_WITH_TOPICS = SIMULATOR_OPTIONS | {
    "robot": "does not go with --source topic: there the robot's name is the namespace of its nodes, as in "
    "ros2 run crack_scanner scanner_node --ros-args -r __ns:=/NAME",
    "duration": "does not go with --source topic: such a scan ends with its source or with Ctrl-C",
    "mm_per_px": "does not go with --source topic: odom says where the camera is",
    "calibration": "does not go with --source topic: the camera's calibration is in camera_info",
}


def scan_topics(args: argparse.Namespace) -> dict[str, Any]:
    """Run the scanner node on `image`, `camera_info` and `odom` until its source ends or Ctrl-C."""
    refuse_options(args, _NOT_WITH_TOPICS)
    with _needs_ros("--source topic"):
        from crack_scanner.nodes.scanner_node import ScannerNode
        from crack_scanner.ros.runner import run
    args.output.log("listening to image, camera_info and odom; Ctrl-C ends the scan")
    # The node says on standard error what went wrong.
    code = run(ScannerNode, _arguments(args, _scan_parameters(args)))
    summary = args.out / "summary.json"
    if code:
        raise CrackScannerError("the scanner node could not go on: see its message above")
    if not summary.exists():
        raise CrackScannerError("no frame with a pose arrived: check the topics image, camera_info and odom")
    result: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
    return result


def publish_bag(args: argparse.Namespace) -> dict[str, Any]:
    """Publish a bag at its pace until it ends or Ctrl-C."""
    with _needs_ros("--rate"):
        from crack_scanner.nodes.replay_node import ReplayNode
        from crack_scanner.ros.runner import run
    # The node says on standard error what went wrong.
    if run(ReplayNode, _arguments(args, _replay_parameters(args))):
        raise CrackScannerError("the bag could not be published: see the message above")
    return {"bag": {"path": str(args.bag)}}


@contextmanager
def live_topics(args: argparse.Namespace) -> Iterator[LivePublisher]:
    """A publisher beside a replay in this process."""
    with _needs_ros("--rate"):
        from crack_scanner.ros.event_publisher import PublishingOptions
        from crack_scanner.ros.live_publisher import LivePublisher
    options = PublishingOptions(
        time_factor=args.rate,
        wait_for_subscribers=False,
        publish_clock=True,
        odom_frame=args.odom_frame,
        base_frame=args.base_frame,
    )
    args.output.log("publishing image, camera_info, odom and /clock")
    with LivePublisher(options) as publisher:
        yield publisher


@contextmanager
def _needs_ros(option: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("crack_scanner."):
            raise
        raise CrackScannerError(
            f"{option} needs ROS ({error.name} is missing): start with bin/crack_scanner"
        ) from error


def _replay_parameters(args: argparse.Namespace) -> dict[str, Any]:
    return {
        "bag": str(args.bag.resolve()),
        "image_topic": args.image,
        "camera_info_topic": args.camera_info,
        "odometry_topic": args.odometry,
        "calibration": "" if args.calibration is None else str(args.calibration.resolve()),
        "odom_frame": args.odom_frame,
        "base_frame": args.base_frame,
        "time_factor": args.rate,
        "wait_for_subscribers": False,
        "publish_clock": True,
    }


def _scan_parameters(args: argparse.Namespace) -> dict[str, Any]:
    return {
        "source": "topics",
        "output": str(args.out.resolve()),
        "overwrite": args.overwrite,
        "resume": args.resume,
        "database": args.database or None,
        "session_name": args.name or args.out.resolve().name,
        "structure": args.structure,
        "model": str(args.model.resolve()),
        "segmenter": "" if args.tiles_only else str(args.segmenter.resolve()),
        "overlap": args.overlap,
        "threads": args.threads,
        "precision": args.precision,
    }


def _arguments(args: argparse.Namespace, parameters: dict[str, Any]) -> list[str]:
    given = [f"{name}:={json.dumps(value)}" for name, value in parameters.items() if value is not None]
    return ["--ros-args", "--params-file", str(args.config), *(word for one in given for word in ("-p", one))]
