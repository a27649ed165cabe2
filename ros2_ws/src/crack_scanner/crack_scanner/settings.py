"""The settings of a scan: one table for the command line, the ROS parameters and the YAML file."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from crack_scanner.errors import CrackScannerError
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.dense_plan import DENSE
from crack_scanner.vision.model_card import AUTO, FLOAT32, PRECISIONS
from crack_scanner.vision.quality import QualityLimits


def _setting(
    default: Any,
    description: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A field with its meaning and its allowed range (both ends included) or the words it may be."""
    metadata = {"description": description, "low": low, "high": high, "choices": choices}
    if isinstance(default, tuple):
        return field(default_factory=lambda: default, metadata=metadata)
    return field(default=default, metadata=metadata)


CONFIG = "scanner.yaml"
"""Settings of one robot, or of one bag, in its folder."""

SIDES = 0.01, 10000.0
"""Least and greatest width and height of a surface, metres."""

# What says how a machine works and not what is found.
_OF_MACHINE = ("threads",)

# Seconds of the data's own time that a picture waits for its odometry where nothing may be lost, and how many
# pictures may do so.
_PATIENT_POSE_WAIT = 60.0
_PATIENT_QUEUE_FRAMES = 2000


@dataclass(frozen=True)
class ScanSettings:
    """Everything that changes what a scan finds. Metres, seconds, radians, pixels."""

    tile_size: int = _setting(227, "side of a tile, px; must be the model's input size", 32, 1024)
    overlap: float = _setting(0.5, "fraction of a tile shared with its neighbour", 0.0, 0.9)
    threads: int = _setting(0, "interpreters side by side; 0: one for each core", 0, 256)
    precision: str = _setting(
        AUTO, "what the classifier computes with; auto: what is faster here", choices=PRECISIONS
    )
    dense: str = _setting(
        AUTO,
        "overlapping tiles from one pass over large pieces of a picture; auto: where that is cheaper",
        choices=DENSE,
    )
    measure_every: float = _setting(
        0.25, "least time between two looks at the pixels of crack tiles, s; 0: every frame", 0.0, 3600.0
    )
    min_sharpness: float = _setting(0.09, "least ratio of fine to middle detail of a useful tile", 0.0, 1.0)
    dark: int = _setting(8, "grey value at and below which a pixel is lost in the dark", 0, 254)
    bright: int = _setting(250, "grey value at and above which a pixel is blown out", 1, 255)
    max_clipped: float = _setting(0.85, "largest share of dark and bright pixels in a useful tile", 0.0, 1.0)
    min_quality: float = _setting(
        0.4, "tile quality from which a spot counts as scanned and a look can speak against a crack", 0.0, 1.0
    )
    max_gsd: float = _setting(
        0.002, "coarsest ground sampling distance that counts as scanned, m/px", 1e-6, 1.0
    )
    cell_size: float = _setting(0.01, "side of a map cell, m", 0.001, 1.0)
    min_baseline: float = _setting(0.03, "camera motion after which a look is a new one, m", 0.0, 10.0)
    min_looks: int = _setting(3, "independent looks that confirm a cell", 1, 1000)
    confirm_probability: float = _setting(0.8, "fused probability from which a cell is crack", 0.5, 0.999)
    min_crack_length: float = _setting(0.05, "shortest crack that is reported, m", 0.0, 10.0)
    pose_wait: float = _setting(0.5, "longest wait of a frame for the odometry after it, s", 0.0, 60.0)
    pose_history: float = _setting(30.0, "odometry kept, s", 1.0, 3600.0)
    max_pose_gap: float = _setting(0.5, "longest odometry gap that is interpolated across, s", 0.001, 60.0)
    queue_frames: int = _setting(64, "most frames that wait for their pose", 1, 10000)
    surface_origin: tuple[float, ...] = _setting(
        (0.0, 0.6, 0.0), "first corner of the surface, m, odom frame"
    )
    surface_u: tuple[float, ...] = _setting((1.0, 0.0, 0.0), "direction of u (right), odom frame")
    surface_v: tuple[float, ...] = _setting((0.0, 0.0, 1.0), "direction of v (up), odom frame")
    surface_width: float = _setting(3.2, "planned width along u, m", *SIDES)
    surface_height: float = _setting(1.6, "planned height along v, m", *SIDES)
    mount_xyz: tuple[float, ...] = _setting((0.0, 0.0, 0.0), "camera in base_link, m")
    mount_rpy: tuple[float, ...] = _setting(
        (-math.pi / 2, 0.0, 0.0),
        "camera optical frame in base_link: roll, pitch, yaw, rad; the default looks to the left",
    )
    scale_known: bool = _setting(
        True, "false: nobody knows how large a pixel is, so lengths are no metres and no crack is rated"
    )

    def __post_init__(self) -> None:
        for item in fields(self):
            _check(item.name, getattr(self, item.name), item.metadata, type(item.default))
        if self.dark >= self.bright:
            raise CrackScannerError(f"dark {self.dark} must be below bright {self.bright}")

    @property
    def quality_limits(self) -> QualityLimits:
        """When a tile is useless."""
        return QualityLimits(self.min_sharpness, self.dark, self.bright, self.max_clipped)

    @property
    def surface(self) -> SurfacePlane:
        """The planned surface in the odom frame."""
        origin, u, v = (
            np.array(axis, float) for axis in (self.surface_origin, self.surface_u, self.surface_v)
        )
        return SurfacePlane(origin, u, v, self.surface_width, self.surface_height)

    @property
    def mount(self) -> Pose:
        """Camera optical frame in base_link."""
        return Pose.from_xyz_rpy(self.mount_xyz, self.mount_rpy)

    def changed(self, **values: Any) -> ScanSettings:
        """A copy with some settings changed; an unknown name is an error that names the known ones."""
        known = {item.name for item in fields(self)}
        for name in values:
            if name not in known:
                raise CrackScannerError(
                    f"setting '{name}' is not known; known are {', '.join(sorted(known))}"
                )
        return replace(self, **{name: _like(getattr(self, name), value) for name, value in values.items()})

    def placed(self, surface: SurfacePlane, mount: Pose) -> ScanSettings:
        """For another surface, and a camera mounted in another way in base_link."""
        return replace(
            self,
            surface_origin=tuple(surface.origin.tolist()),
            surface_u=tuple(surface.u_axis.tolist()),
            surface_v=tuple(surface.v_axis.tolist()),
            surface_width=float(surface.width),
            surface_height=float(surface.height),
            mount_xyz=tuple(mount.position.tolist()),
            mount_rpy=tuple(mount.rpy.tolist()),
        )

    def repeatable(self) -> ScanSettings:
        """For what is to be found again on any machine: precision auto is not what is faster on this one."""
        return replace(self, precision=FLOAT32 if self.precision == AUTO else self.precision)

    def patient(self) -> ScanSettings:
        """For a source that waits until each picture is dealt with: its odometry comes sooner or later."""
        return replace(
            self,
            pose_wait=max(self.pose_wait, _PATIENT_POSE_WAIT),
            queue_frames=max(self.queue_frames, _PATIENT_QUEUE_FRAMES),
        )


