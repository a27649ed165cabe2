"""Masonry, drawn: stones of a bond in mortar, and the courses that cracks take along their joints."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from crack_scanner.training.surfaces import smooth_noise
from crack_scanner.training.synthetic import STEP, CrackShape, random_shape

Image = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Rng = np.random.Generator

STONE_COLOURS = np.array(
    [
        (152, 78, 58),
        (178, 96, 62),
        (120, 66, 54),
        (132, 96, 74),
        (196, 164, 112),
        (168, 140, 116),
        (128, 126, 122),
        (92, 84, 82),
        (214, 208, 198),
    ],
    np.float32,
)
"""RGB of bricks and blocks: red to brown, sand, grey, painted."""
MORTAR_COLOURS = np.array(
    [(186, 180, 170), (150, 146, 140), (205, 196, 178), (120, 116, 112), (92, 88, 84), (176, 160, 140)],
    np.float32,
)
LIGHT_MORTAR = 110.0
"""Mean brightness from which on a dark crack in a joint can be told from the joint."""
OWN_COLOUR_SHARE = 0.25
"""Of the walls: those that keep the colours of the surface they are drawn on, as slabs and blocks do."""
PAINTED_SHARE = 0.15
"""Of the others: those whose joints have the colour of the stones."""
WIDEST_WANDER = 10.0
"""Pixels across a joint that a crack's course makes use of, at most."""
PIECES = 60
"""Of a course along joints, at most."""


