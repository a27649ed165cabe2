"""What casting leaves on concrete: pores (bug holes), formwork joints and tie holes."""

import math

import cv2
import numpy as np
import numpy.typing as npt

RgbImage = npt.NDArray[np.uint8]

_TIE_HOLE_RADIUS_M = 0.011


def draw_pores(picture: RgbImage, rng: np.random.Generator, texel: float, per_m2: float) -> None:
    """Darkens round and oblong holes of 0.5 to 5 mm radius into the picture, small ones far more often."""
    height, width = picture.shape[:2]
    for _ in range(rng.poisson(per_m2 * height * width * texel * texel)):
        radius = min(0.0005 * (1.0 + rng.pareto(1.9)), 0.005) / texel
        centre = (rng.uniform(0, width), rng.uniform(0, height))
        _stamp_hole(picture, rng, centre, radius, rng.uniform(0.25, 0.75))


def draw_formwork(
    picture: RgbImage, rng: np.random.Generator, texel: float, panel_width: float, panel_height: float
) -> None:
    """Draws the joints between formwork panels (metres) and the holes of the ties that held them.

    Most holes are closed with recessed mortar plugs, somewhat darker than the wall; some stand open.
    """
    height, width = picture.shape[:2]
    columns = _joint_positions(rng, width, panel_width / texel)
    rows = _joint_positions(rng, height, panel_height / texel)
    for x in columns:
        _draw_joint(picture.swapaxes(0, 1), rng, x, texel)
    for y in rows:
        _draw_joint(picture, rng, y, texel)
    for x in columns:
        for y in (rows[:-1] + rows[1:]) / 2.0 if len(rows) > 1 else rows + panel_height / texel / 2.0:
            for side in (-0.22, 0.22):
                centre = (x + side * panel_width / texel, y)
                _stamp_hole(picture, rng, centre, _TIE_HOLE_RADIUS_M / texel, rng.uniform(0.12, 0.5), 0.03)


def _joint_positions(rng: np.random.Generator, length: int, panel: float) -> npt.NDArray[np.float64]:
    return np.arange(rng.uniform(0.15, 0.85) * panel, length, panel)


def _draw_joint(picture: RgbImage, rng: np.random.Generator, row: float, texel: float) -> None:
    """One joint along a row: a slightly darker, soft, broken band, and a faint step in tone."""
    reach = math.ceil(0.02 / texel)
    top, bottom = max(int(row) - reach, 0), min(int(row) + reach + 1, picture.shape[0])
    width = picture.shape[1]
    if top >= bottom:
        return
    offset = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(row)
    strength = _along(rng, width, 0.12 / texel) * rng.uniform(0.05, 0.13)
    half = rng.uniform(0.0015, 0.003) / texel
    groove = np.exp(-((offset / half) ** 2)) * strength
    lip = np.exp(-(((offset - 2.2 * half) / (1.5 * half)) ** 2)) * (0.5 * strength)
    step = np.sign(offset) * np.exp(-np.abs(offset) * texel / 0.008) * rng.uniform(-0.03, 0.03)
    factor = (1.0 - groove + lip + step)[:, :, None]
    picture[top:bottom] = np.clip(picture[top:bottom] * factor, 0.0, 255.0)


def _along(rng: np.random.Generator, length: int, scale: float) -> npt.NDArray[np.float32]:
    """(1, length) weights 0.2..1 that change over about `scale` texels: joints fade in and out."""
    knots = rng.uniform(0.2, 1.0, (1, max(int(length / scale), 1) + 2)).astype(np.float32)
    return np.asarray(cv2.resize(knots, (length, 1), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _stamp_hole(
    picture: RgbImage,
    rng: np.random.Generator,
    centre: tuple[float, float],
    radius: float,
    darkness: float,
    roughness: float = 0.25,
) -> None:
    """A hole lit from the upper left: darkest under its upper lip, its lower lip bright.

    centre x, y and radius in texels; roughness: how far from a circle.
    """
    reach = math.ceil(1.6 * radius + 3.0)
    x0, y0 = max(int(centre[0]) - reach, 0), max(int(centre[1]) - reach, 0)
    window = picture[y0 : int(centre[1]) + reach + 1, x0 : int(centre[0]) + reach + 1]
    aspect, lobes = 1.0 - rng.uniform(0.0, 1.4) * roughness, rng.integers(2, 6)
    phase, turn = rng.uniform(0.0, 2.0 * math.pi, 2)
    if window.shape[0] == 0 or window.shape[1] == 0:
        return
    y, x = np.mgrid[0 : window.shape[0], 0 : window.shape[1]].astype(np.float32)
    x, y = x + np.float32(x0 - centre[0]), y + np.float32(y0 - centre[1])
    along, across = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
    outline = radius * (1.0 + 0.4 * roughness * np.sin(lobes * np.arctan2(across, along) + phase))
    outside = np.hypot(along, across / aspect) - outline
    inside = np.clip(0.5 - outside / 1.5, 0.0, 1.0)
    away = np.clip((x + y) / (1.4 * max(radius, 1.0)), -1.0, 1.0)
    lip = np.exp(-((np.maximum(outside, 0.0) / 1.5) ** 2)) * (1.0 - inside) * np.maximum(away, 0.0)
    factor = 1.0 - inside * darkness * (0.75 - 0.25 * away) + 0.1 * lip
    window[:] = np.clip(window * factor[:, :, None], 0.0, 255.0)
