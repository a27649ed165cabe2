"""A scenario file says what it means, or is refused with one line that says where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from crack_scanner.errors import CrackScannerError
from crack_scanner.scenarios.reading import only_one_of_each_name, read_scenario
from crack_scanner.scenarios.scenario import Bound

GOOD: dict[str, Any] = {
    "description": "a wall",
    "bag": "bags/wall",
    "simulator": {"seed": 3, "pictures": "jpeg", "wall_width": 1.5},
    "settings": {"min_looks": 2},
    "topics": {"image": "/left"},
    "bounds": {"recall": {"min": "90 %"}, "frames": {"min": 3, "max": 5}},
    "cracks": [{"through": [["310 mm", "1 m"]], "within": "2 cm", "length": {"max": "1 m"}}],
    "golden": {"folder": "golden/wall", "course": "5 mm"},
}


def written(folder: Path, content: Any) -> Path:
    file = folder / "wall.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return file


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, GOOD))
    assert (scenario.name, scenario.bag) == ("wall", tmp_path / "bags/wall")
    assert scenario.truth == tmp_path / "bags/wall.truth.geojson"
    assert scenario.simulation is not None
    assert (scenario.simulation.config.seed, scenario.simulation.pictures) == (3, "jpeg")
    assert (scenario.settings.min_looks, scenario.topics.image) == (2, "/left")
    assert scenario.bounds == {"recall": Bound(0.9), "frames": Bound(3, 5)}
    (crack,) = scenario.cracks
    assert (crack.through, crack.within, crack.length) == (((0.31, 1.0),), 0.02, Bound(None, 1.0))
    assert scenario.golden is not None
    assert (scenario.golden.folder, scenario.golden.course) == (tmp_path / "golden/wall", 0.005)


def changed(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("bag: [", "is not YAML"),
        ("- a\n- b\n", "expected keys with values"),
        ("!!python/object/apply:os.system ['true']", "is not YAML"),
        (changed(bags="x"), "key 'bags' is not known; known are bag, bounds"),
        (changed(simulator={"sed": 1}), "key 'simulator.sed' is not known"),
        (changed(simulator={"seed": 1.5}), "simulator.seed: 1.5 is no whole number"),
        (changed(simulator={"speed": "fast"}), "simulator.speed: 'fast' is no number"),
        (changed(simulator={"speed": 99}), "speed is 99; expected"),
        (changed(simulator={"pictures": "gif"}), "expected one of raw, png, jpeg"),
        (changed(simulator={"odometry": {"data": "x"}}), "simulator.odometry.begin is missing"),
        (changed(settings={"min_look": 2}), "key 'settings.min_look' is not known"),
        (changed(settings={"min_looks": "2"}), "min_looks is '2'; expected 1 to 1000"),
        (changed(bounds={"recall": {"min": "90 mm"}}), "'90 mm' is no share; expected a number and %"),
        (changed(bounds={"recall": {}}), "bounds nothing"),
        (changed(bounds={"recall": {"least": "9 %"}}), "key 'recall.least' is not known; known are max, min"),
        (changed(bounds={"recall": {"min": "9 %", "max": "8 %"}}), "min 9.0 % is above max 8.0 %"),
        (changed(cracks=[{"through": [["1 m"]], "within": "1 mm"}]), "no list of points"),
        (changed(cracks=[{"through": [["1 m", "2 m"]]}]), "crack 1.within is missing"),
        (changed(cracks={"a": 1}), "no list of cracks"),
        ({"bag": "x"}, "nothing is expected of it"),
        ({"bounds": {"cracks": {"max": 1}}}, "there is nothing to scan"),
        ({"bag": "x", "bounds": {"recall": {"min": "1 %"}}}, "need the truth"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(CrackScannerError) as refused:
        read_scenario(written(tmp_path, content))
    assert words in str(refused.value)
    assert str(tmp_path / "wall.yaml") in str(refused.value)
    assert "\n" not in str(refused.value)


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, GOOD))
    with pytest.raises(CrackScannerError, match="have one name"):
        only_one_of_each_name([scenario, scenario])
