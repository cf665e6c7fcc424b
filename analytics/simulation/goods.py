"""Shelves full of goods, racks full of clothes, plants: furniture that consists of many small things.

All are built around the origin of their own frame: the front looks along +x, the width runs along y.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from analytics.simulation.layout import Furniture
from analytics.simulation.meshes import Mesh, blocks, boxes, joined, lathe, moved, quads
from analytics.simulation.scene import FloatArray
from analytics.simulation.surfaces import Family, Pattern, Surface, shifted, srgb

Made = Iterator[tuple[Mesh, Surface]]

_BOARD_M = 0.03
_DOUBLE_FROM_M = 0.75
_PACKAGE = Surface(Pattern.PACKAGE, (1.0, 1.0, 1.0), cell_m=(0.12, 0.2), mirror=0.02, roughness=0.4, wear=0.05)
_CLOTH = Surface(Pattern.CLOTH, (1.0, 1.0, 1.0), wear=0.1)
_CLOTHES = tuple(
    srgb(code)
    for code in ("23252b", "3b3f4a", "6b6660", "b8b2a6", "2f3d5c", "5a2f33", "3f4f3a", "d8d4cc", "8a6a4a", "a33a3a")
)


def shelf(item: Furniture, family: Family, rng: np.random.Generator) -> Made:
    """Yield a shelf of boards between uprights, goods on all of them; a deep one is filled from both sides."""
    tones = ("d8d6d0", "8e9194", "3c3e42") if family == "a" else ("7a5434", "b89a6a", "1f2a33")
    frame = Surface(a=shifted(srgb(rng.choice(tones)), rng), mirror=0.01, seed=int(rng.integers(1, 9999)))
    depth, width, height = item.depth_m, item.width_m, item.height_m
    levels = max(2, round((height - 0.15) / rng.uniform(0.32, 0.45)))
    top = height if family == "a" else height - 0.3
    heights = np.linspace(0.14, top, levels + 1)[:levels]
    gaps = np.diff([*heights, height + 0.2 * (family == "a")]).clip(0.15) - _BOARD_M
    is_double = depth > _DOUBLE_FROM_M
    middle = 0.0 if is_double else -depth / 2 + 0.01
    ends = np.linspace(-width / 2, width / 2, max(2, round(width / (1.0 if family == "a" else 1.5)) + 1))
    posts = np.stack([np.full(len(ends), middle - 0.02), ends - 0.015, np.zeros(len(ends))], axis=1)
    parts = [
        boxes([[middle - 0.01, -width / 2, 0.0]], [[middle + 0.01, width / 2, height]]),
        blocks(posts, [0.05, 0.03, height]),
        boxes([[-depth / 2, -width / 2, 0.0]], [[depth / 2 - 0.03, width / 2, 0.11]]),
    ]
    if family == "b":  # closed sides
        sides = [[-depth / 2, -width / 2, 0.0], [-depth / 2, width / 2 - 0.03, 0.0]]
        parts.append(blocks(sides, [depth, 0.03, height]))
    for side in (1, -1) if is_double else (1,):
        front = side * depth / 2
        low, high = sorted((middle, front))
        boards = np.stack([np.full(levels, low), np.full(levels, -width / 2), heights - _BOARD_M], axis=1)
        parts.append(blocks(boards, [high - low, width, _BOARD_M]))
        yield _price_strips(front, width, heights), _PACKAGE
        for z, gap in zip(heights, gaps, strict=True):
            yield from _row_of_goods(front, side, high - low, width, float(z), float(gap), family, rng)
    yield joined(parts), frame


def _price_strips(front: float, width: float, heights: FloatArray) -> Mesh:
    count = len(heights)
    low = np.stack([np.full(count, front - 0.004), np.full(count, -width / 2), heights - 0.035], axis=1)
    return blocks(low, [0.008, width, 0.035], (0.75, 0.74, 0.70))


def _row_of_goods(
    front: float, side: int, depth: float, width: float, z: float, gap: float, family: Family, rng: np.random.Generator
) -> Made:
    """Yield one board's goods: groups of equal packages next to each other, in family "b" half of them round."""
    at, end = -width / 2 + 0.04, width / 2 - 0.04
    lower, sizes, tints, bottles = [], [], [], []
    while at < end - 0.05:
        size = np.array([rng.uniform(0.06, 0.22), rng.uniform(0.05, 0.2), gap * rng.uniform(0.45, 0.95)])
        size[0] = min(size[0], depth - 0.08)
        tint = _brand(rng)
        is_round = rng.random() < (0.12 if family == "a" else 0.5)
        levels = 1 if size[2] > 0.6 * gap else int(rng.integers(1, 3))
        count = min(int(rng.integers(2, 8)), int((end - at) / size[1]))
        is_sold_out = rng.random() < 0.06
        for number in range(0 if is_sold_out else count):
            y, setback = at + number * size[1], rng.uniform(0.01, 0.06)
            if is_round:
                radius = min(size[0], size[1]) / 2 * 0.95
                x = front - side * (radius + setback)
                bottles.append(_bottle((x, y + radius, z), radius, min(size[2], gap * 0.9), tint))
                continue
            x = min(front - side * setback, front - side * (setback + size[0]))
            lower += [[x, y, z + level * size[2] / levels] for level in range(levels)]
            sizes += [size * [1, 0.97, 0.98 / levels]] * levels
            tints += [tint * rng.uniform(0.9, 1.05)] * levels
        at += max(count, 1) * size[1] + rng.uniform(0.0, 0.04)
    if lower:
        yield blocks(lower, np.array(sizes), np.array(tints)), replace(_PACKAGE, seed=int(rng.integers(1, 60)))
    if bottles:
        yield joined(bottles), replace(_PACKAGE, mirror=0.06, roughness=0.15, wear=0.0)


