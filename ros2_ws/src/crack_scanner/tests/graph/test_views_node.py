"""The graph in Rerun."""

from __future__ import annotations

import importlib.util
import itertools
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from crack_scanner_interfaces.msg import TileScores
from sensor_msgs.msg import Image

from crack_scanner.ros import qos
from crack_scanner.ros.stamps import to_time
from tests.graph.conftest import NodeProcess, Probe

Start = Callable[..., NodeProcess]
SMALL = {"surface_width": 0.8, "surface_height": 0.4, "delivery": "lossless"}

WITH_RERUN = pytest.mark.skipif(
    importlib.util.find_spec("rerun") is None, reason="Rerun is not installed: CRACK_SCANNER_GROUPS=viewing"
)


@WITH_RERUN
def test_pictures_and_map_of_a_running_graph_are_recorded(start: Start, probe: Probe, tmp_path: Path) -> None:
    file = tmp_path / "graph.rrd"
    # First, which must not make the robot begin before the logger listens.
    views = start("views_node", view=file)
    logger = start("logger_node", output=tmp_path / "session", **SMALL)
    start("tiling_node", delivery="lossless")
    start("inference_node", delivery="lossless")
    start("simulator_node", seed=3, frame_rate=8.0, **SMALL)
    assert logger.exit_code() == 0
    views.send(signal.SIGTERM)
    assert views.exit_code() == 0
    assert "frames_dropped" not in logger.output
    content = file.read_bytes()
    for entity in (b"/camera", b"/camera/tiles", b"/surface/coverage", b"/surface/robot/path", b"/cracks"):
        assert entity in content


@WITH_RERUN
def test_a_picture_that_cannot_be_read_does_not_end_the_view(
    start: Start, probe: Probe, tmp_path: Path
) -> None:
    views = start("views_node", view=tmp_path / "graph.rrd")
    figures = probe.figures()
    probe.listen(TileScores, "tile_scores", qos.stream())
    scores = probe.node.create_publisher(TileScores, "tile_scores", qos.stream())
    image = probe.node.create_publisher(Image, "image", qos.frames_out())
    probe.wait("the view to want pictures", image.get_subscription_count)
    stamps = itertools.count(1)

    def published_until_refused() -> bool:
        stamp = to_time(next(stamps) * 100_000_000)
        message = Image(encoding="16UC1", width=2, height=2, step=4, data=bytes(8))
        message.header.stamp = stamp
        image.publish(message)
        scored = TileScores(image_width=2, image_height=2, tile_size=2)
        scored.header.stamp = stamp
        scores.publish(scored)
        return "dropped: refused" in figures.get("views_node", {})

    probe.wait("the refusal", published_until_refused)
    assert "/image: picture with encoding '16UC1'" in views.output
    assert views.is_running


def test_a_view_that_is_none_is_one_line(start: Start) -> None:
    node = start("views_node", view="window")
    assert node.exit_code() == 1
    assert "parameter 'view' is 'window'; expected rerun, rerun-web or FILE.rrd" in node.output
    assert node.output.count("\n") == 0
