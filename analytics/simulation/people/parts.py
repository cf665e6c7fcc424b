"""Parts of a dressed person's mesh that share one vertex layout, and the shapes that accessories are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.simulation.people.bodies import JOINTS, Float32Array
from analytics.simulation.people.wardrobe import Slot


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of mesh.

    Attributes:
        vertices_m: (v, 3) forward, right, up.
        faces: (f, 3), numbered from 0 within the part.
        slot: (v,) 0 the body, else 1 + `Slot`.
        along_arm: (v,) see `DressedBody`.
        bones: (v, 4) joints.
        weights: (v, 4).
    """

    vertices_m: Float32Array
    faces: npt.NDArray[np.int32]
    slot: Float32Array
    along_arm: Float32Array
    bones: npt.NDArray[np.uint8]
    weights: Float32Array


def joined(parts: Sequence[Part]) -> Part:
    """Return the parts as one."""
    starts = np.cumsum([0, *(len(part.vertices_m) for part in parts[:-1])])
    return Part(
        vertices_m=np.concatenate([part.vertices_m for part in parts]).astype(np.float32),
        faces=np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)]).astype(np.int32),
        slot=np.concatenate([part.slot for part in parts]),
        along_arm=np.concatenate([part.along_arm for part in parts]),
        bones=np.concatenate([part.bones for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
    )


def part(
    vertices_m: Float32Array, faces: npt.NDArray[np.int32], slot: Slot, weights_of: dict[str, Float32Array | float]
) -> Part:
    """Return a piece of one material, moved by up to four named joints with the given weights (each scalar or (v,))."""
    count = len(vertices_m)
    bones = np.zeros((count, 4), np.uint8)
    weights = np.zeros((count, 4), np.float32)
    for column, (joint, weight) in enumerate(weights_of.items()):
        bones[:, column] = JOINTS.index(joint)
        weights[:, column] = weight
    weights /= weights.sum(axis=1, keepdims=True)
    marks = np.full(count, 1.0 + slot, np.float32)
    return Part(vertices_m.astype(np.float32), faces, marks, np.full(count, -0.25, np.float32), bones, weights)


def tube(rings_m: Float32Array, is_closed: bool = True) -> npt.NDArray[np.int32]:
    """Return the faces between consecutive rings of (r, s, 3) points, numbered row by row.

    They look outward where rings run from forward to right and each is lower than the one before.
    """
    rings, spokes = rings_m.shape[:2]
    faces = []
    for ring in range(rings - 1):
        for spoke in range(spokes if is_closed else spokes - 1):
            a, b = ring * spokes + spoke, ring * spokes + (spoke + 1) % spokes
            c, d = a + spokes, b + spokes
            faces += [(a, b, c), (b, d, c)]
    return np.array(faces, np.int32)


def ellipsoid(
    centre_m: Float32Array,
    radii_m: tuple[float, float, float],
    squareness: float = 1.0,
    rings: int = 8,
    spokes: int = 12,
) -> tuple[Float32Array, npt.NDArray[np.int32]]:
    """Return a superellipsoid's vertices and faces; squareness 1 is an ellipsoid, below it the shape nears a box."""
    polar = np.linspace(0.02, np.pi - 0.02, rings)
    around = np.linspace(0, 2 * np.pi, spokes, endpoint=False)

    def bent(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.sign(values) * np.abs(values) ** squareness

    ring, height = bent(np.sin(polar)), bent(np.cos(polar))
    forward = ring[:, None] * bent(np.cos(around))[None, :] * radii_m[0]
    right = ring[:, None] * bent(np.sin(around))[None, :] * radii_m[1]
    up = np.repeat((height * radii_m[2])[:, None], spokes, axis=1)
    grid = np.stack([forward, right, up], axis=-1) + np.asarray(centre_m, np.float64)
    return grid.reshape(-1, 3).astype(np.float32), tube(grid.astype(np.float32))
