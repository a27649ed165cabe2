"""What a report says in words, and what it must not claim."""

from __future__ import annotations

from dataclasses import dataclass

from crack_scanner.storage.session import SessionRecord
from crack_scanner.vision.model_card import measured_recall


@dataclass(frozen=True)
class Notice:
    """Something the reader must know before any figure."""

    text: str
    serious: bool


def notices(record: SessionRecord) -> list[Notice]:
    """The notices of a session, the most serious first."""
    coverage, progress = record.coverage, record.progress
    found: list[Notice] = []
    if not progress.complete:
        text = (
            "This scan was interrupted. The report holds what had been confirmed until then; "
            "about the rest it says nothing."
        )
        found.append(Notice(text, serious=True))
    if coverage.scanned <= 0:
        text = "Nothing was scanned well enough: this report says nothing about the state of the surface."
        found.append(Notice(text, serious=True))
    elif coverage.percent < 99.0:
        missing = coverage.planned - coverage.scanned
        text = (
            f"{missing:.2f} m² ({100 - coverage.percent:.1f} %) of the planned surface were not scanned. "
            "Cracks there are not in this report."
        )
        found.append(Notice(text, serious=coverage.percent < 80.0))
    dropped = sum(progress.frames_dropped.values())
    if dropped > 0.05 * max(progress.frames, 1):
        text = f"{dropped} of {progress.frames} pictures were dropped; see the reasons below."
        found.append(Notice(text, serious=False))
    return found


def no_cracks(record: SessionRecord) -> str:
    """The sentence in place of an empty table."""
    coverage = record.coverage
    if coverage.scanned <= 0:
        return "Nothing was scanned, so nothing can be said about cracks."
    return (
        f"No crack was confirmed in the {coverage.scanned:.2f} m² that were scanned. That is not proof that "
        "there is none: see the method and its limits."
    )


def facts(record: SessionRecord) -> list[tuple[str, str]]:
    """Where the figures come from: name and value."""
    info, progress, surface = record.info, record.progress, record.info.surface
    dropped = ", ".join(f"{count} ({reason})" for reason, count in sorted(progress.frames_dropped.items()))
    speed = "not measured" if progress.tiles_per_s is None else f"{progress.tiles_per_s:.0f} tiles/s"
    rows = [
        ("Source", info.source),
        ("Robot", info.robot or "not named"),
        ("Surface", f"{surface.width:g} x {surface.height:g} m ({surface.area:.2f} m²)"),
        ("Surface origin, odom frame", ", ".join(f"{value:g}" for value in surface.origin) + " m"),
        ("Pictures", f"{progress.frames} taken, {progress.frames_scored} in the map"),
        ("Pictures dropped", dropped or "none"),
        ("Tiles", f"{progress.tiles} looked at, {progress.tiles_useless} of them useless"),
        ("Speed", speed),
        ("Map cell", f"{record.coverage.cell_size * 1e3:g} mm"),
        ("Model", info.model_name),
        ("Model file, sha256", info.model_sha256),
        ("Software", f"crack_scanner {info.software}"),
    ]
    return rows if info.seed is None else [*rows[:1], ("Seed of the simulation", str(info.seed)), *rows[1:]]


def method(record: SessionRecord) -> list[str]:
    """How the findings came about and what they can't say."""
    resolution = record.coverage.resolution
    tile_size = record.info.settings.get("tile_size")
    tile = ""
    if resolution is not None and isinstance(tile_size, int):
        tile = f" A tile is {tile_size * resolution * 1e3:.0f} mm wide on this surface."
    paragraphs = [
        "A neural network gives each tile of each picture a probability of showing a crack. The tiles' "
        "evidence is added up on a grid on the surface, only from views that differ, and allowing for what "
        "neighbouring views have in common. Cells that stay above the threshold after several looks are "
        f"joined to lines.{tile}",
        "Position: the given standard deviation holds the robot's own uncertainty and the size of the area "
        "that the evidence is about: a tile, or a few cells where a line was seen in the pixels. Where only "
        "tiles speak, ends of a crack can be off by half a tile, and cracks closer together than a tile "
        "appear as one.",
        "Counted as scanned is what was in a tile that was sharp and well exposed, at a small enough "
        "distance. Hairline cracks finer than about a pixel may be missed there all the same.",
        "A crack in this list is the finding of a machine. Someone who knows the structure should look at "
        "it before anything is decided.",
    ]
    return [paragraphs[0], _widths(record), _guide(record), *paragraphs[1:], _recall(record)]


def _guide(record: SessionRecord) -> str:
    """What widths were compared with."""
    guide = record.info.settings.get("guide_value")
    if guide is None:
        return "Severity: which guide value widths were compared with is not recorded in this session."
    return (
        f"Severity: widths are compared with the guide value {guide}. Above it is a reason to look closer, "
        "not a verdict on the structure; around it means within two standard deviations."
    )


def _recall(record: SessionRecord) -> str:
    """What was measured of the classifier, where its card is at hand."""
    measured = measured_recall(record.info.model_sha256)
    if not measured:
        return (
            "How many cracks this classifier misses was not found out: its figures are not among those of "
            "the models that come with the program."
        )
    rows = "; ".join(
        f"{recall:.1%} of the tiles with cracks of {name}"
        + (f" (95 %: {low:.1%} to {high:.1%})" if low else "")
        for name, recall, low, high in measured
    )
    return (
        f"The classifier was measured on pictures that it was not trained on. It recognised {rows}. On a "
        "surface unlike those it may do worse."
    )


def _widths(record: SessionRecord) -> str:
    """What the widths are, or that there are none."""
    if all(crack.smallest_width_mm is None for crack in record.cracks):
        return "Width was not measured in this session, so no crack is rated by its width."
    return (
        "Width: a second network marks the pixels of cracks in and around the crack tiles. Across their "
        "lines the opening is fitted to the grey values, so that blur does not widen it, and all views of a "
        "place are averaged. The largest width is that of the widest place that its surroundings bear out; "
        "the given standard deviation is that of one place. A width below what the pixels can tell apart "
        'is given as "<" that much.'
    )
