"""What verbs that scan bags have in common: which of a bag's topics, read how."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from crack_scanner.cli.scanning import add_scanning_arguments

if TYPE_CHECKING:
    from crack_scanner.replay import ReplayOptions


def add_bag_arguments(parser: argparse.ArgumentParser) -> None:
    """Topics, frames, camera; networks and settings."""
    parser.add_argument("--image", default="", metavar="TOPIC", help="pictures (found by type)")
    parser.add_argument("--camera-info", default="", metavar="TOPIC", help="camera (found by type)")
    parser.add_argument("--odometry", default="", metavar="TOPIC", help="Odometry, poses or tf (by type)")
    parser.add_argument("--odom-frame", default="odom", metavar="FRAME", help="odometry's frame in tf (odom)")
    parser.add_argument("--base-frame", default="base_link", metavar="FRAME", help="robot in tf (base_link)")
    parser.add_argument("--calibration", type=Path, metavar="YAML", help="instead of the bag's camera_info")
    add_scanning_arguments(parser, auto="float32")


def replay_options(args: argparse.Namespace) -> ReplayOptions:
    """What the arguments say of a replay, of whatever bag."""
    from crack_scanner.bags.topics import WantedTopics
    from crack_scanner.replay import ReplayOptions
    from crack_scanner.surface.calibration import load_calibration

    return ReplayOptions(
        topics=WantedTopics(args.image, args.camera_info, args.odometry),
        calibration=None if args.calibration is None else load_calibration(args.calibration),
        frames=(args.odom_frame, args.base_frame),
        model=args.model,
        segmenter=None if args.tiles_only else args.segmenter,
    )
