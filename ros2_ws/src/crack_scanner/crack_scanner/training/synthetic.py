"""Procedural cracks drawn on crack-free tiles: training pictures whose crack pixels are known exactly."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.training.surfaces import smooth_noise

Image = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Rng = np.random.Generator

SUPERSAMPLING = 3
"""Cracks are drawn this many times larger and averaged down, so that a hairline has soft edges."""
MASK_COVERAGE = 0.3
"""Part of a pixel that must be crack for the pixel to count."""
POLYGON_WIDTH = 3.5
"""Pixels; a wider crack is drawn by its two flanks instead of its centre line."""
STEP = 4.0
"""Pixels between two points of a crack's path."""
BOWED_SHARE = 0.2
"""Of the drawn cracks that run in long bows, without a kink."""
BOW_LENGTH = 100.0
"""Pixels over which a bow's curvature stays about the same."""
EVEN_SHARE = 0.2
"""Of the drawn cracks that are equally wide from end to end, with smooth flanks."""
GAPING_SHARE, GAPING_WIDTH, WIDEST = 0.1, 12.0, 100.0
"""Of the drawn cracks: those that one sees into, with a shadow under one flank and a floor in the light; and
their widths, pixels."""
LARGEST_SHARE = 0.7
"""Of a tile that is crack; with more of it one would not see what it runs through."""
BORDER_SHARE = 0.26
"""Of the drawn cracks that do not gape, those that only come in at a side or a corner."""
SPALLED_SHARE = 0.35
"""Of the cracks wider than a few pixels, those along whose flanks the surface has broken off."""


@dataclass(frozen=True)
class CrackShape:
    """What a crack looks like.

    width: pixels, the widest place. roughness: standard deviation of the turn a step, radians.
    kinks: chance a step of a sharp turn, with smooth stretches between; 0 for a crack that is jagged all
    along. ragged: unevenness of a wide crack's flanks as a share of its width.
    tone: brightness inside relative to the surface (below 1 dark, above 1 bright). branches: side cracks.
    rim: brightness added along one flank. blur: sigma of the edge, pixels.
    bow: radians by which the heading of a crack in long bows changes over BOW_LENGTH; 0 for one that wanders.
    even: of one width all along. spall: pixels, at most, that have broken off the surface beside the crack.
    gaping: one sees its floor, and it runs right across the tile.
    """

    width: float
    roughness: float
    tone: float
    branches: int
    rim: float
    blur: float
    kinks: float = 0.0
    ragged: float = 0.08
    bow: float = 0.0
    even: bool = False
    spall: float = 0.0
    gaping: bool = False


def draw_crack(tile: Image, rng: Rng, shape: CrackShape | None = None) -> tuple[Image, npt.NDArray[np.bool_]]:
    """A crack drawn on a crack-free tile (S, S, 3) uint8 RGB: the picture and its (S, S) crack mask."""
    shape = shape or random_shape(rng)
    size = tile.shape[0]
    coverage = np.zeros((size, size), np.float32)
    # A piece of a gaping crack that shows no course of it may as well be a stain or a hole.
    needed = min(0.6 * size * shape.width, 0.2 * size**2) if shape.gaping else 20.0 * max(shape.width, 1.0)
    while not needed <= (coverage > MASK_COVERAGE).sum() <= LARGEST_SHARE * size**2:
        coverage = _coverage(size, rng, shape)
    visible = _visible_tone(tile, coverage, shape, rng)
    return _blend(tile, coverage, shape, visible, rng), coverage > MASK_COVERAGE


def random_shape(rng: Rng) -> CrackShape:
    """Hairlines most often, then medium, wide and gaping cracks; mostly dark, some filled, grey or bright."""
    kind = rng.random()
    if kind > 1.0 - GAPING_SHARE:
        return _gaping_shape(rng)
    if kind < 0.5:
        width = rng.uniform(0.8, 3.2)
    elif kind < 0.85:
        width = rng.uniform(3.0, 9.0)
    else:
        width = rng.uniform(9.0, 30.0)
    tone = rng.uniform(0.12, 0.7) if rng.random() < 0.88 else rng.uniform(1.15, 1.5)
    blur = rng.uniform(0.3, 0.8) if width < 3.0 else rng.uniform(0.4, 1.6)
    if width > 5.0 and rng.random() < 0.3:
        # Old cracks, filled with dirt or weathered: a soft grey band.
        blur, tone = rng.uniform(0.1, 0.35) * width, rng.uniform(0.35, 0.8)
    # Seen from further away, or in fine-grained concrete, a crack runs smoothly between a few kinks.
    smooth = rng.random() < 0.4
    bowed, even = rng.random() < BOWED_SHARE, rng.random() < EVEN_SHARE
    return CrackShape(
        width=width,
        roughness=rng.uniform(0.02, 0.12) if smooth else rng.uniform(0.12, 0.5),
        kinks=rng.uniform(0.05, 0.25) if smooth else 0.0,
        ragged=rng.uniform(0.0, 0.05) if smooth or even or bowed else rng.uniform(0.03, 0.14),
        bow=rng.uniform(0.15, 1.0) if bowed else 0.0,
        even=even,
        tone=tone,
        branches=int(rng.choice([0, 0, 0, 1, 1, 2, 4])),
        rim=rng.uniform(0.05, 0.3) if width > 3.0 and rng.random() < 0.4 else 0.0,
        blur=blur,
        spall=rng.uniform(2.0, 12.0) if width > 4.0 and tone < 1.0 and rng.random() < SPALLED_SHARE else 0.0,
    )


