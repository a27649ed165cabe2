"""The files of a comparison."""

from __future__ import annotations

from pathlib import Path

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.change import Comparison
from crack_scanner.report.change_sheet import changes_png
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.storage.change_exports import changes_csv, changes_geojson
from crack_scanner.storage.session import SessionRecord

# Two plans of one surface may differ by this much, metres.
_SAME_SIZE = 0.5


def check_comparable(old: SessionRecord, new: SessionRecord) -> None:
    """Refuse two sessions that cannot be of one surface."""
    first, second = old.info.surface, new.info.surface
    apart = max(abs(first.width - second.width), abs(first.height - second.height))
    if apart > _SAME_SIZE:
        raise CrackScannerError(
            f"{old.info.name} is of a surface of {first.width:g} x {first.height:g} m, {new.info.name} of "
            f"{second.width:g} x {second.height:g} m: only sessions of one surface can be compared"
        )


def write_changes(folder: Path, old: SessionRecord, new: SessionRecord, comparison: Comparison) -> None:
    """Table, GeoJSON and picture of the changes into a folder, made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CrackScannerError(f"folder {folder} cannot be made: {error.strerror}") from error
    write_atomically(folder / "changes.csv", changes_csv(comparison).encode())
    write_atomically(folder / "changes.geojson", changes_geojson(comparison).encode())
    write_atomically(folder / "changes.png", changes_png(old, new, comparison))
