"""Where the package's models and configuration lie, in a source tree or installed."""

from __future__ import annotations

from pathlib import Path

import crack_scanner

_PACKAGE = "crack_scanner"


def shared_folder() -> Path:
    """The folder that holds config/, launch/ and models/."""
    source_tree = Path(crack_scanner.__file__).resolve().parents[1]
    if (source_tree / "package.xml").is_file() or (source_tree / "models").is_dir():
        return source_tree
    from ament_index_python.packages import get_package_share_directory

    return Path(get_package_share_directory(_PACKAGE))


def default_model() -> Path:
    """The classifier that comes with the package."""
    return shared_folder() / "models" / "crack_classifier.tflite"
