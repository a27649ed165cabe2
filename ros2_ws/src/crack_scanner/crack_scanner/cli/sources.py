"""The `--source` of the command line, opened."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_scanner.errors import CrackScannerError

if TYPE_CHECKING:
    from crack_scanner.settings import ScanSettings
    from crack_scanner.sources.source import Source

SIMULATOR = "simulator"
_SIMULATOR_ONLY = ("wall", "wall_width", "wall_height", "truth", "texture", "odom_drift", "odom_noise")
SIMULATOR_OPTIONS = dict.fromkeys(_SIMULATOR_ONLY, "goes with --source simulator only")
"""What only the simulator takes, and the words that say so."""
# What the simulator calls the options that it has limits for.
_LIMITED = {
    "seed": "seed",
    "wall_width": "wall_width",
    "wall_height": "wall_height",
    "odom_drift": "drift",
    "odom_noise": "position_noise",
}
# The surface of pictures is what they cover together, so it depends on how many are used.
_OF_CAMERA = ("mm_per_px", "calibration", "rate", "duration")
# Those that only a camera has and that have no default, so that it is known when they are given.
_NOT_SIMULATOR = ("mm_per_px", "calibration")


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that say where pictures come from."""
    parser.add_argument(
        "--source",
        default=SIMULATOR,
        metavar="WHERE",
        help="simulator (default), device:N, a video or picture file, a folder of pictures, a URL, or topic",
    )
    parser.add_argument(
        "--duration", type=float, metavar="S", help="stop after S seconds of the source's time"
    )
    camera = parser.add_argument_group("camera without odometry (files, devices, URLs)")
    camera.add_argument("--mm-per-px", type=float, metavar="G", help="size of a pixel on the surface, mm")
    camera.add_argument(
        "--calibration", type=Path, metavar="YAML", help="camera calibration (camera_calibration's YAML)"
    )
    camera.add_argument(
        "--rate", type=float, default=15.0, metavar="HZ", help="pictures a second of a folder (15)"
    )
    simulator = parser.add_argument_group("simulated robot")
    simulator.add_argument("--seed", type=int, default=1, metavar="N", help="wall, cracks and errors (1)")
    simulator.add_argument("--wall", type=Path, metavar="PICTURE", help="a picture as the wall")
    simulator.add_argument("--wall-width", type=float, metavar="M", help="width of the wall, m (3.2)")
    simulator.add_argument(
        "--wall-height", type=float, metavar="M", help="height of a generated wall, m (1.6)"
    )
    simulator.add_argument("--truth", type=Path, metavar="GEOJSON", help="cracks that are really in --wall")
    simulator.add_argument(
        "--texture", type=Path, metavar="FOLDER", help="pave the wall with these crack-free pictures"
    )
    simulator.add_argument(
        "--odom-drift", type=float, metavar="F", help="odometry drift as a share of the way, e.g. 0.01 (0)"
    )
    simulator.add_argument(
        "--odom-noise",
        type=float,
        metavar="M",
        help="odometry jitter, one sigma, m; a tenth of it in rad/m (0)",
    )


def source_settings(args: argparse.Namespace) -> dict[str, Any]:
    """The options of the source that change what a scan finds, by name, as a session keeps them."""
    from crack_scanner.storage.session import OF_SOURCE

    names = _SIMULATOR_ONLY if args.source == SIMULATOR else _OF_CAMERA
    given = {name: getattr(args, name) for name in names}
    return {
        f"{OF_SOURCE}{name}": str(value.resolve()) if isinstance(value, Path) else value
        for name, value in given.items()
    }


def open_source(args: argparse.Namespace, settings: ScanSettings) -> tuple[Source, ScanSettings]:
    """The source the arguments name, and the settings that suit it; wrong combinations are refused."""
    if args.source == SIMULATOR:
        refuse_options(args, dict.fromkeys(_NOT_SIMULATOR, "goes with a camera without odometry only"))
        return _simulator(args, settings), settings
    refuse_options(args, SIMULATOR_OPTIONS)
    _refuse_results(args.source, args.out)
    return _camera(args, settings)


