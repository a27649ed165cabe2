"""Things that are no cracks but look a little like them, drawn on crack-free tiles."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.training import augment
from crack_scanner.training.surfaces import smooth_noise

Image = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Rng = np.random.Generator

SUPERSAMPLING = 3
WORDS = (
    "B12",
    "A 3",
    "KM 4.7",
    "2019",
    "N",
    "STOP",
    "75",
    "OK",
    "<--",
    "x",
    "C30/37",
    "E 118",
    "III",
    "+0.50",
)


def draw_distractor(tile: Image, rng: Rng) -> Image:
    """One to three distractors on a tile (S, S, 3) uint8 RGB."""
    for _ in range(int(rng.choice([1, 1, 2, 3]))):
        tile = DISTRACTORS[rng.integers(len(DISTRACTORS))](tile, rng)
    return tile


def joint(tile: Image, rng: Rng) -> Image:
    """A formwork joint: straight, even width, dark with a lit edge; sometimes crossed by a second one."""
    angle = _joint_angle(rng)
    width = rng.uniform(0.8, 9.0)
    tone, lit = rng.uniform(0.15, 0.85), rng.uniform(0.0, 0.35)
    for turn in (0.0, np.pi / 2)[: int(rng.choice([1, 1, 2]))]:
        centre = _inside(tile, rng)
        groove = _line(tile.shape[0], centre, angle + turn, width)
        edge = _line(
            tile.shape[0], centre + _normal(angle + turn) * width * 0.7, angle + turn, max(width * 0.4, 1.0)
        )
        blur = rng.uniform(0.3, 1.6)
        tile = _shade(tile, groove, tone, blur)
        tile = _shade(tile, edge, 1.0 + lit, blur)
    return tile


def panels(tile: Image, rng: Rng) -> Image:
    """Faint joints of large panels under slanting light, as a perspective view shows them: straight."""
    size = tile.shape[0]
    if rng.random() < 0.5:
        # Fair-faced panels hardly have a texture of their own.
        tile = cv2.GaussianBlur(tile, (0, 0), rng.uniform(1.0, 5.0))
        tile = cv2.multiply(tile, augment.slope(size, rng), dtype=cv2.CV_8U)
    angle, blur = rng.uniform(0.0, np.pi), rng.uniform(0.3, 1.3)
    tone = rng.uniform(0.6, 0.95) if rng.random() < 0.7 else rng.uniform(1.05, 1.3)
    for _ in range(int(rng.integers(1, 6))):
        turn = rng.choice([0.0, np.pi / 2]) + rng.normal(0.0, 0.12)
        line = _line(size, _inside(tile, rng), angle + turn, rng.uniform(0.7, 3.5))
        tile = _shade(tile, line, float(np.clip(tone + rng.normal(0.0, 0.05), 0.4, 1.4)), blur)
    return tile


def worn_joint(tile: Image, rng: Rng) -> Image:
    """A formwork joint ground or painted over: a soft straight band, hardly darker, that fades in and out."""
    size, angle = tile.shape[0], _joint_angle(rng)
    for turn in (0.0, np.pi / 2)[: int(rng.choice([1, 1, 2]))]:
        centre = _inside(tile, rng)
        across = _signed_distance(size, centre, angle + turn)
        along = _signed_distance(size, centre, angle + turn + np.pi / 2)
        half = float(np.exp(rng.uniform(np.log(0.8), np.log(7.0))))
        knots = rng.uniform(0.0, 1.0, int(rng.integers(3, 12)))
        strength = np.interp(along, np.linspace(-size, size, len(knots)), knots) * rng.uniform(0.04, 0.3)
        factor = 1.0 - strength * np.exp(-np.square(across / half))
        if rng.random() < 0.5:
            lip = np.square((across - rng.uniform(1.5, 3.0) * half) / (rng.uniform(0.6, 1.8) * half))
            factor = factor + rng.uniform(0.1, 0.7) * strength * np.exp(-lip)
        if rng.random() < 0.5:
            # Two panels, cast or soiled unlike each other.
            factor = factor * (1.0 + rng.normal(0.0, 0.03) * np.tanh(across / half))
        tile = _clip(tile * factor[..., None])
    return tile


def board_marks(tile: Image, rng: Rng) -> Image:
    """Parallel lines of formwork boards, trowel or tyre marks."""
    angle, spacing = _joint_angle(rng), rng.uniform(8.0, 80.0)
    centre, tone = _inside(tile, rng), rng.uniform(0.6, 1.25)
    lines = np.zeros(tile.shape[:2], np.float32)
    for index in range(-int(240 / spacing), int(240 / spacing) + 1):
        place = centre + _normal(angle) * spacing * (index + rng.normal(0.0, 0.08))
        lines = np.maximum(lines, _line(tile.shape[0], place, angle, rng.uniform(0.7, 3.0)))
    return _shade(tile, lines, tone, rng.uniform(0.4, 2.0))


def shadow_edge(tile: Image, rng: Rng) -> Image:
    """A half-plane in shadow (or of another paint), or a band of shadow, with a sharp or soft edge."""
    distance = _signed_distance(tile.shape[0], _inside(tile, rng), rng.uniform(0.0, np.pi))
    distance = distance + rng.uniform(0.0, 0.1) * (distance / 60.0) ** 2 * 60.0
    softness = float(np.exp(rng.uniform(np.log(0.5), np.log(15.0))))
    inside = 1.0 / (1.0 + np.exp(-np.clip(distance / softness, -30.0, 30.0)))
    if rng.random() < 0.3:
        inside = inside * (
            1.0 / (1.0 + np.exp(np.clip((distance - rng.uniform(15, 90)) / softness, -30, 30)))
        )
    factor = 1.0 + (rng.uniform(0.25, 0.85) - 1.0) * inside[..., None] * (1.0 + rng.normal(0.0, 0.04, 3))
    return _clip(tile * factor)


def cable(tile: Image, rng: Rng) -> Image:
    """A cable or pipe: a smooth curve of even width with a highlight or a colour, often with a cast shadow.

    Never as thin or as evenly dark as to show neither: a dark line in a bow may as well be a crack.
    """
    # Cables hang in long bows; tighter bends at a crack's width would teach that smooth cracks are none.
    path = _smooth_curve(tile.shape[0], rng, bend=0.25)
    width = float(np.exp(rng.uniform(np.log(4.0), np.log(22.0))))
    body = _stroke(tile.shape[0], path, width)
    if rng.random() < 0.5:
        offset = (rng.normal(0.0, 1.0, 2) * (width + 3.0)).astype(np.float32)
        shadow = _stroke(tile.shape[0], path + offset, width)
        tile = _shade(tile, shadow, rng.uniform(0.5, 0.9), rng.uniform(0.6, 4.0))
    coloured = rng.random() < 0.3
    colour = rng.uniform(60, 240, 3) if coloured else rng.uniform(5, 90) * (1.0 + rng.normal(0, 0.15, 3))
    tile = _paint(tile, body, colour, 0.6)
    if not coloured or rng.random() < 0.7:
        shine = _stroke(tile.shape[0], path - rng.uniform(-0.25, 0.25) * width, width * 0.3)
        tile = _shade(tile, shine, rng.uniform(1.3, 2.5), 0.7)
    return tile


def scratches(tile: Image, rng: Rng) -> Image:
    """A few straight or slightly bent strokes, mostly brighter than the surface, fading at the ends."""
    for _ in range(rng.integers(1, 7)):
        path = _smooth_curve(tile.shape[0], rng, bend=0.15, length=rng.uniform(20.0, 220.0))
        stroke = _stroke(tile.shape[0], path, rng.uniform(0.6, 2.5))
        tone = rng.uniform(1.1, 1.6) if rng.random() < 0.8 else rng.uniform(0.75, 0.92)
        tile = _shade(tile, stroke, tone, rng.uniform(0.3, 1.0))
    return tile


def stain(tile: Image, rng: Rng) -> Image:
    """Damp, rust, lime or moss: a blotch with an irregular, soft or sharp border, or streaks running down."""
    size = tile.shape[0]
    cells = (int(rng.integers(3, 12)), int(rng.integers(3, 12)))
    if rng.random() < 0.35:
        cells = (int(rng.integers(10, 40)), 2)
    field = smooth_noise(size, rng, *cells, interpolation=cv2.INTER_CUBIC)
    fine = 0.15 * smooth_noise(size, rng, 57)
    edge = float(np.exp(rng.uniform(np.log(0.03), np.log(0.6))))
    inside = 1.0 / (1.0 + np.exp(-np.clip((field + fine - rng.uniform(0.0, 1.0)) / edge, -30, 30)))
    colour = rng.uniform(0.45, 1.3) * (1.0 + rng.normal(0.0, 0.1, 3))
    return _clip(tile * (1.0 + (colour - 1.0) * inside[..., None]))


def pores(tile: Image, rng: Rng) -> Image:
    """Bug holes: dark ellipses with a lit rim, round to stretched, single or in swarms."""
    canvas, light = _canvases(tile)
    stretched = rng.uniform(1.0, 4.0)
    largest = float(np.exp(rng.uniform(np.log(1.5), np.log(10.0))))
    lean = rng.uniform(0.0, 180.0)
    for _ in range(int(np.exp(rng.uniform(0.0, np.log(60.0))))):
        x, y = rng.integers(0, canvas.shape[0], 2).tolist()
        radius = rng.uniform(0.5, 1.0) * largest * SUPERSAMPLING
        axes = (max(int(radius * rng.uniform(1.0, stretched)), 1), max(int(radius), 1))
        angle = float(lean + rng.normal(0.0, 20.0))
        cv2.ellipse(light, (x + 3, y + 3), axes, angle, 0, 360, 255, -1)
        cv2.ellipse(canvas, (x, y), axes, angle, 0, 360, 255, -1)
    tile = _shade(tile, _reduce(light, tile), rng.uniform(1.0, 1.25), 0.8)
    return _shade(tile, _reduce(canvas, tile), rng.uniform(0.2, 0.8), rng.uniform(0.4, 1.0))


def speckle(tile: Image, rng: Rng) -> Image:
    """Exposed aggregate: light and dark grains of one size."""
    size = tile.shape[0]
    cells = int(size / float(np.exp(rng.uniform(np.log(1.2), np.log(9.0)))))
    interpolation = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
    field = smooth_noise(size, rng, cells, interpolation=interpolation)
    if rng.random() < 0.5:
        field = np.where(field > 0.8, field, 0.0)
    strength = rng.uniform(0.04, 0.22) * rng.choice([-1.0, 1.0])
    return _clip(tile * (1.0 + strength * field[..., None]))


def lettering(tile: Image, rng: Rng) -> Image:
    """Survey marks and stencilled text in paint or chalk."""
    canvas = np.zeros(tile.shape[:2], np.uint8)
    for _ in range(rng.integers(1, 3)):
        place = (int(rng.integers(-20, 150)), int(rng.integers(20, 227)))
        thickness = int(rng.integers(1, 9))
        cv2.putText(
            canvas,
            str(rng.choice(WORDS)),
            place,
            int(rng.integers(0, 8)),
            rng.uniform(0.6, 4.5),
            255,
            thickness,
            cv2.LINE_AA,
        )
    matrix = cv2.getRotationMatrix2D((113, 113), rng.normal(0.0, 25.0), 1.0)
    letters = cv2.warpAffine(canvas, matrix, canvas.shape[::-1]).astype(np.float32) / 255.0
    return _paint(tile, letters * rng.uniform(0.5, 1.0), rng.uniform(0, 255, 3), rng.uniform(0.3, 1.2))


def bricks(tile: Image, rng: Rng) -> Image:
    """Courses of bricks or slabs: a lattice of joints, courses shifted, each stone its own shade."""
    size = tile.shape[0]
    height, length = rng.uniform(18, 120), rng.uniform(40, 240)
    joint_width = rng.uniform(1.5, 10.0)
    x, y = _rotated_grid(size, rng.normal(0.0, 0.08) + (np.pi / 2 if rng.random() < 0.15 else 0.0), rng)
    wave = smooth_noise(size, rng, 12) * rng.uniform(0.0, 2.5)
    course = np.floor((y + wave) / height)
    across = (x + wave + (course % 2) * length * rng.choice([0.5, 0.33, 0.0])) / length
    stone = np.floor(across)
    edge = np.minimum(_fold((y + wave) / height) * height, _fold(across) * length)
    shades = rng.normal(0.0, rng.uniform(0.02, 0.16), (97,)).astype(np.float32)
    body = 1.0 + shades[((course * 31 + stone * 17) % 97).astype(int)]
    mortar = np.clip(joint_width / 2 - edge + 0.5, 0.0, 1.0)[..., None]
    mortar = cv2.GaussianBlur(mortar, (0, 0), rng.uniform(0.4, 1.5))[..., None]
    tint = (1.0 + rng.normal(0.0, 0.12, 3)) * rng.uniform(0.6, 1.1)
    tone = rng.uniform(0.25, 0.8) if rng.random() < 0.7 else rng.uniform(1.15, 1.5)
    return _clip(tile * (body[..., None] * tint * (1.0 - mortar) + tone * mortar))


def edge_of_surface(tile: Image, rng: Rng) -> Image:
    """The surface ends: another one, gravel or darkness begins behind a straight or ragged edge."""
    size = tile.shape[0]
    distance = _signed_distance(size, _inside(tile, rng), rng.uniform(0.0, np.pi))
    ragged = smooth_noise(size, rng, 16) * rng.uniform(0.0, 5.0)
    behind = np.clip(distance + ragged + 0.5, 0.0, 1.0)[..., None]
    grain = smooth_noise(size, rng, size // int(rng.integers(1, 8)))
    other = rng.uniform(10, 235, 3) * (1.0 + rng.uniform(0.0, 0.35) * grain[..., None])
    return _clip(tile * (1.0 - behind) + other * behind)


DISTRACTORS: tuple[Callable[[Image, Rng], Image], ...] = (
    joint,
    joint,
    worn_joint,
    worn_joint,
    panels,
    panels,
    board_marks,
    shadow_edge,
    cable,
    cable,
    scratches,
    stain,
    stain,
    pores,
    pores,
    speckle,
    lettering,
    bricks,
    bricks,
    edge_of_surface,
)
"""Drawn with equal chance each; the common ones stand here twice."""


def _joint_angle(rng: Rng) -> float:
    """Along the tile's axes mostly, as a camera held level sees them."""
    if rng.random() < 0.6:
        return float(rng.choice([0.0, np.pi / 2]) + rng.normal(0.0, 0.04))
    return float(rng.uniform(0.0, np.pi))


