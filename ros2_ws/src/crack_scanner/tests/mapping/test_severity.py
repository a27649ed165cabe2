"""Widths against guide values."""

from pathlib import Path

import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.severity import ABOVE, AROUND, BELOW, NOT_MEASURED, GuideValue, load_guide_value

SHIPPED = Path(__file__).parents[2] / "config" / "severity.yaml"


@pytest.mark.parametrize(
    ("width", "sigma", "expected"),
    [
        (None, None, NOT_MEASURED),
        (0.2, 0.02, BELOW),
        (0.28, 0.02, AROUND),
        (0.33, 0.02, AROUND),
        (0.4, 0.02, ABOVE),
        (0.3, None, BELOW),
        (0.31, None, ABOVE),
    ],
)
def test_the_sigma_decides_what_may_be_said(width: float | None, sigma: float | None, expected: str) -> None:
    assert GuideValue("table", "source", "row", 0.3).severity(width, sigma) == expected


def test_the_shipped_table_compares_with_the_eurocode() -> None:
    guide = load_guide_value(SHIPPED)
    assert guide.table == "EN 1992-1-1 Table 7.1N"
    assert guide.limit_mm == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("use: {table: A, exposure: B}\ntables: []", "does not define"),
        ("tables: []", "missing or malformed"),
        ("a: [", "not YAML"),
        ("just text", "missing or malformed"),
    ],
)
def test_a_wrong_file_gives_one_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "severity.yaml"
    path.write_text(content)
    with pytest.raises(CrackScannerError, match=message) as caught:
        load_guide_value(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_gives_one_line(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match="cannot be read"):
        load_guide_value(tmp_path / "none.yaml")
