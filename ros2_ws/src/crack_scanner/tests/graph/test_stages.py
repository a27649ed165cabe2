"""Tiling, inference and logger as processes, fed with pictures by the test."""

from __future__ import annotations

import itertools
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from crack_scanner_interfaces.msg import CrackArray, SharedImage, TileBatch, TileScores
from crack_scanner_interfaces.srv import Export, StartSession
from nav_msgs.msg import OccupancyGrid
from std_srvs.srv import SetBool

from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.ros import qos
from crack_scanner.ros.picture_ring import PictureReader, PictureRing
from crack_scanner.ros.pictures import place_of
from crack_scanner.ros.stamps import to_time
from tests.graph.conftest import NodeProcess, Probe
from tests.graph.player import HEIGHT, WIDTH, Player, SharedPlayer

Start = Callable[..., NodeProcess]
SURFACE = {"surface_width": 1.0, "surface_height": 0.5}


def play_logged(probe: Probe, player: Player, figures: dict[str, dict[str, str]], frames: range) -> None:
    """Play frames, no more at a time than may be under way, and wait until the logger has them."""
    for publisher in (player.image, player.info, player.odometry):
        probe.wait(f"a subscriber to {publisher.topic_name}", publisher.get_subscription_count)
    for first in range(frames.start, frames.stop, qos.FRAMES_IN_FLIGHT):
        group = range(first, min(first + qos.FRAMES_IN_FLIGHT, frames.stop))
        for index in group:
            player.play(index)
        handled = str(group.stop)
        probe.wait(f"{handled} frames", lambda n=handled: figures.get("logger_node", {}).get("frames") == n)


def test_pictures_become_a_session(start: Start, probe: Probe, tmp_path: Path) -> None:
    start("tiling_node", delivery="lossless")
    start("inference_node", delivery="lossless")
    logger = start("logger_node", delivery="lossless", output=tmp_path / "session", **SURFACE)
    player, figures = Player(probe), probe.figures()
    play_logged(probe, player, figures, range(5))
    probe.wait("diagnostics of the network", lambda: "model_id" in figures.get("inference_node", {}))
    player.finish(4)
    assert logger.exit_code() == 0
    summary = json.loads((tmp_path / "session" / "summary.json").read_text())
    assert (summary["frames"], summary["frames_scored"], summary["frames_dropped"]) == (5, 5, {})
    assert summary["complete"]
    assert summary["model"]["sha256"].startswith(figures["inference_node"]["model_id"])


def test_scores_carry_the_time_and_place_of_their_tiles(start: Start, probe: Probe) -> None:
    start("tiling_node", overlap=0.0)
    start("inference_node")
    player, scores = Player(probe), probe.listen(TileScores, "tile_scores", qos.stream())
    probe.wait("the stages to connect", player.image.get_subscription_count)

    def played_until_scored() -> bool:
        # A best-effort picture can be lost while the two ends are still finding each other.
        player.play(0)
        return bool(scores)

    probe.wait("scores", played_until_scored)
    message = scores[0]
    assert stamp_ns(message) == player.stamp_ns(0)
    assert message.header.frame_id == "camera"
    assert (message.image_width, message.image_height, message.tile_size) == (WIDTH, HEIGHT, 227)
    # The last tile of a row and of a column is moved back to end at the picture's edge.
    assert sorted(zip(message.x, message.y, strict=True)) == [(0, 0), (0, 13), (93, 0), (93, 13)]
    assert all(0.0 <= probability <= 1.0 for probability in message.probability)


def test_nothing_is_done_while_nobody_listens(start: Start, probe: Probe) -> None:
    start("tiling_node")
    player, figures = Player(probe), probe.figures()
    probe.wait("the node", lambda: "tiling_node" in figures)
    assert player.image.get_subscription_count() == 0
    subscription = probe.node.create_subscription(TileBatch, "tiles", lambda _: None, 1)
    probe.wait("the node to want pictures", player.image.get_subscription_count)
    probe.node.destroy_subscription(subscription)
    probe.wait("the node to rest again", lambda: player.image.get_subscription_count() == 0)


def test_live_tiles_leave_their_picture_with_the_camera(start: Start, probe: Probe) -> None:
    start("tiling_node")
    player, tiles = Player(probe), probe.listen(TileBatch, "tiles", 1)
    probe.wait("the node to want pictures", player.image.get_subscription_count)

    def played_until_tiled() -> bool:
        player.play(0)
        return bool(tiles)

    probe.wait("tiles", played_until_tiled)
    assert (tiles[0].image_width, tiles[0].image_height, len(tiles[0].data)) == (WIDTH, HEIGHT, 0)


@pytest.fixture
def shared_player(probe: Probe) -> Iterator[SharedPlayer]:
    player = SharedPlayer(probe)
    yield player
    player.pictures.close()


