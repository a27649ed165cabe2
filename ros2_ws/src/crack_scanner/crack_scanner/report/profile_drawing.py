"""The grey values across a crack as a drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.photo_layout import WidthProfile
from crack_scanner.mapping.severity import NOT_MEASURED
from crack_scanner.report.canvas import Label, SvgCanvas
from crack_scanner.report.colours import CRACK_CLASSES, FAINT_INK, FRAME, INK, OPENING

# Pixels: size of the drawing, and where the curve lies in it.
_WIDTH, _HEIGHT = 320, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 308.0, 30.0, 200.0


def profile_svg(crack: Crack, profile: WidthProfile) -> str:
    """An SVG element: the curve, and over it the width that was measured there.

    Of a crack without a width of its own, as all looks together left none to claim, none is shown here.
    """
    if crack.width_max_mm is None:
        profile = replace(profile, width_mm=None, sigma_mm=None)
    canvas = SvgCanvas(_WIDTH, _HEIGHT, f"Grey values across crack {crack.id}")
    at, grey = np.array(profile.at_mm), np.array(profile.grey)
    low, high = float(grey.min()), max(float(grey.max()), float(grey.min()) + 1.0)
    x = _LEFT + (at - at[0]) / (at[-1] - at[0]) * (_RIGHT - _LEFT)
    y = _BOTTOM - (grey - low) / (high - low) * (_BOTTOM - _TOP)
    if profile.width_mm is not None:
        left, right = np.interp([-profile.width_mm / 2, profile.width_mm / 2], at, x).tolist()
        canvas.rectangle(left, _TOP, right - left, _BOTTOM - _TOP, OPENING)
    canvas.line(np.array([[_LEFT, _TOP], [_LEFT, _BOTTOM], [_RIGHT, _BOTTOM]]), FRAME, 1)
    canvas.line(np.stack([x, y], axis=1), CRACK_CLASSES[NOT_MEASURED].colour, 2)
    for value, place in ((high, _TOP + 5), (low, _BOTTOM)):
        canvas.label(Label(_LEFT - 6, place, f"{value:.0f}", 12, FAINT_INK, "end"))
    canvas.label(Label(_LEFT - 6, (_TOP + _BOTTOM) / 2 + 4, "grey", 12, FAINT_INK, "end"))
    for mm, anchor in ((float(at[0]), "start"), (0.0, "middle"), (float(at[-1]), "end")):
        here = float(np.interp(mm, at, x))
        canvas.label(Label(here, _BOTTOM + 16, f"{mm:.1f}" if mm else "0", 12, FAINT_INK, anchor))
    canvas.label(Label((_LEFT + _RIGHT) / 2, _BOTTOM + 32, "mm across", 12, FAINT_INK, "middle"))
    canvas.label(Label(_LEFT, 18, _measured(profile), 13, INK))
    return canvas.markup()


def _measured(profile: WidthProfile) -> str:
    if profile.width_mm is None:
        return "no width that can be claimed"
    sigma = "" if profile.sigma_mm is None else f" ± {profile.sigma_mm:.2f}"
    return f"{profile.width_mm:.2f}{sigma} mm in this picture"
