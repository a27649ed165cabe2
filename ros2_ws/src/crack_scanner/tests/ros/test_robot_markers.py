"""What rviz shows of a running scan beside its map."""

import pytest

from crack_scanner.ros.robot_markers import scan_words
from crack_scanner.storage.session import ScanProgress


@pytest.mark.parametrize(
    ("progress", "scanned", "words"),
    [
        (ScanProgress(), 0.0, ["pictures=0", "lost=0", "useless-tiles=0.0%", "scanned=0.0%"]),
        (
            ScanProgress(
                frames=130, frames_dropped={"queue full": 3, "zero stamp": 1}, tiles=800, tiles_useless=20
            ),
            0.5432,
            ["pictures=130", "lost=4", "useless-tiles=2.5%", "scanned=54.3%"],
        ),
    ],
)
def test_how_a_scan_goes_is_said_without_spaces(
    progress: ScanProgress, scanned: float, words: list[str]
) -> None:
    assert scan_words(progress, scanned).split("\n") == words
    assert scan_words(progress, scanned, scale_known=False).split("\n") == [*words, "scale=not-known"]
