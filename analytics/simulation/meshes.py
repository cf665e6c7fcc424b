"""Triangle meshes of things with straight or round sides: made, moved, joined.

Corners run counter-clockwise around the outward normal, computed as (b - a) x (c - a) from plan coordinates.
Texture coordinates are metres along the surface, so that a pattern has its true size everywhere.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Float32Array = npt.NDArray[np.float32]
Int32Array = npt.NDArray[np.int32]

# corners of a box's six faces as bits x, y, z (1: upper), counter-clockwise seen from outside
_FACES = np.array(
    [
        [[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]],  # top
        [[0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 1, 1]],  # -x
        [[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1]],  # +x
        [[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]],  # -y
        [[1, 1, 0], [0, 1, 0], [0, 1, 1], [1, 1, 1]],  # +y
        [[0, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0]],  # bottom
    ]
)


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles.

    Attributes:
        positions_m: (n, 3) plan coordinates, metres.
        normals: (n, 3) outward unit normals.
        uv_m: (n, 2) place on the surface, metres.
        tint: (n, 3) linear colour that multiplies the material's.
        triangles: (m, 3) rows of corners.
    """

    positions_m: Float32Array
    normals: Float32Array
    uv_m: Float32Array
    tint: Float32Array
    triangles: Int32Array


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Return all meshes as one; none gives a mesh without triangles."""
    if not meshes:
        empty = np.zeros((0, 3), np.float32)
        return Mesh(empty, empty, empty[:, :2], empty, np.zeros((0, 3), np.int32))
    first = np.cumsum([0, *(len(mesh.positions_m) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.positions_m for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.uv_m for mesh in meshes]),
        np.concatenate([mesh.tint for mesh in meshes]),
        np.concatenate([mesh.triangles + start for mesh, start in zip(meshes, first, strict=True)]).astype(np.int32),
    )


def moved(mesh: Mesh, x_m: float, y_m: float, z_m: float = 0.0, yaw_rad: float = 0.0) -> Mesh:
    """Return the mesh turned about the vertical from +x towards +y, then shifted."""
    cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]], np.float32)
    shift = np.array([x_m, y_m, z_m], np.float32)
    return replace(mesh, positions_m=mesh.positions_m @ turn + shift, normals=mesh.normals @ turn)


def quads(corners_m: npt.ArrayLike, tint: npt.ArrayLike = 1.0, uv_m: npt.ArrayLike | None = None) -> Mesh:
    """Return flat four-sided faces.

    Args:
        corners_m: (n, 4, 3) corners, counter-clockwise around the normal.
        tint: one number, (3,) or (n, 3) linear colours.
        uv_m: (n, 4, 2) places on the surface; left out, metres along the first and the last edge of each face.
    """
    corners = np.asarray(corners_m, np.float64).reshape(-1, 4, 3)
    along, across = corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0]
    normals = _unit(np.cross(along, across))
    if uv_m is None:
        offsets = corners - corners[:, :1]
        u = np.einsum("nkc,nc->nk", offsets, _unit(along))
        v = np.einsum("nkc,nc->nk", offsets, _unit(across))
        uv_m = np.stack([u, v], axis=-1)
    count = len(corners)
    tints = np.broadcast_to(np.asarray(tint, np.float32), (count, 3))
    triangles = np.array([[0, 1, 2], [0, 2, 3]])[None] + 4 * np.arange(count)[:, None, None]
    return Mesh(
        corners.reshape(-1, 3).astype(np.float32),
        np.repeat(normals, 4, axis=0).astype(np.float32),
        np.asarray(uv_m, np.float32).reshape(-1, 2),
        np.repeat(tints, 4, axis=0).astype(np.float32),
        triangles.reshape(-1, 3).astype(np.int32),
    )


def boxes(lower_m: npt.ArrayLike, upper_m: npt.ArrayLike, tint: npt.ArrayLike = 1.0, *, bottom: bool = True) -> Mesh:
    """Return upright boxes between (n, 3) lower and upper corners, with (3,) or (n, 3) tints, maybe without bottoms."""
    lower = np.asarray(lower_m, np.float64).reshape(-1, 1, 1, 3)
    upper = np.asarray(upper_m, np.float64).reshape(-1, 1, 1, 3)
    faces = _FACES if bottom else _FACES[:5]
    corners = np.where(faces[None] == 1, upper, lower).reshape(-1, 4, 3)
    tints = np.broadcast_to(np.asarray(tint, np.float32), (len(lower), 3))
    return quads(corners, np.repeat(tints, len(faces), axis=0))


def blocks(lower_m: npt.ArrayLike, size_m: npt.ArrayLike, tint: npt.ArrayLike = 1.0) -> Mesh:
    """Return upright boxes from (n, 3) lower corners and (3,) or (n, 3) sizes."""
    lower = np.asarray(lower_m, np.float64).reshape(-1, 3)
    return boxes(lower, lower + np.asarray(size_m, np.float64), tint)


def lathe(profile_m: npt.ArrayLike, tint: npt.ArrayLike = 1.0, *, sides: int = 16) -> Mesh:
    """Return a surface of revolution about the z axis, smooth around it and with an edge at each ring.

    Args:
        profile_m: (k, 2) radius and height from bottom to top; the outside is to the right of the way up.
        tint: (3,) linear colour.
        sides: number of faces around.
    """
    profile = np.asarray(profile_m, np.float64)
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    parts = []
    for (r0, z0), (r1, z1) in itertools.pairwise(profile):
        low = np.concatenate([circle * r0, np.full((sides + 1, 1), z0)], axis=1)
        high = np.concatenate([circle * r1, np.full((sides + 1, 1), z1)], axis=1)
        corners = np.stack([low[:-1], low[1:], high[1:], high[:-1]], axis=1)
        slope = np.hypot(r1 - r0, z1 - z0)
        rise, lean = ((z1 - z0) / slope, (r0 - r1) / slope) if slope > 0 else (1.0, 0.0)
        around = np.concatenate([circle * rise, np.full((sides + 1, 1), lean)], axis=1)
        normals = np.stack([around[:-1], around[1:], around[1:], around[:-1]], axis=1)
        u = angle * max(r0, r1)
        uv = np.stack(
            [np.stack([u[:-1], u[1:], u[1:], u[:-1]], 1), np.tile([z0, z0, z0 + slope, z0 + slope], (sides, 1))],
            axis=-1,
        )
        flat = quads(corners, tint, uv)
        parts.append(replace(flat, normals=normals.reshape(-1, 3).astype(np.float32)))
    return joined(parts)


def holed_rectangle(width_m: float, height_m: float, holes_m: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Cut rectangular holes into a rectangle.

    Args:
        width_m: of the rectangle, which begins at 0, 0.
        height_m: of the rectangle.
        holes_m: (n, 4) left, bottom, right, top of each hole; they may touch, overlap and stick out.

    Returns:
        (k, 4) left, bottom, right, top of pieces that fill exactly the rest, without overlap.
    """
    holes = np.asarray(holes_m, np.float64).reshape(-1, 4).clip(0, [width_m, height_m, width_m, height_m])
    xs = np.unique(np.concatenate([[0, width_m], holes[:, 0], holes[:, 2]]))
    pieces = []
    for left, right in itertools.pairwise(xs):
        middle = (left + right) / 2
        spans = sorted((low, high) for a, low, b, high in holes if a <= middle <= b)
        at = 0.0
        for low, high in spans:
            if low > at:
                pieces.append([left, at, right, low])
            at = max(at, high)
        if at < height_m:
            pieces.append([left, at, right, height_m])
    return np.array(pieces, np.float64).reshape(-1, 4)


def _unit(vectors: npt.NDArray[Any]) -> npt.NDArray[Any]:
    unit: npt.NDArray[Any] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True).clip(1e-12)
    return unit
