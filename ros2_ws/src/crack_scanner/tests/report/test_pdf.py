"""The report as PDF."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import ImageFile

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.crack import BestPicture
from crack_scanner.mapping.crack_pictures import KeptPhoto
from crack_scanner.report import pdf
from crack_scanner.report.pdf import load_weasyprint, report_pdf
from crack_scanner.vision.crack_photo import as_jpeg
from tests.storage.sample_session import SampleSession


@pytest.fixture(scope="module", autouse=True)
def _pango() -> None:
    try:
        load_weasyprint()
    except CrackScannerError as error:
        pytest.skip(str(error))


def test_the_report_is_a_pdf_on_a4_with_its_photos(sample: SampleSession) -> None:
    crack = replace(sample.record.cracks[0], picture=BestPicture(1, 1.0))
    grey = np.random.default_rng(1).integers(0, 255, (200, 300, 3)).astype(np.uint8)
    photos = {crack.id: KeptPhoto(as_jpeg(grey, 85))}
    without = report_pdf(sample.record)
    document = report_pdf(replace(sample.record, cracks=(crack,), photos=photos))
    for content in (without, document):
        assert content.startswith(b"%PDF-")
        assert content.rstrip().endswith(b"%%EOF")
    assert len(document) > len(without) + 0.8 * len(photos[crack.id].context)


def test_cut_pictures_are_still_refused_once_it_was_made() -> None:
    load_weasyprint()
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_nothing_is_fetched_for_it(sample: SampleSession, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("socket.create_connection", lambda *where, **_: asked.append(str(where)))
    monkeypatch.setattr(
        pdf, "report_html", lambda _: '<img src="http://127.0.0.1:1/x"><img src="file:///etc/hosts">'
    )
    assert report_pdf(sample.record).startswith(b"%PDF-")
    assert asked == []


def test_missing_libraries_are_one_line_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    real = __import__

    def without_pango(name: str, *rest: object) -> object:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'\n\nmany lines more")
        return real(name, *rest)

    monkeypatch.setattr("builtins.__import__", without_pango)
    with pytest.raises(CrackScannerError, match="a PDF needs Pango .*sudo apt install libpango") as caught:
        load_weasyprint()
    assert "\n" not in str(caught.value)
