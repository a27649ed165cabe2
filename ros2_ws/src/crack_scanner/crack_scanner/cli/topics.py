"""`crack_scanner scan --source topic`: a scan of what other ROS nodes publish."""

from __future__ import annotations

import argparse
import json
from typing import Any

from crack_scanner.errors import CrackScannerError

TOPIC = "topic"


def scan_topics(args: argparse.Namespace) -> dict[str, Any]:
    """Run the scanner node on `image`, `camera_info` and `odom` until its source ends or Ctrl-C."""
    try:
        from crack_scanner.nodes.scanner_node import ScannerNode
        from crack_scanner.ros.runner import run
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("crack_scanner."):
            raise
        raise CrackScannerError(
            f"--source topic needs ROS ({error.name} is missing): start with bin/crack_scanner"
        ) from error
    args.output.log("listening to image, camera_info and odom; Ctrl-C ends the scan")
    # The node says on standard error what went wrong.
    code = run(ScannerNode, _ros_arguments(args))
    summary = args.out / "summary.json"
    if code:
        raise CrackScannerError("the scanner node could not go on: see its message above")
    if not summary.exists():
        raise CrackScannerError("no frame with a pose arrived: check the topics image, camera_info and odom")
    result: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
    return result


def _ros_arguments(args: argparse.Namespace) -> list[str]:
    parameters = {
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
    given = [f"{name}:={json.dumps(value)}" for name, value in parameters.items() if value is not None]
    return ["--ros-args", "--params-file", str(args.config), *(word for one in given for word in ("-p", one))]
