"""What a source says of itself is checked before anybody believes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from std_msgs.msg import String

from crack_scanner.errors import CrackScannerError
from crack_scanner.messages.source_words import findings_from_message, truth_from_message

CRACK = {
    "geometry": {"type": "LineString", "coordinates": [[0.1, 0.2], [0.3, 0.2]]},
    "properties": {"width_max_mm": 0.4},
}


@pytest.mark.parametrize(
    ("take", "value"),
    [
        (truth_from_message, {"type": "FeatureCollection", "features": [CRACK], "seed": 3}),
        (truth_from_message, {"type": "FeatureCollection", "features": []}),
        (findings_from_message, {"bag": {"whole": False}}),
        (findings_from_message, {}),
    ],
)
def test_what_is_right_is_taken(take: Callable[[Any], dict], value: dict) -> None:
    assert take(String(data=json.dumps(value))) == value


@pytest.mark.parametrize(
    ("take", "text", "says"),
    [
        (truth_from_message, "wall_7: 3 cracks", "is no JSON"),
        (truth_from_message, "[1, 2]", "holds list in JSON; expected an object"),
        (truth_from_message, '{"pose": 1}', "not a GeoJSON"),
        (truth_from_message, '{"features": [{"geometry": null}]}', "not a GeoJSON"),
        (findings_from_message, "", "is no JSON"),
        (findings_from_message, "3", "holds int in JSON; expected an object"),
        (findings_from_message, '{"bag": 3}', "'bag' is 3; expected an object"),
    ],
)
def test_what_is_wrong_is_named(take: Callable[[Any], dict], text: str, says: str) -> None:
    with pytest.raises(CrackScannerError, match=says):
        take(String(data=text))
