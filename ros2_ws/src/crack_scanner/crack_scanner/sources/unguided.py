"""A camera without odometry: pictures placed on a surface by their own motion."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Frame, Odometry
from crack_scanner.settings import SIDES, ScanSettings
from crack_scanner.sources.capture import Capture, Picture
from crack_scanner.sources.image_motion import MotionTracker
from crack_scanner.surface.calibration import camera_for
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

_MOUNT = Pose.from_xyz_rpy((0.0, 0.0, 0.0), (-np.pi / 2, 0.0, 0.0))
# Clear strip between pictures that have nothing in common, as a share of the wider one.
_PANEL_GAP = 0.1
# Metres per pixel: finer than any lens resolves, and a cell of the map would be wider than a picture.
_FINEST = 1e-6
_WRONG_SCALE = "give another --mm-per-px (metres_per_pixel of a node)"
# Rounding between millimetres and metres, as a share.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Placement:
    """Where a picture lies: its centre (u right, v up) in metres, one sigma of it, its size in pixels.

    panel: number of the chain of pictures that it belongs to.
    """

    u: float
    v: float
    sigma: float
    width: int
    height: int
    panel: int = 0


class Placer:
    """Chains pictures by their shifts; one that matches nothing starts a panel of its own to the right."""

    def __init__(self, metres_per_pixel: float) -> None:
        self._scale = metres_per_pixel
        self._tracker = MotionTracker()
        self._last: Placement | None = None
        self._right_end = 0.0

    def place(self, image: NDArray[np.uint8]) -> Placement:
        """Place the next picture (H, W, 3) uint8 RGB; the first one has its lower left corner at 0, 0."""
        height, width = image.shape[:2]
        shift = self._tracker.shift(image)
        if self._last is None or shift is None:
            gap = 0.0 if self._last is None else _PANEL_GAP * width * self._scale
            u, v, sigma = self._right_end + gap + width * self._scale / 2, height * self._scale / 2, 0.0
            panel = 0 if self._last is None else self._last.panel + 1
        else:
            u = self._last.u + shift.x * self._scale
            v = self._last.v - shift.y * self._scale
            sigma = float(np.hypot(self._last.sigma, shift.sigma * self._scale))
            panel = self._last.panel
        self._last = Placement(u, v, sigma, width, height, panel)
        self._right_end = max(self._right_end, u + width * self._scale / 2)
        return self._last


def side_by_side(placements: Sequence[Placement], metres_per_pixel: float) -> list[Placement]:
    """The same pictures with each panel wholly to the right of those before it.

    A panel begins right of the one before, but only when all of its pictures are known is it known how far
    they go back to the left.
    """
    result: list[Placement] = []
    right_end = 0.0
    for _, chain in groupby(placements, lambda placement: placement.panel):
        panel = list(chain)
        half = [placement.width * metres_per_pixel / 2 for placement in panel]
        left = min(one.u - reach for one, reach in zip(panel, half, strict=True))
        shift = right_end + (_PANEL_GAP * 2 * half[0] if result else 0.0) - left
        result += [replace(placement, u=placement.u + shift) for placement in panel]
        right_end = max(one.u + reach for one, reach in zip(result[-len(panel) :], half, strict=True))
    return result


class UnguidedSource:
    """Pictures of a capture, with poses from the pictures' own motion.

    The camera is taken to look straight at the surface at one scale, `metres_per_pixel`. Files are
    read twice, first to place every picture and know the whole surface, then to be scanned; live
    captures are placed as they come, on the surface of the settings: after pictures that have nothing in
    common, a camera that goes back to the left may come upon what was there before.
    """

    truth: dict[str, Any] | None = None
    mount = _MOUNT

    def __init__(
        self,
        capture: Capture,
        settings: ScanSettings,
        metres_per_pixel: float,
        camera: Camera | None = None,
        duration: float = math.inf,
    ) -> None:
        """`camera`: calibrated intrinsics; without them the lens is taken as free of distortion.

        duration: seconds of the capture's own time to use.
        """
        _check_scale(metres_per_pixel, settings.max_gsd)
        if not duration > 0:
            raise CrackScannerError(f"duration is {duration:g} s; expected more than 0")
        self.name = capture.name
        self.live = capture.live
        self._capture = capture
        self._scale = metres_per_pixel
        self._calibrated = camera
        self._duration = duration
        self._start_ns = 0
        self._placements = None if capture.live else self._place_all()
        for width, height in self.sizes:
            camera_for(camera, width, height)
        self.frames_expected = capture.count if self._placements is None else len(self._placements)
        self.surface, self._left, self._low = self._lay_out(settings)

    def __iter__(self) -> Iterator[Frame | Odometry]:
        placer = Placer(self._scale)
        for sequence, (stamp_ns, image) in enumerate(self._pictures()):
            place = placer.place(image) if self._placements is None else self._placements[sequence]
            if stamp_ns < self._start_ns:
                continue
            yield Odometry(stamp_ns, self._pose(place))
            yield Frame(stamp_ns, image, self._camera(place), sequence)

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Widths and heights, pixels, that pictures of files have; none of a live capture."""
        return sorted({(place.width, place.height) for place in self._placements or ()})

    def start_at(self, stamp_ns: int) -> None:
        """Leave out pictures before this stamp. A live camera has forgotten where it was: refused."""
        if self.live:
            raise CrackScannerError(
                f"{self.name} is live and has no odometry, so nobody knows where on the surface it goes on: "
                "begin another session"
            )
        self._start_ns = stamp_ns

    def close(self) -> None:
        """Files and devices are given back when the iteration ends."""

    def _pictures(self) -> Iterator[Picture]:
        start_ns: int | None = None
        for stamp_ns, image in self._capture:
            start_ns = stamp_ns if start_ns is None else start_ns
            if stamp_ns - start_ns > self._duration * 1e9:
                return
            yield stamp_ns, image

    def _place_all(self) -> list[Placement]:
        placer = Placer(self._scale)
        return side_by_side([placer.place(image) for _, image in self._pictures()], self._scale)

    def _lay_out(self, settings: ScanSettings) -> tuple[SurfacePlane, float, float]:
        """The surface, and the (u, v) in the placements' coordinates that is its origin."""
        if self._placements is None:
            left, low, right, high = 0.0, 0.0, settings.surface_width, settings.surface_height
        else:
            half = np.array([[p.width, p.height] for p in self._placements]) * self._scale / 2
            centre = np.array([[p.u, p.v] for p in self._placements])
            left, low = (centre - half).min(axis=0).tolist()
            right, high = (centre + half).max(axis=0).tolist()
        self._check_sides(right - left, high - low)
        u_axis, v_axis = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
        return SurfacePlane(np.zeros(3), u_axis, v_axis, right - left, high - low), left, low

    def _check_sides(self, width: float, height: float) -> None:
        """Refuse pictures that cover more of a surface, or less, than a map can be of."""
        if not SIDES[0] <= min(width, height) <= max(width, height) <= SIDES[1]:
            raise CrackScannerError(
                f"at {self._scale * 1000:g} mm/px {self.name} covers {width:.3g} x {height:.3g} m; "
                f"expected {SIDES[0]:g} to {SIDES[1]:g} m along each side: {_WRONG_SCALE}"
            )

    def _camera(self, place: Placement) -> Camera:
        # Of a camera without a calibration any focal length will do: the distance goes with it.
        return camera_for(self._calibrated, place.width, place.height)

    def _pose(self, place: Placement) -> Pose:
        distance = self._camera(place).matrix[0, 0] * self._scale
        covariance = np.diag([place.sigma**2, 0.0, place.sigma**2, 0.0, 0.0, 0.0])
        position = np.array([place.u - self._left, -distance, place.v - self._low])
        return Pose(position, np.array([0.0, 0.0, 0.0, 1.0]), covariance)


def _check_scale(metres_per_pixel: float, coarsest: float) -> None:
    """Refuse a scale at which nothing could be mapped. coarsest: max_gsd of the settings, metres."""
    if not _FINEST * (1 - _ROUNDING) <= metres_per_pixel <= coarsest * (1 + _ROUNDING):
        raise CrackScannerError(
            f"scale of {metres_per_pixel * 1000:g} mm/px; expected {_FINEST * 1000:g} to "
            f"{coarsest * 1000:g}, as pixels coarser than max_gsd are never mapped: {_WRONG_SCALE}"
        )
