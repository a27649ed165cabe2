from pathlib import Path
from typing import Any

import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.simulator.config import SimulatorConfig


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"wall_width": -1.0}, "wall_width is -1.0; expected 0.1 to 1000"),
        ({"frame_rate": 0}, "frame_rate is 0"),
        ({"speed": float("nan")}, "speed is nan"),
        ({"drift": "much"}, "drift is 'much'"),
        ({"exposure": 0.05, "frame_rate": 100.0}, "longer than a frame"),
        ({"duration": 0.0}, "duration is 0.0 s"),
        ({"crack_count": -1}, "crack_count is -1"),
        ({"truth_file": Path("t.geojson")}, "goes with a wall picture"),
        ({"wall_picture": Path("w.png"), "texture": Path("tiles")}, "cannot be combined"),
    ],
)
def test_impossible_values_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(CrackScannerError, match=message):
        SimulatorConfig(**values)


def test_the_defaults_are_allowed() -> None:
    assert SimulatorConfig().seed == 1