@pytest.mark.parametrize("delivery", ["live", "lossless"])
def test_tiles_say_where_in_shared_memory_their_picture_lies(
    start: Start, probe: Probe, shared_player: SharedPlayer, delivery: str
) -> None:
    start("tiling_node", transport="shared", delivery=delivery)
    tiles = probe.listen(TileBatch, "tiles", 1)
    probe.wait("the node to want pictures", shared_player.pictures.listeners)
    assert probe.node.count_subscribers("image") == 0
    frames = itertools.count()

    def played_until_tiled() -> bool:
        shared_player.play(next(frames))
        return bool(tiles)

    probe.wait("tiles", played_until_tiled)
    assert len(tiles[0].data) == 0
    found = PictureReader().read(place_of(tiles[0]), HEIGHT, WIDTH)
    np.testing.assert_array_equal(found, shared_player.published[stamp_ns(tiles[0])])


def test_live_pictures_in_shared_memory_are_scored(
    start: Start, probe: Probe, shared_player: SharedPlayer
) -> None:
    start("tiling_node", transport="shared")
    start("inference_node", transport="shared")
    scores = probe.listen(TileScores, "tile_scores", qos.stream())
    probe.wait("the stages to connect", shared_player.pictures.listeners)

    def played_until_scored() -> bool:
        shared_player.play(0)
        return bool(scores)

    probe.wait("scores", played_until_scored)
    assert stamp_ns(scores[0]) == shared_player.stamp_ns(0)


def test_a_picture_that_was_overwritten_is_counted_as_dropped(start: Start, probe: Probe) -> None:
    start("tiling_node", transport="shared")
    figures, tiles = probe.figures(), probe.listen(TileBatch, "tiles", 1)
    ring, shared = PictureRing(), probe.node.create_publisher(SharedImage, "image/shared", qos.frames_out())
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    places = [ring.put(picture) for _ in range(20)]
    probe.wait("the node to want pictures", shared.get_subscription_count)

    def played_until_counted() -> bool:
        message = SharedImage(height=HEIGHT, width=WIDTH, segment=places[0].segment, number=places[0].number)
        message.header.stamp = to_time(Player.stamp_ns(0))
        shared.publish(message)
        return "dropped: overwritten before it was read" in figures.get("tiling_node", {})

    probe.wait("the count", played_until_counted)
    ring.close()
    assert not tiles


def test_tiles_of_pictures_that_never_come_are_counted_and_said(start: Start, probe: Probe) -> None:
    start("tiling_node", "-r", "image:=front/image_raw")
    inference, figures = start("inference_node"), probe.figures()
    player, _ = Player(probe, "front/image_raw"), probe.listen(TileScores, "tile_scores", qos.stream())
    probe.wait("the tiling node", player.image.get_subscription_count)
    frames = itertools.count()

    def played_until_said() -> bool:
        player.play(next(frames))
        return "none of their pictures on /image" in inference.output

    probe.wait("the warning", played_until_said)
    count = "dropped: its picture did not come"
    probe.wait("the count", lambda: int(figures.get("inference_node", {}).get(count, "0")) > 0)


@pytest.mark.parametrize("needed", [{"delivery": "lossless"}, {"transport": "shared"}])
def test_tiles_without_their_picture_are_refused_where_it_comes_no_other_way(
    start: Start, probe: Probe, needed: dict[str, str]
) -> None:
    start("tiling_node", delivery="live", transport="raw")
    inference = start("inference_node", **needed)
    ((name, value),) = needed.items()
    player, scores = Player(probe), probe.listen(TileScores, "tile_scores", qos.stream())
    probe.wait("the stages to connect", player.image.get_subscription_count)

    def played_until_refused() -> bool:
        player.play(0)
        return f"run tiling_node with {name}:={value}" in inference.output

    probe.wait("the refusal", played_until_refused)
    assert not scores


def test_tiles_of_another_size_than_the_models_are_refused(start: Start, probe: Probe) -> None:
    start("tiling_node", delivery="lossless", tile_size=128)
    inference = start("inference_node", delivery="lossless")
    player, scores = Player(probe), probe.listen(TileScores, "tile_scores", qos.stream())
    figures = probe.figures()
    probe.wait("the stages to connect", player.image.get_subscription_count)
    player.play(0)
    probe.wait("the count", lambda: figures.get("inference_node", {}).get("dropped: refused") == "1")
    assert "tiles of 128 px but the model takes 227 px" in inference.output
    assert "Traceback" not in inference.output
    assert not scores


