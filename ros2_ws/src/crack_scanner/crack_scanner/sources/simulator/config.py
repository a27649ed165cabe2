"""What a simulated scan is made of, with units and the values that make sense."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from pathlib import Path

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.simulator.cracks import Crack

_LIMITS: dict[str, tuple[float, float]] = {
    "seed": (0, 2**63 - 1),
    "wall_width": (0.1, 1000.0),
    "wall_height": (0.1, 100.0),
    "texel": (0.00005, 0.01),
    "rim": (0.0, 5.0),
    "distance": (0.05, 20.0),
    "width_px": (64, 8192),
    "height_px": (64, 8192),
    "horizontal_fov": (0.1, 2.6),
    "frame_rate": (0.1, 240.0),
    "odometry_rate": (1.0, 1000.0),
    "speed": (0.01, 5.0),
    "acceleration": (0.01, 50.0),
    "lane_overlap": (0.0, 0.9),
    "overshoot": (0.0, 2.0),
    "exposure": (0.0, 0.05),
    "image_noise": (0.0, 20.0),
    "vignetting": (0.0, 0.9),
    "gain_jitter": (0.0, 0.2),
    "wobble": (0.0, 0.2),
    "drift": (0.0, 0.2),
    "position_noise": (0.0, 0.5),
    "rotation_noise": (0.0, 0.2),
    "start_time": (1.0, 4.0e9),
}


@dataclass(frozen=True)
class SimulatorConfig:
    """A wall, a robot in front of it, its camera and its odometry.

    Wall: `wall_width` x `wall_height` metres at `texel` metres per texel, of procedural concrete or,
    with `texture`, paved with the pictures of that folder; `cracks` in place of random ones
    (`crack_count` of them, None: by area); `rim` metres of texture beyond the scanned surface.
    `wall_picture` makes a picture the wall, `wall_width` metres wide, with `truth_file` if there is one.

    Robot: `distance` metres from the wall, at most `speed` m/s with `acceleration` m/s2, lanes that
    overlap by the fraction `lane_overlap`, `overshoot` metres beyond the edges; `wobble` is the
    deviation of its pitch, yaw and roll in radians.

    Camera: `width_px` x `height_px`, `horizontal_fov` in radians, `distortion` as plumb_bob
    coefficients, `frame_rate` in Hz, `exposure` in seconds; `image_noise` multiplies the shot and
    read noise of an ordinary sensor, `vignetting` is the share of light lost in the corners,
    `gain_jitter` the relative deviation of the exposure control.

    Odometry: `odometry_rate` in Hz; `drift` as a fraction of the distance travelled and white
    `position_noise` (metres) and `rotation_noise` (radians), see `odometry.py`.

    start_time: stamp of the start, seconds since the epoch. duration: seconds after which the
    robot stops, None for the whole wall.
    """

    seed: int = 1
    wall_width: float = 3.2
    wall_height: float = 1.6
    texel: float = 0.0004
    rim: float = 0.1
    texture: Path | None = None
    wall_picture: Path | None = None
    truth_file: Path | None = None
    crack_count: int | None = None
    cracks: tuple[Crack, ...] | None = None
    distance: float = 0.6
    speed: float = 0.4
    acceleration: float = 0.5
    lane_overlap: float = 0.3
    overshoot: float = 0.02
    wobble: float = 0.0
    width_px: int = 1280
    height_px: int = 720
    horizontal_fov: float = math.radians(60.0)
    distortion: tuple[float, ...] = (-0.06, 0.02, 0.0003, -0.0002, 0.0)
    frame_rate: float = 15.0
    exposure: float = 0.0015
    image_noise: float = 1.0
    vignetting: float = 0.18
    gain_jitter: float = 0.01
    odometry_rate: float = 50.0
    drift: float = 0.0
    position_noise: float = 0.0
    rotation_noise: float = 0.0
    start_time: float = 1_700_000_000.0
    duration: float | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            if item.name in _LIMITS:
                check_limits(item.name, getattr(self, item.name))
        if self.exposure * self.frame_rate > 1.0:
            raise CrackScannerError(
                f"exposure of {self.exposure:g} s is longer than a frame at {self.frame_rate:g} Hz"
            )
        if self.duration is not None and not self.duration > 0.0:
            raise CrackScannerError(f"duration is {self.duration!r} s; expected more than 0")
        if self.crack_count is not None and self.crack_count < 0:
            raise CrackScannerError(f"crack_count is {self.crack_count}; expected 0 or more")
        if self.wall_picture and (self.texture or self.cracks is not None):
            raise CrackScannerError("a wall picture cannot be combined with a texture folder or with cracks")
        if self.truth_file and not self.wall_picture:
            raise CrackScannerError(
                "a truth file goes with a wall picture; a generated wall knows its cracks"
            )


def check_limits(name: str, value: object, called: str = "") -> None:
    """Refuse a value that its field cannot have. called: by whoever gives it, if not by its name."""
    low, high = _LIMITS[name]
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not low <= float(str(value)) <= high:
        called = called or f"simulator {name}"
        raise CrackScannerError(f"{called} is {value!r}; expected {low:g} to {high:g}")
