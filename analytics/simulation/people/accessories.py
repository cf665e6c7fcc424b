"""Accessories: what has a shape of its own — skirts, coat tails, falling hair, brims, scarves, bags."""

import numpy as np

from analytics.simulation.people.bodies import JOINTS, Body, Float32Array
from analytics.simulation.people.measures import Measures
from analytics.simulation.people.parts import Part, ellipsoid, part, tube
from analytics.simulation.people.wardrobe import Outfit, Slot

_SPOKES = 16
_KNEE_SHARE = 0.5  # of the leg from hip to ankle


def build(body: Body, outfit: Outfit, sizes: Measures) -> list[Part]:
    """Return the parts that the outfit adds to the dressed body, each standing off its surface."""
    parts: list[Part] = []
    if outfit.skirt:
        slot = Slot.TOP if outfit.is_dress else Slot.BOTTOM
        end_m = sizes.below_hip(outfit.skirt)
        parts.append(_skirt(body, sizes, slot, (sizes.waist_m, end_m), 0.006, outfit.skirt_flare, 0.0))
    has_tail = outfit.outer_sleeve >= 0 and outfit.outer_hem > 0.12
    if has_tail:
        end_m = sizes.below_waist(outfit.outer_hem)
        off_m = 0.012 + outfit.looseness_m + (0.02 if outfit.skirt else 0.0)
        parts.append(_skirt(body, sizes, Slot.OUTER, (sizes.waist_m, end_m), off_m, 0.12, outfit.outer_open_m))
    parts += _hair(body, outfit, sizes)
    parts += _headgear(outfit, sizes)
    if outfit.has_scarf:
        parts.append(_scarf(body, sizes))
    parts += _bag(body, outfit, sizes)
    return parts


def _half_axes(body: Body, low_m: float, high_m: float, keeps_arms: bool = False) -> tuple[float, float, float, float]:
    """Return front, back (forward axis), half-width and mean right of the trunk and legs between two heights."""
    wrists = [number for number, name in enumerate(JOINTS) if name.partition(".")[0] in ("shoulder", "elbow", "wrist")]
    is_arm = (np.where(np.isin(body.bones, wrists), body.weights, 0).sum(axis=1) > 0.3) & (not keeps_arms)
    up = body.vertices_m[:, 2]
    inside = body.vertices_m[(up >= low_m) & (up <= high_m) & ~is_arm]
    if not len(inside):
        return 0.12, -0.12, 0.16, 0.0
    return (
        float(inside[:, 0].max()), float(inside[:, 0].min()), float(np.abs(inside[:, 1]).max()),
        float(inside[:, 1].mean()),
    )  # fmt: skip


def _skirt(
    body: Body, sizes: Measures, slot: Slot, span_m: tuple[float, float], off_m: float, flare: float, open_m: float
) -> Part:
    """Return a tube from the waist to the hem, each ring as wide as what is above and below it needs."""
    start_m, end_m = span_m
    heights = np.linspace(start_m, end_m, 9)
    gap = np.arcsin(min(open_m / 0.17, 0.8)) if open_m else 0.0
    around = np.linspace(gap, 2 * np.pi - gap, _SPOKES + 1)
    rings, widest = [], (0.0, 0.0, 0.0)
    for height in heights:
        front, back, half, _ = _half_axes(body, height - 0.03, height + 0.03)
        widest = (max(widest[0], front * 0.98), min(widest[1], back * 0.98), max(widest[2], half * 0.98))
        below = max(0.0, (sizes.hip_m - height) / (sizes.hip_m - sizes.ankle_m))
        wider = 1 + flare * below
        depth, middle = (widest[0] - widest[1]) / 2 * wider + off_m, (widest[0] + widest[1]) / 2
        width = widest[2] * wider + off_m
        folds = 1 + 0.035 * flare * np.sin(7 * around) * min(1.0, 2 * below)
        rings.append(
            np.stack(
                [middle + depth * np.cos(around) * folds, width * np.sin(around) * folds, np.full_like(around, height)],
                axis=1,
            )
        )
    grid = np.array(rings, np.float32)
    right = grid[..., 1].reshape(-1)
    below = np.clip((sizes.hip_m + 0.04 - grid[..., 2].reshape(-1)) / (sizes.hip_m - sizes.ankle_m), 0, 1)
    legs = np.clip(below * 2.2, 0, 0.94)
    to_right = np.clip(0.5 + right / (1.2 * max(widest[2], 0.05)), 0, 1)
    to_right = to_right * to_right * (3 - 2 * to_right)
    weights: dict[str, Float32Array | float] = {
        "root": 1.001 - legs, "hip.L": legs * (1 - to_right), "hip.R": legs * to_right,
    }  # fmt: skip
    return part(grid.reshape(-1, 3), tube(grid, is_closed=False), slot, weights)


def _hair(body: Body, outfit: Outfit, sizes: Measures) -> list[Part]:
    hidden = outfit.headgear in ("hood", "scarf")
    if hidden or not outfit.hair_length or not outfit.hair_volume_m:
        return []
    forward, right, up = sizes.head_m
    half = sizes.head_half_m
    if outfit.hair_style == "bun":
        centre = np.array([forward - half * 0.95, right, up + half * 0.45], np.float32)
        vertices, faces = ellipsoid(centre, (half * 0.38,) * 3, rings=6, spokes=8)
        return [part(vertices, faces, Slot.HAIR, {"head": 1.0})]
    fall_m = half * (0.9 + 1.6 * outfit.hair_length)
    if outfit.hair_style == "tail":
        centre = np.array([forward - half * 1.0, right, up + half * 0.3 - fall_m / 2], np.float32)
        vertices, faces = ellipsoid(centre, (half * 0.26, half * 0.3, fall_m / 2), rings=7, spokes=8)
    else:
        vertices, faces = _falling_hair(outfit, sizes, fall_m)
    lower = np.clip((sizes.head_m[2] - half * 0.6 - vertices[:, 2]) / (half * 1.6), 0, 0.85)
    return [part(vertices, faces, Slot.HAIR, {"head": 1.001 - lower, "chest": lower})]


