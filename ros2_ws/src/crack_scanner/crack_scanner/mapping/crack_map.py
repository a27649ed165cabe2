"""The crack map of a running session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.coverage import Coverage, coverage
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_clusters import Cluster, clusters
from crack_scanner.mapping.crack_extraction import CrackLine, confirmed_cells, extract
from crack_scanner.mapping.crack_identity import assign
from crack_scanner.mapping.crack_pictures import CrackPictures
from crack_scanner.mapping.crack_register import CrackRegister
from crack_scanner.mapping.drift_tracker import DriftReport, DriftTracker
from crack_scanner.mapping.evidence import Evidence, line_evidence, tile_evidence
from crack_scanner.mapping.evidence_grid import BLOCK, BlockKey, CellWindow, EvidenceGrid
from crack_scanner.mapping.fusion import add_look
from crack_scanner.mapping.line_length import add_course
from crack_scanner.mapping.overview import Overview
from crack_scanner.mapping.severity import GuideValue
from crack_scanner.mapping.width_fusion import add_widths, located_widths
from crack_scanner.settings import ScanSettings
from crack_scanner.surface.footprint import FrameView
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.width import LineWidths

Floats = NDArray[np.float64]

# Cells across for which a line that was seen speaks.
LINE_REACH = 2.5


@dataclass(frozen=True)
class TrackPoint:
    """Where the camera was at a picture: metres along u and v and in front of the surface."""

    stamp_ns: int
    u: float
    v: float
    distance: float


class CrackMap:
    """Fuses located pictures into cracks with lasting ids.

    Evidence goes in with every picture; lines are drawn from it by `extract`, which looks only at
    what has changed. `update` calls it every `extract_every` seconds of the pictures' own time; whoever
    wants the very latest state can, too.
    """

    def __init__(
        self,
        surface: SurfacePlane,
        settings: ScanSettings,
        guide: GuideValue | None = None,
        extract_every: float = 0.5,
    ) -> None:
        self.surface = surface
        self.settings = settings
        self.grid = EvidenceGrid(surface.width, surface.height, settings.cell_size)
        self.frames = 0
        # Emptied by whoever keeps it; grows by one small entry a picture otherwise.
        self.track: list[TrackPoint] = []
        self._known_until_ns = 0
        self._guide = guide
        self._extract_every_ns = int(extract_every * 1e9)
        self._extracted_ns: int | None = None
        self._extracted_version = 0
        self._confirmed: set[BlockKey] = set()
        self._overview = Overview(surface.width, surface.height, settings.cell_size)
        self._surveyed_version = 0
        self._register = CrackRegister(settings.cell_size)
        self.pictures = CrackPictures()
        self._drift = DriftTracker(settings.min_baseline)
        # Whether anybody looks at pixels: their lines tell drift far better than tiles do.
        self._pixels = False

    @property
    def cracks(self) -> tuple[Crack, ...]:
        """The cracks as of the last extraction, by id."""
        return _by_id(self._register.present)

    @property
    def faded(self) -> tuple[Crack, ...]:
        """Cracks that were confirmed once and that later looks did not bear out, by id."""
        return _by_id(self._register.faded)

    @property
    def crack_version(self) -> int:
        """Grows with every change of a crack."""
        return self._register.version

    def cracks_changed_since(self, version: int) -> dict[int, tuple[Crack, bool] | None]:
        """By id, the cracks that are others than at `version`, and whether they have faded; None: gone."""
        changes: dict[int, tuple[Crack, bool] | None] = {}
        for crack_id in self._register.changed_since(version):
            present, faded = self._register.present.get(crack_id), self._register.faded.get(crack_id)
            crack = present or faded
            changes[crack_id] = None if crack is None else (crack, present is None)
        return changes

    @property
    def drift(self) -> DriftReport:
        """How far odometry was corrected by cracks seen again."""
        return self._drift.report

    def drift_state(self) -> dict[str, Any]:
        """What `restore` needs to go on with the correction of odometry, as JSON holds it."""
        return self._drift.state()

    def update(self, view: FrameView, scores: TileScores) -> bool:
        """Fuse one picture: its tiles, and its crack lines where somebody has looked at its pixels.

        True if the cracks were drawn anew. Pictures from before the end of a restored session are in it
        already and are passed over; so are those taken from behind the surface, which show something else.
        """
        stamp_ns = scores.stamp_ns
        if stamp_ns <= self._known_until_ns:
            return False
        if view.distance <= 0.0:
            return False
        lines = [] if scores.cracks is None else [seen.widths for seen in scores.cracks.sightings]
        tiles = tile_evidence(scores)
        pixels = line_evidence(scores, _reach_px(view, lines, self.settings)) if lines else None
        self._pixels |= scores.cracks is not None
        view = self._placed(view, stamp_ns, pixels if self._pixels else tiles)
        self.track.append(_track_point(view, stamp_ns))
        add_look(self.grid, view, tiles, stamp_ns, self.settings, pixels)
        if scores.cracks is not None:
            self.pictures.offer(view, scores.cracks.sightings, scores.quality_of_picture, stamp_ns)
        for line in lines:
            add_widths(self.grid, located_widths(view, line))
            add_course(self.grid, view.pixels_to_surface(line.points))
        self.frames += 1
        return self._extract_when_due(stamp_ns)

    def _extract_when_due(self, stamp_ns: int) -> bool:
        if self._extracted_ns is None:
            self._extracted_ns = stamp_ns
        # A clock that jumps back makes it due as well, so the distance counts and not its sign.
        if abs(stamp_ns - self._extracted_ns) < self._extract_every_ns:
            return False
        self._extracted_ns = stamp_ns
        self.extract()
        return True

    def extract(self) -> None:
        """Draw the lines of all blocks that have changed since the last time, and of what hangs on them."""
        changed = self.grid.changed_since(self._extracted_version)
        self._extracted_version = self.grid.version
        for key in changed:
            self._note(key)
        self._redraw(changed)

    def _note(self, key: BlockKey) -> None:
        has = confirmed_cells(self.grid.block(key), self.settings).any()
        (self._confirmed.add if has else self._confirmed.discard)(key)

    def coverage(self) -> Coverage:
        """Coverage of the planned surface, with its gaps."""
        return coverage(self.overview())

    def overview(self) -> Overview:
        """The surface in squares; costs what has changed since the last time."""
        for key in self.grid.changed_since(self._surveyed_version):
            self._overview.take(key, self.grid.block(key))
        self._surveyed_version = self.grid.version
        return self._overview

    @property
    def scanned_area(self) -> float:
        """Square metres scanned; cheap, for a progress line."""
        return self.overview().scanned_area

    def restore(
        self,
        blocks: Iterable[tuple[BlockKey, bytes]],
        cracks: Iterable[Crack],
        faded: Iterable[Crack] = (),
        last_stamp_ns: int | None = None,
        drift: Mapping[str, Any] | None = None,
    ) -> None:
        """Put back what was stored of an earlier run of this session; ids go on where they stopped.

        drift: as `drift_state` gave it.
        """
        for key, data in blocks:
            self.grid.restore_block(key, data)
            self._note(key)
            self.overview()
            self.grid.stored(self.grid.version)
        self._extracted_version = self.grid.version
        for crack in cracks:
            self._register.keep(crack)
        for crack in faded:
            self._register.keep(crack, faded=True)
        self._known_until_ns = last_stamp_ns or 0
        self._drift = DriftTracker(self.settings.min_baseline, self._known_until_ns)
        self._drift.restore(drift or {})
        # A picture may have come in between the drawing of the cracks and the saving of the cells.
        self._redraw(self.grid.blocks())

    def _placed(self, view: FrameView, stamp_ns: int, evidence: Evidence | None) -> FrameView:
        """A picture where the map's cracks put it, as far as its evidence shows any of them."""
        placed = self._drift.follow(view, stamp_ns)
        if evidence is None:
            return placed
        blocks = self.grid.window(placed.outline).blocks
        near = sorted(self._register.touching(blocks) & self._register.present.keys())
        return self._drift.correct(
            view, evidence, [self._register.present[key].path for key in near], self.grid
        )

    def _redraw(self, changed: Iterable[BlockKey]) -> None:
        for cluster in clusters(changed, self._confirmed, self._register):
            self._redraw_cluster(cluster)
        self.pictures.settle(self._register)

    def _redraw_cluster(self, cluster: Cluster) -> None:
        lines = extract(*self._cells_around(cluster.blocks), self.settings)
        register = self._register
        known = {key: (register.present.get(key) or register.faded[key]).path for key in cluster.cracks}
        answer = assign(known, [line.path for line in lines])
        for key in cluster.cracks & register.present.keys():
            register.fade(key)
        for line, number, swallowed in zip(lines, answer.ids, answer.joined, strict=True):
            # What is not one of the cluster's cracks and not near a change is a part of another one.
            if number is not None or not register.blocks_along(line.path).isdisjoint(cluster.changed):
                self._keep(line, number, swallowed)

    def _cells_around(self, cluster: frozenset[BlockKey]) -> tuple[NDArray[np.void], CellWindow]:
        """Cells of a cluster and a rim of its neighbours; cells of other clusters are blanked."""
        rows, columns = zip(*cluster, strict=True)
        corner = CellWindow(
            min(rows) * BLOCK,
            min(columns) * BLOCK,
            (max(rows) - min(rows) + 1) * BLOCK,
            (max(columns) - min(columns) + 1) * BLOCK,
        )
        window = corner.grown(BLOCK // 4, self.grid.extent)
        cells = self.grid.read(window)
        blocks_v = (window.row + np.arange(window.rows)) // BLOCK
        blocks_u = (window.column + np.arange(window.columns)) // BLOCK
        rim = {(int(row), int(column)) for row in np.unique(blocks_v) for column in np.unique(blocks_u)}
        for key in (rim & self._confirmed) - cluster:
            cells[np.ix_(blocks_v == key[0], blocks_u == key[1])] = np.zeros((), cells.dtype)
        return cells, window

    def _keep(self, line: CrackLine, known: int | None, swallowed: tuple[int, ...]) -> None:
        removed = (self._register.remove(key) for key in (*swallowed, *([] if known is None else [known])))
        past = [crack for crack in removed if crack is not None]
        if known is None:
            known = self._register.next_id()
        joined = set(swallowed).union(*(crack.joined for crack in past))
        crack = Crack(
            id=known,
            path=line.path,
            position_sigma=line.position_sigma,
            probability=line.probability,
            observations=line.observations,
            first_seen_ns=min([line.first_ns, *(crack.first_seen_ns for crack in past)]),
            last_seen_ns=line.last_ns,
            measured_length=line.length,
            picture=self.pictures.inherited(known, past),
            width_max_mm=_millimetres(line.widths.maximum),
            width_mean_mm=_millimetres(line.widths.mean),
            width_sigma_mm=_millimetres(line.widths.sigma),
            smallest_width_mm=_millimetres(line.widths.smallest),
            joined=tuple(sorted(joined)),
        )
        if self._guide is not None:
            measured = crack.width_max_mm, crack.width_sigma_mm, crack.smallest_width_mm
            crack = replace(crack, severity=self._guide.severity(*measured))
        self._register.keep(crack)


def _track_point(view: FrameView, stamp_ns: int) -> TrackPoint:
    surface = view.surface
    offset = view.camera_pose.position - surface.origin
    u, v, distance = (float(offset @ axis) for axis in (surface.u_axis, surface.v_axis, surface.normal))
    return TrackPoint(stamp_ns, u, v, distance)


def _reach_px(view: FrameView, lines: Sequence[LineWidths], settings: ScanSettings) -> list[float]:
    """Pixels across for which each line speaks; at least one line."""
    middles = np.array([line.points[len(line.points) // 2] for line in lines])
    resolution = np.maximum(view.ground_sampling_distance(middles), 1e-6)
    reach: list[float] = np.nan_to_num(LINE_REACH * settings.cell_size / resolution, nan=1.0).tolist()
    return reach


def _millimetres(metres: float | None) -> float | None:
    return None if metres is None else metres * 1e3


def _by_id(cracks: dict[int, Crack]) -> tuple[Crack, ...]:
    return tuple(cracks[key] for key in sorted(cracks))
