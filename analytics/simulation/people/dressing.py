"""Dressing: a body and an outfit become one mesh, clothes standing off the skin where they cover it.

Which cloth a point shows is decided in the fragment shader from its place at rest, so that sleeves and hems end in
sharp lines on a coarse mesh; here the mesh only gets their thickness, and what has a shape of its own (`accessories`).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.simulation.people import accessories
from analytics.simulation.people.bodies import JOINTS, Body, Float32Array
from analytics.simulation.people.measures import Measures, measure
from analytics.simulation.people.parts import Part, joined
from analytics.simulation.people.wardrobe import Outfit

NO_ARM = -0.25
"""`along_arm` of what is no arm; shoulders interpolate towards 0 from it."""


@dataclass(frozen=True, slots=True)
class DressedBody:
    """What the renderer draws of one person, at rest.

    Attributes:
        vertices_m: (v, 3) forward, right, up.
        normals: (v, 3) unit.
        along_arm: (v,) 0 at the shoulder to 1 at the wrist; below 0 on no arm.
        part: (v,) 0 the body itself, else 1 + the `Slot` that the whole part is made of.
        bones: (v, 4) joints that move the vertex.
        weights: (v, 4) how much.
        faces: (f, 3).
        limits: what the shader needs to tell cloth from skin, see `Measures.limits`.
        joints_m: (16, 3) joints at rest.
        stature_m: height without hair and shoes.
    """

    vertices_m: Float32Array
    normals: Float32Array
    along_arm: Float32Array
    part: Float32Array
    bones: npt.NDArray[np.uint8]
    weights: Float32Array
    faces: npt.NDArray[np.int32]
    limits: Float32Array
    joints_m: Float32Array
    stature_m: float


def dress(body: Body, outfit: Outfit) -> DressedBody:
    """Put the outfit on the body."""
    sizes = measure(body, outfit)
    along_arm = _along_arm(body)
    normals = vertex_normals(body.vertices_m, body.faces)
    thickness = _thickness(body, outfit, sizes, along_arm)
    vertices = body.vertices_m + normals * thickness[:, None]
    own = Part(vertices, body.faces, np.zeros(len(vertices), np.float32), along_arm, body.bones, body.weights)
    dressed = Body(vertices, body.faces, body.joints_m, body.bones, body.weights)
    whole = joined([own, *accessories.build(dressed, outfit, sizes)])
    return DressedBody(
        vertices_m=whole.vertices_m,
        normals=vertex_normals(whole.vertices_m, whole.faces),
        along_arm=whole.along_arm,
        part=whole.slot,
        bones=whole.bones,
        weights=whole.weights,
        faces=whole.faces,
        limits=sizes.limits(outfit),
        joints_m=body.joints_m,
        stature_m=float(body.vertices_m[:, 2].max()),
    )


def vertex_normals(vertices_m: Float32Array, faces: npt.NDArray[np.int32]) -> Float32Array:
    """Return (v, 3) unit normals, each the area-weighted mean of its faces', pointing out of Anny's winding."""
    corners = vertices_m[faces]
    # our axes are a mirror image of Anny's, so its outward winding runs the other way round here
    areas = np.cross(corners[:, 2] - corners[:, 0], corners[:, 1] - corners[:, 0])
    count, corner = len(vertices_m), faces.ravel()
    normals = np.stack([np.bincount(corner, np.repeat(areas[:, axis], 3), count) for axis in range(3)], axis=1)
    unit: Float32Array = (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


def _along_arm(body: Body) -> Float32Array:
    out = np.full(len(body.vertices_m), NO_ARM, np.float32)
    for side in ("L", "R"):
        shoulder, elbow, wrist = (JOINTS.index(f"{name}.{side}") for name in ("shoulder", "elbow", "wrist"))
        share = np.where(np.isin(body.bones, (shoulder, elbow, wrist)), body.weights, 0).sum(axis=1)
        upper, fore = (body.joints_m[b] - body.joints_m[a] for a, b in ((shoulder, elbow), (elbow, wrist)))
        lengths = np.linalg.norm(upper), np.linalg.norm(fore)
        up_to_elbow = (body.vertices_m - body.joints_m[shoulder]) @ upper / lengths[0]
        beyond = (body.vertices_m - body.joints_m[elbow]) @ fore / lengths[1]
        along = np.where(beyond > 0, lengths[0] + beyond, np.minimum(up_to_elbow, lengths[0])) / sum(lengths)
        is_arm = share > 0.3
        out[is_arm] = np.maximum(along[is_arm], 0.0) * np.clip((share[is_arm] - 0.3) / 0.4, 0.02, 1)
    return out


def _thickness(body: Body, outfit: Outfit, sizes: Measures, along_arm: Float32Array) -> Float32Array:
    """Return (v,) how far the outermost cloth stands off the skin, metres."""
    up = body.vertices_m[:, 2]
    is_arm = along_arm > 0
    is_trunk = ~is_arm & (up > sizes.crotch_m) & (up < sizes.neck_m)
    is_leg = ~is_arm & (up <= sizes.waist_m)
    out = np.zeros(len(up), np.float32)
    loose = outfit.looseness_m

    legs = outfit.leg * _soft(sizes.leg_share(up), outfit.leg, 0.04) if outfit.leg else np.zeros_like(up)
    width = outfit.leg_width * (0.35 + 0.65 * np.clip(sizes.leg_share(up) * 1.4, 0, 1))
    out = np.where(is_leg, np.maximum(out, legs * (0.004 + width)), out)

    below_neck = np.clip((sizes.neck_m - up) / (0.12 * sizes.trunk_m), 0, 1)
    hem_m = sizes.below_waist(outfit.hem)
    top = np.where(is_arm, _soft(along_arm, outfit.sleeve, 0.08), (up > hem_m) * below_neck)
    off = np.where(is_arm, 0.004 + 0.6 * loose, 0.003 + loose)
    covered = is_arm | (~is_arm & (up > hem_m - 0.01) & (up < sizes.neck_m))
    out = np.where(covered, np.maximum(out, top * off), out)
    if outfit.outer_sleeve >= 0:
        coat_m = sizes.below_waist(min(outfit.outer_hem, 0.12))
        coat = np.where(is_arm, _soft(along_arm, outfit.outer_sleeve, 0.08), (up > coat_m) * below_neck)
        covered = is_arm | is_trunk | (is_leg & (up > coat_m - 0.01))
        out = np.where(covered, out + coat * (0.008 + 0.8 * loose), out)
    shoes = ~is_arm & (up < sizes.shoe_m)
    out = np.where(shoes, np.maximum(out, 0.009), out)
    return np.where(sizes.is_scalp(body.vertices_m), out + sizes.scalp_thickness(outfit), out).astype(np.float32)


def _soft(place: Float32Array, end: float, width: float) -> Float32Array:
    """Return 1 where the cloth covers, falling to 0 across a stretch at its end."""
    share: Float32Array = np.clip((end - place) / width + 0.5, 0, 1).astype(np.float32)
    return share
