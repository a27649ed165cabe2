"""Pictures from memory."""

import numpy as np

from crack_scanner.benchmark.memory_source import MemorySource, checksum, sample_pictures
from crack_scanner.frames import Frame, Odometry


def test_the_same_seed_gives_the_same_input() -> None:
    first, again = sample_pictures(320, 240), sample_pictures(320, 240)
    assert checksum(first) == checksum(again) != checksum(sample_pictures(320, 240, seed=2))
    assert first[0].shape == (240, 320, 3)


def test_every_picture_comes_with_the_pose_at_its_stamp_and_is_not_copied() -> None:
    pictures = sample_pictures(320, 240)
    source = MemorySource(pictures, rate=None, seconds=0.01)
    events = list(source)
    frames = [event for event in events if isinstance(event, Frame)]
    poses = {event.stamp_ns for event in events if isinstance(event, Odometry)}
    assert len(source.sent) == len(frames) > 0
    assert all(frame.stamp_ns in poses for frame in frames)
    assert np.shares_memory(frames[0].image, pictures[0])
