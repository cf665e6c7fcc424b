"""Materials of simulated places: a pattern of `shaders/` with its colours and measures.

Family "a" is for training; "b" shares no floor, wall or facade recipe with it, so that what was learnt on one can be
tried on the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

Family = Literal["a", "b"]
Colour = tuple[float, float, float]
Light = Literal["day", "overcast", "night"]
"""Outside; lamps are on inside whatever it is."""
Shadow = Literal["all", "sun", "none"]


class Pattern(IntEnum):
    """What `shaders/paint.glsl` draws."""

    PLAIN = 0
    TILES = 1
    CHECKER = 2
    PLANKS = 3
    CARPET = 4
    MARBLE = 5
    CONCRETE = 6
    TERRAZZO = 7
    GRASS = 8
    BRICK = 9
    WALL = 10
    WOOD = 11
    FACADE = 12
    CLOTH = 13
    PACKAGE = 14
    POSTER = 15
    GLOW = 16
    STRIPES = 17
    MARKING = 18
    FOLIAGE = 19
    METAL = 20


@dataclass(frozen=True, slots=True)
class Surface:
    """One material.

    Attributes:
        pattern: which pattern.
        a: main colour, linear, [0, 1].
        b: colour of joints, frames or the lower wall.
        c: second colour of the pattern.
        cell_m: width and height of the pattern's repeat, metres.
        gap_m: width of its joints, metres.
        mirror: share of light mirrored at right angles, [0, 1].
        roughness: how blurred the mirror image is, [0, 1].
        variety: how much cells differ, [0, 1].
        wear: stains and scuffs, [0, 1].
        bump: unevenness, [0, 1]; of `GLOW` the height in metres of the window behind which the view lies.
        glow: own light as a multiple of the colour.
        seed: of its noise.
        shadow: whose light it blocks: all, the sun's alone (ceilings) or none (lamps, panes).
    """

    pattern: Pattern = Pattern.PLAIN
    a: Colour = (0.5, 0.5, 0.5)
    b: Colour = (0.2, 0.2, 0.2)
    c: Colour = (0.4, 0.4, 0.4)
    cell_m: tuple[float, float] = (1.0, 1.0)
    gap_m: float = 0.0
    mirror: float = 0.0
    roughness: float = 0.3
    variety: float = 0.5
    wear: float = 0.2
    bump: float = 0.2
    glow: float = 0.0
    seed: int = 0
    shadow: Shadow = "all"


def material_table(surfaces: Sequence[Surface]) -> npt.NDArray[np.float32]:
    """Return (n, 5, 4) float32, the rows that `shaders/material.glsl` reads."""
    rows = [
        [
            [*s.a, float(s.pattern)],
            [*s.b, s.mirror],
            [*s.c, s.roughness],
            [*s.cell_m, s.gap_m, s.variety],
            [s.wear, s.bump, s.glow, float(s.seed)],
        ]
        for s in surfaces
    ]
    return np.array(rows, np.float32).reshape(-1, 5, 4)


def srgb(code: str) -> Colour:
    """Return the linear colour of six hexadecimal digits."""
    values = np.array([int(code[at : at + 2], 16) for at in (0, 2, 4)]) / 255
    red, green, blue = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(red), float(green), float(blue)


def shifted(colour: Colour, rng: np.random.Generator, spread: float = 0.15) -> Colour:
    """Return the colour somewhat lighter or darker and of a slightly different hue."""
    red, green, blue = np.array(colour) * np.exp(rng.normal(0, spread)) * np.exp(rng.normal(0, spread / 4, 3))
    return float(min(red, 0.95)), float(min(green, 0.95)), float(min(blue, 0.95))


def varied(surface: Surface, rng: np.random.Generator, spread: float = 0.15) -> Surface:
    """Return the surface with other noise, somewhat other colours and measures."""
    scale = float(np.exp(rng.normal(0, 0.15)))
    return replace(
        surface,
        a=shifted(surface.a, rng, spread),
        b=shifted(surface.b, rng, spread),
        c=shifted(surface.c, rng, spread),
        cell_m=(surface.cell_m[0] * scale, surface.cell_m[1] * scale)
        if surface.pattern in (Pattern.TILES, Pattern.CHECKER, Pattern.PLANKS, Pattern.MARBLE, Pattern.TERRAZZO)
        else surface.cell_m,
        wear=float(np.clip(surface.wear * rng.uniform(0.5, 1.6), 0, 1)),
        seed=int(rng.integers(1, 60_000)),
    )
