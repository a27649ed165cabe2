"""The simulated robot as a source of pictures and odometry."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from crack_scanner.frames import Frame, Odometry
from crack_scanner.sources.simulator.config import SimulatorConfig
from crack_scanner.sources.simulator.cracks import CrackRules, random_cracks
from crack_scanner.sources.simulator.odometry import OdometryErrors, measured_poses
from crack_scanner.sources.simulator.path import LanePath, Trajectory, Wobble, lane_path
from crack_scanner.sources.simulator.render import WallRenderer
from crack_scanner.sources.simulator.sensor import Sensor
from crack_scanner.sources.simulator.truth import Truth
from crack_scanner.sources.simulator.wall import Wall, concrete_wall, paved_wall, picture_wall
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

LOOKING_LEFT = Pose.from_xyz_rpy((0.0, 0.0, 0.0), (-math.pi / 2.0, 0.0, 0.0))


class SimulatedRobot:
    """A robot that scans a wall lane by lane; the same config gives the same bytes.

    The wall stands along odom's x axis, `config.distance` to the left of the robot's way. Odometry
    begins before the first picture and ends after the last one, so that every picture has a pose.
    truth: GeoJSON of the cracks that are really there; None for a picture without a truth file.
    duration: seconds that the scan takes.
    """

    name = "simulator"
    live = False

    def __init__(
        self,
        config: SimulatorConfig | None = None,
        mount: Pose = LOOKING_LEFT,
        trajectory: Trajectory | None = None,
    ) -> None:
        """mount: camera optical frame in base_link. trajectory: where to drive instead of lane by lane."""
        self.config = config or SimulatorConfig()
        self.mount = mount
        self.wall = build_wall(self.config)
        self.camera = build_camera(self.config)
        self.surface = SurfacePlane(
            np.array([0.0, self.config.distance, 0.0]),
            np.array([1.0, 0.0, 0.0]),
            np.array([0.0, 0.0, 1.0]),
            self.wall.width,
            self.wall.height,
        )
        self.truth: Truth | None = self.wall.truth
        self.trajectory: Trajectory = trajectory or self._lanes()
        limit = self.config.duration or math.inf
        self.duration = min(limit, self.trajectory.duration)
        pictures = math.floor(self.duration * self.config.frame_rate - 0.5) + 1
        self.frames_expected: int | None = max(pictures, 0)
        self._renderer = WallRenderer(self.wall, self.surface, self.camera, self._pixel_on_wall())
        self._sensor = Sensor(
            self.config.seed,
            self.camera.width,
            self.camera.height,
            vignetting=self.config.vignetting,
            noise=self.config.image_noise,
            gain_jitter=self.config.gain_jitter,
        )
        self._start_ns = 0
        self._closed = False

    def frame_time(self, index: int) -> float:
        """Seconds after the start at the middle of the exposure of picture `index`."""
        return (index + 0.5) / self.config.frame_rate

    def camera_pose(self, t: float) -> Pose:
        """True pose of the camera's optical frame in odom, t seconds after the start."""
        return self.trajectory.pose(t).compose(self.mount)

    def view(self, t: float) -> FrameView:
        """The camera in front of the surface, t seconds after the start, as it truly is."""
        return FrameView(self.camera, self.camera_pose(t), self.surface)

    def render(self, index: int) -> Frame:
        """Picture `index`; does not depend on which pictures were rendered before."""
        t, half = self.frame_time(index), self.config.exposure / 2.0
        light = self._renderer.light([self.camera_pose(t + offset) for offset in (-half, 0.0, half)])
        image: NDArray[np.uint8] = self._sensor.exposed(light, index)
        return Frame(self._stamp(t), image, self.camera, index)

    def odometry(self) -> list[Odometry]:
        """All odometry of the scan, in order."""
        count = math.ceil(self.duration * self.config.odometry_rate) + 1
        times = [step / self.config.odometry_rate for step in range(count)]
        errors = OdometryErrors(self.config.drift, self.config.position_noise, self.config.rotation_noise)
        poses = measured_poses(self.config.seed, [self.trajectory.pose(t) for t in times], errors)
        return [Odometry(self._stamp(t), pose) for t, pose in zip(times, poses, strict=True)]

    def __iter__(self) -> Iterator[Frame | Odometry]:
        """Odometry and pictures in the order of their stamps."""
        waiting = iter(self.odometry())
        message = next(waiting, None)
        for index in range(self.frames_expected or 0):
            stamp = self._stamp(self.frame_time(index))
            while message is not None and message.stamp_ns <= stamp and not self._closed:
                yield message
                message = next(waiting, None)
            if self._closed:
                return
            if stamp >= self._start_ns:
                yield self.render(index)
        while message is not None and not self._closed:
            yield message
            message = next(waiting, None)

    def start_at(self, stamp_ns: int) -> None:
        """Leave out pictures before this stamp: they are not even rendered."""
        self._start_ns = stamp_ns

    def close(self) -> None:
        """End the iteration at the next message."""
        self._closed = True

    def _stamp(self, t: float) -> int:
        return round(self.config.start_time * 1e9) + round(t * 1e9)

    def _lanes(self) -> LanePath:
        return lane_path(
            FrameView(self.camera, Pose.identity().compose(self.mount), self.surface),
            overlap=self.config.lane_overlap,
            overshoot=self.config.overshoot,
            speed=self.config.speed,
            acceleration=self.config.acceleration,
            wobble=Wobble.drawn(self.config.seed, self.config.wobble),
        )

    def _pixel_on_wall(self) -> float:
        middle = np.array([[(self.camera.width - 1) / 2.0, (self.camera.height - 1) / 2.0]])
        return float(self.view(0.0).ground_sampling_distance(middle)[0])


def build_wall(config: SimulatorConfig) -> Wall:
    """The wall that the config describes."""
    if config.wall_picture:
        return picture_wall(config.wall_picture, config.wall_width, config.truth_file)
    size = (config.wall_width, config.wall_height)
    cracks = config.cracks
    if cracks is None:
        cracks = random_cracks(config.seed, *size, CrackRules(count=config.crack_count))
    if config.texture:
        return paved_wall(config.seed, config.texture, *size, cracks, texel=config.texel, rim=config.rim)
    return concrete_wall(config.seed, *size, cracks, texel=config.texel, rim=config.rim)


def build_camera(config: SimulatorConfig) -> Camera:
    """The camera that the config describes, its principal point in the middle."""
    ideal = Camera.from_field_of_view(config.width_px, config.height_px, config.horizontal_fov)
    return Camera(ideal.width, ideal.height, ideal.matrix, np.array(config.distortion, dtype=np.float64))