def load_settings(path: Path) -> ScanSettings:
    """Settings of a ROS parameter file: the values under `/**: ros__parameters:`.

    Parameters that belong to a node alone (a table of their own) are left to that node.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CrackScannerError(f"settings file {path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = " ".join(str(error).split())
        raise CrackScannerError(f"settings file {path} is not YAML in UTF-8: {line}") from error
    try:
        values = dict(content["/**"]["ros__parameters"])
    except (TypeError, KeyError, ValueError):
        raise CrackScannerError(f"settings file {path} has no '/**: ros__parameters:' table") from None
    return ScanSettings().changed(**values)


def settings_file(settings: ScanSettings) -> str:
    """The content of a file from which `load_settings` makes these again, without what is a machine's own."""
    values = {
        item.name: list(value) if isinstance(value := getattr(settings, item.name), tuple) else value
        for item in fields(settings)
        if item.name not in _OF_MACHINE
    }
    return yaml.safe_dump({"/**": {"ros__parameters": values}}, sort_keys=False)


def _like(default: Any, value: Any) -> Any:
    """YAML's lists as tuples and its whole numbers as floats where a float is meant."""
    if isinstance(default, tuple) and isinstance(value, (list, tuple)):
        return tuple(value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _check(name: str, value: Any, metadata: Any, kind: type) -> None:
    """kind: of the default, which tells yes or no, and a whole number, from any other value."""
    low, high, meaning = metadata["low"], metadata["high"], metadata["description"]
    if kind is bool:
        if not isinstance(value, bool):
            raise CrackScannerError(f"{name} is {value!r}; expected true or false: {meaning}")
    elif metadata["choices"]:
        if value not in metadata["choices"]:
            words = ", ".join(metadata["choices"])
            raise CrackScannerError(f"{name} is {value!r}; expected one of {words}: {meaning}")
    elif low is None:
        numbers = isinstance(value, tuple) and len(value) == 3 and all(map(_is_number, value))
        if not numbers:
            raise CrackScannerError(f"{name} is {value!r}; expected three numbers: {meaning}")
    elif not _is_number(value) or not low <= value <= high:
        raise CrackScannerError(f"{name} is {value!r}; expected {low:g} to {high:g}: {meaning}")
    elif kind is int and not isinstance(value, int):
        raise CrackScannerError(f"{name} is {value!r}; expected a whole number: {meaning}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