@dataclass(frozen=True)
class Bond:
    """How stones are laid, in pixels.

    height, length: of a stone with its joint; shift: of every other course, as a share of the length;
    joint: width of a joint; angle: radians by which the courses lean; origin: (x, y) of a corner of a stone.
    """

    height: float
    length: float
    shift: float
    joint: float
    angle: float
    origin: tuple[float, float]

    def to_wall(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Places along (u) and across (v) the courses, pixels, of pixels x, y."""
        x, y = x - self.origin[0], y - self.origin[1]
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        return x * cosine + y * sine, y * cosine - x * sine

    def to_picture(self, places: npt.NDArray[np.float64]) -> Plane:
        """(N, 2) pixels x, y of (N, 2) places u, v."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        turned = places @ np.array([[cosine, sine], [-sine, cosine]])
        return (turned + self.origin).astype(np.float32)

    def offset(self, course: npt.NDArray[np.floating] | int) -> npt.NDArray[np.floating]:
        """u at which a stone of a course begins."""
        return np.asarray((np.asarray(course) % 2) * self.shift * self.length)


@dataclass(frozen=True)
class Wall:
    """What is drawn of a wall. tile: (S, S, 3) uint8 RGB.

    shows_cracks_in_joints: its joints are light enough for a dark crack to be told from them.
    """

    tile: Image
    bond: Bond
    shows_cracks_in_joints: bool


def random_bond(size: int, rng: Rng) -> Bond:
    """From many small bricks, seen from afar, to less than one stone in a tile of `size` pixels."""
    height = size * float(np.exp(rng.uniform(np.log(0.05), np.log(0.9))))
    joint = height * float(np.exp(rng.uniform(np.log(0.05), np.log(0.22))))
    return Bond(
        height=height,
        length=height * rng.uniform(1.4, 4.2),
        shift=float(rng.choice([0.5, 0.5, 0.5, 0.33, 0.25, 0.0])),
        joint=float(np.clip(joint, 1.2, 26.0)),
        angle=rng.normal(0.0, 0.06) + (np.pi / 2 if rng.random() < 0.08 else 0.0),
        origin=(rng.uniform(0.0, size), rng.uniform(0.0, size)),
    )


def draw_wall(surface: Image, rng: Rng) -> Wall:
    """A wall without cracks; the surface (S, S, 3) uint8 RGB lends its texture, or its colours as well."""
    size = surface.shape[0]
    bond = random_bond(size, rng)
    course, stone, into_stone = _stones(bond, size, rng)
    body = surface.astype(np.float32)
    own = rng.random() < OWN_COLOUR_SHARE
    if not own:
        texture = np.clip(body / np.maximum(cv2.blur(body, (61, 61)), 8.0), 0.5, 1.6)
        body = STONE_COLOURS[rng.integers(len(STONE_COLOURS))] * rng.uniform(0.6, 1.2) * texture
    body = body * _shades(course, stone, rng)
    mortar = _mortar(body, own or rng.random() < PAINTED_SHARE, rng)
    covered = np.clip(0.5 - into_stone, 0.0, 1.0)
    covered = cv2.GaussianBlur(covered, (0, 0), rng.uniform(0.4, 1.2))[..., None]
    depth = rng.uniform(0.0, 0.75) if rng.random() < 0.7 else 0.0
    picture = body * (1.0 - covered) + mortar * covered
    picture = picture * _relief(covered[..., 0], bond, depth, rng)[..., None]
    wall = np.clip(picture, 0.0, 255.0).astype(np.uint8)
    joints = wall[covered[..., 0] > 0.7]
    light = bool(len(joints)) and float(joints.mean()) >= LIGHT_MORTAR and depth < 0.35
    return Wall(wall, bond, light)


def joint_course(bond: Bond, size: int, rng: Rng) -> Plane:
    """(N, 2) pixels x, y of a crack along joints: in steps, up and down in teeth, or along one bed joint."""
    start = _corner_near(bond, rng.uniform(0.15, 0.85, 2).astype(np.float32) * size)
    kind, side = rng.random(), int(rng.choice([-1, 1]))
    if kind < 0.2:
        corners = _along_bed(bond, start, size, rng)
    else:
        toward = side if kind < 0.7 else 0
        up, down = (_steps(bond, start, way, size, toward, rng) for way in (-1, 1))
        corners = np.vstack([up[::-1], down[1:]])
    return bond.to_picture(_between_flanks(corners, bond, rng))


def joint_crack_width(bond: Bond, rng: Rng) -> float:
    """Pixels, from a hairline to a joint that has come open."""
    widest = float(np.clip(1.3 * bond.joint, 2.0, 24.0))
    return float(np.exp(rng.uniform(np.log(0.9), np.log(widest))))


def joint_crack_shape(bond: Bond, rng: Rng) -> CrackShape:
    """A crack in a joint, dark and without bows."""
    width = joint_crack_width(bond, rng)
    shape = random_shape(rng)
    return replace(
        shape,
        width=width,
        tone=rng.uniform(0.08, 0.5),
        blur=rng.uniform(0.3, 0.9),
        branches=int(rng.choice([0, 0, 0, 1])),
        rim=0.0,
        spall=0.0,
        bow=0.0,
        gaping=False,
    )


def _stones(bond: Bond, size: int, rng: Rng) -> tuple[Plane, Plane, Plane]:
    """Of each pixel (S, S): course, stone, and how far inside its stone, pixels, below 0 in joints."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    u, v = bond.to_wall(x, y)
    u = u + smooth_noise(size, rng, 9) * 0.12 * bond.joint
    v = v + smooth_noise(size, rng, 9) * 0.12 * bond.joint
    course = np.floor(v / bond.height)
    along = (u - bond.offset(course.astype(int))) / bond.length
    stone = np.floor(along)
    to_bed = np.abs(v / bond.height - np.round(v / bond.height)) * bond.height
    to_head = np.abs(along - np.round(along)) * bond.length
    # Some walls have wider joints, widest where they cross, so that their stones have round corners.
    corner = 0.5 * bond.joint
    inside = np.minimum(to_bed, to_head) - np.hypot(
        np.maximum(corner + 0.5 * bond.joint - to_bed, 0.0),
        np.maximum(corner + 0.5 * bond.joint - to_head, 0.0),
    ) * float(rng.choice([0.0, 0.3]))
    # Edges of old stones are broken, those of new ones straight.
    rough = rng.uniform(0.0, 0.25) * bond.joint
    cells = int(np.clip(size / max(bond.joint, 3.0), 8, 80))
    into = inside - 0.5 * bond.joint + rough * smooth_noise(size, rng, cells)
    return course, stone, into.astype(np.float32)


def _shades(course: Plane, stone: Plane, rng: Rng) -> Plane:
    """(S, S, 3) factor: each stone its own brightness and a little its own hue."""
    number = ((course * 31 + stone * 17) % 97).astype(int)
    spread = float(np.exp(rng.uniform(np.log(0.015), np.log(0.2))))
    shades = 1.0 + rng.normal(0.0, spread, (97, 1)) + rng.normal(0.0, 0.15 * spread, (97, 3))
    factor: Plane = np.maximum(shades, 0.3).astype(np.float32)[number]
    return factor


def _mortar(body: Plane, like_stones: bool, rng: Rng) -> Plane:
    """(S, S, 3) what shows in the joints."""
    size = body.shape[0]
    if like_stones:
        colour = body.mean(axis=(0, 1)) * rng.uniform(0.75, 1.15)
    else:
        colour = MORTAR_COLOURS[rng.integers(len(MORTAR_COLOURS))] * rng.uniform(0.75, 1.2)
    grain = rng.uniform(0.02, 0.12) * smooth_noise(size, rng, int(size / rng.uniform(1.0, 4.0)))
    patches = rng.uniform(0.0, 0.08) * smooth_noise(size, rng, 8)
    mortar: Plane = (colour * (1.0 + grain + patches)[..., None]).astype(np.float32)
    return mortar


def _relief(covered: Plane, bond: Bond, depth: float, rng: Rng) -> Plane:
    """(S, S) factor: stones throw shadows into joints that lie deeper, and catch the light on their edges."""
    if depth == 0.0:
        return np.ones_like(covered)
    size, angle = covered.shape[0], rng.uniform(0.0, 2.0 * np.pi)
    reach = rng.uniform(0.2, 0.7) * bond.joint
    stones = 1.0 - covered

    def moved(plane: Plane, by: float) -> Plane:
        shift = np.array([[1, 0, by * np.cos(angle)], [0, 1, by * np.sin(angle)]], np.float32)
        return cv2.warpAffine(plane, shift, (size, size), borderMode=cv2.BORDER_REPLICATE)

    shadow = covered * moved(stones, reach)
    lit = stones * moved(covered, min(reach, 2.5))
    factor: Plane = (1.0 - depth * shadow + rng.uniform(0.0, 0.3) * lit).astype(np.float32)
    return factor


def _corner_near(bond: Bond, pixel: npt.NDArray[np.float32]) -> tuple[int, float]:
    """Course below the bed joint next to a pixel, and u of the next head joint of that course."""
    u, v = bond.to_wall(pixel[0], pixel[1])
    course = round(float(v) / bond.height)
    offset = float(bond.offset(course))
    return course, offset + round((float(u) - offset) / bond.length) * bond.length


def _along_bed(bond: Bond, start: tuple[int, float], size: int, rng: Rng) -> npt.NDArray[np.float64]:
    """Along a bed joint, right across or from somewhere in the tile on."""
    course, u = start
    left = 0.0 if rng.random() < 0.3 else 1.5 * size
    return np.array([(u - left, course * bond.height), (u + 1.5 * size, course * bond.height)])


def _steps(
    bond: Bond, start: tuple[int, float], down: int, size: int, side: int, rng: Rng
) -> npt.NDArray[np.float64]:
    """Corners (N, 2) u, v from a start downwards (1) or upwards (-1).

    Along a head joint, then along the bed joint to the next one on one side, or with side 0 on either; now
    and then straight through a stone instead.
    """
    course, u = start
    corners = [(u, course * bond.height)]
    for _ in range(PIECES):
        row = course if down > 0 else course - 1
        toward = side * down or int(rng.choice([-1, 1]))
        offset = float(bond.offset(row))
        here = (u - offset) / bond.length
        if abs(here - round(here)) * bond.length > 1.0 and rng.random() > 0.15:
            head = offset + (np.floor(here) if toward < 0 else np.ceil(here)) * bond.length
            corners.append((float(head), course * bond.height))
            u = float(head)
        course += down
        corners.append((u, course * bond.height))
        if abs(course * bond.height - start[0] * bond.height) > 1.5 * size or rng.random() < 0.04:
            break
    return np.array(corners)


def _between_flanks(corners: npt.NDArray[np.float64], bond: Bond, rng: Rng) -> npt.NDArray[np.float64]:
    """The course (N, 2) through the corners every few pixels, wandering between the joint's flanks."""
    gone = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    places = np.arange(0.0, max(gone[-1], 3.0 * STEP), STEP)
    course = np.stack([np.interp(places, gone, corners[:, axis]) for axis in (0, 1)], axis=1)
    knots = max(len(places) // int(rng.integers(3, 12)), 2)
    wander = np.stack(
        [
            np.interp(np.linspace(0, knots - 1, len(places)), np.arange(knots), rng.normal(0.0, 0.28, knots))
            for _ in (0, 1)
        ],
        axis=1,
    )
    # Mortar parts from the stones: often the crack keeps to one flank.
    flank = rng.uniform(-0.45, 0.45, 2) if rng.random() < 0.5 else np.zeros(2)
    jitter = rng.normal(0.0, rng.uniform(0.1, 0.7), course.shape)
    reach = np.clip(wander + flank, -0.5, 0.5) * min(bond.joint, WIDEST_WANDER)
    return np.asarray(course + reach + jitter, np.float64)
