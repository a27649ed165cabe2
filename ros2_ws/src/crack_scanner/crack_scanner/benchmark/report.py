"""The benchmark's figures as a Markdown table and as a plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROWS = {
    "bare": "bare network",
    "scanner": "scanner, one process",
    "scanner_overlap_tiles": "scanner, overlap 0.5, tile by tile",
    "scanner_overlap_dense": "scanner, overlap 0.5, in pieces",
    "graph": "scanner, four processes",
    "graph_raw": "scanner, four processes, pictures as messages",
    "tutorial": "tutorial pipeline, four processes",
    "sahi": "SAHI",
    "sahi_overlap": "SAHI, overlap 0.5",
    "supervision": "supervision",
    "supervision_overlap": "supervision, overlap 0.5",
    "article_network": "scanner with the article's network",
}
"""Keys of the result that are rows of the table, and what they are called."""


def markdown(result: dict[str, Any]) -> str:
    """The report: host, input and versions, a row for each kind, latencies, scaling."""
    host = result["host"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lines = [
        f"{result['size']}, {result['tiles_per_frame']} tiles a frame without overlap, {result['model']}, "
        f"input {result['input_sha256']}; {host['cores']} cores of {host['cpu']}, load {host['load_1_min']} "
        f"before the start, Python {host['python']}; {versions}.",
        "",
        "| | tiles/s | lowest to highest | tiles per CPU second | CPU s per 1,000 tiles | peak MB | loss |",
        "|---|---|---|---|---|---|---|",
    ]
    for key, title in ROWS.items():
        row = result.get(key, {})
        if "tiles_per_s" in row:
            low, high = row["tiles_per_s_range"]
            lines.append(
                f"| {title} | {row['tiles_per_s']:,.0f} | {low:,.0f} to {high:,.0f} | "
                f"{row['tiles_per_cpu_s']:,.0f} | {row['cpu_s_per_1000_tiles'] or float('nan'):.2f} | "
                f"{row['peak_rss_mb']:,} | {100 * row['loss']:.1f} % |"
            )
    lines += ["", *_latency_table(result), "", *_scaling_table(result)]
    return "\n".join(lines) + "\n"


def _latency_table(result: dict[str, Any]) -> list[str]:
    lines = ["| latency, frame to map | rate | p50 | p95 | p99 | loss |", "|---|---|---|---|---|---|"]
    for key, title in ROWS.items():
        for rate, row in result.get(key, {}).get("latency_by_rate", {}).items():
            values = " | ".join(
                "-" if row[name] is None else f"{row[name]:.0f} ms" for name in ("p50", "p95", "p99")
            )
            lines.append(f"| {title} | {rate.replace('_hz', ' Hz')} | {values} | {100 * row['loss']:.1f} % |")
    return lines


def _scaling_table(result: dict[str, Any]) -> list[str]:
    lines = ["| pictures, overlap 0.5 | CPU ms a frame | CPU ms a megapixel | peak MB |", "|---|---|---|---|"]
    return lines + [
        f"| {size} | {row['cpu_ms_per_frame']:.1f} | {row['cpu_ms_per_megapixel']:.1f} | "
        f"{row['peak_rss_mb']} |"
        for size, row in result["scaling"].items()
    ]


def plot(result: dict[str, Any], path: Path) -> None:
    """Bars of tiles a second and of tiles per CPU second, one pair a row of the table."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [(title, result[key]) for key, title in ROWS.items() if "tiles_per_s" in result.get(key, {})]
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 0.4 * len(rows) + 1.4), sharey=True)
    for axis, name, title in zip(
        axes, ("tiles_per_s", "tiles_per_cpu_s"), ("tiles/s", "tiles per CPU second"), strict=True
    ):
        axis.barh([row[0] for row in rows], [row[1][name] for row in rows], color="#4477aa")
        axis.set_title(f"{title}, {result['size']}")
        axis.grid(axis="x", alpha=0.3)
    axes[0].invert_yaxis()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
