"""One table of settings: checked, and the same as in the shipped file."""

from pathlib import Path

import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.settings import ScanSettings, load_settings, settings_file
from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.surface.pose import Pose

SHIPPED = Path(__file__).parents[1] / "config" / "scanner.yaml"


def test_the_shipped_file_holds_the_defaults() -> None:
    assert load_settings(SHIPPED) == ScanSettings()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"overlap": 0.95}, "overlap is 0.95; expected 0 to 0.9"),
        ({"tile_size": "big"}, "expected 32 to 1024"),
        ({"surface_u": [1.0, 0.0]}, "three numbers"),
        ({"cell_size": float("nan")}, "expected 0.001 to 1"),
        ({"dark": 251}, "expected 0 to 254|below bright"),
        ({"scale_known": 0}, "scale_known is 0; expected true or false"),
        ({"no_such": 1}, "not known; known are"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(values: dict, words: str) -> None:
    with pytest.raises(CrackScannerError, match=words):
        ScanSettings().changed(**values)


@pytest.mark.parametrize("values", [{"threads": 2.0}, {"dark": 7.5}, {"min_looks": 2.5}])
def test_a_whole_number_is_refused_as_anything_else(values: dict) -> None:
    with pytest.raises(CrackScannerError, match="expected a whole number"):
        ScanSettings().changed(**values)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(
        "# Brücke\n/**: {ros__parameters: {overlap: 0.5}}".encode("latin-1")
    )
    with pytest.raises(CrackScannerError, match=r"latin\.yaml is not YAML in UTF-8"):
        load_settings(tmp_path / "latin.yaml")


@pytest.mark.parametrize("text", ["", "a: [", "/**: {}", "- 1"])
def test_a_file_without_settings_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    with pytest.raises(CrackScannerError, match=r"s\.yaml"):
        load_settings(path)


def test_a_file_of_settings_gives_the_same_again(tmp_path: Path) -> None:
    u, v = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    surface = SurfacePlane(np.array([0.1, -2.0, 3.0]), u, v, 5.0, 2.0)
    mount = Pose.from_xyz_rpy((0.3, 0.2, 0.1), (-1.2, 0.1, 0.4))
    settings = ScanSettings(min_looks=1, threads=3, scale_known=False).placed(surface, mount)
    (tmp_path / "scanner.yaml").write_text(settings_file(settings))
    again = load_settings(tmp_path / "scanner.yaml")
    assert again == settings.changed(threads=0)
    for ours, theirs in ((again.surface, surface), (again.mount, mount)):
        for name, value in vars(theirs).items():
            assert getattr(ours, name) == pytest.approx(value)
