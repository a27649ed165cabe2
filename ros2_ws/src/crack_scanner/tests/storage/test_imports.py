"""What was exported can be read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.errors import CrackScannerError
from crack_scanner.storage.exports import cracks_geojson
from crack_scanner.storage.findings import findings_of
from crack_scanner.storage.imports import cracks_of_geojson
from crack_scanner.storage.stamps import iso_time, stamp_of
from tests.storage.sample_session import SampleSession


def test_exported_cracks_export_the_same_again(sample: SampleSession) -> None:
    cracks = sample.record.cracks
    assert cracks
    text = cracks_geojson(findings_of(cracks, ()))
    again = cracks_geojson(findings_of(cracks_of_geojson(text), ()))
    # That a picture was kept is not in the file with the cracks.
    assert [line.partition('"picture"')[0] for line in again.splitlines()] == [
        line.partition('"picture"')[0] for line in text.splitlines()
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"features": [{}]}', '{"features": 3}'])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(CrackScannerError, match=r"no cracks\.geojson"):
        cracks_of_geojson(text)


@given(stamp=st.integers(0, 4 * 10**18))
def test_stamps_are_exact_to_the_nanosecond(stamp: int) -> None:
    assert stamp_of(iso_time(stamp)) == stamp
