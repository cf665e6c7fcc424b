"""How furniture looks: each piece of a layout as meshes with materials.

All are built around the origin of their own frame: the front looks along +x, the width runs along y.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from analytics.simulation.goods import Made, plant, rack, shelf
from analytics.simulation.interiors import Piece
from analytics.simulation.layout import Furniture, FurnitureKind
from analytics.simulation.meshes import Mesh, blocks, boxes, joined, lathe, moved, quads
from analytics.simulation.surfaces import Family, Pattern, Surface, shifted, srgb


class _Maker(Protocol):
    def __call__(self, item: Furniture, family: Family, rng: np.random.Generator) -> Made: ...


def furnish(item: Furniture, family: Family, rng: np.random.Generator, room: int) -> list[Piece]:
    """Return a piece of furniture where the layout has it; nothing for mannequins, who are drawn like people."""
    if item.kind == "mannequin":
        return []
    return [
        Piece(moved(mesh, item.x_m, item.y_m, item.base_m, item.yaw_rad), surface, room)
        for mesh, surface in _MAKERS[item.kind](item, family, rng)
    ]


def counter(item: Furniture, family: Family, rng: np.random.Generator) -> Made:
    """Yield a counter with a worktop, a till and what lies around on it."""
    depth, width, height = item.depth_m, item.width_m, item.height_m
    front = _wood(family, rng) if rng.random() < 0.6 else Surface(a=shifted(srgb("b8b4ac"), rng, 0.4), wear=0.2)
    yield (
        boxes([[-depth / 2 + 0.03, -width / 2 + 0.02, 0.08]], [[depth / 2 - 0.04, width / 2 - 0.02, height - 0.04]]),
        front,
    )
    dark = Surface(a=(0.03, 0.03, 0.033), wear=0.2)
    yield boxes([[-depth / 2 + 0.06, -width / 2 + 0.05, 0.0]], [[depth / 2 - 0.09, width / 2 - 0.05, 0.08]]), dark
    top = Surface(Pattern.MARBLE, srgb("cfcbc4"), srgb("cfcbc4"), srgb("8f8b84"), (9, 9), mirror=0.06, roughness=0.15)
    slab = 0.04 if family == "a" else 0.08
    yield (
        boxes([[-depth / 2, -width / 2, height - slab]], [[depth / 2, width / 2, height]]),
        top if rng.random() < 0.5 else _wood(family, rng),
    )
    screens = []
    for at in np.arange(-width / 2 + 0.4, width / 2 - 0.3, 1.6):
        y = at + rng.uniform(-0.1, 0.3)
        screens.append(boxes([[-0.05, y - 0.02, height]], [[0.0, y + 0.02, height + 0.2]]))
        screens.append(boxes([[-0.08, y - 0.19, height + 0.16]], [[-0.05, y + 0.19, height + 0.42]]))
        screens.append(boxes([[0.05, y + 0.28, height]], [[0.2, y + 0.4, height + 0.09]]))
    if screens:
        yield joined(screens), Surface(a=(0.025, 0.026, 0.03), mirror=0.04, roughness=0.2)
    count = int(rng.integers(2, 7))
    at = np.stack(
        [
            rng.uniform(-depth / 3, depth / 3, count),
            rng.uniform(-width / 2.2, width / 2.3, count),
            np.full(count, height),
        ],
        axis=1,
    )
    size = np.stack(
        [rng.uniform(0.05, 0.2, count), rng.uniform(0.06, 0.3, count), rng.uniform(0.005, 0.2, count)], axis=1
    )
    yield (
        boxes(at, at + size, rng.uniform(0.05, 0.8, (count, 3))),
        Surface(Pattern.PACKAGE, (1, 1, 1), cell_m=(0.15, 0.15)),
    )


def table(item: Furniture, family: Family, rng: np.random.Generator) -> Made:
    """Yield a table with piles of things on it."""
    depth, width, height = item.depth_m, item.width_m, item.height_m
    wood = _wood(family, rng)
    thick = 0.04 if family == "a" else 0.025
    parts = [boxes([[-depth / 2, -width / 2, height - thick]], [[depth / 2, width / 2, height]])]
    half = 0.03 if family == "a" else 0.018
    corners = np.array([[sx * (depth / 2 - 0.06), sy * (width / 2 - 0.06), 0.0] for sx in (-1, 1) for sy in (-1, 1)])
    legs = blocks(corners - np.array([half, half, 0]), [2 * half, 2 * half, height - thick])
    if family == "a":
        yield joined([*parts, legs]), wood
    else:
        yield parts[0], wood
        yield legs, Surface(Pattern.METAL, (0.04, 0.04, 0.045), mirror=0.08)
    low, high, tints = [], [], []
    for x in np.arange(-depth / 2 + 0.12, depth / 2 - 0.3, 0.36):
        for y in np.arange(-width / 2 + 0.1, width / 2 - 0.3, 0.34):
            if rng.random() < 0.35:
                continue
            colour = rng.uniform(0.03, 0.7, 3) * 0.5 + rng.uniform(0.02, 0.5) * 0.5
            for layer in range(int(rng.integers(1, 6))):
                low.append([x + rng.uniform(0, 0.015), y + rng.uniform(0, 0.015), height + 0.03 * layer])
                high.append([low[-1][0] + 0.3, low[-1][1] + 0.26, height + 0.03 * layer + 0.027])
                tints.append(colour * rng.uniform(0.85, 1.15))
    if low:
        yield boxes(low, high, np.array(tints)), Surface(Pattern.CLOTH, (1, 1, 1), seed=int(rng.integers(1, 999)))


def bench(item: Furniture, family: Family, rng: np.random.Generator) -> Made:
    """Yield a bench of slats, or in family "b" an upholstered one."""
    depth, width, height = item.depth_m, item.width_m, item.height_m
    feet = np.array([-width / 2 + 0.15, width / 2 - 0.2])
    low = np.stack([np.full(2, -depth / 2 + 0.04), feet, np.zeros(2)], axis=1)
    yield (
        blocks(low, [depth - 0.08, 0.05, height - 0.04]),
        Surface(Pattern.METAL, (0.08, 0.08, 0.085), mirror=0.05),
    )
    if family == "a":
        count = max(3, int(depth / 0.11))
        at = -depth / 2 + np.arange(count) * depth / count
        low = np.stack([at, np.full(count, -width / 2), np.full(count, height - 0.045)], axis=1)
        yield blocks(low, [depth / count - 0.015, width, 0.045]), _wood(family, rng)
    else:
        cushion = Surface(
            Pattern.CARPET,
            shifted(srgb(rng.choice(["7a2e2c", "2c4a5a", "3a3a3c"])), rng),
            srgb("222222"),
            srgb("555555"),
        )
        yield boxes([[-depth / 2, -width / 2, height - 0.12]], [[depth / 2, width / 2, height]]), cushion


def pillar(item: Furniture, family: Family, rng: np.random.Generator) -> Made:
    """Yield a square or, in family "b", mostly round pillar with a plinth."""
    half_x, half_y, height = item.depth_m / 2, item.width_m / 2, item.height_m
    skin = Surface(
        Pattern.WALL if family == "a" else Pattern.CONCRETE,
        shifted(srgb("d4d0c6" if family == "a" else "a4a29c"), rng),
        shifted(srgb("8a8478"), rng), srgb("77736a"), (1.0, float(rng.choice([0.0, 1.1]))), 0.02, wear=0.4,
        seed=int(rng.integers(1, 9999)),
    )  # fmt: skip
    if rng.random() < (0.2 if family == "a" else 0.7):
        yield lathe([(half_x, 0), (half_x, height)], sides=24), skin
        yield lathe([(half_x + 0.02, 0), (half_x + 0.02, 0.12), (half_x, 0.12)], sides=24), Surface(a=(0.1, 0.1, 0.1))
    else:
        yield boxes([[-half_x, -half_y, 0]], [[half_x, half_y, height]]), skin
        plinth = boxes([[-half_x - 0.012, -half_y - 0.012, 0]], [[half_x + 0.012, half_y + 0.012, 0.1]])
        yield plinth, Surface(a=shifted((0.15, 0.14, 0.13), rng))


def barrier(item: Furniture, family: Family, rng: np.random.Generator) -> Made:
    """Yield posts with a belt between them, or in family "b" a fence of bars."""
    width, height = item.width_m, item.height_m
    metal = Surface(
        Pattern.METAL, (0.4, 0.4, 0.41) if rng.random() < 0.6 else (0.03, 0.03, 0.035), mirror=0.2, roughness=0.2
    )
    if family == "b":
        count = max(2, int(width / 0.13))
        at = np.linspace(-width / 2, width / 2, count)
        low = np.stack([np.full(count, -0.008), at - 0.008, np.full(count, 0.12)], axis=1)
        rails = boxes(
            [[-0.02, -width / 2, height - 0.04], [-0.02, -width / 2, 0.1]],
            [[0.02, width / 2, height], [0.02, width / 2, 0.14]],
        )
        feet = boxes(
            [[-0.25, -width / 2, 0.0], [-0.25, width / 2 - 0.04, 0.0]],
            [[0.25, -width / 2 + 0.04, 0.04], [0.25, width / 2, 0.04]],
        )
        posts = boxes(
            [[-0.02, s * (width / 2 - 0.02) - 0.02, 0.0] for s in (-1, 1)],
            [[0.02, s * (width / 2 - 0.02) + 0.02, height] for s in (-1, 1)],
        )
        yield joined([blocks(low, [0.016, 0.016, height - 0.15]), rails, feet, posts]), metal
        return
    count = max(2, round(width / 1.6) + 1)
    post = lathe([(0.16, 0), (0.16, 0.02), (0.03, 0.05), (0.03, height), (0.0, height + 0.01)], sides=12)
    at = np.linspace(-width / 2, width / 2, count)
    yield joined([moved(post, 0, float(y)) for y in at]), metal
    belt = Surface(a=shifted(srgb(rng.choice(["1f2f6a", "7a1f22", "222222", "3a6a3a"])), rng), wear=0.1)
    yield boxes([[-0.002, -width / 2, height - 0.1]], [[0.002, width / 2, height - 0.05]]), belt


def poster(item: Furniture, family: Family, rng: np.random.Generator) -> Made:
    """Yield a framed advertisement with somebody on it, now and then lit from behind."""
    width, height = item.width_m, item.height_m
    half = max(item.depth_m, 0.02) / 2
    pale = rng.uniform(0.45, 0.85) * np.exp(rng.normal(0, 0.12, 3))
    strong = rng.uniform(0.05, 0.4) * np.exp(rng.normal(0, 0.45, 3))
    first, second = (pale, strong) if family == "a" else (strong, pale)
    picture = Surface(
        Pattern.POSTER,
        (float(first[0]), float(first[1]), float(first[2])),
        (float(second[0]), float(second[1]), float(second[2])),
        (0.9, 0.9, 0.9) if rng.random() < 0.5 else (0.03, 0.03, 0.03),
        (width, height),
        wear=0.02,
        glow=float(rng.choice([0.0, 0.0, 1.2])),
        seed=int(rng.integers(1, 9999)),
    )  # fmt: skip
    yield _front(width, height, half), picture
    yield (
        boxes([[-half, -width / 2 - 0.02, -0.02]], [[half * 0.9, width / 2 + 0.02, height + 0.02]]),
        Surface(a=(0.08, 0.08, 0.085)),
    )


def _front(width: float, height: float, x: float) -> Mesh:
    corners = [[x, -width / 2, 0], [x, width / 2, 0], [x, width / 2, height], [x, -width / 2, height]]
    return quads([corners])


def _wood(family: Family, rng: np.random.Generator) -> Surface:
    tones = (("b08a5c", "8a6238"), ("8a6444", "5e4028"), ("d0b48c", "b08c5c")) if family == "a" else (
        ("4a3224", "2c1c12"), ("c8a06c", "a8783c"), ("6a5a4c", "4a3e34")
    )  # fmt: skip
    light, dark = tones[rng.integers(3)]
    return Surface(
        Pattern.WOOD, shifted(srgb(light), rng), (0.02, 0.015, 0.01), shifted(srgb(dark), rng), (0.0, 0.0), 0.0,
        mirror=0.02, roughness=0.35, seed=int(rng.integers(1, 9999)),
    )  # fmt: skip


_MAKERS: Mapping[FurnitureKind, _Maker] = {
    "counter": counter,
    "shelf": shelf,
    "rack": rack,
    "table": table,
    "bench": bench,
    "pillar": pillar,
    "plant": plant,
    "barrier": barrier,
    "poster": poster,
}
