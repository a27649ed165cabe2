"""A scenario is scanned, judged and kept, and its bag is made from its recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from crack_scanner.errors import CrackScannerError
from crack_scanner.scenarios.reading import read_scenario
from crack_scanner.scenarios.recording import make_bag
from crack_scanner.scenarios.running import BROKEN, FAILS, HOLDS, SKIPPED, Plan, results, run_scenario
from crack_scanner.scenarios.scenario import Scenario

# A dozen pictures of a sound wall: what is scanned in a second.
SIMULATOR: dict[str, Any] = {
    "pictures": "jpeg",
    "wall_width": 0.4,
    "wall_height": 0.2,
    "crack_count": 0,
    "width_px": 320,
    "height_px": 240,
    "distance": 0.3,
    "frame_rate": 5.0,
    "odometry_rate": 20.0,
    "speed": 0.3,
}


def scenario(folder: Path, **changes: Any) -> Scenario:
    content = {"bag": "bag", "simulator": SIMULATOR, "bounds": {"false_cracks": {"max": 0}}, **changes}
    file = folder / "wall.yaml"
    file.write_text(yaml.safe_dump({key: value for key, value in content.items() if value is not None}))
    return read_scenario(file)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bag."""
    folder = tmp_path_factory.mktemp("scenario")
    make_bag(scenario(folder), None)
    return folder


def test_the_same_recipe_makes_the_same_bytes(made: Path, tmp_path: Path) -> None:
    other = make_bag(scenario(tmp_path), None)
    names = ["bag/bag_0.mcap", "bag/metadata.yaml", "bag.truth.geojson"]
    assert [(other.parent / name).read_bytes() for name in names] == [
        (made / name).read_bytes() for name in names
    ]


def test_its_state_is_that_of_its_bounds(made: Path, tmp_path: Path) -> None:
    good = run_scenario(scenario(made), Plan(tmp_path, None))
    bad = run_scenario(scenario(made, bounds={"cracks": {"min": 1}}), Plan(tmp_path, None))
    assert (good.state, bad.state) == (HOLDS, FAILS)
    answer = results([good, bad])
    assert (answer["hold"], answer["do_not_hold"], answer["skipped"]) == (1, 1, 0)
    assert answer["scenarios"][1]["checks"][0]["measured"] == 0


def test_without_a_bag_one_is_recorded_for_the_run(tmp_path: Path) -> None:
    outcome = run_scenario(scenario(tmp_path, bag=None), Plan(tmp_path / "out", None))
    assert outcome.state == HOLDS
    assert (tmp_path / "out" / "wall" / "bag" / "metadata.yaml").exists()


def test_golden_exports_are_made_by_renewing_and_missed_without(made: Path, tmp_path: Path) -> None:
    wanted = scenario(made, golden={"folder": "golden"})
    missing = run_scenario(wanted, Plan(tmp_path, None))
    assert (missing.state, "--renew" in missing.reason) == (BROKEN, True)
    renewed = run_scenario(wanted, Plan(tmp_path, None, renew=True))
    assert (renewed.state, renewed.picture) == (HOLDS, tmp_path / "wall" / "golden.png")
    assert (made / "golden" / "cracks.csv").exists()


@pytest.mark.parametrize("recipe", [True, False], ids=["with a recipe", "without"])
def test_a_bag_that_is_not_there_is_the_outcome_of_its_scenario(tmp_path: Path, recipe: bool) -> None:
    bounds = {"cracks": {"max": 0}}
    wanted = scenario(tmp_path, bounds=bounds, simulator=SIMULATOR if recipe else None)
    outcome = run_scenario(wanted, Plan(tmp_path, None))
    assert outcome.state == BROKEN
    assert f"bag {tmp_path / 'bag'} is not there" in outcome.reason
    assert ("--make-bags" in outcome.reason) == recipe


@pytest.mark.parametrize(("data", "words"), [(None, "set CRACK_SCANNER_DATA"), ("there", "it is not in")])
def test_absent_reference_data_skip_it(tmp_path: Path, data: str | None, words: str) -> None:
    odometry = {"data": "o.bag", "begin": "1 s", "duration": "2 s", "start_u": "1 m", "start_v": "1 m"}
    wanted = scenario(tmp_path, bag=None, simulator={**SIMULATOR, "odometry": odometry})
    outcome = run_scenario(wanted, Plan(tmp_path, None if data is None else tmp_path / data))
    assert outcome.state == SKIPPED
    assert words in outcome.reason


def test_only_a_bag_makes_room_for_a_bag(tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "thesis.tex").touch()
    with pytest.raises(CrackScannerError, match="it is not replaced"):
        make_bag(scenario(tmp_path), None)
    assert (tmp_path / "bag" / "thesis.tex").exists()


def test_a_scenario_without_a_recipe_makes_no_bag(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match="has no simulator: there is no bag to make"):
        make_bag(scenario(tmp_path, simulator=None, bounds={"cracks": {"max": 0}}), None)
