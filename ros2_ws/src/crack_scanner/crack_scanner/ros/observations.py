"""Crack lines of one frame between ROS messages and the core's types."""

from __future__ import annotations

from typing import Any

import numpy as np
from crack_scanner_interfaces.msg import CrackObservation, CrackObservations

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros.arrays import float_array
from crack_scanner.ros.stamps import to_time
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.sightings import CrackSighting, FrameCracks
from crack_scanner.vision.width import LineWidths


def observation_messages(cracks: FrameCracks) -> list[CrackObservation]:
    """A message for each line that was seen."""
    return [_message(sighting) for sighting in cracks.sightings]


def frame_observations(scores: TileScores, cracks: FrameCracks, frame_id: str) -> CrackObservations:
    """A CrackObservations message of a frame whose pixels were looked at."""
    message = CrackObservations(
        image_width=scores.image_width,
        image_height=scores.image_height,
        observations=observation_messages(cracks),
        model_id=cracks.model_id,
    )
    message.header.stamp = to_time(scores.stamp_ns)
    message.header.frame_id = frame_id
    return message


def cracks_from_messages(messages: Any, model_id: str) -> FrameCracks:
    """What a segmenter saw in a frame."""
    return FrameCracks(tuple(_sighting(message) for message in messages), model_id)


def _message(sighting: CrackSighting) -> CrackObservation:
    line = sighting.widths
    return CrackObservation(
        x=float_array(line.points[:, 0]),
        y=float_array(line.points[:, 1]),
        width=float_array(line.width),
        width_sigma=float_array(line.sigma),
        smallest_width=float(line.smallest),
        probability=float(sighting.probability),
    )


def _sighting(message: Any) -> CrackSighting:
    lengths = {len(message.x), len(message.y), len(message.width), len(message.width_sigma)}
    if len(lengths) != 1 or lengths == {0}:
        raise CrackScannerError(
            f"crack observation with {len(message.x)} x, {len(message.y)} y, {len(message.width)} width and "
            f"{len(message.width_sigma)} width_sigma; expected as many of each, at least one"
        )
    points = np.stack([np.asarray(message.x, float), np.asarray(message.y, float)], axis=1)
    width, sigma = np.asarray(message.width, float), np.asarray(message.width_sigma, float)
    # Contrast and blur are not sent; nobody beyond the measurement asks for them.
    unknown = np.full(len(points), np.nan)
    line = LineWidths(points, width, sigma, unknown, float("nan"), float(message.smallest_width))
    return CrackSighting(line, float(message.probability))
