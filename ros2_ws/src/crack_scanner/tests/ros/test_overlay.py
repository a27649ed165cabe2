"""The picture with what was found in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crack_scanner.ros import overlay as overlays
from crack_scanner.ros.overlay import COMPRESSED, TOPIC, OverlayPublisher, overlay
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.sightings import CrackSighting, FrameCracks
from crack_scanner.vision.tile_grid import tile_grid
from crack_scanner.vision.width import LineWidths

GRID = tile_grid(454, 227, 227, 0.0)
PICTURE = np.full((227, 454, 3), 120, np.uint8)
LINE = np.stack([np.linspace(20, 430, 200), np.full(200, 100.0)], axis=1)


def scored(probability: float, width: float | None, stamp_ns: int = 5) -> TileScores:
    cracks = None
    if width is not None:
        widths = LineWidths(LINE, np.full(200, width), np.full(200, 0.1), np.full(200, 0.5), 0.9, 1.5)
        cracks = FrameCracks((CrackSighting(widths, 0.9),), "0" * 12)
    share, quality = np.full(len(GRID), probability, np.float32), np.ones(len(GRID), np.float32)
    plain = TileScores(stamp_ns, 454, 227, 227, GRID.x, GRID.y, share, quality, "0" * 12)
    return replace(plain, cracks=cracks)


class Topic:
    """A publisher that somebody listens to, or nobody."""

    def __init__(self, listeners: int) -> None:
        self.listeners = listeners
        self.messages: list[Any] = []

    def get_subscription_count(self) -> int:
        return self.listeners

    def publish(self, message: Any) -> None:
        self.messages.append(message)


class FakeNode:
    def __init__(self, **listeners: int) -> None:
        self.topics = {TOPIC: Topic(listeners.get("raw", 0)), COMPRESSED: Topic(listeners.get("jpeg", 0))}

    def create_publisher(self, _kind: type, topic: str, _qos: Any) -> Topic:
        return self.topics[topic]


def test_a_crack_line_and_the_tiles_are_drawn_into_a_copy() -> None:
    quiet = overlay(PICTURE, scored(0.0, None))
    assert np.array_equal(quiet, PICTURE)
    tinted = overlay(PICTURE, scored(0.9, None))
    assert (tinted != PICTURE).any(axis=2).mean() > 0.9
    lined = overlay(PICTURE, scored(0.9, 4.0))
    assert (lined[100] != tinted[100]).any(axis=1).mean() > 0.8
    assert (PICTURE == 120).all()


@pytest.mark.parametrize(("width", "words"), [(4.0, "4.0 px"), (1.0, "< 1.5 px"), (np.nan, "< 1.5 px")])
def test_no_width_is_shown_that_cannot_be_claimed(
    width: float, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(overlays, "draw_cracks", lambda _, lines: shown.extend(line.text for line in lines))
    overlay(PICTURE, scored(0.9, width))
    assert shown == [words]


def test_nothing_is_drawn_while_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(_picture: np.ndarray, _scores: TileScores) -> None:
        raise AssertionError("a picture was drawn")

    monkeypatch.setattr(overlays, "overlay", draw)
    OverlayPublisher(FakeNode(), lines=True).show(scored(0.9, 4.0), PICTURE)


@pytest.mark.parametrize(("lines", "expected"), [(True, [0, 250, 500]), (False, [0, 200, 400])])
def test_looked_at_frames_are_shown_five_times_a_second(lines: bool, expected: list[int]) -> None:
    node = FakeNode(jpeg=1)
    publisher = OverlayPublisher(node, lines, "camera")
    for at in range(0, 600, 50):
        looked = at % 250 == 0
        publisher.show(scored(0.5, 4.0 if looked else None, at * 1_000_000), PICTURE)
    messages = node.topics[COMPRESSED].messages
    stamps = [m.header.stamp.sec * 1000 + m.header.stamp.nanosec // 1_000_000 for m in messages]
    assert stamps == expected
    assert {m.header.frame_id for m in messages} == {"camera"}
    assert node.topics[TOPIC].messages == []
