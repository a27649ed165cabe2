"""How each topic is delivered. The one place where quality of service is decided.

Frames are published RELIABLE, so that a subscriber may choose. A subscriber that runs live takes them
BEST_EFFORT with a depth of 1: the latest frame wins and what it did not get to is counted as dropped.
In a lossless run (a simulated or replayed scan) it takes them RELIABLE with room for every frame that
the source has under way, see `FRAMES_IN_FLIGHT`.
"""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

LIVE = "live"
LOSSLESS = "lossless"
DELIVERIES = (LIVE, LOSSLESS)

# The profile of a latched topic as rosbag2 writes it into a bag, so that `ros2 bag play` offers it again.
LATCHED_OFFERED = """
- history: keep_last
  depth: 1
  reliability: reliable
  durability: transient_local
  deadline: {sec: 9223372036, nsec: 854775807}
  lifespan: {sec: 9223372036, nsec: 854775807}
  liveliness: automatic
  liveliness_lease_duration: {sec: 9223372036, nsec: 854775807}
  avoid_ros_namespace_conventions: false
""".strip()

# A lossless source has at most this many frames under way that are not logged yet.
FRAMES_IN_FLIGHT = 3


def frames_out() -> QoSProfile:
    """For publishers of `image` and `tiles`."""
    return _profile(FRAMES_IN_FLIGHT + 1, ReliabilityPolicy.RELIABLE)


def frames_in(delivery: str) -> QoSProfile:
    """For subscribers of `image` and `tiles`; `delivery` is one of DELIVERIES."""
    if delivery == LOSSLESS:
        return _profile(FRAMES_IN_FLIGHT + 1, ReliabilityPolicy.RELIABLE)
    return _profile(1, ReliabilityPolicy.BEST_EFFORT)


def frames_to_pair() -> QoSProfile:
    """For a live subscriber of `image` that waits for the tiles of a picture.

    They come a little later, and with room for one picture alone the next would take its place meanwhile.
    """
    return _profile(2, ReliabilityPolicy.BEST_EFFORT)


def recorded_frames(delivery: str) -> QoSProfile:
    """For a recorder of `image`, which wants every one: room for two seconds of an ordinary camera."""
    reliable = delivery == LOSSLESS
    return _profile(30, ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT)


def transforms() -> QoSProfile:
    """For `/tf`, as tf2_ros listens to it."""
    return _profile(100, ReliabilityPolicy.RELIABLE)


def fixed_transforms() -> QoSProfile:
    """For `/tf_static`: each of its publishers has one latched message."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=100,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )


def stream() -> QoSProfile:
    """For small messages of which none may be missed: tile_scores, frame_logged, our own camera_info."""
    return _profile(100, ReliabilityPolicy.RELIABLE)


def cameras(lossless: bool) -> QoSProfile:
    """For subscribers of camera_info, which other people's drivers publish either way."""
    return stream() if lossless else _profile(100, ReliabilityPolicy.BEST_EFFORT)


def odometry(lossless: bool) -> QoSProfile:
    """For odometry, which other people's robots publish either way."""
    return _profile(500, ReliabilityPolicy.RELIABLE if lossless else ReliabilityPolicy.BEST_EFFORT)


def latched() -> QoSProfile:
    """For maps, the truth and the end of a scan: a subscriber that comes late gets the last one."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=1,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )


def _profile(depth: int, reliability: ReliabilityPolicy) -> QoSProfile:
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=reliability,
        durability=DurabilityPolicy.VOLATILE,
    )