def _gaping_shape(rng: Rng) -> CrackShape:
    """One that one sees into, up to so wide that a tile shows hardly more than its flanks; never bright."""
    return CrackShape(
        width=float(np.exp(rng.uniform(np.log(GAPING_WIDTH), np.log(WIDEST)))),
        roughness=rng.uniform(0.02, 0.15),
        kinks=rng.uniform(0.0, 0.04),
        ragged=rng.uniform(0.02, 0.14),
        tone=rng.uniform(0.12, 0.55),
        branches=int(rng.choice([0, 0, 0, 1])),
        rim=rng.uniform(0.05, 0.3) if rng.random() < 0.4 else 0.0,
        blur=rng.uniform(0.4, 1.6),
        spall=rng.uniform(3.0, 25.0) if rng.random() < 0.5 else 0.0,
        gaping=True,
    )


def crack_path(
    start: npt.NDArray[np.float64],
    heading: float,
    length: float,
    roughness: float,
    rng: Rng,
    kinks: float = 0.0,
    bow: float = 0.0,
) -> Plane:
    """(N, 2) points x, y of a crack.

    A walk whose heading wanders, with a jitter that makes it jagged; with `bow` a smooth one in long bows.
    """
    count = max(int(length / STEP), 3)
    if bow:
        headings = heading + _bows(count, bow, rng)
    else:
        turns = rng.normal(0.0, roughness * 0.35, count)
        turns += rng.normal(0.0, 0.6, count) * (rng.random(count) < kinks)
        wander = np.cumsum(turns)
        wander -= np.linspace(0.0, wander[-1], count) * rng.uniform(0.3, 1.0)
        headings = heading + wander + rng.normal(0.0, roughness, count)
    steps = (
        STEP * rng.uniform(0.5, 1.5, count)[:, None] * np.stack([np.cos(headings), np.sin(headings)], axis=1)
    )
    return (start + np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])).astype(np.float32)


