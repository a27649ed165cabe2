"""Four processes over DDS, ours and the tutorial's, at a low rate."""

from pathlib import Path

import pytest

from crack_scanner.benchmark.graph import Graph, our_stages, tutorial_stages
from crack_scanner.resources import DEFAULT_MODEL

TILES = 28


@pytest.mark.parametrize("kind", ["shared", "raw", "tutorial"])
def test_frames_come_through_and_are_timed(kind: str, tmp_path: Path) -> None:
    stages = (
        tutorial_stages(DEFAULT_MODEL)
        if kind == "tutorial"
        else our_stages(DEFAULT_MODEL, {"overlap": 0.0}, kind, tmp_path)
    )
    with Graph(stages, "720p", TILES, tmp_path) as graph:
        graph.come_up()
        run = graph.play(1.0, 3.0)
    assert run.frames >= 2
    assert run.dropped < run.frames
    assert len(run.latencies_ms) == run.frames - run.dropped
    assert min(run.latencies_ms) > 0
    # Processor time is that of the frames which came through in time: on a machine that is busy, none may.
    assert (run.cpu_seconds > 0) == (run.tiles > 0)
    assert run.peak_rss_mb > 100
