"""Finds and measures the tiles of pictures: image -> tiles."""

from __future__ import annotations

import sys
from typing import Any

from crack_scanner_interfaces.msg import TileBatch
from rclpy.context import Context

from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.pipeline.scorer import FrameTiler, TiledFrame
from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.parameters import DELIVERY, TRANSPORT, declare, scan_settings, setting_parameters
from crack_scanner.ros.pictures import picture_topic, place_of
from crack_scanner.ros.runner import ServiceNode, run
from crack_scanner.ros.subscriptions import FrameSubscription, LazyPublisher
from crack_scanner.ros.tiles import picture_and_tiles_to_batch, tiles_to_batch

PARAMETERS = (
    *setting_parameters(("tile_size", "overlap", "min_sharpness", "dark", "bright", "max_clipped")),
    TRANSPORT,
    DELIVERY,
)


class TilingNode(ServiceNode):
    """One TileBatch for each picture, while somebody listens."""

    def __init__(self, context: Context) -> None:
        super().__init__("tiling_node", context)
        values = declare(self, PARAMETERS)
        self._tiler = FrameTiler(scan_settings(values))
        self._topic = picture_topic(values["transport"])
        self._delivery = values["delivery"]
        self._diagnostics = Diagnostics(self)
        self._tiles = LazyPublisher(self, TileBatch, "tiles", qos.frames_out(), self._subscribe)

    def _subscribe(self) -> FrameSubscription[None]:
        topic, profile = self._topic, qos.frames_in(self._delivery)
        return FrameSubscription(self, topic.kind, topic.name, profile, self._diagnostics, self._tile)

    def _tile(self, message: Any) -> None:
        with self._topic.borrowed(message) as image:
            tiled = self._tiler.tile(stamp_ns(message), image)
        self._tiles.publish(self._batch(tiled, message))
        self._diagnostics.handled(tiled.stamp_ns)

    def _batch(self, tiled: TiledFrame, message: Any) -> TileBatch | bytes:
        frame_id = message.header.frame_id
        if self._topic.is_shared:
            return tiles_to_batch(tiled, frame_id, place_of(message))
        # Live, whoever wants the picture has it from the camera, at half the cost. Where nothing may be lost
        # it goes with its tiles: no source knows whether two listeners are there from its first picture on.
        if self._delivery == qos.LOSSLESS:
            return picture_and_tiles_to_batch(tiled, frame_id)
        return tiles_to_batch(tiled, frame_id)


def main() -> None:
    """Entry point."""
    sys.exit(run(TilingNode))


if __name__ == "__main__":
    main()
