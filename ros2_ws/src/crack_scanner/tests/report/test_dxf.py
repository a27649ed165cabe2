"""The drawing for CAD, read back."""

import io
from dataclasses import replace

import ezdxf
import pytest
from ezdxf import units
from ezdxf.document import Drawing

from crack_scanner.mapping.severity import ABOVE, NOT_MEASURED
from crack_scanner.report.dxf import CRACK_LAYERS, LABEL_LAYER, SURFACE_LAYER, crack_label, cracks_dxf
from crack_scanner.storage.session import SessionRecord
from tests.storage.sample_session import SampleSession


@pytest.fixture
def record(sample: SampleSession) -> SessionRecord:
    """One crack measured and too wide, the other not measured."""
    wide, other = sample.record.cracks
    wide = replace(wide, severity=ABOVE, width_max_mm=0.456, width_sigma_mm=0.02)
    return replace(sample.record, cracks=(wide, other))


@pytest.fixture
def drawing(record: SessionRecord) -> Drawing:
    """What a CAD program makes of the file."""
    return ezdxf.read(io.StringIO(cracks_dxf(record)))


def test_it_is_a_sound_drawing_in_metres(drawing: Drawing) -> None:
    assert not drawing.audit().has_errors
    assert drawing.units == units.M


def test_a_crack_is_a_polyline_on_the_layer_of_its_severity(drawing: Drawing, record: SessionRecord) -> None:
    for crack, severity in zip(record.cracks, (ABOVE, NOT_MEASURED), strict=True):
        (line,) = drawing.modelspace().query(f'LWPOLYLINE[layer=="{CRACK_LAYERS[severity]}"]')
        points = [point[:2] for point in line.get_points()]
        assert points == [pytest.approx(point) for point in crack.path.tolist()]
    assert {SURFACE_LAYER, LABEL_LAYER, *CRACK_LAYERS.values()} <= {
        layer.dxf.name for layer in drawing.layers
    }


def test_labels_say_id_and_width(drawing: Drawing, record: SessionRecord) -> None:
    labels = drawing.modelspace().query(f'TEXT[layer=="{LABEL_LAYER}"]')
    assert [label.dxf.text for label in labels] == [crack_label(crack) for crack in record.cracks]
    assert labels[0].dxf.text == f"{record.cracks[0].id}: 0.46 mm"


def test_a_width_that_cannot_be_claimed_is_a_limit(record: SessionRecord) -> None:
    crack = replace(record.cracks[1], smallest_width_mm=0.31)
    assert crack_label(crack) == f"{crack.id}: < 0.31 mm"


def test_the_surface_has_an_outline(drawing: Drawing, record: SessionRecord) -> None:
    (outline,) = drawing.modelspace().query(f'LWPOLYLINE[layer=="{SURFACE_LAYER}"]')
    assert outline.closed
    width, height = record.info.surface.width, record.info.surface.height
    assert [point[:2] for point in outline.get_points()][2] == pytest.approx((width, height))


def test_equal_sessions_give_equal_bytes(record: SessionRecord) -> None:
    assert cracks_dxf(record) == cracks_dxf(replace(record, cracks=record.cracks[::-1]))