def _brand(rng: np.random.Generator) -> FloatArray:
    """Return the colour of a package: many white, brown or dark, the rest red, yellow, green or blue."""
    chance = rng.random()
    if chance < 0.3:
        return np.exp(rng.normal(np.log(rng.uniform(0.4, 0.8)), 0.06, 3))
    if chance < 0.45:
        return np.exp(rng.normal(np.log(rng.uniform(0.02, 0.1)), 0.2, 3))
    if chance < 0.55:
        return np.array([0.42, 0.28, 0.16]) * float(np.exp(rng.normal(0, 0.3)))
    hue = float(rng.choice([0.0, 0.09, 0.14, 0.33, 0.56, 0.64])) + float(rng.normal(0, 0.03))
    strength, value = rng.uniform(0.35, 0.85), rng.uniform(0.3, 0.8)
    wheel = np.abs((hue * 6 + np.array([0, 4, 2])) % 6 - 3) - 1
    tint: FloatArray = ((value * (1 - strength * (1 - wheel.clip(0, 1)))) ** 1.8).clip(0.02)
    return tint


def _bottle(foot_m: tuple[float, float, float], radius: float, height: float, tint: FloatArray) -> Mesh:
    profile = [(radius, 0), (radius, height * 0.62), (radius * 0.4, height * 0.8), (radius * 0.4, height), (0, height)]
    mesh = lathe(profile, tint, sides=8)
    return moved(mesh, *foot_m)


