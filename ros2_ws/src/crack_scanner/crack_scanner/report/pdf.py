"""report.pdf: the report as its style sheet prints it, on A4."""

from __future__ import annotations

import logging
from typing import Any

from PIL import ImageFile

from crack_scanner.errors import CrackScannerError
from crack_scanner.report.report import report_html
from crack_scanner.storage.session import SessionRecord

PANGO_CURE = "sudo apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def report_pdf(record: SessionRecord) -> bytes:
    """The same report as report_html; nothing is fetched but the pictures that are in it."""
    weasyprint = load_weasyprint()
    # It warns of every property that is for screens alone.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=["data"])
    document: bytes = weasyprint.HTML(string=report_html(record), url_fetcher=fetcher).write_pdf()
    return document


def load_weasyprint() -> Any:
    """WeasyPrint; CrackScannerError with the cure where the system's libraries are missing."""
    # Here and not above: a second that only this format costs.
    try:
        import weasyprint
    except OSError as error:
        reason = " ".join(str(error).split("\n")[0].split())
        raise CrackScannerError(f"a PDF needs Pango ({reason}): {PANGO_CURE}") from error
    # WeasyPrint lets Pillow fill up cut pictures, in the whole process; ours are to be refused.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return weasyprint