def test_names_can_be_remapped_and_put_into_a_namespace(start: Start, probe: Probe) -> None:
    start("tiling_node", "-r", "__ns:=/robot_7", "-r", "image:=front/image_raw")
    player, tiles = Player(probe, "/robot_7/front/image_raw"), probe.listen(TileBatch, "/robot_7/tiles", 1)
    probe.wait("the node to want pictures", player.image.get_subscription_count)
    player.play(0)
    probe.wait("tiles", lambda: tiles)


def test_a_picture_without_a_time_is_refused_once_and_counted(start: Start, probe: Probe) -> None:
    tiling = start("tiling_node", delivery="lossless")
    player, figures = Player(probe), probe.figures()
    tiles = probe.listen(TileBatch, "tiles", qos.frames_in("lossless"))
    probe.wait("the node to want pictures", player.image.get_subscription_count)
    for stamp in (0, 0, player.stamp_ns(0)):
        player.play_image(stamp)
    probe.wait("tiles", lambda: tiles)
    probe.wait("the count", lambda: figures.get("tiling_node", {}).get("dropped: zero stamp") == "2")
    assert stamp_ns(tiles[0]) == player.stamp_ns(0)
    assert tiling.output.count("stamp of zero refused") == 1


def test_a_logger_knows_how_many_frames_were_dropped_before_it(
    start: Start, probe: Probe, tmp_path: Path
) -> None:
    start("tiling_node", delivery="lossless")
    start("inference_node", delivery="lossless")
    logger = start("logger_node", delivery="lossless", output=tmp_path / "session", **SURFACE)
    player, figures = Player(probe), probe.figures()
    play_logged(probe, player, figures, range(1))
    # As if tiling had been too slow for three pictures: the camera took them, nobody scored them.
    player.image.publish, publish = lambda _: None, player.image.publish
    for index in (1, 2, 3):
        player.play(index)
    player.image.publish = publish
    player.play(4)
    player.finish(4)
    assert logger.exit_code() == 0
    summary = json.loads((tmp_path / "session" / "summary.json").read_text())
    assert (summary["frames"], summary["frames_scored"]) == (5, 2)
    assert list(summary["frames_dropped"].values()) == [3]


def test_a_running_scan_can_be_watched_and_steered(start: Start, probe: Probe, tmp_path: Path) -> None:
    start("tiling_node", delivery="lossless")
    start("inference_node", delivery="lossless")
    start("logger_node", delivery="lossless", output=tmp_path / "first", **SURFACE)
    player, figures = Player(probe), probe.figures()
    play_logged(probe, player, figures, range(3))
    assert probe.call(SetBool, "pause", data=True).success
    play_logged(probe, player, figures, range(3, 4))
    assert probe.call(SetBool, "pause", data=False).success
    play_logged(probe, player, figures, range(4, 5))
    probe.wait("the session in diagnostics", lambda: figures.get("logger_node", {}).get("session") == "first")

    # Who comes late gets the latest map.
    cracks = probe.listen(CrackArray, "cracks", qos.latched())
    coverage = probe.listen(OccupancyGrid, "crack_map/coverage", qos.latched())
    probe.wait("the map", lambda: cracks and coverage)
    assert cracks[0].session_id == "first"
    assert cracks[0].header.frame_id == coverage[0].header.frame_id == "odom"

    answer = probe.call(Export, "export", format="geojson", path=str(tmp_path / "now.geojson"))
    assert answer.success
    assert json.loads(Path(answer.path).read_text())["type"] == "FeatureCollection"
    answer = probe.call(Export, "export", format="dwg")
    assert not answer.success
    assert "expected one of csv, geojson, json, html" in answer.message

    assert probe.call(StartSession, "start_session", name="second", folder=str(tmp_path / "second")).success
    summary = json.loads((tmp_path / "first" / "summary.json").read_text())
    assert (summary["frames_scored"], summary["frames_dropped"]) == (4, {"paused": 1})
    play_logged(probe, player, figures, range(5, 6))
    probe.wait("the next session", lambda: figures["logger_node"].get("session") == "second")
    assert (tmp_path / "second" / "scan.db").is_file()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_logger_saves_its_work(
    start: Start, probe: Probe, tmp_path: Path, number: signal.Signals
) -> None:
    nodes = [start(name, delivery="lossless") for name in ("tiling_node", "inference_node")]
    nodes.append(start("logger_node", delivery="lossless", output=tmp_path / "session", **SURFACE))
    player, figures = Player(probe), probe.figures()
    play_logged(probe, player, figures, range(3))
    for node in nodes:
        node.send(number)
    assert [node.exit_code() for node in nodes] == [0, 0, 0]
    assert not any("Traceback" in node.output for node in nodes)
    summary = json.loads((tmp_path / "session" / "summary.json").read_text())
    assert (summary["frames_scored"], summary["complete"]) == (3, False)
