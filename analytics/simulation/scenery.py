"""What stands outside: cars, trees, hedges, lamp posts, bollards and bins.

All are built around the origin of their own frame, standing on z = 0; cars head along +x.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from analytics.simulation.goods import Made, leaves
from analytics.simulation.meshes import Mesh, blocks, boxes, joined, lathe, moved, quads
from analytics.simulation.surfaces import Family, Pattern, Surface, shifted, srgb

_PAINTS = ("d8dadc", "16171a", "6a6e73", "a8abae", "2c3a54", "7a1f22", "3a4a40", "c8b48c", "e8e8e6", "22324a")
_GLASS = Surface(a=(0.02, 0.024, 0.028), mirror=0.12, roughness=0.05, wear=0.05)
_TYRE = Surface(a=(0.015, 0.015, 0.016), wear=0.1)
_POST = Surface(Pattern.METAL, (0.22, 0.23, 0.24), mirror=0.05, wear=0.3)


def car(family: Family, rng: np.random.Generator) -> Made:
    """Yield a parked car; in family "b" mostly a van."""
    is_van = rng.random() < (0.15 if family == "a" else 0.6)
    length, width = (rng.uniform(4.6, 5.4), 1.95) if is_van else (rng.uniform(3.7, 4.7), rng.uniform(1.68, 1.85))
    height, waist = (rng.uniform(1.95, 2.4), 1.15) if is_van else (rng.uniform(1.4, 1.65), rng.uniform(0.85, 0.95))
    paint = Surface(
        a=shifted(srgb(_PAINTS[rng.integers(len(_PAINTS))]), rng, 0.2), mirror=0.10, roughness=0.1, wear=0.1
    )
    front, rear = length / 2, -length / 2
    hull = [(rear, 0.35), (rear + 0.1, 0.22), (front - 0.15, 0.22), (front, 0.4), (front - 0.03, waist * 0.78),
            (front * 0.45, waist), (rear + 0.08, waist), (rear, waist * 0.7)]  # fmt: skip
    roof_rear = rear + (0.12 if is_van else rng.uniform(0.25, 0.75))
    cabin = [
        (front * 0.48, waist),
        (front * (0.3 if is_van else 0.12), height),
        (roof_rear + 0.15, height),
        (rear + 0.08, waist),
    ]
    yield joined([_prism(hull, width), _prism([(x, z + 0.02) for x, z in cabin], width * 0.9, top_only=True)]), paint
    yield _prism(cabin, width * 0.9), _GLASS
    if is_van:  # closed sides behind the doors
        yield (
            _prism(
                [(0.0, waist), (0.0, height - 0.02), (roof_rear + 0.15, height - 0.02), (rear + 0.08, waist)],
                width * 0.94,
            ),
            paint,
        )
    wheel = _sideways(lathe([(0, -0.1), (0.31, -0.1), (0.31, 0.1), (0, 0.1)], sides=14))
    rim = _sideways(lathe([(0, -0.105), (0.18, -0.105), (0.18, 0.105), (0, 0.105)], sides=10))
    at = [(x, side * (width / 2 - 0.09)) for x in (rear + 0.75, front - 0.8) for side in (-1, 1)]
    yield joined([moved(wheel, x, y, 0.31) for x, y in at]), _TYRE
    yield joined([moved(rim, x, y, 0.31) for x, y in at]), Surface(a=(0.35, 0.35, 0.36), mirror=0.1)
    lights = [[rear - 0.01, side * width * 0.36 - 0.14, waist * 0.62] for side in (-1, 1)]
    yield blocks(lights, [0.06, 0.28, 0.12]), Surface(a=(0.35, 0.01, 0.01), mirror=0.05)
    lamps = [[front - 0.1, side * width * 0.36 - 0.16, waist * 0.58] for side in (-1, 1)]
    yield blocks(lamps, [0.1, 0.32, 0.12]), Surface(a=(0.75, 0.76, 0.78), mirror=0.2)
    plates = boxes(
        [[front - 0.02, -0.26, 0.42], [rear - 0.02, -0.26, 0.5]],
        [[front + 0.02, 0.26, 0.53], [rear + 0.02, 0.26, 0.61]],
    )
    yield plates, Surface(a=(0.7, 0.7, 0.55))


def tree(family: Family, rng: np.random.Generator) -> Made:
    """Yield a broad tree, or in family "b" a slender conifer."""
    height = rng.uniform(4.5, 9.0)
    bark = Surface(
        Pattern.WOOD, srgb("5a4c3e"), c=srgb("3a3128"), cell_m=(0, 0), wear=0.5, seed=int(rng.integers(1, 9999))
    )
    trunk = lathe([(0.16, 0), (0.11, height * 0.4), (0.05, height * 0.8)], sides=9)
    yield trunk, bark
    tone, light = ("33491f", "68803a") if family == "a" else ("1f3426", "4a6448")
    green = Surface(
        Pattern.FOLIAGE,
        shifted(srgb(tone), rng, 0.25),
        c=shifted(srgb(light), rng, 0.25),
        wear=0.1,
        seed=int(rng.integers(1, 9999)),
    )
    if family == "a":
        yield (
            crown(
                np.array([0.0, 0.0, height * 0.68]), np.array([height * 0.28, height * 0.28, height * 0.34]), 420, rng
            ),
            green,
        )
    else:
        rings = [
            moved(
                leaves(height * 0.26 * (1 - share), 0, height * 0.16, 60, rng, 1.5),
                0,
                0,
                height * (0.12 + 0.78 * share),
            )
            for share in np.linspace(0, 0.9, 8)
        ]
        yield joined(rings), green


def crown(
    middle_m: npt.NDArray[np.float64], radii_m: npt.NDArray[np.float64], count: int, rng: np.random.Generator
) -> Mesh:
    """Return tufts of leaves on and in an ellipsoid with lumps, darker inside and below."""
    lumps = rng.normal(0, 1, (9, 3))
    lumps /= np.linalg.norm(lumps, axis=1, keepdims=True)
    out = rng.normal(0, 1, (count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    nearest = (out @ lumps.T).max(axis=1)
    depth = rng.uniform(0.55, 1.0, count) ** 0.5 * (0.75 + 0.3 * nearest)
    at = middle_m + out * depth[:, None] * radii_m
    size = radii_m.mean() * rng.uniform(0.1, 0.24, (count, 1))
    normal = out + rng.normal(0, 0.45, (count, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    aside = np.cross(normal, rng.normal(0, 1, (count, 3)))
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    up = np.cross(normal, aside)
    corners = np.stack([at - aside * size, at - up * size * 0.6, at + aside * size, at + up * size * 0.6], axis=1)
    tints = (0.45 + 0.75 * (depth - depth.min()) / np.ptp(depth))[:, None] * (0.8 + 0.25 * out[:, 2:]) * np.ones(3)
    facing = quads(corners, tints)
    smooth = replace(facing, normals=np.repeat(out, 4, axis=0).astype(np.float32))
    back = quads(corners[:, ::-1], tints)
    return joined([smooth, replace(back, normals=smooth.normals)])


def hedge(length_m: float, height_m: float, family: Family, rng: np.random.Generator) -> Made:
    """Yield a clipped hedge along x."""
    tone, light = ("2c3f1c", "56702e") if family == "a" else ("3a2a1e", "6a4a30")
    green = Surface(
        Pattern.FOLIAGE,
        shifted(srgb(tone), rng, 0.2),
        c=shifted(srgb(light), rng, 0.2),
        seed=int(rng.integers(1, 9999)),
    )
    body = boxes([[-length_m / 2, -0.35, 0]], [[length_m / 2, 0.35, height_m]])
    count = int(60 * length_m)
    at = np.stack(
        [
            rng.uniform(-length_m / 2, length_m / 2, count),
            rng.uniform(-0.38, 0.38, count),
            rng.uniform(0, height_m, count),
        ],
        1,
    )
    side = rng.integers(3, size=count)
    at[side == 0, 1] = np.sign(at[side == 0, 1]) * 0.37
    at[side == 1, 2] = height_m + 0.02
    normal = np.where((side == 1)[:, None], [0.0, 0, 1], np.stack([at[:, 0] * 0, np.sign(at[:, 1]), at[:, 0] * 0], 1))
    turn = rng.normal(0, 1, (count, 3)) * 0.09
    other = np.cross(normal, turn)
    corners = np.stack([at - turn, at - other, at + turn, at + other], axis=1)
    yield joined([body, quads(corners, rng.uniform(0.7, 1.3, (count, 1)) * np.ones(3)), quads(corners[:, ::-1])]), green


def lamp_post(height_m: float) -> Made:
    """Yield a post with an arm that reaches 0.9 m along +x; the lamp hangs at its end."""
    post = lathe([(0.09, 0), (0.09, 0.9), (0.05, 0.95), (0.035, height_m)], sides=10)
    arm = boxes([[0.0, -0.025, height_m - 0.03]], [[0.75, 0.025, height_m + 0.03]])
    yield joined([post, arm]), _POST
    yield boxes([[0.6, -0.11, height_m - 0.05]], [[1.15, 0.11, height_m + 0.05]]), Surface(a=(0.3, 0.3, 0.31))


def bollards(count: int, pitch_m: float, family: Family) -> Made:
    """Yield a row of bollards along x."""
    profile = (
        [(0.09, 0), (0.09, 0.85), (0.06, 0.95), (0, 0.97)]
        if family == "a"
        else [(0.2, 0), (0.25, 0.3), (0.15, 0.5), (0, 0.55)]
    )
    one = lathe(profile, sides=12)
    yield (
        joined([moved(one, (k - (count - 1) / 2) * pitch_m, 0) for k in range(count)]),
        Surface(a=(0.1, 0.1, 0.105) if family == "a" else (0.4, 0.39, 0.37), wear=0.4),
    )


def bin_(rng: np.random.Generator) -> Made:
    """Yield a litter bin."""
    paint = Surface(a=shifted(srgb(rng.choice(["2c4a34", "3a3a3c", "7a5a20"])), rng), wear=0.5)
    yield lathe([(0.22, 0), (0.25, 0.8), (0.27, 0.82), (0.18, 0.95), (0, 0.97)], sides=14), paint


def _prism(side: list[tuple[float, float]], width: float, *, top_only: bool = False) -> Mesh:
    """Return a convex side view (x, z), counter-clockwise or not, drawn out over a width along y."""
    points = np.array(side)
    area = np.sum(points[:, 0] * np.roll(points[:, 1], -1) - np.roll(points[:, 0], -1) * points[:, 1])
    points = points if area > 0 else points[::-1]
    near = np.column_stack([points[:, 0], np.full(len(points), -width / 2), points[:, 1]])
    far = near + np.array([0, width, 0])
    along = np.stack([near, far, np.roll(far, -1, axis=0), np.roll(near, -1, axis=0)], axis=1)
    if top_only:
        highest = points[:, 1].max() - 1e-6
        along = along[(points[:, 1] > highest) & (np.roll(points[:, 1], -1) > highest)]
        return quads(along)
    fan = [[near[0], near[k], near[k + 1], near[k + 1]] for k in range(1, len(points) - 1)]
    fan += [[far[0], far[k + 1], far[k], far[k]] for k in range(1, len(points) - 1)]
    return joined([quads(along), quads(fan)])


def _sideways(mesh: Mesh) -> Mesh:
    """Return the mesh with its axis along y instead of z."""
    turn = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float32)
    return replace(mesh, positions_m=mesh.positions_m @ turn, normals=mesh.normals @ turn)