def _bows(count: int, bow: float, rng: Rng) -> npt.NDArray[np.float64]:
    """(count,) headings of a course in long bows, 0 in the middle: its curvature changes slowly."""
    places = np.arange(count) * STEP / BOW_LENGTH
    knots = rng.normal(0.0, bow, int(places[-1]) + 2)
    headings = np.cumsum(np.interp(places, np.arange(len(knots)), knots)) * STEP / BOW_LENGTH
    return np.asarray(headings - headings[count // 2], np.float64)


def _coverage(size: int, rng: Rng, shape: CrackShape) -> Plane:
    """(size, size) part of each pixel that is crack, 0 to 1."""
    canvas = np.zeros((size * SUPERSAMPLING,) * 2, np.uint8)
    start, heading, length = _placement(size, rng, across=shape.gaping)
    trunk = crack_path(start, heading, length, shape.roughness, rng, shape.kinks, shape.bow)
    _draw_path(canvas, trunk, shape, shape.width, rng, length < size)
    for _ in range(shape.branches):
        origin = trunk[rng.integers(len(trunk))].astype(np.float64)
        side = heading + rng.choice([-1.0, 1.0]) * rng.uniform(0.4, 1.3)
        reach = rng.uniform(0.15, 0.9) * size
        branch = crack_path(origin, side, reach, shape.roughness * 1.3, rng, shape.kinks, shape.bow)
        _draw_path(canvas, branch, shape, shape.width * rng.uniform(0.25, 0.9), rng, True)
    return cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0


def _placement(size: int, rng: Rng, across: bool) -> tuple[npt.NDArray[np.float64], float, float]:
    """Start, heading and length: across the tile, ending inside it, along a side, or cutting off a corner."""
    heading = rng.uniform(0.0, 2.0 * np.pi)
    kind = 0.0 if across else rng.random()
    if kind > 1.0 - BORDER_SHARE:
        return _along_border(size, rng)
    through = rng.uniform(0.1, 0.9, 2) * size
    if kind < 0.5:
        return through - size * np.array([np.cos(heading), np.sin(heading)]), heading, 2.4 * size
    return through, heading, rng.uniform(0.25, 1.2) * size


def _along_border(size: int, rng: Rng) -> tuple[npt.NDArray[np.float64], float, float]:
    """The same of a crack of which a tile sees what cuts off one of its corners, or comes in at a side."""
    corner = rng.random() < 0.5
    place = rng.integers(2, size=2) if corner else np.array([rng.integers(2), rng.uniform(0.15, 0.85)])
    edge = np.asarray((place if corner or rng.random() < 0.5 else place[::-1]) * size, np.float64)
    inward = np.arctan2(*(size / 2 - edge)[::-1]) if corner else _into(edge, size)
    heading = inward + rng.choice([-1.0, 1.0]) * np.pi / 2 + rng.normal(0.0, 0.3)
    depth = rng.uniform(10.0, 55.0) if corner else rng.uniform(6.0, 40.0)
    middle = edge + depth * np.array([np.cos(inward), np.sin(inward)])
    return middle - 60.0 * np.array([np.cos(heading), np.sin(heading)]), heading, 120.0


def _into(edge: npt.NDArray[np.float64], size: int) -> float:
    """The heading, radians, straight into the tile from a point x, y of one of its sides."""
    outward = np.where(edge <= 0.0, -1.0, np.where(edge >= size, 1.0, 0.0))
    return float(np.arctan2(-outward[1], -outward[0]))


def _draw_path(canvas: Image, path: Plane, shape: CrackShape, width: float, rng: Rng, tapered: bool) -> None:
    """Draw a path with a width that varies along it, onto the supersampled canvas."""
    count = len(path)
    knots = rng.uniform(0.9 if shape.even else 0.35, 1.0, max(count // 5, 2) + 1)
    widths = width * np.interp(np.linspace(0, len(knots) - 1, count), np.arange(len(knots)), knots)
    if tapered and not shape.even:
        widths = widths * np.linspace(1.0, rng.uniform(0.1, 0.5), count)
    if width > POLYGON_WIDTH:
        _fill_between_flanks(canvas, path, widths, rng, shape.ragged)
        return
    points = np.round(path * SUPERSAMPLING).astype(np.int32)
    gap = rng.random() < 0.2
    for index in range(count - 1):
        if gap and rng.random() < 0.08:
            continue
        thickness = max(round(float(widths[index]) * SUPERSAMPLING), 1)
        cv2.line(canvas, points[index].tolist(), points[index + 1].tolist(), 255, thickness)


def _fill_between_flanks(
    canvas: Image, path: Plane, widths: npt.NDArray[np.float64], rng: Rng, ragged: float
) -> None:
    """Both flanks of a wide crack are broken edges of their own, by the share `ragged` of the width."""
    along = np.gradient(path, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    flanks = []
    for side in (-1.0, 1.0):
        reach = np.maximum(
            widths / 2 + rng.normal(0.0, np.minimum(ragged * widths, 3.0) + 4.0 * min(ragged, 0.1)), 0.3
        )
        flanks.append(path + side * normal * reach[:, None])
    outline = np.vstack([flanks[0], flanks[1][::-1]]) * SUPERSAMPLING
    for index in range(len(path) - 1):
        piece = [*flanks[0][index : index + 2], *flanks[1][index : index + 2][::-1]]
        cv2.fillConvexPoly(canvas, np.round(np.array(piece) * SUPERSAMPLING).astype(np.int32), 255)
    cv2.polylines(canvas, [np.round(outline).astype(np.int32)], True, 255, 1)


def _visible_tone(tile: Image, coverage: Plane, shape: CrackShape, rng: Rng) -> float:
    """The crack's tone, moved away from the surface's where it would drown in the surface's own texture."""
    grey = cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY)
    near = grey[cv2.dilate(coverage, np.ones((15, 15))) > 0.1].astype(np.float32)
    level, texture = max(float(near.mean()), 8.0), float(near.std())
    thinness = 1.0 if shape.width > 4.0 else 1.6
    needed = (9.0 + thinness * rng.uniform(0.8, 1.6) * texture) / level
    if shape.tone < 1.0:
        return max(min(shape.tone, 1.0 - needed), 0.04)
    return max(shape.tone, 1.0 + needed)


def _blend(tile: Image, coverage: Plane, shape: CrackShape, tone: float, rng: Rng) -> Image:
    alpha = cv2.GaussianBlur(coverage, (0, 0), shape.blur)
    # Blurring a hairline also pales it; keep its core as deep as it was drawn.
    alpha = np.clip(alpha * (coverage.max() / max(float(alpha.max()), 1e-3)), 0.0, 1.0)[..., None]
    surface = tile.astype(np.float32)
    level = surface.mean(axis=(0, 1))
    if shape.gaping:
        inside = level * _depth(coverage, tone, rng) * (1.0 + rng.normal(0.0, 0.03, 3))
    elif rng.random() < 0.35:
        inside = surface * tone
    else:
        inside = (
            level * tone * (1.0 + 0.15 * _noise(tile.shape[0], 32, rng)) * (1.0 + rng.normal(0.0, 0.03, 3))
        )
    if shape.spall:
        surface = _spalled(surface, coverage, shape.spall, rng)
    if shape.rim:
        surface = surface + shape.rim * level * _rim(coverage, shape.width, rng)
    if rng.random() < 0.25:
        surface = surface * _halo(coverage, rng)
    return np.clip(surface * (1.0 - alpha) + inside * alpha, 0.0, 255.0).astype(np.uint8)


def _noise(size: int, cells: int, rng: Rng) -> Plane:
    """(S, S, 1) smooth noise of unit strength with so many cells along a side."""
    return smooth_noise(size, rng, cells, interpolation=cv2.INTER_CUBIC)[..., None]


def _depth(coverage: Plane, tone: float, rng: Rng) -> Plane:
    """(S, S, 1) brightness inside a gaping crack: dark under one flank, rubble on a floor in the light."""
    size = coverage.shape[0]
    body = (coverage > 0.5).astype(np.uint8)
    reach = max(float(cv2.distanceTransform(body, cv2.DIST_L2, 3).max()), 1.0)
    angle, shade = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.4, 2.0) * reach
    matrix = np.array([[1, 0, shade * np.cos(angle)], [0, 1, shade * np.sin(angle)]], np.float32)
    # The flank's shadow: what lies within its reach of the surface on the lit side.
    ground = cv2.warpAffine(1.0 - coverage, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
    shadow = cv2.GaussianBlur(ground, (0, 0), rng.uniform(0.5, 0.3 + 0.2 * reach))[..., None]
    rubble = _noise(size, int(rng.integers(6, 24)), rng) + 0.5 * _noise(size, int(rng.integers(30, 90)), rng)
    floor = rng.uniform(tone, max(0.85, tone)) * (1.0 + rng.uniform(0.05, 0.25) * rubble)
    deepest = tone * rng.uniform(0.3, 1.0)
    depth: Plane = np.clip(floor * (1.0 - shadow) + deepest * shadow, 0.02, 1.4).astype(np.float32)
    return depth


def _spalled(surface: Plane, coverage: Plane, reach: float, rng: Rng) -> Plane:
    """The surface (S, S, 3), its edge beside the crack broken off here and there, up to `reach` pixels."""
    size = surface.shape[0]
    away = cv2.distanceTransform((coverage < 0.5).astype(np.uint8), cv2.DIST_L2, 3)[..., None]
    border = reach * (0.45 + 0.45 * _noise(size, int(rng.integers(4, 16)), rng))
    broken = np.clip(border - away + 0.5, 0.0, 1.0)
    tone = rng.uniform(1.03, 1.3) if rng.random() < 0.65 else rng.uniform(0.65, 0.95)
    colour = tone * (1.0 + rng.normal(0.0, 0.03, 3))
    texture = 1.0 + rng.uniform(0.03, 0.15) * _noise(size, int(rng.integers(40, 110)), rng)
    face = surface.mean(axis=(0, 1)) * colour * texture
    if rng.random() < 0.5:
        # Its outer edge catches the light, or lies in its own shadow.
        edge = np.exp(-np.square((away - border) / rng.uniform(0.8, 2.5))) * (border > 1.0)
        surface = surface * (1.0 + rng.uniform(-0.3, 0.3) * edge)
    spalled: Plane = (surface * (1.0 - broken) + face * broken).astype(np.float32)
    return spalled


def _rim(coverage: Plane, width: float, rng: Rng) -> Plane:
    """(S, S, 1) 0 to 1: the flank of the crack that catches the light."""
    shift = rng.uniform(0.5, 1.0) * width * np.array([np.cos(a := rng.uniform(0, 6.28)), np.sin(a)])
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    moved = cv2.warpAffine(coverage, matrix, coverage.shape[::-1], flags=cv2.INTER_LINEAR)
    rim: Plane = cv2.GaussianBlur(np.clip(moved - coverage, 0.0, 1.0), (0, 0), 1.2)[..., None]
    return rim


def _halo(coverage: Plane, rng: Rng) -> Plane:
    """(S, S, 1) factor: damp or dust beside the crack darkens or brightens the surface."""
    small = cv2.resize(coverage, (57, 57), interpolation=cv2.INTER_AREA)
    spread = cv2.GaussianBlur(small, (0, 0), rng.uniform(2.0, 7.0))
    spread = cv2.resize(spread / max(float(spread.max()), 1e-3), coverage.shape[::-1])
    halo: Plane = (1.0 + rng.uniform(-0.35, 0.2) * spread)[..., None].astype(np.float32)
    return halo
