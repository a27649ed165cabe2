"""Each kind of run feeds the same tiles, here for a moment only."""

import pytest

from crack_scanner.benchmark.memory_source import sample_pictures
from crack_scanner.benchmark.runs import bare_network, scanner
from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.settings import ScanSettings

TILES = 6
PICTURES = sample_pictures(640, 360)
SETTINGS = ScanSettings(overlap=0.0)


def test_the_bare_network_scores_whole_frames() -> None:
    run = bare_network(DEFAULT_MODEL, PICTURES, SETTINGS, 0.05)
    assert run.tiles == run.frames * TILES > 0


def test_flat_out_the_scanner_loses_nothing_and_times_every_frame() -> None:
    run = scanner(DEFAULT_MODEL, PICTURES, SETTINGS, 0.2, born=0.0)
    assert run.tiles == run.frames * TILES > 0
    assert (run.dropped, len(run.latencies_ms)) == (0, run.frames)
    assert run.start_s is not None


def test_live_every_frame_is_in_the_map_or_counted_as_lost() -> None:
    run = scanner(DEFAULT_MODEL, PICTURES, SETTINGS, 0.3, rate=100.0)
    assert run.frames == len(run.latencies_ms) + run.dropped


@pytest.mark.parametrize("name", ["sahi", "supervision"])
def test_peers_score_the_same_number_of_tiles(name: str) -> None:
    pytest.importorskip(name, reason=f"{name} is not installed: CRACK_SCANNER_GROUPS=peers")
    from crack_scanner.benchmark import peers

    run = getattr(peers, name)(DEFAULT_MODEL, PICTURES, SETTINGS, 0.05)
    assert run.tiles == run.frames * TILES > 0
