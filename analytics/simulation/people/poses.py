"""Poses: how a body's joints are turned when it walks, stands or sits.

Limbs are aimed rather than turned by angles: each bone gets a direction in the body's own axes (forward, right, up), so
that one pose fits bodies whose rest poses differ.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.simulation.people.bodies import JOINTS, PARENTS, Float32Array
from analytics.simulation.scene import Action, FloatArray

Angles = npt.NDArray[np.float64]

# Sagittal joint angles of level walking over a gait cycle from heel strike, degrees (Winter, Biomechanics and Motor
# Control of Human Movement, natural cadence; rounded): flexion of the hip and of the knee.
_CYCLE = np.array([0.0, 0.06, 0.15, 0.3, 0.4, 0.5, 0.6, 0.72, 0.8, 0.9, 1.0])
_HIP_DEG = np.array([28.0, 27.0, 22.0, 8.0, -2.0, -9.0, -5.0, 14.0, 24.0, 29.0, 28.0])
_KNEE_DEG = np.array([4.0, 12.0, 18.0, 11.0, 7.0, 11.0, 36.0, 62.0, 52.0, 18.0, 4.0])
_ANKLE_DEG = np.array([0.0, -5.0, 2.0, 8.0, 10.0, 4.0, -18.0, -6.0, 1.0, 2.0, 0.0])
_NATURAL_STRIDE_SHARE = 0.82  # stride over stature at which those angles were measured

_TABLE = np.linspace(0, 1, 129)
_LEFT, _RIGHT = -1.0, 1.0


@dataclass(frozen=True, slots=True)
class Manner:
    """How one person holds themself.

    Attributes:
        arm_swing: scale of the arms' swing; 1 is usual, 0 still.
        elbow_bend_rad: how far the elbows are bent while walking.
        holds_left: how far the left forearm is raised as if it held a phone or a bag, 0 to 1.
        holds_right: the same of the right one.
        lean_rad: how far the trunk leans forward.
        stance_m: distance between the feet, metres.
        arms_out_rad: how far the upper arms stand off the sides.
        carries_right: something heavy hangs from the right hand.
    """

    arm_swing: float
    elbow_bend_rad: float
    holds_left: float
    holds_right: float
    lean_rad: float
    stance_m: float
    arms_out_rad: float
    carries_right: bool = False


def random_manner(rng: np.random.Generator, carries_in_hand: bool = False) -> Manner:
    """Draw how a person holds themself; a bag in the right hand keeps that arm down."""
    holds = rng.choice(4, p=(0.6, 0.4, 0.0, 0.0) if carries_in_hand else (0.6, 0.15, 0.18, 0.07))
    raised = rng.uniform(0.5, 1.0, 2)
    return Manner(
        arm_swing=float(rng.uniform(0.4, 1.2)),
        elbow_bend_rad=float(rng.uniform(0.15, 0.5)),
        holds_left=float(raised[0]) if holds in (1, 3) else 0.0,
        holds_right=float(raised[1]) if holds in (2, 3) else 0.0,
        lean_rad=float(rng.normal(0.04, 0.03)),
        stance_m=float(rng.uniform(0.14, 0.3)),
        arms_out_rad=float(rng.uniform(0.08, 0.22)),
        carries_right=carries_in_hand,
    )


def bone_transforms(
    joints_m: Float32Array, manner: Manner, action: Action, phase: float, stride_m: float, stature_m: float
) -> Float32Array:
    """Return what each joint does to the vertices that it moves.

    Args:
        joints_m: (16, 3) joints at rest.
        manner: how the person holds themself.
        action: what they do.
        phase: place in the gait cycle, or in the sway of standing and sitting, cycles.
        stride_m: length of a gait cycle, metres.
        stature_m: height of the body, metres.

    Returns:
        (16, 3, 4) affine maps from rest to posed, the lowest ankle as high as at rest and the root above the origin.
    """
    turned = _directions(manner, action, phase, stride_m / stature_m)
    rotations = np.zeros((len(JOINTS), 3, 3))
    heads = np.zeros((len(JOINTS), 3))
    rest = joints_m.astype(np.float64)
    for joint, (name, parent) in enumerate(zip(JOINTS, PARENTS, strict=True)):
        target = turned.get(name)
        if isinstance(target, tuple):
            start, end = _BONE[name.partition(".")[0]]
            bone = rest[JOINTS.index(f"{end}.{name[-1]}")] - rest[JOINTS.index(f"{start}.{name[-1]}")]
            rotations[joint] = _between(bone / np.linalg.norm(bone), np.array(target))
        elif target is not None:
            rotations[joint] = target
        else:
            rotations[joint] = rotations[parent] if parent >= 0 else np.eye(3)
        above = rest[joint] - rest[parent] if parent >= 0 else rest[joint]
        heads[joint] = (heads[parent] + rotations[parent] @ above) if parent >= 0 else above
    heads[:, 2] += _lift(rest, heads, action)
    out = np.empty((len(JOINTS), 3, 4), np.float32)
    out[:, :, :3] = rotations
    out[:, :, 3] = heads - np.einsum("jab,jb->ja", rotations, rest)
    return out


_BONE = {  # between which joints the bone lies that a joint aims; a hand goes on where its forearm pointed at rest
    "hip": ("hip", "knee"),
    "knee": ("knee", "ankle"),
    "shoulder": ("shoulder", "elbow"),
    "elbow": ("elbow", "wrist"),
    "wrist": ("elbow", "wrist"),
}
_Turn = tuple[float, float, float] | FloatArray


def _lift(rest: FloatArray, heads: FloatArray, action: Action) -> float:
    """Return how far to raise the body so that the lower foot stands on the floor."""
    ankles = [JOINTS.index("ankle.L"), JOINTS.index("ankle.R")]
    return float(rest[ankles, 2].min() - heads[ankles, 2].min())


def _directions(manner: Manner, action: Action, phase: float, stride_share: float) -> dict[str, _Turn]:
    """Return each turned joint's aim (a direction) or turn (a rotation), in the body's axes."""
    sway = np.sin(2 * np.pi * phase)
    turns: dict[str, _Turn] = {}
    walk = min(stride_share / _NATURAL_STRIDE_SHARE, 1.3) if action is Action.WALK else 0.0
    swing = 0.06 * walk * sway
    turns["root"] = _yaw(swing) @ _pitch(-0.5 * manner.lean_rad)
    turns["chest"] = _yaw(-1.2 * swing + (0.0 if walk else 0.1 * sway)) @ _pitch(-manner.lean_rad)
    turns["head"] = _yaw(0.25 * np.sin(0.9 * phase) if not walk else 0.1 * np.sin(0.7 * phase))
    for side, sign, own_phase in (("L", _LEFT, phase), ("R", _RIGHT, phase + 0.5)):
        hip, knee, ankle = _leg(action, own_phase, walk)
        splay = sign * (0.35 * manner.stance_m if not walk else 0.02)
        turns[f"hip.{side}"] = _aim(hip, splay)
        turns[f"knee.{side}"] = _aim(hip - knee, splay * 0.3)
        turns[f"ankle.{side}"] = _pitch(hip - knee + ankle)
        arm = -0.42 * manner.arm_swing * walk * np.cos(2 * np.pi * own_phase) + 0.06
        held = manner.holds_left if side == "L" else manner.holds_right
        arm = arm * (1 - held) + held * 0.25
        bend = manner.elbow_bend_rad * (1 + 0.5 * walk) * (1 - held) + held * 1.75
        if action is Action.SIT:
            arm, bend = 0.5, 1.0
        elif side == "R" and manner.carries_right:
            arm, bend = 0.3 * arm, 0.1
            turns["wrist.R"] = _aim(0.2 * arm, 0.02)
        turns[f"shoulder.{side}"] = _aim(arm, sign * manner.arms_out_rad)
        turns[f"elbow.{side}"] = _aim(arm + bend, sign * (manner.arms_out_rad * 0.3 - 0.35 * held))
    return turns


def _leg(action: Action, phase: float, walk: float) -> tuple[float, float, float]:
    """Return the flexion of hip, knee and ankle, radians."""
    if action is Action.SIT:
        return 1.5, 1.5, 0.0
    if action is Action.STAND:
        return 0.03, 0.04, 0.0
    place = phase % 1.0
    curves = (float(np.interp(place, _TABLE, curve)) for curve in (_HIP, _KNEE, _ANKLE))
    hip, knee, ankle = curves
    return hip * walk, knee * walk, ankle * walk


def _smooth(values_deg: Angles) -> Angles:
    """Return the curve on `_TABLE` in radians, its corners rounded."""
    dense = np.interp(_TABLE[:-1], _CYCLE, np.deg2rad(values_deg))
    spectrum = np.fft.rfft(dense)
    spectrum[7:] = 0  # gait has next to nothing above the sixth harmonic (Winter)
    return np.append(smooth := np.fft.irfft(spectrum, len(dense)), smooth[0])


_HIP, _KNEE, _ANKLE = _smooth(_HIP_DEG), _smooth(_KNEE_DEG), _smooth(_ANKLE_DEG)


def _aim(forward_rad: float, sideways_rad: float) -> tuple[float, float, float]:
    """Return the direction of a limb that hangs down, swung forward and then to the right."""
    return (
        float(np.sin(forward_rad) * np.cos(sideways_rad)),
        float(np.sin(sideways_rad)),
        float(-np.cos(forward_rad) * np.cos(sideways_rad)),
    )


def _pitch(up_rad: float) -> FloatArray:
    """Return the turn that raises the front by an angle."""
    cos, sin = np.cos(up_rad), np.sin(up_rad)
    return np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])


def _yaw(right_rad: float) -> FloatArray:
    """Return the turn to the right by an angle."""
    cos, sin = np.cos(right_rad), np.sin(right_rad)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])


def _between(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the smallest rotation that takes unit vector a to unit vector b (Rodrigues)."""
    axis, cos = np.cross(a, b), float(a @ b)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turn: FloatArray = np.eye(3) + cross + cross @ cross / max(1 + cos, 1e-6)
    return turn
