"""How bodies move in one step of time: they follow a wish, give way to each other and to walls, and turn smoothly.

People look ahead: two who would meet push each other aside the harder the sooner they would (Karamouzas, Skinner and
Guy, "Universal power law governing pedestrian interactions", PRL 2014). What remains is settled by hard limits: nobody
comes nearer to another or to a wall than a body is wide.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray
from analytics.simulation.navigation import BODY_RADIUS_M, Ground
from analytics.simulation.scene import Action, FloatArray, IntArray
from analytics.simulation.timeline import STEP_S

NEAREST_M = 0.42
"""Distance between the middles of two people below which bodies would touch: the mean of breadth and depth."""

WALL_M = 0.24
"""The same of a person and a wall or a piece of furniture."""

# Karamouzas et al. 2014: interaction energy k / t^2 * exp(-t / t0) of the time t to the collision
_ENERGY = 1.5
_HORIZON_S = 3.0
_RELAXATION_S = 0.54
_SIGHT_M = 5.0

_MAX_PUSH_M_S2 = 2.5
_MAX_ACCELERATION_M_S2 = 2.2
_MAX_SPEED_M_S = 2.0
_KEEP_RIGHT_M = 0.12  # whom one meets head-on is passed on the right: without it, both step to the same side
_MAX_TURN_RAD_S = 3.0
_TURN_LAG_S = 0.22
_STRIDE_EXPONENT = 0.42  # stride length grows with speed to this power (Grieve, J. Anat. 1968)
_SLOW_SHARE = 0.4  # below this share of the speed that one likes, steps become short rather than rare
_LEAST_STRIDE_M = 0.12
_SLIDES_WITHIN_M = 0.2
_WALKING_M_S = 0.08
_SWAY_HZ = 0.15


@dataclass(frozen=True, slots=True)
class Bodies:
    """Everybody on the site at one step; see `timeline.Presence` for what it has too.

    Attributes:
        place_m: (n, 2) x, y.
        velocity_m_s: (n, 2).
        heading_rad: (n,).
        phase: (n,).
        stride_m: (n,) at the present speed.
        action: (n,).
        usual_speed_m_s: (n,) speed that they like.
        usual_stride_m: (n,) stride at that speed.
    """

    place_m: FloatArray
    velocity_m_s: FloatArray
    heading_rad: FloatArray
    phase: FloatArray
    stride_m: FloatArray
    action: IntArray
    usual_speed_m_s: FloatArray
    usual_stride_m: FloatArray


@dataclass(frozen=True, slots=True)
class Wishes:
    """What everybody wants to do in one step.

    Attributes:
        velocity_m_s: (n, 2) velocity wanted.
        facing_rad: (n,) direction to look in while standing; NaN: where they walk.
        is_fixed: (n,) they stand or sit and give way to nobody.
        seat_m: (n, 2) where exactly the body is on its way to, on, or from a seat; NaN elsewhere.
        is_seated: (n,) they sit.
    """

    velocity_m_s: FloatArray
    facing_rad: FloatArray
    is_fixed: BoolArray
    seat_m: FloatArray
    is_seated: BoolArray


def moved(bodies: Bodies, wishes: Wishes, ground: Ground) -> Bodies:
    """Return where everybody is one step later."""
    velocity = bodies.velocity_m_s + STEP_S * _acceleration(bodies, wishes, ground)
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    velocity *= np.minimum(1, _MAX_SPEED_M_S / np.maximum(speed, 1e-9))[:, None]
    velocity = _along_walls(velocity, bodies.place_m, ground)
    velocity[wishes.is_fixed] = 0
    is_sitting = np.isfinite(wishes.seat_m[:, 0])
    place = bodies.place_m + STEP_S * velocity
    place = np.where(is_sitting[:, None], wishes.seat_m, place)
    place = _apart(place, wishes.is_fixed | is_sitting, is_sitting, ground)
    velocity = (place - bodies.place_m) / STEP_S
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    stride = _stride(speed, bodies)
    is_walking = (speed > _WALKING_M_S) & ~wishes.is_seated
    return Bodies(
        place_m=place,
        velocity_m_s=velocity,
        heading_rad=_heading(bodies, wishes, velocity, speed),
        phase=bodies.phase + np.where(is_walking, STEP_S * speed / stride, STEP_S * _SWAY_HZ),
        stride_m=stride,
        action=np.where(wishes.is_seated, Action.SIT, np.where(is_walking, Action.WALK, Action.STAND)).astype(np.int64),
        usual_speed_m_s=bodies.usual_speed_m_s,
        usual_stride_m=bodies.usual_stride_m,
    )


def angle_between(from_rad: FloatArray, to_rad: FloatArray) -> FloatArray:
    """Return the turn from one direction to another, in [-pi, pi)."""
    turn: FloatArray = (to_rad - from_rad + np.pi) % (2 * np.pi) - np.pi
    return turn


def _acceleration(bodies: Bodies, wishes: Wishes, ground: Ground) -> FloatArray:
    wanted = wishes.velocity_m_s.copy()
    is_moving = np.hypot(wanted[:, 0], wanted[:, 1]) > 0.05
    off = angle_between(bodies.heading_rad, np.arctan2(wanted[:, 1], wanted[:, 0]))
    # who has to turn round does so first: nobody walks backwards
    wanted *= np.where(is_moving, np.maximum(0.1, np.cos(off)), 1.0)[:, None]
    push = _avoidance(bodies.place_m, bodies.velocity_m_s)
    strength = np.hypot(push[:, 0], push[:, 1])
    push *= np.minimum(1, _MAX_PUSH_M_S2 / np.maximum(strength, 1e-9))[:, None]
    clearance = ground.clearance(bodies.place_m)
    squeeze = np.clip((0.36 - clearance) / 0.12, 0, 1) * np.hypot(wanted[:, 0], wanted[:, 1])
    push += squeeze[:, None] * ground.away(bodies.place_m)
    total = (wanted - bodies.velocity_m_s) / _RELAXATION_S + push
    size = np.hypot(total[:, 0], total[:, 1])
    limited: FloatArray = total * np.minimum(1, _MAX_ACCELERATION_M_S2 / np.maximum(size, 1e-9))[:, None]
    return limited


def _along_walls(velocity: FloatArray, place: FloatArray, ground: Ground) -> FloatArray:
    """Take away what leads into a wall, the more the nearer it is: people slide along it and never bump into it."""
    away = ground.away(place)
    nearness = np.clip(1 - (ground.clearance(place) - WALL_M) / _SLIDES_WITHIN_M, 0, 1)
    into = np.clip(-(velocity * away).sum(axis=1), 0, None)
    slid: FloatArray = velocity + (nearness * into)[:, None] * away
    return slid


def _avoidance(place: FloatArray, velocity: FloatArray) -> FloatArray:
    """Return the (n, 2) accelerations by which people avoid each other, m/s²."""
    offset = place[None] - place[:, None]
    closing = velocity[:, None] - velocity[None]
    distance2 = (offset**2).sum(axis=2)
    to_left = np.stack([velocity[:, 1], -velocity[:, 0]], axis=1)
    speed = np.maximum(np.hypot(velocity[:, 0], velocity[:, 1]), 1e-9)[:, None]
    offset = offset + _KEEP_RIGHT_M * (to_left / speed)[:, None] * (speed > 0.2)[:, None]
    reach2 = np.full_like(distance2, (2 * BODY_RADIUS_M) ** 2)
    reach2 = np.where(distance2 < reach2, (2 * BODY_RADIUS_M - np.sqrt(distance2)) ** 2, reach2)
    a = (closing**2).sum(axis=2)
    b = (offset * closing).sum(axis=2)
    square = b**2 - a * ((offset**2).sum(axis=2) - reach2)
    meets = (square > 1e-9) & (a > 1e-4) & (distance2 < _SIGHT_M**2)
    np.fill_diagonal(meets, False)
    root = np.sqrt(np.where(meets, square, 1.0))
    time = (b - root) / np.where(meets, a, 1.0)
    meets &= time > 0
    time = np.maximum(np.where(meets, time, 1.0), 0.05)
    strength = _ENERGY * np.exp(-time / _HORIZON_S) * (2 / time + 1 / _HORIZON_S) / (np.where(meets, a, 1) * time**2)
    turn = closing - (closing * b[..., None] - offset * a[..., None]) / root[..., None]
    total: FloatArray = -(np.where(meets, strength, 0.0)[..., None] * turn).sum(axis=1)
    return total


def _apart(place: FloatArray, is_fixed: BoolArray, is_sitting: BoolArray, ground: Ground) -> FloatArray:
    """Push people who came too near out of each other and out of walls."""
    place = place.copy()
    for _ in range(8):
        offset = place[:, None] - place[None]
        distance = np.hypot(offset[..., 0], offset[..., 1])
        np.fill_diagonal(distance, np.inf)
        lack = np.clip(NEAREST_M - distance, 0, None)
        # of two who can move each gives way by half; who meets somebody fixed gives way alone
        share = np.where(is_fixed[None], 1.0, 0.5) * ~is_fixed[:, None]
        direction = offset / np.maximum(distance, 1e-6)[..., None]
        place += ((share * lack)[..., None] * direction).sum(axis=1)
        clearance = ground.clearance(place)
        deficit = np.where(is_sitting, 0, np.clip(WALL_M - clearance, 0, None))
        place += deficit[:, None] * ground.away(place)
        if not (lack > 0.005).any() and not (deficit > 0.005).any():
            break
    return place


def _stride(speed: FloatArray, bodies: Bodies) -> FloatArray:
    share = speed / bodies.usual_speed_m_s
    slow = _SLOW_SHARE**_STRIDE_EXPONENT * share / _SLOW_SHARE
    length = bodies.usual_stride_m * np.where(share < _SLOW_SHARE, slow, np.maximum(share, 1e-9) ** _STRIDE_EXPONENT)
    return np.maximum(length, _LEAST_STRIDE_M)


def _heading(bodies: Bodies, wishes: Wishes, velocity: FloatArray, speed: FloatArray) -> FloatArray:
    wanted = np.arctan2(wishes.velocity_m_s[:, 1], wishes.velocity_m_s[:, 0])
    wants = np.hypot(wishes.velocity_m_s[:, 0], wishes.velocity_m_s[:, 1]) > 0.05
    facing = np.where(np.isfinite(wishes.facing_rad), wishes.facing_rad, bodies.heading_rad)
    target = np.where(wants, wanted, facing)
    is_underway = (speed > 0.3) & ~np.isfinite(wishes.seat_m[:, 0]) & ~wishes.is_fixed
    target = np.where(is_underway, np.arctan2(velocity[:, 1], velocity[:, 0]), target)
    turn = angle_between(bodies.heading_rad, target) * min(1.0, STEP_S / _TURN_LAG_S)
    heading: FloatArray = bodies.heading_rad + np.clip(turn, -_MAX_TURN_RAD_S * STEP_S, _MAX_TURN_RAD_S * STEP_S)
    return heading
