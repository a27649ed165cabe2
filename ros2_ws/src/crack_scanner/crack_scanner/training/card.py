"""Model cards: what a model file is, what it reaches and what it must not be used for."""

import hashlib
import json
from pathlib import Path
from typing import Any

from crack_scanner.storage.atomic_file import write_atomically

_SOURCES = {
    "ozgenel": {
        "name": "Concrete Crack Images for Classification",
        "licence": "CC BY 4.0",
        "attribution": "Özgenel, Ç.F. (2019), Mendeley Data v2, doi:10.17632/5y9wdsg2zt.2",
    },
    "sdnet2018": {
        "name": "SDNET2018 (bridge decks)",
        "licence": "CC BY 4.0",
        "attribution": "Dorafshan, S., Thomas, R.J., Maguire, M. (2018), doi:10.15142/T3TD19",
    },
}
"""Sets that everybody can have, by the name of their folder."""
DRAWN = {
    "name": "procedural cracks and distractors",
    "licence": "Apache-2.0",
    "attribution": "drawn by crack_scanner.training on crack-free and procedural tiles",
}
LIMITS = [
    "Tiles of 227 x 227 pixels at about 0.2 to 1 mm a pixel; hairlines under 1.5 pixels are often missed.",
    "Cracks that touch only a corner of a tile are often missed: scan with overlap.",
    "Trained on concrete in daylight; asphalt, brickwork and very rough surfaces raise more false alarms, "
    "and in brickwork only every second crack is found.",
    "Says whether a tile shows a crack, not how wide or dangerous it is; no substitute for an inspection.",
]


def data_source(name: str) -> dict[str, str]:
    """Where a set comes from, by the name of its folder; of one that is not known only that."""
    for folder, source in _SOURCES.items():
        if name in (folder, source["name"]):
            return source
    return {"name": f"DATA/{name}", "licence": "licence not known", "attribution": "given by the user"}


def model_facts(model: Path, parameters: int, tile_size: int) -> dict[str, Any]:
    """The part of a card that is read off the file."""
    return {
        "task": "tile classification",
        **file_facts(model),
        "parameters": parameters,
        "input": {"shape": [1, tile_size, tile_size, 3], "dtype": "uint8", "colour": "RGB"},
        "output": {"shape": [1, 1], "dtype": "float32"},
        "classes": ["no crack", "crack"],
        "threshold": 0.5,
    }


def file_facts(model: Path) -> dict[str, Any]:
    """Name, size and checksum of a model file."""
    content = model.read_bytes()
    return {
        "name": model.stem,
        "file": model.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }


def write_card(model: Path, card: dict[str, Any]) -> None:
    """Write MODEL.json and MODEL.md beside a model file."""
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    write_atomically(model.with_suffix(".json"), text.encode())
    write_atomically(model.with_suffix(".md"), markdown(card).encode())


def markdown(card: dict[str, Any]) -> str:
    """The card for people."""
    tile = card["input"]["shape"][1]
    pixels = "uint8 RGB" if card["input"]["dtype"] == "uint8" else "int8, RGB less 128"
    lines = [
        f"# {card['name']}",
        "",
        f"Says of a {tile} x {tile} picture tile ({pixels}) with which probability it shows a crack.",
        "",
        f"File `{card['file']}`, {card['bytes']} bytes, {card['parameters']} parameters, "
        f"sha256 `{card['sha256']}`. "
        f"Licence {card['licence']}.",
        "",
        "## Measured",
        "",
        *_metrics_table(card["metrics"]),
        "",
        "## Calibration",
        "",
        card["calibration"]["method"],
        "",
        *_quantization(card),
        "## Data and split",
        "",
        *[f"- {data['name']}, {data['licence']}: {data['attribution']}" for data in card["data"]],
        "",
        *[f"- {name}: {text}" for name, text in card["split"].items()],
        "",
        "## Limits",
        "",
        *[f"- {limit}" for limit in card["limits"]],
        "",
        "## Trained with",
        "",
        *[f"- {key}: {value}" for key, value in card["trained_with"].items()],
        "",
    ]
    return "\n".join(lines)


def _quantization(card: dict[str, Any]) -> list[str]:
    """How an int8 model was made, and what it lost; nothing for others."""
    if "quantization" not in card:
        return []
    made = card["quantization"]
    lost = [
        f"- {title}: accuracy {both['float32']['accuracy']:.4f} in float32, "
        f"{both['int8']['accuracy']:.4f} in int8"
        for title, both in made.get("compared", {}).items()
    ]
    return [
        "## Quantization",
        "",
        f"Made from the float32 model with sha256 `{card['quantized_from']}` and "
        f"{made['representative_tiles']} representative tiles by `{made['command']}`.",
        f"{made['method'][0].upper()}{made['method'][1:]}.",
        "",
        *lost,
        *([""] if lost else []),
    ]


METRIC_COLUMNS = ("images", "accuracy", "balanced_accuracy", "recall", "specificity", "auroc", "ece")


def _metrics_table(metrics: dict[str, dict[str, Any]]) -> list[str]:
    rows = [
        f"| {name} | " + " | ".join(_cell(values, column) for column in METRIC_COLUMNS) + " |"
        for name, values in metrics.items()
    ]
    return [
        "| set | " + " | ".join(column.replace("_", " ") for column in METRIC_COLUMNS) + " |",
        "|" + "---|" * (len(METRIC_COLUMNS) + 1),
        *rows,
        "",
        "In brackets: 95 % bootstrap intervals over blocks or photos.",
    ]


def _cell(values: dict[str, Any], column: str) -> str:
    value = values.get(column)
    if value is None:
        return "–"
    if column == "images":
        return str(value)
    interval = values.get("interval", {}).get(column)
    span = f" ({interval[0]:.3f}–{interval[1]:.3f})" if interval else ""
    return f"{value:.4f}{span}"
