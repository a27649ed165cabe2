"""What a map costs while it grows: memory and time a frame, as more and more of the surface is scanned.

Frames are made up: a camera 0.6 m in front of a wall, in lanes, over cracks that the network finds for sure.
Nothing is rendered and no network runs, so that the map and its store are all there is to measure.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_scanner import __version__
from crack_scanner.benchmark.endurance import resident_mb
from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session import ScanProgress, SessionInfo
from crack_scanner.storage.session_folder import DATABASE
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.sightings import CrackSighting, FrameCracks
from crack_scanner.vision.tile_grid import tile_grid
from crack_scanner.vision.width import LineWidths

Floats = NDArray[np.float64]

# Metres from one frame to the next and from one lane to the next: three to four looks at each cell.
STEP, LANE = 0.2, 0.3
# A robot at 0.4 m/s and 15 Hz, whose lanes are 0.27 m apart, needs that many frames for a square metre.
FRAMES_PER_M2 = 139
# Height of the wall, metres; its width follows from the area.
_HEIGHT = 9.0
_FRAME_NS = 66_666_667
# One crack a square metre, upright, metres.
_CRACK_SPACING, _CRACK_LENGTH = 1.0, 0.3


@dataclass(frozen=True)
class Checkpoint:
    """How things stood at a size of the map.

    frames: fused so far. area_m2: scanned. blocks, blocks_in_memory: of the grid. rss_mb: resident memory of
    the process. ms_per_frame, cpu_ms_per_frame: since the last checkpoint, saving included.
    """

    frames: int
    area_m2: float
    blocks: int
    blocks_in_memory: int
    cracks: int
    rss_mb: float
    database_mb: float
    ms_per_frame: float
    cpu_ms_per_frame: float


def grow(folder: Path, area: float, settings: ScanSettings, checkpoints: int = 8) -> Iterator[Checkpoint]:
    """Scan `area` square metres into a session in `folder`."""
    settings = settings.changed(surface_width=max(area / _HEIGHT, 1.0), surface_height=_HEIGHT)
    crack_map = CrackMap(settings.surface, settings)
    store = ScanStore.create(folder, _info(settings))
    looks = list(_places(settings.surface_width))
    size = -(-len(looks) // checkpoints)
    frames = 0
    for first in range(0, len(looks), size):
        wall, cpu = time.perf_counter(), time.process_time()
        some = looks[first : first + size]
        for u, v in some:
            frames += 1
            view, scores = _frame(u, v, frames, settings)
            if crack_map.update(view, scores):
                store.save(crack_map, ScanProgress(frames, frames, last_stamp_ns=scores.stamp_ns))
        yield Checkpoint(
            frames,
            round(crack_map.scanned_area, 1),
            len(crack_map.grid),
            crack_map.grid.in_memory,
            len(crack_map.cracks),
            round(resident_mb(), 1),
            round(sum(path.stat().st_size for path in folder.glob(f"{DATABASE}*")) / 1e6, 1),
            round((time.perf_counter() - wall) / len(some) * 1e3, 2),
            round((time.process_time() - cpu) / len(some) * 1e3, 2),
        )
    store.close()


def _info(settings: ScanSettings) -> SessionInfo:
    return SessionInfo(
        "growth", "benchmark", settings.surface, __version__, "none", "0" * 64, "", None, asdict(settings)
    )


def _places(width: float) -> Iterator[tuple[float, float]]:
    """Surface coordinates of the middles of the pictures, lane by lane, to and fro."""
    along = np.arange(STEP / 2, width, STEP)
    for lane, v in enumerate(np.arange(LANE / 2, _HEIGHT, LANE)):
        for u in along if lane % 2 == 0 else along[::-1]:
            yield float(u), float(v)


def _frame(u: float, v: float, number: int, settings: ScanSettings) -> tuple[FrameView, TileScores]:
    camera, grid = _camera(), tile_grid(1280, 720, settings.tile_size, settings.overlap)
    pose = Pose.from_xyz_rpy([u, 0.0, v], [-np.pi / 2, 0.0, 0.0])
    view = FrameView(camera, pose, settings.surface)
    lines = [line for line in map(view.surface_to_pixels, _cracks_near(u, v)) if view.inside(line).sum() > 40]
    hit = np.zeros(len(grid), bool)
    sightings = []
    for line in lines:
        points = line[view.inside(line)]
        x, y = points[:, :1] - grid.x, points[:, 1:] - grid.y
        hit |= ((x > 8) & (x < grid.tile_size - 8) & (y > 8) & (y < grid.tile_size - 8)).sum(axis=0) > 30
        width = np.full(len(points), 4.0)
        widths = LineWidths(points, width, 0.05 * width, width / 10, 0.9, 1.1)
        sightings.append(CrackSighting(widths, 0.95))
    probability = np.where(hit, 0.97, 0.02).astype(np.float32)
    stamp_ns = 1_700_000_000_000_000_000 + number * _FRAME_NS
    quality = np.ones(len(grid), np.float32)
    seen = FrameCracks(tuple(sightings), "0" * 12)
    return view, TileScores(
        stamp_ns, 1280, 720, grid.tile_size, grid.x, grid.y, probability, quality, "0" * 12, seen
    )


def _camera() -> Camera:
    return Camera.from_field_of_view(1280, 720, np.radians(60.0))


def _cracks_near(u: float, v: float) -> Iterator[Floats]:
    """Points (N, 2), half a millimetre apart, of the cracks around a place."""
    along = np.arange(0.0, _CRACK_LENGTH, 0.0005)
    for row in range(int(v / _CRACK_SPACING) - 1, int(v / _CRACK_SPACING) + 2):
        for column in range(int(u / _CRACK_SPACING) - 1, int(u / _CRACK_SPACING) + 2):
            start = (np.array([column, row]) + 0.5) * _CRACK_SPACING
            yield np.stack([start[0] + 0.02 * np.sin(20 * along), start[1] + along], axis=1)