def refuse_options(args: argparse.Namespace, unwanted: Mapping[str, str]) -> None:
    """Refuse options that the source would pass over. unwanted: the words that say why, by option."""
    given = next((name for name in unwanted if getattr(args, name) not in (None, "")), None)
    if given is not None:
        raise CrackScannerError(f"{_typed(given)} {unwanted[given]}")


def _typed(name: str) -> str:
    """An option as it is typed."""
    return f"--{name.replace('_', '-')}"


def _refuse_results(source: str, out: Path) -> None:
    """Refuse pictures that lie where the session's own go: those are taken away, or scanned the next time."""
    from crack_scanner.storage.session_folder import PICTURES

    results, place = (out / PICTURES).resolve(), Path(source).resolve()
    if results in (place, *place.parents):
        raise CrackScannerError(
            f"source {source} lies in {out / PICTURES}, where the session puts its own: give another --out"
        )
    if place == out.resolve():
        raise CrackScannerError(
            f"source {source} is the folder of the session, which draws its maps there: give another --out"
        )


def _simulator(args: argparse.Namespace, settings: ScanSettings) -> Source:
    from crack_scanner.sources.simulator.config import SimulatorConfig, check_limits
    from crack_scanner.sources.simulator.robot import SimulatedRobot

    if args.wall is not None and args.wall_width is None:
        raise CrackScannerError("--wall needs --wall-width: how many metres the picture is wide")
    if args.wall is not None and args.wall_height is not None:
        raise CrackScannerError("--wall-height does not go with --wall: its picture says how high it is")
    for option, name in _LIMITED.items():
        if getattr(args, option) is not None:
            check_limits(name, getattr(args, option), _typed(option))
    noise = args.odom_noise or 0.0
    chosen = {
        "seed": args.seed,
        "wall_width": args.wall_width,
        "wall_height": args.wall_height,
        "wall_picture": args.wall,
        "truth_file": args.truth,
        "texture": args.texture,
        "drift": args.odom_drift,
        "position_noise": noise,
        "rotation_noise": noise * ROTATION_NOISE_PER_METRE,
        "duration": args.duration,
    }
    config = SimulatorConfig(**{name: value for name, value in chosen.items() if value is not None})
    return SimulatedRobot(config, settings.mount)


# Jitter of the attitude that goes with a metre of position jitter, rad: one switch turns on both.
ROTATION_NOISE_PER_METRE = 0.1


def _camera(args: argparse.Namespace, settings: ScanSettings) -> tuple[Source, ScanSettings]:
    from crack_scanner.sources.capture import open_capture
    from crack_scanner.sources.unguided import UnguidedSource
    from crack_scanner.surface.calibration import load_calibration
    from crack_scanner.vision.tile_grid import tile_grid

    camera = load_calibration(args.calibration) if args.calibration is not None else None
    settings = settings.changed(scale_known=args.mm_per_px is not None)
    scale = 1e-3 * (1.0 if args.mm_per_px is None else args.mm_per_px)
    limit = math.inf if args.duration is None else args.duration
    capture = open_capture(args.source, args.rate)
    if not settings.scale_known:
        args.output.log("no odometry and no --mm-per-px: lengths are given as if a pixel were 1 mm")
    if capture.stills:
        # A spot of the surface is in one still picture as a rule: there are no further looks to wait for, and
        # no neighbour in time whose pixels stand for its own.
        settings = settings.changed(min_looks=1, measure_every=0.0)
    source = UnguidedSource(capture, settings, scale, camera, limit)
    # A session that is begun is in the way of the next try: what is wrong with pictures is said before.
    for width, height in source.sizes:
        tile_grid(width, height, settings.tile_size)
    return source, settings
