"""The whole service in one process: tiling, inference and logger hand to hand."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from crack_scanner_interfaces.msg import CrackObservations
from rclpy.context import Context

from crack_scanner.bags.new_bag import bag_beside, keep_settings, kept_with_session
from crack_scanner.bags.recorder import BagRecorder
from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Frame, Odometry
from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.nodes.camera_node import CAMERA, camera_source
from crack_scanner.nodes.simulator_node import SIMULATION, simulated_robot
from crack_scanner.pipeline.scan_keeper import NOT_SCORED
from crack_scanner.pipeline.scorer import FrameScorer
from crack_scanner.precision import chosen_model
from crack_scanner.ros import qos
from crack_scanner.ros.live_scorer import LiveScorer
from crack_scanner.ros.observations import frame_observations
from crack_scanner.ros.overlay import OverlayPublisher
from crack_scanner.ros.parameters import SEGMENTER, TRANSPORT, Parameter
from crack_scanner.ros.pictures import picture_topic
from crack_scanner.ros.runner import run
from crack_scanner.ros.session_node import PARAMETERS as SESSION
from crack_scanner.ros.session_node import SessionNode
from crack_scanner.ros.source_worker import Lost, Scored, SourceWorker
from crack_scanner.ros.subscriptions import NOT_TAKEN, ZERO_STAMP, FrameSubscription, Refusal
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.bare_camera import BareCamera
from crack_scanner.sources.capture import SourceGoneError
from crack_scanner.sources.source import Source
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.segmenter import load_segmenter

TOPICS, SIMULATOR = "topics", "simulator"
PARAMETERS = (
    Parameter(
        "source",
        TOPICS,
        "topics: image, camera_info and odom of other nodes; simulator; device:N, a video or picture file, a "
        "folder of pictures, or a URL",
    ),
    Parameter("camera_frame", "camera_optical_frame", "frame_id of the camera, where source is not topics"),
    Parameter("record", "", "folder of a bag to record into, where source is not topics; see recorder_node"),
    Parameter(
        "record_split_mb", 0, "size from which that bag goes on in another file, MB; 0: never", 0, 1_000_000
    ),
    TRANSPORT,
    SEGMENTER,
    *SESSION,
    *CAMERA,
    *SIMULATION,
)


class ScannerNode(SessionNode):
    """Frames pass by reference; nothing is serialised between the stages."""

    def __init__(self, context: Context) -> None:
        super().__init__("scanner_node", context, PARAMETERS)
        if self.values["record"]:
            self.settings = self.settings.repeatable()
        warn = self.get_logger().warning
        model = chosen_model(Path(self.values["model"]), self.settings.precision, warn)
        self._classifier = TileClassifier.load(model, self.settings.threads)
        self._segmenter = load_segmenter(self.values["segmenter"], self.settings.threads)
        self._overlay = OverlayPublisher(self, self._segmenter is not None, self.values["camera_frame"])
        self._scorer = FrameScorer(self._classifier, self.settings, self._segmenter, self._overlay.show)
        self._observations = self.create_publisher(CrackObservations, "crack_observations", qos.stream())
        self._topic = picture_topic(self.values["transport"])
        self._source: Source | None = None
        self._worker: SourceWorker | None = None
        self._gone = False
        self._bag: Path | None = None
        self._recorder: BagRecorder | None = None
        self._live: LiveScorer[tuple[TileScores, str]] | None = None
        if self.values["source"] == TOPICS:
            if self.values["record"]:
                raise CrackScannerError(
                    "parameter 'record' does not go with source topics: run recorder_node"
                )
            self._scan_topics()
        else:
            self._scan_source(_open(self.values, self.settings, lambda: self.get_clock().now().nanoseconds))

    def is_finished(self) -> bool:
        """Whether the source has ended and all it sent is in the map."""
        try:
            ended = self._worker is not None and self._worker.is_finished()
        except SourceGoneError:
            self._gone = True
            raise
        if ended:
            self.source_finished(0)
        return super().is_finished()

    def close(self, failed: bool) -> None:
        """End the source, write the session's files, end the interpreters.

        A camera that has gone away is a failure, too, but one that leaves what was scanned until then.
        """
        if self._worker is not None:
            self._worker.stop()
        if self._live is not None:
            self._live.stop()
        if self._source is not None:
            self._source.close()
        if self._recorder is not None:
            self._recorder.close()
            self.get_logger().info(f"{self._recorder.messages} messages recorded in {self._bag}")
        try:
            if self._gone:
                self.save(complete=False, expected=False)
            else:
                super().close(failed)
        finally:
            self._classifier.close()
            if self._segmenter is not None:
                self._segmenter.close()

    def lost(self) -> Counter[str]:
        """Frames that came, or should have come, and are in no map: for diagnostics, by reason."""
        lost = super().lost()
        if self._worker is None:
            # The subscription to the pictures has counted them already, and knows why.
            del lost[NOT_SCORED]
        return lost

    def take_scores(self, scores: TileScores, camera_frame: str) -> None:
        """Put a scored frame into the map, and show its crack lines to those who listen."""
        super().take_scores(scores, camera_frame)
        if scores.cracks is not None and self._observations.get_subscription_count():
            self._observations.publish(frame_observations(scores, scores.cracks, camera_frame))

    def _scan_topics(self) -> None:
        self.open(TOPICS, self.settings.surface, self.settings.mount)
        self.listen_to_robot()
        self.listen_to_camera()
        profile = qos.frames_in(self.values["delivery"])
        topic, timeless = self._topic, self._count_timeless
        common = self, topic.kind, topic.name, profile, self.diagnostics
        if self.lossless:
            FrameSubscription(*common, self._score_image, self._take_scored, timeless)
            return
        refuse = Refusal(self, self.diagnostics, topic.name)
        self._live = LiveScorer(self, self._score_image, self._take_scored, refuse)
        FrameSubscription(*common, self._offer_image, timeless=timeless)

    def _count_timeless(self) -> None:
        self.keeper.count_dropped(ZERO_STAMP, 1)

    def _scan_source(self, source: Source) -> None:
        self._source = source
        self._begin_bag()
        with kept_with_session(self._bag):
            self.open(source.name, source.surface, source.mount)
        if self._bag is not None:
            keep_settings(self._bag, self.settings, source.surface, source.mount)
        self.diagnostics.stamps_are_now = source.live
        if self.values["resume"]:
            source.start_at(self._desk.known_until_ns())
        self.keeper.truth = source.truth
        if isinstance(source, BareCamera):
            self.listen_to_robot()
        record: Callable[[Frame | Odometry], None] = _record_nothing
        if self._recorder is not None:
            record = self._recorder.add
        self._worker = SourceWorker(self, source, source.live, self._scorer, self._take, record)
        self._worker.start()

    def _begin_bag(self) -> None:
        """Before anything of an earlier session is removed."""
        if not self.values["record"]:
            return
        wanted = Path(self.values["record"])
        self._bag = bag_beside(Path(self.values["output"]), wanted, self.values["resume"])
        if self._bag != wanted:
            self.get_logger().info(f"bag {wanted} is there already: recording into {self._bag}")
        self._recorder = BagRecorder(self._bag, split_bytes=self.values["record_split_mb"] * 10**6)

    def _score_image(self, message: Any) -> tuple[TileScores, str]:
        self._overlay.frame_id = message.header.frame_id
        return self._scorer.score(stamp_ns(message), self._topic.read(message)), message.header.frame_id

    def _take_scored(self, scored: tuple[TileScores, str]) -> None:
        self.take_scores(*scored)

    def _offer_image(self, message: Any) -> None:
        if self._live is not None and self._live.offer(message):
            self.diagnostics.statistics.drop(NOT_TAKEN)

    def _take(self, result: Odometry | Scored | Lost) -> None:
        if isinstance(result, Odometry):
            self.keeper.add_odometry(result)
        elif isinstance(result[0], str):
            self.keeper.count_dropped(*result)
        else:
            scores, camera = result
            self.keeper.add_camera(scores.stamp_ns, camera)
            self.take_scores(scores, self.values["camera_frame"])


def _record_nothing(_event: Frame | Odometry) -> None:
    """Where there is no bag."""


def _open(values: dict[str, Any], settings: ScanSettings, clock: Callable[[], int]) -> Source:
    if values["source"] == SIMULATOR:
        return simulated_robot(values, settings)
    source = camera_source(values, settings, clock)
    if isinstance(source, BareCamera) and not source.live:
        raise CrackScannerError(
            f"source {source.name} has no time in common with odom: give metres_per_pixel, so that "
            "its own motion places the pictures"
        )
    return source


def main() -> None:
    """Entry point."""
    sys.exit(run(ScannerNode))


if __name__ == "__main__":
    main()
