"""Whose fault it is when a frame cannot be dealt with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rclpy.node import Node
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.stamps import to_time
from crack_scanner.ros.subscriptions import REFUSED, FrameSubscription

INFO = {"publication_sequence_number": 1}


def picture() -> bytes:
    message = Image()
    message.header.stamp = to_time(1_000_000_000)
    return serialize_message(message)


def fail(_value: Any) -> None:
    raise CrackScannerError("it does not work")


def receive(node: Node, read: Callable[[Any], Any], take: Callable[[Any], None]) -> Diagnostics:
    diagnostics = Diagnostics(node)
    profile = qos.frames_in(qos.LOSSLESS)
    FrameSubscription(node, Image, "image", profile, diagnostics, read, take)._receive(picture(), INFO)
    return diagnostics


def test_a_picture_that_cannot_be_read_is_refused(make_node: Callable[..., Node]) -> None:
    assert receive(make_node(), fail, pytest.fail).statistics.dropped == {REFUSED: 1}


def test_what_fails_with_a_picture_that_was_read_is_not_its_fault(make_node: Callable[..., Node]) -> None:
    with pytest.raises(CrackScannerError, match="does not work"):
        receive(make_node(), lambda message: message.encoding, fail)
