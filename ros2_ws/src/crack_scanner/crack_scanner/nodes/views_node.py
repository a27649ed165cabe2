"""The running graph in Rerun: cracks, crack_map/coverage, crack_map/robot, image and tile_scores."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from crack_scanner_interfaces.msg import CrackArray
from crack_scanner_interfaces.msg import TileScores as TileScoresMessage
from nav_msgs.msg import OccupancyGrid
from numpy.typing import NDArray
from rclpy.clock import Clock, ClockType
from rclpy.context import Context
from visualization_msgs.msg import MarkerArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.evidence_grid import SCANNED
from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.pipeline.pairing import Pairing
from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.map_reading import coverage_from_message, cracks_from_message, robot_from_message
from crack_scanner.ros.parameters import TRANSPORT, Parameter, declare
from crack_scanner.ros.picture_ring import OverwrittenError
from crack_scanner.ros.pictures import picture_topic
from crack_scanner.ros.runner import ServiceNode, run
from crack_scanner.ros.subscriptions import FrameSubscription, Guarded, Refusal
from crack_scanner.ros.tiles import scores_from_message
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.views.opening import open_live_view
from crack_scanner.views.seen import MapState, ScoredPicture
from crack_scanner.views.targets import BROWSER, FILE_SUFFIX, WINDOW
from crack_scanner.vision.scores import TileScores

PARAMETERS = (
    Parameter(
        "view", WINDOW, f"{WINDOW} (a window), {BROWSER} (a browser on this machine), or FILE{FILE_SUFFIX}"
    ),
    TRANSPORT,
)
# Pictures that wait for their scores, or scores for their pictures.
_WAITING = 8
_PERIOD_S = 0.5
_NO_POINTS = np.zeros((0, 3))


class ViewsNode(ServiceNode):
    """Hands the newest map and picture to a view that nobody waits for; ends when its viewer is closed."""

    def __init__(self, context: Context) -> None:
        super().__init__("views_node", context)
        values = declare(self, PARAMETERS)
        if values["view"] not in (WINDOW, BROWSER) and not values["view"].endswith(FILE_SUFFIX):
            raise CrackScannerError(
                f"parameter 'view' is {values['view']!r}; expected {WINDOW}, {BROWSER} or FILE{FILE_SUFFIX}"
            )
        self._topic = picture_topic(values["transport"])
        self._cracks: tuple[Crack, ...] = ()
        self._map: tuple[SurfacePlane, NDArray[np.uint8], float] | None = None
        self._robot: tuple[NDArray[np.float64] | None, NDArray[np.float64]] = None, _NO_POINTS
        self._stamp_ns = 0
        self._changed = False
        self._pairs: Pairing[Any, TileScores] = Pairing(_WAITING)
        self._watches_pictures = False
        self._view = open_live_view(values["view"], self.get_logger().info)
        self._diagnostics = Diagnostics(self)
        self._guarded = Guarded(self, self._diagnostics)
        self._refuse_picture = Refusal(self, self._diagnostics, self._topic.name)
        self._listen(CrackArray, "cracks", cracks_from_message, self._take_cracks)
        self._listen(OccupancyGrid, "crack_map/coverage", coverage_from_message, self._take_coverage)
        self.create_subscription(MarkerArray, "crack_map/robot", self._take_robot, qos.latched())
        self.create_timer(_PERIOD_S, self._show, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def is_finished(self) -> bool:
        """Whether the viewer was closed."""
        return self._view.lost

    def close(self, failed: bool) -> None:
        """Show the last state and end the view."""
        self._show_map()
        self._view.close()

    def _listen(self, kind: type, topic: str, convert: Any, take: Any) -> None:
        self.create_subscription(kind, topic, self._guarded.handler(topic, convert, take), qos.latched())

    def _take_cracks(self, message: Any, cracks: tuple[Crack, ...]) -> None:
        self._cracks = cracks
        self._take_stamp(stamp_ns(message))

    def _take_coverage(self, message: Any, seen: tuple[SurfacePlane, NDArray[np.uint8]]) -> None:
        surface, states = seen
        # The same plane as before stays the same object, by which the drawing knows it.
        before = None if self._map is None else self._map[0]
        if before is not None and _is_same(before, surface):
            surface = before
        self._map = surface, states, float(message.info.resolution)
        self._take_stamp(stamp_ns(message))

    def _take_robot(self, message: Any) -> None:
        self._robot = robot_from_message(message)
        self._changed = True

    def _take_stamp(self, at_ns: int) -> None:
        self._stamp_ns = max(self._stamp_ns, at_ns)
        self._changed = True

    def _take_picture(self, message: Any) -> None:
        self._show_picture(self._pairs.first(stamp_ns(message), message))

    def _take_scores(self, _message: Any, scores: TileScores) -> None:
        self._diagnostics.handled(scores.stamp_ns)
        self._show_picture(self._pairs.second(scores.stamp_ns, scores))

    def _show_picture(self, pair: tuple[Any, TileScores] | None) -> None:
        if pair is not None and self._view.wants_picture():
            message, scores = pair
            try:
                picture = self._topic.read(message)
            except OverwrittenError:
                # A view need not show every picture.
                return
            except CrackScannerError as error:
                self._refuse_picture(error)
                return
            self._view.show_picture(ScoredPicture(picture, scores))

    def _show(self) -> None:
        if not self._watches_pictures:
            self._watch_pictures()
        if self._changed and self._view.wants_map():
            self._show_map()

    def _watch_pictures(self) -> None:
        """Listen to pictures once the logger does: a source begins when its chain has a listener."""
        if not (self.count_publishers("tile_scores") and self.count_subscribers("tile_scores")):
            return
        self._watches_pictures = True
        topic, live = self._topic, qos.frames_in(qos.LIVE)
        FrameSubscription(self, topic.kind, topic.name, live, self._diagnostics, self._take_picture)
        take = self._guarded.handler("tile_scores", scores_from_message, self._take_scores)
        self.create_subscription(TileScoresMessage, "tile_scores", take, live)

    def _show_map(self) -> None:
        if self._map is None or not self._changed:
            return
        self._changed = False
        surface, states, square = self._map
        camera, outline = self._robot
        covered = 100.0 * float(np.mean(states == SCANNED))
        figures = {"coverage_percent": covered, "cracks": float(len(self._cracks))}
        self._view.show_map(
            MapState(self._stamp_ns, surface, self._cracks, states, square, camera, outline, figures)
        )


def _is_same(one: SurfacePlane, other: SurfacePlane) -> bool:
    sizes = (one.width, one.height) == (other.width, other.height)
    places = zip(
        (one.origin, one.u_axis, one.v_axis), (other.origin, other.u_axis, other.v_axis), strict=True
    )
    return sizes and all(np.array_equal(a, b) for a, b in places)


def main() -> None:
    """Entry point."""
    sys.exit(run(ViewsNode))


if __name__ == "__main__":
    main()