def _inside(tile: Image, rng: Rng) -> npt.NDArray[np.float64]:
    return rng.uniform(-0.02, 1.02, 2) * tile.shape[0]


def _normal(angle: float) -> npt.NDArray[np.float64]:
    return np.array([-np.sin(angle), np.cos(angle)])


def _signed_distance(size: int, point: npt.NDArray[np.float64], angle: float) -> Plane:
    y, x = np.mgrid[:size, :size].astype(np.float32)
    normal = _normal(angle)
    return ((x - point[0]) * normal[0] + (y - point[1]) * normal[1]).astype(np.float32)


def _line(size: int, point: npt.NDArray[np.float64], angle: float, width: float) -> Plane:
    """(S, S) coverage of an endless straight line; below one pixel it is paler instead of thinner."""
    distance = np.abs(_signed_distance(size, point, angle))
    return np.clip(width / 2 + 0.5 - distance, 0.0, min(width, 1.0)).astype(np.float32)


def _smooth_curve(size: int, rng: Rng, bend: float = 0.8, length: float = 500.0) -> Plane:
    """(N, 2) points x, y of an arc whose curvature changes slowly."""
    count = 40
    bends = np.interp(np.linspace(0, 3, count), np.arange(4), rng.normal(0.0, bend, 4))
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(bends) / count * 2.0
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * (length / count)
    path = np.cumsum(steps, axis=0)
    return (path - path[rng.integers(count)] + rng.uniform(0.05, 0.95, 2) * size).astype(np.float32)


