"""The crack map as a DXF drawing, for CAD."""

from __future__ import annotations

import io

from crack_scanner.mapping.severity import SEVERITIES
from crack_scanner.report.colours import CRACK_CLASSES, FAINT_INK, INK, NO_CRACK
from crack_scanner.report.crack_words import largest_width
from crack_scanner.report.statements import NO_SCALE
from crack_scanner.storage.findings import Finding
from crack_scanner.storage.session import SessionRecord

SURFACE_LAYER, LABEL_LAYER, REJECTED_LAYER = "SURFACE", "CRACK_LABELS", "CRACKS_REJECTED"
CRACK_LAYERS = {severity: "CRACKS_" + severity.upper().replace(" ", "_") for severity in SEVERITIES}
# Height of the labels on the surface, metres; their distance from the line is half of it.
_TEXT_HEIGHT = 0.03
_VERSION = "R2010"
# $INSUNITS of a drawing without a unit.
_NO_UNIT = 0


def cracks_dxf(record: SessionRecord) -> str:
    """A drawing in metres: u to the right, v up, from the first corner of the surface.

    A layer a severity with a polyline a crack, one for those that a reviewer has rejected, one with labels of
    id and width, one with the outline of the surface. Equal sessions give equal bytes. Where the scale is not
    known the drawing has no unit, and a label below the surface says so.
    """
    # Here and not above: half a second that only this format costs.
    import ezdxf
    from ezdxf import colors, units

    # Neither a time nor a random mark goes into the file.
    ezdxf.options.write_fixed_meta_data_for_testing = True
    drawing = ezdxf.new(_VERSION, units=units.M if record.info.scale_known else _NO_UNIT)
    names = {SURFACE_LAYER: FAINT_INK, LABEL_LAYER: INK, REJECTED_LAYER: NO_CRACK.colour}
    names |= {layer: CRACK_CLASSES[severity].colour for severity, layer in CRACK_LAYERS.items()}
    for layer, colour in names.items():
        drawing.layers.add(layer, true_color=colors.rgb2int(colors.RGB.from_hex(colour)))
    space = drawing.modelspace()
    width, height = record.info.surface.width, record.info.surface.height
    corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    space.add_lwpolyline(corners, close=True, dxfattribs={"layer": SURFACE_LAYER})
    for finding in record.findings:
        attributes = {"layer": REJECTED_LAYER if finding.rejected else CRACK_LAYERS[finding.severity]}
        if len(finding.path) == 1:
            space.add_point(finding.path[0].tolist(), dxfattribs=attributes)
        else:
            space.add_lwpolyline(finding.path.tolist(), dxfattribs=attributes)
        u, v = finding.path[len(finding.path) // 2].tolist()
        place = (u + _TEXT_HEIGHT / 2, v + _TEXT_HEIGHT / 2)
        label = {"layer": LABEL_LAYER, "insert": place}
        space.add_text(finding_label(finding), height=_TEXT_HEIGHT, dxfattribs=label)
    if not record.info.scale_known:
        below = {"layer": LABEL_LAYER, "insert": (0.0, -2 * _TEXT_HEIGHT)}
        space.add_text(NO_SCALE, height=_TEXT_HEIGHT, dxfattribs=below)
    text = io.StringIO()
    drawing.write(text)
    return text.getvalue()


def finding_label(finding: Finding) -> str:
    """Name and greatest width, as far as one was measured."""
    width = largest_width(finding)
    return f"{finding.name}: {width}" if width else finding.name