def _falling_hair(outfit: Outfit, sizes: Measures, fall_m: float) -> tuple[Float32Array, np.ndarray]:
    """Return a curtain around the back of the head, from ear to ear."""
    forward, right, up = sizes.head_m
    half = sizes.head_half_m
    around = np.linspace(np.pi * 0.42, np.pi * 1.58, 11)
    rings = []
    for place in np.linspace(0, 1, 6):
        out = half * (0.80 + 0.12 * np.sin(np.pi * min(1.0, place * 1.4))) + outfit.hair_volume_m
        back = -0.25 * half * place  # what hangs lies on the shoulders, behind the neck
        rings.append(
            np.stack(
                [forward + back + out * 0.98 * np.cos(around), right + out * 0.95 * np.sin(around),
                 np.full_like(around, up + half * 0.35 - fall_m * place)], axis=1)
        )  # fmt: skip
    grid = np.array(rings, np.float32)
    return grid.reshape(-1, 3), tube(grid, is_closed=False)


def _headgear(outfit: Outfit, sizes: Measures) -> list[Part]:
    if outfit.headgear not in ("cap", "brim"):
        return []
    forward, right, up = sizes.head_m
    half = sizes.head_half_m
    is_cap = outfit.headgear == "cap"
    around = np.linspace(-np.pi * 0.36, np.pi * 0.36, 9) if is_cap else np.linspace(0, 2 * np.pi, 17)
    inner, outer = half * 0.72, half * (1.5 if is_cap else 1.6)
    level = up + half * (0.42 if is_cap else 0.35)
    rings = [
        np.stack([forward + radius * np.cos(around) * (1.05 if is_cap else 1.0), right + radius * np.sin(around) * 0.85,
                  np.full_like(around, level - drop)], axis=1)
        for radius, drop in ((inner, 0.0), (outer, 0.018 if is_cap else 0.03))
    ]  # fmt: skip
    grid = np.array(rings, np.float32)
    return [part(grid.reshape(-1, 3), tube(grid, is_closed=False), Slot.HAT, {"head": 1.0})]


def _scarf(body: Body, sizes: Measures) -> Part:
    neck = body.joints_m[JOINTS.index("neck")]
    centre = np.array([neck[0] + 0.015, 0, sizes.neck_m + 0.035], np.float32)
    vertices, faces = ellipsoid(centre, (0.105, 0.105, 0.055), 0.9, rings=7)
    return part(vertices, faces, Slot.SCARF, {"neck": 0.6, "chest": 0.4})


def _bag(body: Body, outfit: Outfit, sizes: Measures) -> list[Part]:
    scale = outfit.bag_scale
    if outfit.bag == "backpack":
        _, back, _, _ = _half_axes(body, sizes.waist_m + 0.2 * sizes.trunk_m, sizes.waist_m + 0.7 * sizes.trunk_m)
        radii = (0.075 * scale, 0.145 * scale, 0.215 * scale * min(1.0, sizes.trunk_m / 0.36))
        centre = np.array([back - radii[0] * 0.75, 0, sizes.neck_m - 0.02 - radii[2]], np.float32)
        vertices, faces = ellipsoid(centre, radii, 0.55)
        return [part(vertices, faces, Slot.BAG, {"chest": 1.0})]
    if outfit.bag == "shoulder":
        _, _, half, _ = _half_axes(body, sizes.hip_m - 0.05, sizes.hip_m + 0.08)
        radii = (0.15 * scale, 0.05 * scale, 0.12 * scale)
        vertices, faces = ellipsoid(np.array([0.0, half + 0.06, sizes.hip_m + 0.03], np.float32), radii, 0.5)
        return [part(vertices, faces, Slot.BAG, {"root": 1.0})]
    if outfit.bag == "hand":
        wrist, elbow = (body.joints_m[JOINTS.index(name)] for name in ("wrist.R", "elbow.R"))
        along = (wrist - elbow) / np.linalg.norm(wrist - elbow)
        radii = (0.16 * scale, 0.055 * scale, 0.13 * scale)
        vertices, faces = ellipsoid(np.zeros(3, np.float32), radii, 0.5)
        across = np.cross(along, (0, 1, 0))
        across /= np.linalg.norm(across)
        frame = np.stack([across, np.cross(along, across), -along])  # hangs along the forearm, whatever the rest pose
        vertices = vertices @ frame.astype(np.float32) + (wrist + along * (0.13 + radii[2]))
        return [part(vertices, faces, Slot.BAG, {"wrist.R": 1.0})]
    if outfit.bag == "trolley":
        radii = (0.11 * scale, 0.17 * scale, 0.26 * scale)
        vertices, faces = ellipsoid(np.array([-0.42, 0.22, radii[2] + 0.03], np.float32), radii, 0.35)
        return [part(vertices, faces, Slot.BAG, {"root": 1.0})]
    return []
