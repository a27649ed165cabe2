"""What a report says in words, and what it must not claim."""

from __future__ import annotations

from dataclasses import dataclass

from crack_scanner.mapping.drift_tracker import DriftReport
from crack_scanner.mapping.width_fusion import LARGEST_ERROR
from crack_scanner.storage.findings import ReviewCounts
from crack_scanner.storage.review import Review
from crack_scanner.storage.session import SessionRecord
from crack_scanner.vision.model_card import measured_recall, sha256_of

NO_SCALE = "scale not known, as if a pixel were 1 mm"
"""What stands beside figures that are no millimetres."""


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
    if not record.info.scale_known:
        text = (
            "How large a pixel is on the surface was not known: all lengths, widths and areas are given "
            "as if a pixel were 1 mm. They are no millimetres, so no crack is rated by its width. Scan again "
            "with --mm-per-px."
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


def smallest_width(record: SessionRecord) -> tuple[str, str]:
    """The smallest width that this session could claim, and where that is from."""
    known = sorted(crack.smallest_width_mm for crack in record.cracks if crack.smallest_width_mm is not None)
    if not known:
        return "not known", "no width was measured"
    cracks = "1 crack" if len(known) == 1 else f"{len(known)} cracks"
    at_worst = f", {known[-1]:.2f} mm at worst" if known[-1] - known[0] >= 0.01 else ""
    return f"{known[len(known) // 2]:.2f} mm", f"median of {cracks}{at_worst}; finer is given as less than it"


def review_line(record: SessionRecord) -> str:
    """Who has reviewed the findings, and what their verdicts mean for the figures."""
    review = Review.of_verdicts(record.verdicts, record.cracks)
    if not record.verdicts:
        return "Nobody has reviewed these findings yet: every crack below is what the scan has found."
    counts = ReviewCounts.of(record.findings)
    names = ", ".join(review.reviewers) or "nobody whose verdicts still count"
    rejected = (
        f" The {counts.rejected} rejected stay listed and are not counted above." if counts.rejected else ""
    )
    gone = ", ".join(verdict.finding for verdict in review.without_crack)
    lost = f" Verdicts on cracks that are no longer in the map: {gone}." if gone else ""
    return (
        f"Reviewed by {names}: {counts.given} of {len(record.findings)} findings. The scan itself has found "
        f"{len(record.cracks)} cracks, {sum(crack.length for crack in record.cracks):.2f} m.{rejected}{lost}"
    )


def facts(record: SessionRecord) -> list[tuple[str, str]]:
    """Where the figures come from: name and value."""
    info, progress, surface = record.info, record.progress, record.info.surface
    dropped = ", ".join(f"{count} ({reason})" for reason, count in sorted(progress.frames_dropped.items()))
    speed = "not measured" if progress.tiles_per_s is None else f"{progress.tiles_per_s:.0f} tiles/s"
    rows = [
        ("Structure", info.structure or "not named"),
        ("Source", info.source),
        ("Robot", info.robot or "not named"),
        ("Surface", f"{_metres(surface.width)} x {_metres(surface.height)} m ({surface.area:.2f} m²)"),
        ("Surface origin, odom frame", ", ".join(map(_metres, surface.origin)) + " m"),
        ("Pictures", f"{progress.frames} taken, {progress.frames_scored} in the map"),
        ("Pictures dropped", dropped or "none"),
        ("Tiles", f"{progress.tiles} looked at, {progress.tiles_useless} of them useless"),
        ("Speed", speed),
        ("Map cell", f"{record.coverage.cell_size * 1e3:g} mm"),
        *_odometry(record.drift),
        ("Model", info.model_name),
        ("Model file, sha256", info.model_sha256),
        *_segmenter(record),
        ("Software", f"crack_scanner {info.software}"),
    ]
    return rows if info.seed is None else [*rows[:2], ("Seed of the simulation", str(info.seed)), *rows[2:]]


def _metres(value: float) -> str:
    """To the millimetre: nobody knows a surface better."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _odometry(drift: DriftReport) -> list[tuple[str, str]]:
    """How far the map has corrected where odometry put the pictures; nothing where it has not."""
    if not drift.frames:
        return []
    pictures = "1 picture" if drift.frames == 1 else f"{drift.frames} pictures"
    at_last = (
        f"{drift.u * 1e3:.1f} mm in u, {drift.v * 1e3:.1f} mm in v, {drift.angle * 1e3:.2f} mrad, "
        f"{drift.growth * 1e2:.2f} % of the distance"
    )
    text = f"by up to {drift.largest * 1e3:.1f} mm, from cracks in {pictures}; at last {at_last}"
    return [("Odometry corrected", text)]


def _segmenter(record: SessionRecord) -> list[tuple[str, str]]:
    """The network that widths come from, as exactly as the session knows it."""
    settings = record.info.settings
    model_id = settings.get("segmenter")
    if not isinstance(model_id, str):
        return []
    if model_id == "none":
        return [("Segmenter", "none")]
    # Messages between nodes and sessions of earlier versions have the beginning alone.
    sha256 = settings.get("segmenter_sha256") or sha256_of(model_id) or f"{model_id}... (its beginning)"
    return [("Segmenter file, sha256", str(sha256))]


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
        "A crack in this list is the finding of a machine, unless a reviewer's name stands beside it. "
        "Someone who knows the structure should look at it before anything is decided.",
    ]
    return [paragraphs[0], _widths(record), _guide(record), *paragraphs[1:], _recall(record)]


def _guide(record: SessionRecord) -> str:
    """What widths were compared with."""
    if not record.info.scale_known:
        return "Severity: no width was compared with a guide value, as the scale is not known."
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
        if any(finding.width_max_mm is not None for finding in record.findings):
            return "Width was not measured in this session: the widths given are those of reviewers."
        return "Width was not measured in this session, so no crack is rated by its width."
    return (
        "Width: a second network marks the pixels of cracks in and around the crack tiles. Across their "
        "lines the opening is fitted to the grey values, so that blur does not widen it, and all views of a "
        "place are averaged. The largest width is that of the widest place that its surroundings bear out; "
        "the given standard deviation is that of this place, with what chance may have added, what views "
        f"that do not quite fit may have levelled, and {LARGEST_ERROR:.0%} that no number of views takes "
        "away: on simulated walls largest widths came out about that much too small. A width below what the "
        'pixels can tell apart is given as "<" that much.'
    )
