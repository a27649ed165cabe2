import json
from pathlib import Path

import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.simulator.cracks import random_cracks
from crack_scanner.sources.simulator.truth import load_truth, truth_of


def test_one_line_string_per_crack_with_its_figures() -> None:
    cracks = random_cracks(1, 3.2, 1.6)
    truth = truth_of(cracks, 3.2, 1.6, 1)
    assert (truth["wall_width_m"], truth["wall_height_m"], truth["seed"]) == (3.2, 1.6, 1)
    assert len(truth["features"]) == len(cracks)
    for feature, crack in zip(truth["features"], cracks, strict=True):
        properties = feature["properties"]
        assert feature["geometry"]["type"] == "LineString"
        assert len(properties["widths_mm"]) == len(feature["geometry"]["coordinates"]) == len(crack.points)
        assert properties["id"] == crack.id
        assert properties["width_max_mm"] == pytest.approx(max(properties["widths_mm"]))
        assert properties["length_mm"] == pytest.approx(crack.length * 1000, abs=0.1)


def test_written_and_read_again(tmp_path: Path) -> None:
    truth = truth_of(random_cracks(1, 3.2, 1.6), 3.2, 1.6, 1)
    path = tmp_path / "truth.geojson"
    path.write_text(json.dumps(truth))
    assert load_truth(path) == truth


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json", "not JSON"),
        ("[]", "not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection"}', "LineString"),
        ('{"type": "FeatureCollection", "features": [{"geometry": {"type": "Point"}}]}', "LineString"),
        (
            '{"type": "FeatureCollection", "features": '
            '[{"geometry": {"type": "LineString", "coordinates": [[0, "x"], [1, 1]]}}]}',
            "LineString",
        ),
    ],
)
def test_other_content_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "truth.geojson"
    path.write_text(content)
    with pytest.raises(CrackScannerError, match=message):
        load_truth(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match="cannot be read"):
        load_truth(tmp_path / "nothing.geojson")
