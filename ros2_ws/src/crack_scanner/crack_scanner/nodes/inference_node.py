"""Classifies tiles and measures cracks: image, tiles -> tile_scores, crack_observations, overlay."""

from __future__ import annotations

import sys
from pathlib import Path

from crack_scanner_interfaces.msg import CrackObservations, TileScores
from rclpy.context import Context

from crack_scanner.pipeline.scorer import FrameScorer, TiledFrame
from crack_scanner.precision import chosen_model
from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.observations import frame_observations
from crack_scanner.ros.overlay import OverlayPublisher
from crack_scanner.ros.parameters import (
    DELIVERY,
    MODEL,
    SEGMENTER,
    TRANSPORT,
    declare,
    scan_settings,
    setting_parameters,
)
from crack_scanner.ros.picture_tiles import PictureTiles
from crack_scanner.ros.pictures import picture_topic
from crack_scanner.ros.runner import ServiceNode, run
from crack_scanner.ros.subscriptions import LazyPublisher
from crack_scanner.ros.tiles import scores_to_message
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.segmenter import load_segmenter

PARAMETERS = (
    *setting_parameters(("tile_size", "threads", "precision", "dense", "measure_every")),
    MODEL,
    SEGMENTER,
    TRANSPORT,
    DELIVERY,
)


class InferenceNode(ServiceNode):
    """The scores of each batch of tiles, while somebody listens."""

    def __init__(self, context: Context) -> None:
        super().__init__("inference_node", context)
        values = declare(self, PARAMETERS)
        settings = scan_settings(values)
        model = chosen_model(Path(values["model"]), settings.precision, self.get_logger().warning)
        self._classifier = TileClassifier.load(model, settings.threads)
        self._segmenter = load_segmenter(values["segmenter"], settings.threads)
        self._overlay = OverlayPublisher(self, self._segmenter is not None)
        self._scorer = FrameScorer(self._classifier, settings, self._segmenter, self._overlay.show)
        self._delivery, self._topic = values["delivery"], picture_topic(values["transport"])
        self._diagnostics = Diagnostics(self, self._model)
        self._observations = self.create_publisher(CrackObservations, "crack_observations", qos.stream())
        self._scores = LazyPublisher(self, TileScores, "tile_scores", qos.stream(), self._subscribe)

    def close(self, failed: bool) -> None:
        """End the interpreters' threads."""
        self._classifier.close()
        if self._segmenter is not None:
            self._segmenter.close()

    def _subscribe(self) -> PictureTiles:
        return PictureTiles(self, self._topic, self._delivery, self._diagnostics, self._score)

    def _score(self, frame: TiledFrame, frame_id: str) -> None:
        self._overlay.frame_id = frame_id
        scores = self._scorer.score_frame(frame)
        self._scores.publish(scores_to_message(scores, frame_id))
        if scores.cracks is not None and self._observations.get_subscription_count():
            self._observations.publish(frame_observations(scores, scores.cracks, frame_id))
        self._diagnostics.handled(scores.stamp_ns)

    def _model(self) -> dict[str, str]:
        card = self._classifier.card
        model = {"model": card.name, "model_id": card.model_id, "model_path": str(card.path)}
        if self._segmenter is not None:
            model["segmenter_id"] = self._segmenter.card.model_id
        return model


def main() -> None:
    """Entry point."""
    sys.exit(run(InferenceNode))


if __name__ == "__main__":
    main()
