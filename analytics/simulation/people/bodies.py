"""Bodies: meshes and joints of people of either sex, of all ages and builds, at rest.

They come from Anny (Brégier et al., 2025, arXiv 2511.03589; Apache-2.0), which parametrises MakeHuman's CC0 assets.
Clothes belong to `dressing`, poses to `poses`.

A body's own axes are forward, right and up, metres, with the soles at height 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analytics.errors import ModelError

if TYPE_CHECKING:
    from anny import Anny

Float32Array = npt.NDArray[np.float32]

JOINTS = (
    "root", "chest", "neck", "head",
    "hip.L", "knee.L", "ankle.L", "hip.R", "knee.R", "ankle.R",
    "shoulder.L", "elbow.L", "wrist.L", "shoulder.R", "elbow.R", "wrist.R",
)  # fmt: skip
"""The joints that poses turn; what Anny has beyond them (fingers, toes, spine) moves with the nearest one above."""

PARENTS = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 1, 10, 11, 1, 13, 14)
"""Index of each joint's parent in `JOINTS`."""

_ANNY_BONES = {
    "root": "root",
    "chest": "spine03",
    "neck": "neck01",
    "head": "head",
    "hip": "upperleg01",
    "knee": "lowerleg01",
    "ankle": "foot",
    "shoulder": "upperarm01",
    "elbow": "lowerarm01",
    "wrist": "wrist",
}
_TOPOLOGY = "notoes_collapse10pc"  # 1,229 vertices: at 200 px a person, no different from the full 13,718
_INFLUENCES = 4
_HEIGHT = 0.4  # Anny's own scale, near an average adult; bodies are scaled to their stature afterwards


@dataclass(frozen=True, slots=True)
class Physique:
    """What a body is like.

    Attributes:
        is_female: which of the two sexes the shape leans to.
        height_m: from sole to crown, metres.
        age: 0 newborn, 1/3 child, 2/3 young adult, 1 old (Anny's scale).
        weight: 0 lean, 1 heavy.
        muscle: 0 slack, 1 muscular.
        african: weight of the regional shapes, as are the next two; not all 0.
        asian: see `african`.
        caucasian: see `african`.
    """

    is_female: bool
    height_m: float
    age: float
    weight: float
    muscle: float
    african: float
    asian: float
    caucasian: float


@dataclass(frozen=True, slots=True)
class Body:
    """A naked body at rest, arms held away from the sides.

    Attributes:
        vertices_m: (v, 3) forward, right, up.
        faces: (f, 3) vertex numbers.
        joints_m: (16, 3) where the `JOINTS` turn.
        bones: (v, 4) joints that move the vertex.
        weights: (v, 4) how much, each row summing to 1.
    """

    vertices_m: Float32Array
    faces: npt.NDArray[np.int32]
    joints_m: Float32Array
    bones: npt.NDArray[np.uint8]
    weights: Float32Array


class BodyModel:
    """Makes bodies. Loading it takes some ten seconds, a body a few milliseconds."""

    def __init__(self) -> None:
        """Load Anny. Raises ModelError when it is not installed."""
        try:
            warp_config: Any = import_module("warp.config")
            warp_config.quiet = True  # it greets on standard output, which is for data
            import anny
        except ImportError as error:
            reason = "simulated people need anny, which is not installed. Run: pip install 'crosscam[simulation]'"
            raise ModelError(reason) from error
        self._model: Anny = anny.Anny(topology=_TOPOLOGY, phenotypes="all")
        labels = list(self._model.bone_labels)
        self._bone_of_joint = [labels.index(_anny_bone(joint)) for joint in JOINTS]
        self._bones, self._weights = _merged_weights(self._model, self._bone_of_joint)

    def build(self, physiques: Sequence[Physique]) -> list[Body]:
        """Make the bodies, in order. Each is made by itself: a batch's size would show in the last digits."""
        return [self._build(physique) for physique in physiques]

    def _build(self, physique: Physique) -> Body:
        import torch

        with torch.inference_mode():
            pose = torch.eye(4).repeat(1, self._model.bone_count, 1, 1)
            out = self._model(pose_parameters=pose, phenotype_kwargs=_phenotypes(physique))
        vertices = _own_axes(out["rest_vertices"][0].numpy())
        joints = _own_axes(out["rest_bone_heads"][0].numpy())[self._bone_of_joint]
        sole, crown = vertices[:, 2].min(), vertices[:, 2].max()
        scale = physique.height_m / (crown - sole)
        shift = np.array([joints[0, 0], 0, sole], np.float32)
        return Body(
            ((vertices - shift) * scale).astype(np.float32),
            self._model.faces.numpy().astype(np.int32),
            ((joints - shift) * scale).astype(np.float32),
            self._bones,
            self._weights,
        )


def random_physique(rng: np.random.Generator, child_share: float = 0.06) -> Physique:
    """Draw a physique: heights and the mix of ages roughly those of passers-by."""
    is_female = bool(rng.random() < 0.5)
    is_child = rng.random() < child_share
    mean_m, spread_m = (1.64, 0.065) if is_female else (1.77, 0.07)  # adults' stature, NCD-RisC 2016, rounded
    shapes = rng.dirichlet((0.6, 0.6, 0.6))
    return Physique(
        is_female=is_female,
        height_m=float(rng.uniform(1.05, 1.5) if is_child else np.clip(rng.normal(mean_m, spread_m), 1.45, 2.0)),
        age=float(rng.uniform(0.33, 0.45) if is_child else rng.uniform(0.6, 0.95)),
        weight=float(np.clip(rng.beta(2.2, 2.2), 0.05, 0.97)),
        muscle=float(rng.uniform(0.25, 0.75)),
        african=float(shapes[0]),
        asian=float(shapes[1]),
        caucasian=float(shapes[2]),
    )


def _anny_bone(joint: str) -> str:
    name, _, side = joint.partition(".")
    return _ANNY_BONES[name] + (f".{side}" if side else "")


def _phenotypes(physique: Physique) -> dict[str, Any]:
    import torch

    values = {
        "gender": 1.0 if physique.is_female else 0.0,
        "age": physique.age,
        "weight": physique.weight,
        "muscle": physique.muscle,
        "height": _HEIGHT,
        "african": physique.african,
        "asian": physique.asian,
        "caucasian": physique.caucasian,
    }
    return {label: torch.tensor([value], dtype=torch.float32) for label, value in values.items()}


def _own_axes(anny_m: npt.NDArray[np.float32]) -> Float32Array:
    """Turn Anny's left, back, up into forward, right, up."""
    return np.stack([-anny_m[..., 1], -anny_m[..., 0], anny_m[..., 2]], axis=-1)


def _merged_weights(model: "Anny", bone_of_joint: list[int]) -> tuple[npt.NDArray[np.uint8], Float32Array]:
    """Give the weights of bones without a joint to the nearest joint above, and keep the four largest."""
    joint_of_bone = {bone: joint for joint, bone in enumerate(bone_of_joint)}
    parents = [int(parent) for parent in model.bone_parents]
    owner = []
    for bone in range(len(parents)):
        above = bone
        while above not in joint_of_bone:
            above = parents[above]
        owner.append(joint_of_bone[above])
    indices, weights = model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy()
    merged = np.zeros((len(indices), len(JOINTS)), np.float32)
    np.add.at(merged, (np.arange(len(indices))[:, None], np.array(owner)[indices]), weights)
    bones = np.argsort(-merged, axis=1)[:, :_INFLUENCES]
    kept = np.take_along_axis(merged, bones, axis=1)
    return bones.astype(np.uint8), kept / kept.sum(axis=1, keepdims=True)
