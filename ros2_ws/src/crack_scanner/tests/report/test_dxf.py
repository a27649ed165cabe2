"""The drawing for CAD, read back."""

import io
from dataclasses import replace

import ezdxf
import pytest
from ezdxf import units
from ezdxf.document import Drawing

from crack_scanner.mapping.severity import ABOVE, NOT_MEASURED
from crack_scanner.report.dxf import (
    CRACK_LAYERS,
    LABEL_LAYER,
    REJECTED_LAYER,
    SURFACE_LAYER,
    cracks_dxf,
    finding_label,
)
from crack_scanner.storage.findings import Finding
from crack_scanner.storage.session import SessionRecord
from crack_scanner.storage.verdict import ADDED, REJECTED, Verdict
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


def test_without_a_scale_it_has_no_unit_and_says_so(record: SessionRecord) -> None:
    info = replace(record.info, settings={"source_mm_per_px": None})
    drawing = ezdxf.read(io.StringIO(cracks_dxf(replace(record, info=info))))
    assert drawing.units == 0
    assert not drawing.modelspace().query(f'LWPOLYLINE[layer=="{CRACK_LAYERS[ABOVE]}"]')
    labels = drawing.modelspace().query(f'TEXT[layer=="{LABEL_LAYER}"]')
    assert any("scale not known" in label.dxf.text for label in labels)


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
    assert [label.dxf.text for label in labels] == [finding_label(one) for one in record.findings]
    assert labels[0].dxf.text == f"{record.cracks[0].id}: 0.46 mm"


def test_a_width_that_cannot_be_claimed_is_a_limit(record: SessionRecord) -> None:
    crack = replace(record.cracks[1], smallest_width_mm=0.31)
    assert finding_label(Finding(str(crack.id), crack)) == f"{crack.id}: < 0.31 mm"


def test_the_surface_has_an_outline(drawing: Drawing, record: SessionRecord) -> None:
    (outline,) = drawing.modelspace().query(f'LWPOLYLINE[layer=="{SURFACE_LAYER}"]')
    assert outline.closed
    width, height = record.info.surface.width, record.info.surface.height
    assert [point[:2] for point in outline.get_points()][2] == pytest.approx((width, height))


def test_equal_sessions_give_equal_bytes(record: SessionRecord) -> None:
    assert cracks_dxf(record) == cracks_dxf(replace(record, cracks=record.cracks[::-1]))


def test_rejected_cracks_have_a_layer_of_their_own_and_a_marked_place_is_a_point(
    record: SessionRecord,
) -> None:
    rejected = str(record.cracks[1].id)
    said = (Verdict(rejected, REJECTED, "ann", 1), Verdict("M1", ADDED, "ann", 1, path=((0.2, 0.3),)))
    drawing = ezdxf.read(io.StringIO(cracks_dxf(replace(record, verdicts=said))))
    assert len(drawing.modelspace().query(f'LWPOLYLINE[layer=="{REJECTED_LAYER}"]')) == 1
    (point,) = drawing.modelspace().query("POINT")
    assert tuple(point.dxf.location)[:2] == (0.2, 0.3)
