"""Exports that were once looked at and found good, against those of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import shapely

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.change import matching_groups
from crack_scanner.mapping.crack import Crack
from crack_scanner.report.golden_sheet import golden_png
from crack_scanner.scenarios.checks import Check
from crack_scanner.scenarios.quantities import COUNT, LENGTH, WIDTH
from crack_scanner.scenarios.scenario import Bound, Golden
from crack_scanner.storage.atomic_file import write_atomically
from crack_scanner.storage.exports import cracks_csv, cracks_geojson
from crack_scanner.storage.findings import findings_of
from crack_scanner.storage.imports import cracks_of_geojson
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.session_folder import make_folder

GEOJSON, CSV = "cracks.geojson", "cracks.csv"
_NONE = Bound(high=0.0)


@dataclass(frozen=True, eq=False)
class GoldenExports:
    """The kept cracks, and the columns of their table."""

    cracks: tuple[Crack, ...]
    columns: tuple[str, ...]


def read_golden(golden: Golden) -> GoldenExports:
    """The kept exports; an error says how to make them where there are none."""
    path = golden.folder / GEOJSON
    try:
        texts = [(golden.folder / name).read_text(encoding="utf-8") for name in (GEOJSON, CSV)]
        return GoldenExports(cracks_of_geojson(texts[0]), _columns(texts[1]))
    except FileNotFoundError as error:
        raise CrackScannerError(
            f"golden export {error.filename} is not there: make it with --renew"
        ) from error
    except OSError as error:
        raise CrackScannerError(f"golden export {path} cannot be read: {error.strerror}") from error
    except CrackScannerError as error:
        raise CrackScannerError(f"golden export {path}: {error}") from error


def golden_checks(golden: Golden, kept: GoldenExports, found: Sequence[Crack]) -> list[Check]:
    """How far the cracks are off the kept ones: by figures, as bytes differ from processor to processor."""
    columns = len(set(kept.columns) ^ set(_columns(cracks_csv(findings_of(found, ())))))
    checks = [Check("golden: other columns", COUNT, _NONE, columns)]
    groups = matching_groups(kept.cracks, found)
    pairs = [group for group in groups if group[0] and group[1]]
    for name, side in (("gone", 0), ("new", 1)):
        alone = sum(len(group[side]) for group in groups if not group[1 - side])
        checks.append(Check(f"golden: cracks {name}", COUNT, _NONE, alone))
    for before, now in pairs:
        name = f"golden {'+'.join(str(crack.id) for crack in before)}"
        checks += [
            Check(f"{name}: course", LENGTH, Bound(high=golden.course), _apart(before, now)),
            Check(f"{name}: length", LENGTH, Bound(high=golden.length), abs(_length(before) - _length(now))),
            Check(f"{name}: width", WIDTH, Bound(high=golden.width), _width_change(before, now)),
        ]
    return checks


def renew_golden(golden: Golden, found: Sequence[Crack]) -> None:
    """Keep these cracks from now on."""
    make_folder(golden.folder)
    findings = findings_of(found, ())
    for name, text in ((GEOJSON, cracks_geojson(findings)), (CSV, cracks_csv(findings))):
        write_atomically(golden.folder / name, text.encode())


def draw_golden(kept: GoldenExports | None, found: SessionRecord, path: Path) -> None:
    """Write a picture of the kept cracks, if there are any, and the new ones."""
    cracks = () if kept is None else kept.cracks
    figures = f"{len(cracks)} golden, {_mm(cracks)}; {len(found.cracks)} found now, {_mm(found.cracks)}"
    write_atomically(path, golden_png(replace(found, cracks=cracks), found, figures))


def _columns(csv: str) -> tuple[str, ...]:
    return tuple(csv.partition("\n")[0].split(","))


def _apart(before: Sequence[Crack], now: Sequence[Crack]) -> float:
    """Greatest distance from any point of either line to the other, metres."""
    lines = [shapely.MultiLineString([crack.path for crack in cracks]) for cracks in (before, now)]
    return float(shapely.hausdorff_distance(*lines, densify=0.05))


def _length(cracks: Sequence[Crack]) -> float:
    return sum(crack.length for crack in cracks)


def _mm(cracks: Sequence[Crack]) -> str:
    return LENGTH.show(_length(cracks))


def _width_change(before: Sequence[Crack], now: Sequence[Crack]) -> float | None:
    """Of the largest width, metres; None where only one of them was measured."""
    widths = [
        max((crack.width_max_mm for crack in cracks if crack.width_max_mm is not None), default=None)
        for cracks in (before, now)
    ]
    if widths[0] is None or widths[1] is None:
        return 0.0 if widths[0] is widths[1] else None
    return abs(widths[1] - widths[0]) * 1e-3
