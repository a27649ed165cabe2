"""Grey values across a crack, and what is said of its width there."""

from dataclasses import replace

import pytest

from crack_scanner.mapping.photo_layout import WidthProfile
from crack_scanner.report.colours import OPENING
from crack_scanner.report.profile_drawing import profile_svg
from tests.storage.sample_session import SampleSession

PROFILE = WidthProfile(10.0, 20.0, (0.0, 1.0), (-1.0, 0.0, 1.0), (150.0, 40.0, 150.0), 0.5, 0.05)


@pytest.mark.parametrize(
    ("claimed", "measured", "says", "shaded"),
    [
        (0.6, 0.5, "0.50 ± 0.05 mm in this picture", True),
        (0.6, None, "no width that can be claimed", False),
        # All looks together left none to claim: one of them alone is no better.
        (None, 0.5, "no width that can be claimed", False),
    ],
)
def test_no_width_is_shown_that_the_crack_does_not_have(
    sample: SampleSession, claimed: float | None, measured: float | None, says: str, shaded: bool
) -> None:
    crack = replace(sample.record.cracks[0], width_max_mm=claimed)
    drawing = profile_svg(crack, replace(PROFILE, width_mm=measured))
    assert ">grey</text>" in drawing
    assert ">mm across</text>" in drawing
    assert says in drawing
    assert (OPENING in drawing) is shaded
