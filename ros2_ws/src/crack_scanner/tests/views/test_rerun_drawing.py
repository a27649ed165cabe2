"""A recording holds what the view was told. Rerun is installed by the first `--view`."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.views.seen import MapState, ScoredPicture
from crack_scanner.vision.scores import TileScores
from tests.storage.sample_session import sample_session

rr = pytest.importorskip("rerun", reason="Rerun is not installed: CRACK_SCANNER_GROUPS=viewing")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "scan.rrd"


def picture(stamp_ns: int) -> ScoredPicture:
    corners = np.array([0, 227], np.int32)
    scores = TileScores(
        stamp_ns=stamp_ns,
        image_width=640,
        image_height=480,
        tile_size=227,
        x=corners,
        y=corners,
        probability=np.array([0.9, np.nan], np.float32),
        quality=np.ones(2, np.float32),
        model_id="0" * 12,
    )
    return ScoredPicture(np.full((480, 640, 3), 128, np.uint8), scores)


def test_a_file_holds_pictures_map_table_and_figures(file: Path) -> None:
    from crack_scanner.views.rerun_viewer import open_viewer

    crack_map = sample_session().crack_map
    coverage = crack_map.coverage()
    viewer = open_viewer(str(file), print)
    for second in range(3):
        stamp_ns = (100 + second) * 1_000_000_000
        viewer.picture(picture(stamp_ns))
        viewer.map(
            MapState(
                stamp_ns,
                crack_map.surface,
                crack_map.cracks,
                coverage.states,
                coverage.cell_size,
                np.array([0.5, 0.0, 0.5]),
                np.zeros((4, 3)),
                {"cracks": float(len(crack_map.cracks))},
            )
        )
    viewer.close()
    content = file.read_bytes()
    assert content.startswith(b"RRF2")
    for entity in (b"/camera", b"/surface/coverage", b"/surface/robot/path", b"/figures/cracks", b"/cracks"):
        assert entity in content


def test_a_surface_at_any_angle_has_a_layout() -> None:
    from crack_scanner.views.rerun_layout import layout

    ceiling = SurfacePlane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, -1.0, 0]), 3.0, 40.0)
    assert layout(ceiling, ("cracks",), (960, 540)) is not None
