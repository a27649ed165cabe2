"""Where the files that come with the package lie: in a source tree or installed by colcon."""

from __future__ import annotations

from pathlib import Path

_SOURCE_TREE = Path(__file__).parent.parent


def _share() -> Path:
    """The folder that holds config/, models/ and launch/."""
    if (_SOURCE_TREE / "models").is_dir():
        return _SOURCE_TREE
    # ament_python: <prefix>/lib/pythonX.Y/site-packages/crack_scanner and <prefix>/share/crack_scanner.
    for parent in Path(__file__).parents:
        if (parent / "share" / "crack_scanner" / "models").is_dir():
            return parent / "share" / "crack_scanner"
    return _SOURCE_TREE


SHARE = _share()
DEFAULT_MODEL = SHARE / "models" / "crack_classifier.tflite"
DEFAULT_SEGMENTER = SHARE / "models" / "crack_segmenter.tflite"
DEFAULT_CONFIG = SHARE / "config" / "scanner.yaml"
SEVERITY = SHARE / "config" / "severity.yaml"
