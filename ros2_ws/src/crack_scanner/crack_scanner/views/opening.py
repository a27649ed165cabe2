"""Opens a live view, where Rerun is installed."""

from __future__ import annotations

from collections.abc import Callable

from crack_scanner.errors import CrackScannerError
from crack_scanner.views.live_view import LiveView


def open_live_view(target: str, say: Callable[[str], None]) -> LiveView:
    """A view of what runs. target: as `--view` has it. say: told where to look, and when the view is lost."""
    try:
        from crack_scanner.views.rerun_viewer import open_viewer
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("crack_scanner."):
            raise
        raise CrackScannerError(
            f"the view needs Rerun ({error.name} is missing), on Python 3.11 or newer: start with "
            "bin/crack_scanner scan --view, or set CRACK_SCANNER_GROUPS=viewing and source bin/environment.sh"
        ) from error
    return LiveView(open_viewer(target, say), say)
