"""Exports of the cracks."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from crack_scanner.mapping.crack import Crack
from crack_scanner.storage.exports import PROPERTIES, cracks_csv, cracks_geojson, cracks_json
from crack_scanner.storage.findings import Finding, findings_of
from crack_scanner.storage.verdict import ADDED, CONFIRMED, CORRECTED, REJECTED, Verdict

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

AT_NS = 1_700_000_100_000_000_000


def as_found(*cracks: Crack) -> tuple[Finding, ...]:
    """Cracks of which nobody has said anything."""
    return findings_of(cracks, ())


def test_geojson_is_a_collection_of_lines_in_metres_by_id() -> None:
    content = json.loads(cracks_geojson(as_found(PLAIN, MEASURED)))
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
    first, second = csv.DictReader(io.StringIO(cracks_csv(as_found(PLAIN, MEASURED))))
    assert first["width_max_mm"] == "0.46"
    assert second["width_max_mm"] == ""
    assert (second["start_u_m"], second["end_v_m"]) == ("0.1", "0.6")


def test_what_a_width_that_could_not_be_claimed_is_less_than_is_in_every_export() -> None:
    fine = replace(PLAIN, smallest_width_mm=0.34567)
    (row,) = csv.DictReader(io.StringIO(cracks_csv(as_found(fine))))
    assert (row["width_max_mm"], row["smallest_width_mm"]) == ("", "0.35")
    (feature,) = json.loads(cracks_geojson(as_found(fine)))["features"]
    (crack,) = json.loads(cracks_json(as_found(fine), {}))["cracks"]
    assert feature["properties"]["smallest_width_mm"] == crack["smallest_width_mm"] == 0.35
    assert json.loads(cracks_json(as_found(PLAIN), {}))["cracks"][0]["smallest_width_mm"] is None


def test_without_a_scale_no_width_is_rated_and_every_crack_says_so() -> None:
    said = [Verdict("2", CORRECTED, "ann", AT_NS, "by ruler", 0.3, "below the guide value")]
    findings = findings_of([MEASURED, replace(PLAIN, severity="x")], said, scale_known=False)
    first, second = csv.DictReader(io.StringIO(cracks_csv(findings)))
    assert (first["severity"], first["scale_known"]) == ("not measured", "no")
    assert (second["severity"], second["found_severity"]) == ("below the guide value", "not measured")
    geojson = json.loads(cracks_geojson(findings))
    assert "metres" not in geojson["coordinate_note"]
    assert [one["properties"]["scale_known"] for one in geojson["features"]] == [False, False]
    assert json.loads(cracks_json(as_found(MEASURED), {}))["cracks"][0]["scale_known"] is True


def test_json_carries_summary_and_paths() -> None:
    content = json.loads(cracks_json(as_found(PLAIN), {"session": "wall"}))
    assert content["session"] == {"session": "wall"}
    assert content["cracks"][0]["path_m"][0] == [0.1, 0.2]


@pytest.mark.parametrize("export", [cracks_geojson, cracks_csv])
def test_equal_cracks_give_equal_bytes_in_any_order_and_despite_rounding_noise(export) -> None:
    noisy = replace(PLAIN, path=PLAIN.path + 1e-12, probability=PLAIN.probability + 1e-12)
    assert export(as_found(PLAIN, MEASURED)) == export(as_found(MEASURED, noisy))


def test_minus_zero_is_zero() -> None:
    at_edge = replace(PLAIN, path=np.array([[-1e-9, 0.0], [1.0, -0.0]]))
    assert "-0" not in cracks_csv(as_found(at_edge)).splitlines()[1].split("Z,")[-1]


def test_verdicts_are_exported_and_what_was_found_stays_beside_a_correction() -> None:
    said = [
        Verdict("1", CORRECTED, "ann", AT_NS, "by ruler", 0.3, "below the guide value"),
        Verdict("2", REJECTED, "bob", AT_NS),
        Verdict("M1", ADDED, "bob", AT_NS, path=((0.2, 0.3),)),
    ]
    findings = findings_of([PLAIN, MEASURED], said)
    first, second, third = (one["properties"] for one in json.loads(cracks_geojson(findings))["features"])
    assert (first["verdict"], first["width_max_mm"], first["found_width_max_mm"]) == ("corrected", 0.3, 0.46)
    assert (first["severity"], first["found_severity"]) == ("below the guide value", "x")
    assert (first["reviewer"], first["note"]) == ("ann", "by ruler")
    assert first["reviewed"].startswith("2023-11-14T22:15:00")
    assert first["width_sigma_mm"] is None
    assert (second["verdict"], second["found_width_max_mm"]) == ("rejected", None)
    assert (third["id"], third["verdict"], third["probability"]) == ("M1", "added", None)
    place = json.loads(cracks_geojson(findings))["features"][2]["geometry"]
    assert place == {"type": "Point", "coordinates": [0.2, 0.3]}
    rows = list(csv.DictReader(io.StringIO(cracks_csv(findings))))
    assert [row["verdict"] for row in rows] == ["corrected", "rejected", "added"]
    assert [row["disputed"] for row in rows] == ["no"] * 3


def test_a_correction_that_another_confirms_is_exported_under_the_name_of_who_made_it() -> None:
    said = (Verdict("2", CORRECTED, "ann", AT_NS, width_mm=0.2), Verdict("2", CONFIRMED, "bob", AT_NS))
    (row,) = csv.DictReader(io.StringIO(cracks_csv(findings_of([PLAIN], said))))
    assert (row["verdict"], row["reviewer"]) == (CORRECTED, "ann")


def test_a_note_is_no_formula_in_a_table() -> None:
    said = [Verdict("1", REJECTED, "=cmd()", AT_NS, '=1+1 "quoted", \n line')]
    (row,) = csv.DictReader(io.StringIO(cracks_csv(findings_of([MEASURED], said))))
    assert row["note"] == '\'=1+1 "quoted", \n line'
    assert row["reviewer"] == "'=cmd()"
