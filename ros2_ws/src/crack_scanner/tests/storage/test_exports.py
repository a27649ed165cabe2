"""Exports of the cracks."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from crack_scanner.mapping.crack import Crack
from crack_scanner.storage.exports import PROPERTIES, cracks_csv, cracks_geojson, cracks_json

PLAIN = Crack(
    id=2,
    path=np.array([[0.1, 0.2], [0.4, 0.2], [0.4, 0.60004]]),
    position_sigma=0.0151234,
    probability=0.98765432,
    observations=13,
    first_seen_ns=1_700_000_000_000_000_000,
    last_seen_ns=1_700_000_009_000_000_000,
)
MEASURED = replace(PLAIN, id=1, width_max_mm=0.456789, width_mean_mm=0.3, width_sigma_mm=0.05, severity="x")


def test_geojson_is_a_collection_of_lines_in_metres_by_id() -> None:
    content = json.loads(cracks_geojson([PLAIN, MEASURED]))
    assert content["type"] == "FeatureCollection"
    first, second = content["features"]
    assert (first["properties"]["id"], second["properties"]["id"]) == (1, 2)
    assert second["geometry"] == {"type": "LineString", "coordinates": [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6]]}
    assert tuple(second["properties"]) == PROPERTIES
    assert second["properties"]["length_mm"] == pytest.approx(700.0)
    assert second["properties"]["probability"] == 0.9877
    assert second["properties"]["width_max_mm"] is None
    assert first["properties"]["width_max_mm"] == 0.46


def test_no_cracks_is_an_empty_collection() -> None:
    assert json.loads(cracks_geojson([]))["features"] == []


def test_csv_has_a_row_a_crack_and_empty_fields_for_what_was_not_measured() -> None:
    first, second = csv.DictReader(io.StringIO(cracks_csv([PLAIN, MEASURED])))
    assert first["width_max_mm"] == "0.46"
    assert second["width_max_mm"] == ""
    assert (second["start_u_m"], second["end_v_m"]) == ("0.1", "0.6")


def test_json_carries_summary_and_paths() -> None:
    content = json.loads(cracks_json([PLAIN], {"session": "wall"}))
    assert content["session"] == {"session": "wall"}
    assert content["cracks"][0]["path_m"][0] == [0.1, 0.2]


@pytest.mark.parametrize("export", [cracks_geojson, cracks_csv])
def test_equal_cracks_give_equal_bytes_in_any_order_and_despite_rounding_noise(export) -> None:
    noisy = replace(PLAIN, path=PLAIN.path + 1e-12, probability=PLAIN.probability + 1e-12)
    assert export([PLAIN, MEASURED]) == export([MEASURED, noisy])


def test_minus_zero_is_zero() -> None:
    at_edge = replace(PLAIN, path=np.array([[-1e-9, 0.0], [1.0, -0.0]]))
    assert "-0" not in cracks_csv([at_edge]).splitlines()[1].split("Z,")[-1]
