"""How a crack's width compares with a named guide value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from crack_scanner.errors import CrackScannerError

NOT_MEASURED = "not measured"
BELOW = "below the guide value"
AROUND = "around the guide value"
ABOVE = "above the guide value"
SEVERITIES = (ABOVE, AROUND, BELOW, NOT_MEASURED)


# As GuideValue.text has it.
_TEXT = re.compile(r"(?P<limit>[0-9.e+-]+) mm \((?P<table>.*), exposure (?P<exposure>.*)\)")


@dataclass(frozen=True)
class GuideValue:
    """One row of one table: the width in mm above which a crack deserves a closer look."""

    table: str
    source: str
    exposure: str
    limit_mm: float

    @property
    def text(self) -> str:
        """Table, exposure and limit in one line."""
        return f"{self.limit_mm:g} mm ({self.table}, exposure {self.exposure})"

    @staticmethod
    def of_text(text: str) -> GuideValue | None:
        """The guide value that a session was scanned with, as it is kept there; None for any other text."""
        found = _TEXT.fullmatch(text)
        return (
            None
            if found is None
            else GuideValue(found["table"], "", found["exposure"], float(found["limit"]))
        )

    def severity(
        self, width_mm: float | None, sigma_mm: float | None, smallest_mm: float | None = None
    ) -> str:
        """One of SEVERITIES; within two sigma of the guide value the answer is "around".

        smallest_mm: of a crack without a width, the smallest that could have been claimed.
        """
        if width_mm is None:
            # Thinner than what can be claimed: an answer only where that much would be harmless.
            harmless = smallest_mm is not None and smallest_mm <= self.limit_mm
            return BELOW if harmless else NOT_MEASURED
        reach = 2.0 * (sigma_mm or 0.0)
        if width_mm - reach > self.limit_mm:
            return ABOVE
        return BELOW if width_mm + reach <= self.limit_mm else AROUND


def load_guide_value(path: Path) -> GuideValue:
    """The row that a severity file chooses under `use`."""
    content = _read(path)
    try:
        table_name, exposure = str(content["use"]["table"]), str(content["use"]["exposure"])
        rows = {
            (str(table["name"]), str(row["exposure"])): GuideValue(
                str(table["name"]), str(table["source"]), str(row["exposure"]), float(row["limit_mm"])
            )
            for table in content["tables"]
            for row in table["rows"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise CrackScannerError(f"severity file {path}: {error} is missing or malformed") from error
    chosen = rows.get((table_name, exposure))
    if chosen is None:
        known = "; ".join(f"{table}: {row}" for table, row in rows)
        raise CrackScannerError(
            f"severity file {path} uses '{table_name}: {exposure}', which it does not define; known: {known}"
        )
    return chosen


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CrackScannerError(f"severity file {path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        line = " ".join(str(error).split())
        raise CrackScannerError(f"severity file {path} is not YAML: {line}") from error
