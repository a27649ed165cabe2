"""What a live view is told of a running scan."""

from dataclasses import replace
from pathlib import Path

import pytest

from crack_scanner.pipeline.scan_session import ScanSession
from crack_scanner.views.scan_state import map_state
from tests.storage.sample_session import SETTINGS, sample_info


@pytest.mark.parametrize("known", [True, False])
def test_a_view_knows_whether_the_scale_is_known(tmp_path: Path, known: bool) -> None:
    info = sample_info()
    info = replace(info, settings={**info.settings, "scale_known": known})
    session = ScanSession(tmp_path, info, SETTINGS, SETTINGS.mount)
    assert map_state(session, 0.0, None).scale_known is known
    session.abandon()