def _stroke(size: int, path: Plane, width: float) -> Plane:
    canvas = np.zeros((size * SUPERSAMPLING,) * 2, np.uint8)
    points = np.round(path * SUPERSAMPLING).astype(np.int32)
    cv2.polylines(canvas, [points], False, 255, max(round(width * SUPERSAMPLING), 1))
    return cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0


def _canvases(tile: Image) -> tuple[Image, Image]:
    shape = (tile.shape[0] * SUPERSAMPLING,) * 2
    return np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)


def _reduce(canvas: Image, tile: Image) -> Plane:
    return cv2.resize(canvas, tile.shape[1::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0


def _shade(tile: Image, coverage: Plane, tone: float, blur: float) -> Image:
    """The tile's brightness times `tone` where covered."""
    factor = 1.0 + (tone - 1.0) * cv2.GaussianBlur(coverage, (0, 0), blur)
    return cv2.multiply(tile, cv2.merge([factor.astype(np.float32)] * 3), dtype=cv2.CV_8U)


def _paint(tile: Image, coverage: Plane, colour: npt.ArrayLike, blur: float) -> Image:
    alpha = cv2.GaussianBlur(coverage, (0, 0), blur).astype(np.float32)[..., None]
    return _clip(tile * (1.0 - alpha) + np.asarray(colour, np.float32) * alpha)


def _rotated_grid(size: int, angle: float, rng: Rng) -> tuple[Plane, Plane]:
    y, x = np.mgrid[:size, :size].astype(np.float32)
    x, y = x + rng.uniform(0, 400), y + rng.uniform(0, 400)
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _fold(value: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Distance to the next whole number."""
    return np.abs(value - np.round(value))


def _clip(image: npt.NDArray[np.floating]) -> Image:
    return cv2.convertScaleAbs(np.maximum(image, 0.0))
