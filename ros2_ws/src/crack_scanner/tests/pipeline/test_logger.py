"""When the logger stores the map."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from crack_scanner.mapping.crack_map import CrackMap
from crack_scanner.pipeline.logger import SaveDue, ScanLogger, always
from crack_scanner.settings import ScanSettings
from crack_scanner.storage.session import ScanProgress
from crack_scanner.surface.pose import Pose
from tests.mapping.tile_model import ModelScan

SCAN = ModelScan(width=0.8, height=0.4)
SETTINGS = ScanSettings(surface_width=0.8, surface_height=0.4)
CRACK = np.array([[0.1, 0.15], [0.6, 0.2]])


class Saves:
    """A store that notes the version of the cracks at each save."""

    def __init__(self) -> None:
        self.versions: list[int] = []

    def save(self, crack_map: CrackMap, _progress: ScanProgress) -> None:
        self.versions.append(crack_map.crack_version)


def never() -> bool:
    return False


def scanned(cracks: list[NDArray[np.float64]], save_due: SaveDue) -> tuple[Saves, CrackMap]:
    """All of a scan; no call returns before the cracks that it has changed are stored."""
    store, crack_map = Saves(), CrackMap(SCAN.surface, SETTINGS)
    logger = ScanLogger(crack_map, SETTINGS, SETTINGS.mount, store, save_due=save_due)
    for view, scores in SCAN.looks(cracks):
        pose = Pose(view.camera_pose.position, covariance=np.zeros((6, 6)))
        logger.add_odometry(scores.stamp_ns - 1, pose)
        logger.add_scores(scores, view.camera)
        logger.add_odometry(scores.stamp_ns + 1, pose)
        assert crack_map.crack_version == (store.versions[-1] if store.versions else 0)
    logger.finish()
    return store, crack_map


def test_what_is_news_to_nobody_is_saved_when_it_is_due_and_at_the_end() -> None:
    assert len(scanned([], always)[0].versions) > 5
    assert len(scanned([], never)[0].versions) == 1


@pytest.mark.parametrize("save_due", [always, never])
def test_a_crack_is_saved_by_the_call_that_drew_it(save_due: SaveDue) -> None:
    store, crack_map = scanned([CRACK], save_due)
    assert crack_map.cracks
    assert len(set(store.versions)) > 1
