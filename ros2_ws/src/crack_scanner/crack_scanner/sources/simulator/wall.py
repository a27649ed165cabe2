"""The simulated wall: a texture on a surface, with the truth about its cracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.simulator.crack_drawing import draw_crack
from crack_scanner.sources.simulator.cracks import Crack
from crack_scanner.sources.simulator.paving import paved
from crack_scanner.sources.simulator.texture import ConcreteStyle, concrete
from crack_scanner.sources.simulator.truth import Truth, load_truth, truth_of
from crack_scanner.vision.picture_file import read

Floats = NDArray[np.float64]
RgbImage = NDArray[np.uint8]

# 1.5 GB of texture: 75 m x 4 m at 0.4 mm.
_MOST_TEXELS = 500_000_000


@dataclass(frozen=True, eq=False)
class Wall:
    """A textured rectangle of surface.

    texture: (rows, columns, 3) uint8 RGB, first row at the top. texel: metres per texel.
    width, height: metres of the planned surface. rim: metres of texture beyond it on every side.
    truth: GeoJSON of the cracks, None where nobody knows them.
    """

    texture: RgbImage
    texel: float
    width: float
    height: float
    rim: float
    truth: Truth | None

    def texels(self, uv: Floats) -> Floats:
        """Texture positions (N, 2) x, y of surface coordinates (N, 2); (0, 0) is the first texel's centre."""
        top = self.height + self.rim
        return np.stack([(uv[:, 0] + self.rim), (top - uv[:, 1])], axis=1) / self.texel - 0.5


def concrete_wall(
    seed: int,
    width: float,
    height: float,
    cracks: Sequence[Crack],
    *,
    texel: float = 0.0004,
    rim: float = 0.0,
    style: ConcreteStyle | None = None,
) -> Wall:
    """A wall of procedural concrete, metres, with the given cracks drawn into it."""
    rows, columns = _texture_shape(width, height, texel, rim)
    return _cracked(concrete(seed, rows, columns, texel, style), seed, width, height, cracks, texel, rim)


def paved_wall(
    seed: int,
    folder: Path,
    width: float,
    height: float,
    cracks: Sequence[Crack],
    *,
    texel: float = 0.0004,
    rim: float = 0.0,
) -> Wall:
    """A wall paved with the real crack-free pictures of a folder, with the given cracks drawn into it."""
    rows, columns = _texture_shape(width, height, texel, rim)
    return _cracked(paved(seed, folder, rows, columns), seed, width, height, cracks, texel, rim)


def picture_wall(picture: Path, width: float, truth: Path | None = None) -> Wall:
    """Any picture as a wall `width` metres wide; its cracks are known only from a truth file."""
    texture = read(picture)
    if texture is None:
        raise CrackScannerError(
            f"wall picture {picture} cannot be read; expected a JPEG, PNG or TIFF picture"
        )
    texel = width / texture.shape[1]
    known = load_truth(truth) if truth else None
    return Wall(texture, texel, width, texture.shape[0] * texel, 0.0, known)


def _texture_shape(width: float, height: float, texel: float, rim: float) -> tuple[int, int]:
    rows, columns = round((height + 2.0 * rim) / texel), round((width + 2.0 * rim) / texel)
    if rows * columns > _MOST_TEXELS:
        raise CrackScannerError(
            f"a wall of {width:g} x {height:g} m at {texel * 1000.0:g} mm per texel has "
            f"{rows * columns:.3g} texels, more than {_MOST_TEXELS:.3g}; make it smaller or the texels larger"
        )
    return rows, columns


def _cracked(
    texture: RgbImage,
    seed: int,
    width: float,
    height: float,
    cracks: Sequence[Crack],
    texel: float,
    rim: float,
) -> Wall:
    wall = Wall(texture, texel, width, height, rim, truth_of(cracks, width, height, seed))
    for crack in cracks:
        draw_crack(texture, wall.texels(crack.points), crack.widths / texel, seed, crack.id)
    return wall
