"""Which materials floors, walls, ground and facades of a family are made of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.simulation.surfaces import Colour, Family, Pattern, Surface, shifted, srgb, varied

FLOORS: Mapping[Family, tuple[Surface, ...]] = {
    "a": (
        Surface(
            Pattern.TILES, srgb("c9c4ba"), srgb("8d877d"), srgb("b8b1a4"), (0.6, 0.6), 0.005, 0.05, 0.25, 0.5, 0.25
        ),
        Surface(Pattern.TILES, srgb("9a9a98"), srgb("5c5c5a"), srgb("8b8b88"), (0.3, 0.3), 0.006, 0.02, 0.4, 0.5, 0.35),
        Surface(
            Pattern.PLANKS, srgb("a8794a"), srgb("4a3018"), srgb("8a5a30"), (1.4, 0.12), 0.003, 0.04, 0.3, 0.8, 0.2
        ),
        Surface(
            Pattern.PLANKS, srgb("c09a6c"), srgb("6b4f30"), srgb("a27a4c"), (1.2, 0.19), 0.003, 0.05, 0.35, 0.6, 0.2
        ),
        Surface(Pattern.CARPET, srgb("5d6066"), srgb("3c3e43"), srgb("70747c"), (0.5, 0.5), 0.004, 0.0, 1.0, 0.5, 0.3),
        Surface(Pattern.CARPET, srgb("4a5568"), srgb("30384a"), srgb("66728a"), (0.5, 0.5), 0.004, 0.0, 1.0, 0.6, 0.3),
        Surface(
            Pattern.CONCRETE, srgb("9b9892"), srgb("5a5854"), srgb("7f7c76"), (3.0, 3.0), 0.01, 0.04, 0.5, 0.7, 0.5
        ),
        Surface(
            Pattern.MARBLE, srgb("d8cfc0"), srgb("a89c88"), srgb("9a8a74"), (0.8, 0.8), 0.003, 0.10, 0.08, 0.8, 0.1
        ),
    ),
    "b": (
        Surface(
            Pattern.TERRAZZO, srgb("b9b4a6"), srgb("6d5f52"), srgb("e2ded2"), (1.2, 1.2), 0.004, 0.06, 0.2, 0.9, 0.2
        ),
        Surface(
            Pattern.TERRAZZO, srgb("7c8480"), srgb("3f4a48"), srgb("c8ccc4"), (0.9, 0.9), 0.004, 0.06, 0.2, 0.9, 0.2
        ),
        Surface(
            Pattern.CHECKER, srgb("d6d2c6"), srgb("77736a"), srgb("4b4f52"), (0.4, 0.4), 0.004, 0.06, 0.2, 0.5, 0.3
        ),
        Surface(
            Pattern.CHECKER, srgb("b9a98a"), srgb("6d6350"), srgb("7e3f32"), (0.33, 0.33), 0.004, 0.04, 0.3, 0.5, 0.3
        ),
        Surface(
            Pattern.BRICK, srgb("7d4b38"), srgb("9a8f82"), srgb("94604a"), (0.24, 0.12), 0.008, 0.02, 0.5, 0.7, 0.4
        ),
        Surface(
            Pattern.PLANKS, srgb("59402f"), srgb("20150e"), srgb("3d2a1e"), (2.2, 0.24), 0.004, 0.05, 0.3, 0.5, 0.15
        ),
        Surface(
            Pattern.MARBLE, srgb("4c504f"), srgb("2a2c2b"), srgb("a0a6a4"), (1.2, 0.6), 0.003, 0.10, 0.1, 0.35, 0.1
        ),
        Surface(
            Pattern.CONCRETE, srgb("7f8f86"), srgb("55605a"), srgb("75857c"), (2.0, 2.0), 0.0, 0.07, 0.25, 0.4, 0.3
        ),
    ),
}

WALLS: Mapping[Family, tuple[Surface, ...]] = {
    "a": (
        Surface(Pattern.WALL, srgb("d9d6cf"), srgb("d9d6cf"), srgb("c8c4bb"), (1, 0), 0.0, wear=0.25),
        Surface(Pattern.WALL, srgb("cfc8b8"), srgb("8f7f66"), srgb("6d5d48"), (1, 1.0), 0.06, wear=0.3),
        Surface(Pattern.WALL, srgb("d4d8d8"), srgb("7f95a5"), srgb("d4d8d8"), (1, 1.2), 0.03, wear=0.3),
        Surface(Pattern.WALL, srgb("c2cbb8"), srgb("c2cbb8"), srgb("c2cbb8"), (1, 0), 0.0, wear=0.25),
        Surface(
            Pattern.BRICK, srgb("a06a50"), srgb("b5aca0"), srgb("87503a"), (0.24, 0.08), 0.01, variety=0.8, wear=0.3
        ),
        Surface(
            Pattern.TILES, srgb("dedfdc"), srgb("a8aaa6"), srgb("d2d4d0"), (0.15, 0.15), 0.003, 0.05, 0.15, wear=0.15
        ),
        Surface(Pattern.CONCRETE, srgb("aaa79f"), srgb("77746c"), srgb("918e86"), (2.4, 1.2), 0.012, wear=0.3),
    ),
    "b": (
        Surface(Pattern.WALL, srgb("b98f6a"), srgb("b98f6a"), srgb("a07a58"), (1, 0), 0.0, wear=0.25),
        Surface(Pattern.WALL, srgb("e4e2da"), srgb("3f5a52"), srgb("2c3f3a"), (1, 1.4), 0.08, wear=0.3),
        Surface(Pattern.WALL, srgb("8fa0a8"), srgb("e0e0dc"), srgb("e0e0dc"), (1, 0.9), 0.05, wear=0.3),
        Surface(Pattern.WALL, srgb("a8877f"), srgb("6b4a48"), srgb("d8d0c8"), (1, 1.1), 0.05, wear=0.3),
        Surface(
            Pattern.BRICK, srgb("c8c2b4"), srgb("a09a8c"), srgb("bcb4a4"), (0.4, 0.2), 0.012, variety=0.5, wear=0.3
        ),
        Surface(Pattern.WOOD, srgb("8a6238"), srgb("3a2614"), srgb("6b4826"), (0.9, 2.4), 0.012, 0.03, 0.3, wear=0.15),
        Surface(
            Pattern.TILES, srgb("6d8f88"), srgb("c8ccc8"), srgb("5d7f7a"), (0.2, 0.1), 0.004, 0.05, 0.15, wear=0.15
        ),
    ),
}

GROUNDS: Mapping[Family, tuple[Surface, ...]] = {
    "a": (
        Surface(
            Pattern.CONCRETE,
            srgb("68686a"),
            srgb("3f3f40"),
            srgb("565658"),
            (1, 1),
            0.0,
            variety=0.6,
            wear=0.6,
            bump=0.7,
        ),
        Surface(
            Pattern.TILES, srgb("9c968c"), srgb("6b665e"), srgb("878177"), (0.5, 0.5), 0.008, variety=0.6, wear=0.5
        ),
        Surface(
            Pattern.BRICK, srgb("8d7468"), srgb("6a6058"), srgb("756058"), (0.2, 0.1), 0.006, variety=0.8, wear=0.5
        ),
    ),
    "b": (
        Surface(
            Pattern.CONCRETE, srgb("a09a8a"), srgb("6a655a"), srgb("8a8474"), (4.0, 4.0), 0.015, variety=0.8, wear=0.6
        ),
        Surface(
            Pattern.CHECKER, srgb("a8a49c"), srgb("77736c"), srgb("8f857a"), (0.8, 0.8), 0.01, variety=0.7, wear=0.5
        ),
        Surface(
            Pattern.BRICK, srgb("7d7f84"), srgb("54565a"), srgb("686a70"), (0.6, 0.3), 0.008, variety=0.7, wear=0.5
        ),
    ),
}

GRASS: Mapping[Family, Surface] = {
    "a": Surface(Pattern.GRASS, srgb("4f6a2c"), srgb("7a6a4c"), srgb("6d8038"), variety=0.3, wear=0.5),
    "b": Surface(Pattern.GRASS, srgb("7a7a3c"), srgb("8a7044"), srgb("93884a"), variety=0.9, wear=0.7),
}

FACADES: Mapping[Family, tuple[Surface, ...]] = {
    "a": (
        Surface(Pattern.FACADE, srgb("9a6a50"), srgb("d8d4cc"), srgb("39424a"), (2.4, 3.2), 0.01, variety=0.55, seed=3),
        Surface(Pattern.FACADE, srgb("c0b8a8"), srgb("5a5a58"), srgb("343c44"), (3.0, 3.0), 0.0, variety=0.62, seed=5),
    ),
    "b": (
        Surface(Pattern.FACADE, srgb("8f969a"), srgb("3c4044"), srgb("4c6478"), (1.5, 3.6), 0.0, variety=0.92, seed=7),
        Surface(Pattern.FACADE, srgb("cfa27c"), srgb("6d3c2c"), srgb("3a3430"), (3.6, 3.4), 0.0, variety=0.42, seed=9),
    ),
}


@dataclass(frozen=True, slots=True)
class Finish:
    """What one room is made of.

    Attributes:
        floor: its floor.
        wall: its walls.
        ceiling: its ceiling.
        frame: skirting and frames of doors and windows.
        pane: bright view out of a window.
        beyond: end of the passage behind a door to nowhere.
        skirting_m: height of the skirting board, metres; 0 has none.
        window_m: width, height of the sill, height of each window in outer walls, metres; None has none.
        window_gap_m: least wall between two windows, metres.
        lamp: diffuser of the lamps.
        lamp_m: width and length of a lamp, metres.
        lamp_pitch_m: distance of lamps, metres.
        lamp_rgb: light 1 m below a lamp, per square metre of it.
    """

    floor: Surface
    wall: Surface
    ceiling: Surface
    frame: Surface
    pane: Surface
    beyond: Surface
    skirting_m: float
    window_m: tuple[float, float, float] | None
    window_gap_m: float
    lamp: Surface
    lamp_m: tuple[float, float]
    lamp_pitch_m: float
    lamp_rgb: Colour


_CEILINGS: Mapping[Family, tuple[Surface, ...]] = {
    "a": (
        Surface(
            Pattern.TILES, srgb("dcdcd8"), srgb("a8a8a4"), srgb("d2d2ce"), (0.6, 0.6), 0.015, wear=0.1, shadow="sun"
        ),
        Surface(Pattern.WALL, srgb("e0dfda"), cell_m=(1, 0), wear=0.1, shadow="sun"),
    ),
    "b": (
        Surface(Pattern.WALL, srgb("d8d0c0"), cell_m=(1, 0), wear=0.15, shadow="sun"),
        Surface(
            Pattern.CONCRETE, srgb("8a8a88"), srgb("5c5c5a"), srgb("747472"), (2.4, 1.2), 0.01, wear=0.2, shadow="sun"
        ),
        Surface(
            Pattern.STRIPES, srgb("cfcac0"), c=srgb("b4afa6"), cell_m=(0.3, 1), variety=0.0, wear=0.1, shadow="sun"
        ),
    ),
}

_LAMPS: Mapping[Family, tuple[tuple[float, float], ...]] = {
    "a": ((0.6, 0.6), (0.3, 1.2), (0.2, 0.2)),
    "b": ((0.15, 1.5), (0.9, 0.9), (0.35, 0.35)),
}

_WHITES = (srgb("ffeed8"), srgb("fff6ea"), srgb("f8faff"), srgb("eef4ff"))
"""Lamps of about 3000, 4000, 5500 and 6500 K, as cameras show them after most of the cast is balanced away."""


def draw_finish(rng: np.random.Generator, family: Family, light: str) -> Finish:
    """Draw what a room is made of."""
    frames = ("e0ded8", "5a4632", "8a8c8e", "3a3c3e") if family == "a" else ("b48a5c", "2c2c2e", "c8c4b8", "6d2f28")
    white = _WHITES[rng.integers(len(_WHITES))]
    lamp_m = _LAMPS[family][rng.integers(len(_LAMPS[family]))]
    is_night = light == "night"
    pane = Surface(
        Pattern.GLOW,
        srgb("2a3038" if is_night else "dfe9f5"),
        srgb("55585a"),
        srgb(rng.choice(["8a9a78", "a8a49c", "9a8a7c"])),
        (1.1, 1.4),
        0.06,
        mirror=0.15 if is_night else 0.0,
        roughness=0.05,
        glow=0.3 if is_night else 6.0,
        seed=int(rng.integers(1, 9999)),
        shadow="none",
    )
    wide = family == "b"
    has_windows = rng.random() < 0.45
    return Finish(
        floor=varied(FLOORS[family][rng.integers(len(FLOORS[family]))], rng),
        wall=varied(WALLS[family][rng.integers(len(WALLS[family]))], rng),
        ceiling=varied(_CEILINGS[family][rng.integers(len(_CEILINGS[family]))], rng, 0.05),
        frame=Surface(a=shifted(srgb(frames[rng.integers(4)]), rng), wear=0.2, seed=int(rng.integers(1, 9999))),
        pane=pane,
        beyond=Surface(
            Pattern.WOOD,
            srgb(rng.choice(["8a6a48", "9a9c9c", "6a3a2c", "4a5a68"])),
            srgb("222222"),
            srgb("77583a"),
            (0.9, 3.0),
            0.01,
        ),
        skirting_m=float(rng.choice([0.0, 0.07, 0.1, 0.15])),
        window_m=(
            float(rng.uniform(1.6, 3.2) if wide else rng.uniform(0.9, 1.8)),
            float(rng.choice([0.1, 0.9])),
            float(rng.uniform(1.2, 2.1)),
        )
        if has_windows
        else None,
        window_gap_m=float(rng.uniform(0.2, 1.4)),
        lamp=Surface(Pattern.GLOW, white, srgb("b0b0b0"), white, (0.6, 0.6), 0.02, glow=5.0, bump=0.1, shadow="none"),
        lamp_m=lamp_m,
        lamp_pitch_m=float(rng.uniform(1.8, 3.2)),
        lamp_rgb=white,
    )
