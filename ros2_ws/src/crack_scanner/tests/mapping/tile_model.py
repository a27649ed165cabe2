"""A forward model for tests: what a network would say about the tiles of a scan past known cracks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.sightings import CrackSighting, FrameCracks
from crack_scanner.vision.tile_grid import TileGrid, tile_grid
from crack_scanner.vision.width import LineWidths

Floats = NDArray[np.float64]

DISTANCE = 0.6
LOOKING_AT_WALL = Rotation.from_matrix(np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])).as_quat()


@dataclass(frozen=True)
class ModelScan:
    """Lanes past a wall of width x height metres, one picture every `step` metres."""

    width: float = 2.0
    height: float = 1.0
    step: float = 0.0267
    lane: float = 0.28
    overlap: float = 0.5
    noise: float = 1.0
    false_rate: float = 0.0
    pose_sigma: float = 0.0
    seed: int = 1

    @property
    def surface(self) -> SurfacePlane:
        """The wall, at y = DISTANCE."""
        origin = np.array([0.0, DISTANCE, 0.0])
        return SurfacePlane(origin, np.array([1.0, 0, 0]), np.array([0, 0, 1.0]), self.width, self.height)

    @property
    def camera(self) -> Camera:
        """1280 x 720 with 60 degrees across."""
        return Camera.from_field_of_view(1280, 720, np.radians(60))

    def view(self, u: float, v: float) -> FrameView:
        """The camera straight in front of surface point (u, v)."""
        covariance = np.eye(6) * 1e-12
        covariance[:3, :3] = np.eye(3) * self.pose_sigma**2
        return FrameView(self.camera, Pose(np.array([u, 0.0, v]), LOOKING_AT_WALL, covariance), self.surface)

    def looks(self, cracks: list[Floats]) -> Iterator[tuple[FrameView, TileScores]]:
        """Views and scores in the order of the drive; `cracks` are polylines (N, 2) in metres."""
        random = np.random.default_rng(self.seed)
        grid = tile_grid(1280, 720, overlap=self.overlap)
        points = [dense(crack) for crack in cracks]
        lanes = np.arange(0.15, self.height + 0.1, self.lane)
        steps = np.arange(0.0, self.width, self.step)
        stamp = 1_700_000_000_000_000_000
        for lane, v in enumerate(lanes):
            for u in steps if lane % 2 == 0 else steps[::-1]:
                stamp += 66_666_667
                view = self.view(float(u), float(v))
                yield view, self._scores(view, grid, points, stamp, random)

    def _scores(
        self, view: FrameView, grid: TileGrid, points: list[Floats], stamp: int, random: np.random.Generator
    ) -> TileScores:
        inside = np.zeros(len(grid))
        for crack in points:
            pixels = view.surface_to_pixels(crack)
            dx = pixels[:, :1] - grid.x
            dy = pixels[:, 1:] - grid.y
            # A network does not see what only scratches a tile's edge.
            held = (dx > 8) & (dx < grid.tile_size - 8) & (dy > 8) & (dy < grid.tile_size - 8)
            inside = np.maximum(inside, held.sum(axis=0) * 0.002 / (DISTANCE / view.camera.matrix[0, 0]))
        logit = 5 * np.clip((inside - 30) / 20, -1, 1) + random.normal(0, self.noise, len(grid))
        logit[random.random(len(grid)) < self.false_rate] = 5
        probability = (1 / (1 + np.exp(-logit))).astype(np.float32)
        quality = np.ones(len(grid), np.float32)
        return TileScores(stamp, 1280, 720, grid.tile_size, grid.x, grid.y, probability, quality, "0" * 12)


def sightings(view: FrameView, cracks: list[Floats], width_px: float = 4.0) -> FrameCracks:
    """What a segmenter sees that misses nothing: the part of each crack that the picture shows."""
    lines = []
    for crack in cracks:
        pixels = view.surface_to_pixels(dense(crack, 0.0005))
        points = pixels[view.inside(pixels)]
        if len(points) > 20:
            width, some = np.full(len(points), width_px), np.full(len(points), 0.2)
            lines.append(CrackSighting(LineWidths(points, width, some, some + 0.3, 0.9, 1.1), 0.9))
    return FrameCracks(tuple(lines), "1" * 12)


def dense(path: Floats, step: float = 0.002) -> Floats:
    """Points (M, 2) every `step` metres along a polyline (N, 2)."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.arange(0.0, along[-1] + 1e-9, step)
    return np.stack([np.interp(at, along, path[:, 0]), np.interp(at, along, path[:, 1])], axis=1)


def wandering(start: tuple[float, float], angle: float, length: float, seed: int) -> Floats:
    """A crack that wanders as real ones do: (N, 2) metres."""
    random = np.random.default_rng(seed)
    count = max(2, int(length / 0.01))
    turns = np.cumsum(random.normal(0, 0.12, count)) * 0.7
    headings = angle + turns - turns.mean()
    steps = 0.01 * np.stack([np.cos(headings), np.sin(headings)], axis=1)
    return np.array(start) + np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
