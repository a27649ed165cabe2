"""Subscription to pictures with their tiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crack_scanner_interfaces.msg import TileBatch
from rclpy.node import Node

from crack_scanner.errors import CrackScannerError
from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.pipeline.pairing import Pairing
from crack_scanner.pipeline.scorer import TiledFrame
from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.picture_ring import PictureReader
from crack_scanner.ros.pictures import PictureTopic, place_of
from crack_scanner.ros.subscriptions import FrameSubscription
from crack_scanner.ros.tiles import batch_to_tiles, has_picture

NO_PICTURE = "its picture did not come"
# Pictures that wait for their tiles, or tiles for their pictures.
_WAITING = 4
_REPEAT_WARNING = 10.0

Handle = Callable[[TiledFrame, str], None]


class PictureTiles:
    """Hands each frame of `tiles` with its picture, and its frame_id, to `handle`.

    Where pictures are in shared memory, the message says where. Else a live tiling node leaves the picture
    out of it: it is taken from the camera's topic, and frames whose picture never comes are counted.
    """

    def __init__(
        self, node: Node, topic: PictureTopic, delivery: str, diagnostics: Diagnostics, handle: Handle
    ) -> None:
        """topic: of the pictures that `tiles` is about. delivery: one of qos.DELIVERIES."""
        self._node, self._topic, self._delivery = node, topic, delivery
        self._statistics = diagnostics.statistics
        self._handle = handle
        self._pairs: Pairing[Any, Any] = Pairing(_WAITING)
        self._paired, self._lost = False, 0
        self._tiles = FrameSubscription(
            node, TileBatch, "tiles", qos.frames_in(delivery), diagnostics, self._take_tiles
        )
        self._shared = PictureReader()
        self._pictures: FrameSubscription[None] | None = None
        if delivery == qos.LIVE and not topic.is_shared:
            self._pictures = FrameSubscription(
                node,
                topic.kind,
                topic.name,
                qos.frames_to_pair(),
                diagnostics,
                self._take_picture,
                # What is missed is missed by the tiling node as well, or counted when its tiles have come.
                counts_missed=False,
            )

    def destroy(self) -> None:
        """Stop receiving."""
        self._tiles.destroy()
        if self._pictures is not None:
            self._pictures.destroy()

    def _take_picture(self, message: Any) -> None:
        self._work_on(self._pairs.first(stamp_ns(message), message))

    def _take_tiles(self, message: Any) -> None:
        if message.segment:
            height, width = int(message.image_height), int(message.image_width)
            picture = self._shared.read(place_of(message), height, width)
            self._handle(batch_to_tiles(message, picture), message.header.frame_id)
        elif has_picture(message):
            self._handle(batch_to_tiles(message), message.header.frame_id)
        elif self._pictures is None:
            same = "delivery:=lossless" if self._delivery == qos.LOSSLESS else "transport:=shared"
            raise CrackScannerError(
                f"tiles message without its picture, which comes no other way: run tiling_node with {same}"
            )
        else:
            self._work_on(self._pairs.second(stamp_ns(message), message))

    def _work_on(self, pair: tuple[Any, Any] | None) -> None:
        self._count_lost()
        if pair is not None:
            self._paired = True
            picture, tiles = pair
            self._handle(batch_to_tiles(tiles, self._topic.read(picture)), tiles.header.frame_id)

    def _count_lost(self) -> None:
        lost, self._lost = self._pairs.widowed - self._lost, self._pairs.widowed
        self._statistics.drop(NO_PICTURE, lost)
        if lost and not self._paired and self._lost > _WAITING:
            topic = self._node.resolve_topic_name(self._topic.name)
            self._node.get_logger().warning(
                f"tiles come, but none of their pictures on {topic}: "
                "does inference_node have the tiling_node's remappings and transport?",
                throttle_duration_sec=_REPEAT_WARNING,
            )
