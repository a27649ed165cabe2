"""Look for cracks in pictures without a robot: `crack_scanner inspect`."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_CONFIG, DEFAULT_MODEL, DEFAULT_SEGMENTER, SEVERITY
from crack_scanner.vision.model_card import PRECISIONS

if TYPE_CHECKING:
    from crack_scanner.cli.output import Output
    from crack_scanner.cli.picture_inspection import PictureInspector

HELP = "find and measure cracks in pictures, without a robot"
# Seconds between two progress lines: one that changes in place on a terminal, and lines of a log.
_PROGRESS_EVERY_S = {True: 0.2, False: 5.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument(
        "pictures", type=Path, nargs="+", metavar="PICTURE", help="pictures, or folders of them"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the results")
    scale = parser.add_mutually_exclusive_group()
    scale.add_argument("--mm-per-px", type=_positive, metavar="G", help="side of a pixel on the surface, mm")
    scale.add_argument(
        "--marker-mm", type=_positive, metavar="S", help="side of an ArUco or AprilTag in view, mm"
    )
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, metavar="M", help="classifier (.tflite)")
    parser.add_argument(
        "--segmenter", type=Path, default=DEFAULT_SEGMENTER, metavar="M", help="segmenter (.tflite)"
    )
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="YAML", help="settings")
    parser.add_argument("--threads", type=int, metavar="N", help="interpreters side by side (one a core)")
    parser.add_argument("--precision", choices=PRECISIONS, help="of the classifier (auto: what is faster)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Inspect every picture and return what cracks.json says."""
    from crack_scanner.cli.picture_inspection import PictureInspector, ScaleWish
    from crack_scanner.mapping.severity import load_guide_value
    from crack_scanner.settings import load_settings

    pictures = _pictures(args.pictures)
    names = ("threads", "precision")
    asked = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    settings = load_settings(args.config).changed(**asked)
    guide = load_guide_value(SEVERITY)
    _refuse_taking_away(args.out, args.pictures, pictures)
    out = _folder(args.out)
    wish = ScaleWish(args.mm_per_px, args.marker_mm)
    with PictureInspector(args.model, args.segmenter, settings, guide, wish, args.output.log) as inspector:
        return _inspect_all(pictures, out, inspector, args.output)


def _inspect_all(
    pictures: dict[Path, str], out: Path, inspector: PictureInspector, output: Output
) -> dict[str, Any]:
    """Each picture in turn; one that cannot be inspected does not stop the others, but fails the verb."""
    from crack_scanner.cli.picture_inspection import write_findings

    rows: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for number, (path, stem) in enumerate(pictures.items(), start=1):
        progress = _Progress(output, f"{path.name} ({number} of {len(pictures)})")
        try:
            row = inspector.inspect(path, out, stem, progress)
        except CrackScannerError as error:
            if len(pictures) == 1:
                raise
            output.log(f"{path.name} is left out: {error}")
            failed.append({"picture": str(path), "reason": str(error)})
            continue
        rows.append(row)
        output.say(_summary(path, row))
    if not rows:
        raise CrackScannerError(
            f"none of {len(pictures)} pictures could be inspected; the first: {failed[0]['reason']}"
        )
    result = {"models": inspector.models, "guide": inspector.guide_name, "pictures": rows, "failed": failed}
    write_findings(out, result)
    if failed:
        raise CrackScannerError(
            f"{len(failed)} of {len(pictures)} pictures could not be inspected; "
            f"{out / 'cracks.json'} says which and why"
        )
    return result


class _Progress:
    """Says how far a picture is, not more often than one can read."""

    def __init__(self, output: Output, label: str) -> None:
        self._output = output
        self._label = label
        self._last = 0.0

    def __call__(self, text: str) -> None:
        every = _PROGRESS_EVERY_S[sys.stderr.isatty()]
        if time.monotonic() - self._last >= every:
            self._last = time.monotonic()
            self._output.progress(f"{self._label}: {text}")


def _summary(path: Path, row: dict[str, Any]) -> str:
    cracks = row["cracks"]
    if not cracks:
        return f"{path.name}: no crack found"
    unit = "px" if any(crack.get("length_mm") is None for crack in cracks) else "mm"
    total = sum(crack[f"length_{unit}"] for crack in cracks)
    widest = max(cracks, key=lambda crack: crack[f"width_max_{unit}"] or 0.0)
    count = "1 crack" if len(cracks) == 1 else f"{len(cracks)} cracks"
    return f"{path.name}: {count}, {total:.0f} {unit} in all, widest {widest['width']} (no. {widest['id']})"


def _pictures(given: list[Path]) -> dict[Path, str]:
    """Every picture with the stem of its results; pictures of the same stem keep their endings apart."""
    from crack_scanner.sources.pictures import find_pictures

    paths: list[Path] = []
    for path in given:
        if not path.exists():
            raise CrackScannerError(f"picture {path} is not there: give a picture or a folder of pictures")
        paths += find_pictures(path) if path.is_dir() else [path]
    paths = list(dict.fromkeys(paths))
    stems = Counter(path.stem for path in paths)
    named = {path: path.stem if stems[path.stem] == 1 else path.name.replace(".", "_") for path in paths}
    for stem, count in Counter(named.values()).items():
        if count > 1:
            raise CrackScannerError(
                f"{count} pictures are called {stem}: inspect them into folders of their own"
            )
    return named


def _refuse_taking_away(out: Path, given: Iterable[Path], pictures: dict[Path, str]) -> None:
    """Beside pictures, results must not replace anything else, nor be taken for pictures the next time."""
    if any(path.is_dir() and path.resolve() == out.resolve() for path in given):
        raise CrackScannerError(
            f"--out {out} is the folder to inspect, which would find its own results there the next time: "
            "choose another folder for the results"
        )
    if all(path.resolve().parent != out.resolve() for path in pictures):
        return
    from crack_scanner.cli.picture_inspection import result_names

    own = _results_of_before(out)
    for stem in pictures.values():
        for name in result_names(stem).values():
            if name not in own and (out / name).exists():
                raise CrackScannerError(
                    f"{out / name} is there already: choose another folder for the results"
                )


def _results_of_before(out: Path) -> set[str]:
    """Names of the pictures that an earlier run has written into a folder."""
    try:
        before = json.loads((out / "cracks.json").read_text(encoding="utf-8"))
        return {str(name) for row in before["pictures"] for name in row["files"].values()}
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CrackScannerError(
            f"{out / 'cracks.json'} is no result of inspect ({error}): remove it"
        ) from error


def _folder(out: Path) -> Path:
    """The output folder, made and tried before any work is done; results of an earlier run go."""
    from crack_scanner.storage.atomic_file import write_atomically

    if out.exists() and not out.is_dir():
        raise CrackScannerError(f"{out} is a file; --out must name a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "cracks.json").unlink(missing_ok=True)
    except OSError as error:
        raise CrackScannerError(f"folder {out} cannot be written: {error.strerror}") from error
    trial = out / ".crack_scanner_trial"
    write_atomically(trial, b"")
    trial.unlink()
    return out


def _positive(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value