def rack(item: Furniture, family: Family, rng: np.random.Generator) -> Made:
    """Yield a rail between posts with clothes on hangers, some groups of one colour."""
    width, height = item.width_m, item.height_m
    metal = Surface(Pattern.METAL, srgb("b8babc" if family == "a" else "26262a"), mirror=0.15, roughness=0.2)
    parts = [
        boxes([[-0.02, side * width / 2 - 0.02, 0.0]], [[0.02, side * width / 2 + 0.02, height]]) for side in (-1, 1)
    ]
    parts += [
        boxes(
            [[-item.depth_m / 2.2, side * width / 2 - 0.02, 0.03]],
            [[item.depth_m / 2.2, side * width / 2 + 0.02, 0.06]],
        )
        for side in (-1, 1)
    ]
    parts.append(boxes([[-0.015, -width / 2, height - 0.03]], [[0.015, width / 2, height]]))
    yield joined(parts), metal
    at, low, high, tints = -width / 2 + 0.08, [], [], []
    while at < width / 2 - 0.1:
        colour = np.array(shifted(_CLOTHES[rng.integers(len(_CLOTHES))], rng, 0.3))
        half, length = min(item.depth_m / 2, 0.27) * rng.uniform(0.75, 1.0), (height - 0.15) * rng.uniform(0.6, 0.95)
        for _ in range(int(rng.integers(2, 8))):
            thick = rng.uniform(0.025, 0.06)
            low.append([-half * rng.uniform(0.9, 1.0), at, height - 0.08 - length])
            high.append([half * rng.uniform(0.9, 1.0), at + thick, height - 0.08])
            tints.append(colour * rng.uniform(0.9, 1.1))
            at += thick + rng.uniform(0.003, 0.02)
            if at > width / 2 - 0.1:
                break
        at += rng.uniform(0, 0.15)
    yield boxes(low, high, np.array(tints)), replace(_CLOTH, seed=int(rng.integers(1, 9999)))


def plant(item: Furniture, family: Family, rng: np.random.Generator) -> Made:
    """Yield a pot with leaves on arching stems."""
    pot_height = item.height_m * rng.uniform(0.22, 0.35)
    radius = min(item.width_m, item.depth_m) / 2
    pot = Surface(a=shifted(srgb(rng.choice(["c8c4bc", "8a4a34", "4a4a4c", "2e3a34"])), rng), wear=0.4)
    yield (
        lathe([(radius * 0.55, 0), (radius * 0.8, pot_height), (radius * 0.7, pot_height), (0, pot_height - 0.03)]),
        pot,
    )
    green = Surface(
        Pattern.FOLIAGE, shifted(srgb("2e4a22"), rng, 0.25), c=shifted(srgb("6a8a3c"), rng, 0.25), wear=0.1,
        seed=int(rng.integers(1, 9999)),
    )  # fmt: skip
    yield (
        leaves(
            radius * 1.25, pot_height, item.height_m, 150 if family == "a" else 70, rng, 1.0 if family == "a" else 2.2
        ),
        green,
    )


def leaves(radius: float, low: float, high: float, count: int, rng: np.random.Generator, width: float = 1.0) -> Mesh:
    """Return pointed leaves that grow outwards from an axis, both sides visible."""
    angle, lift = rng.uniform(0, 2 * np.pi, count), rng.uniform(-0.4, 0.9, count)
    rise = np.sqrt(rng.random(count))
    outward = np.stack([np.cos(angle), np.sin(angle), lift], axis=1)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    side = np.stack([-np.sin(angle), np.cos(angle), np.zeros(count)], axis=1)
    length = radius * rng.uniform(0.35, 0.7, count)[:, None]
    half = length * rng.uniform(0.12, 0.22, count)[:, None] * width
    reach = radius * rng.uniform(0.0, 0.6, count) * np.sin(np.pi * (0.15 + 0.8 * rise))
    foot = np.stack([np.cos(angle) * reach, np.sin(angle) * reach, low + (high - low) * (0.1 + 0.8 * rise)], axis=1)
    middle, tip = foot + outward * length * 0.5, foot + outward * length - [0, 0, 0.25] * length
    corners = np.stack([foot, middle + side * half, tip, middle - side * half], axis=1)
    tints = rng.uniform(0.7, 1.2, (count, 1)) * np.ones(3)
    return joined([quads(corners, tints), quads(corners[:, ::-1], tints)])
