"""Messages that cannot be used are counted, each kind under its own name, and said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rclpy.node import Node

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.picture_ring import OverwrittenError
from crack_scanner.ros.subscriptions import OVERWRITTEN, REFUSED, ZERO_STAMP, Refusal


def test_refusals_are_counted_and_said(
    make_node: Callable[..., Node], capfd: pytest.CaptureFixture[str]
) -> None:
    node = make_node("-r", "__ns:=/robot")
    diagnostics = Diagnostics(node)
    refuse = Refusal(node, diagnostics, "image")
    refuse(CrackScannerError("encoding 8UC3 is not supported"))
    refuse(OverwrittenError("picture 3 has been overwritten"))
    refuse(CrackScannerError("encoding 8UC3 is not supported"))
    assert diagnostics.statistics.dropped == {REFUSED: 2, OVERWRITTEN: 1}
    said = capfd.readouterr().err
    assert "/robot/image: encoding 8UC3 is not supported" in said
    assert "overwritten" not in said


def test_each_topic_with_a_fault_is_told(
    make_node: Callable[..., Node], capfd: pytest.CaptureFixture[str]
) -> None:
    node = make_node()
    diagnostics = Diagnostics(node)
    for topic in ("odom", "camera_info"):
        refuse = Refusal(node, diagnostics, topic)
        for _ in range(3):
            refuse(CrackScannerError("no pose"))
            refuse.timeless()
    assert diagnostics.statistics.dropped == {REFUSED: 6, ZERO_STAMP: 6}
    said = capfd.readouterr().err
    for topic in ("odom", "camera_info"):
        assert said.count(f"/{topic}: no pose") == 1
        assert said.count(f"/{topic}: message with a stamp of zero") == 1
