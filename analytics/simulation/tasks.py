"""What one person on a simulated site is doing: walking somewhere, standing, sitting, going round.

A task answers at every step what the person wants now, and None when it is done. Tasks of one person follow each other
in a list; `behaviour` runs them all, `company` has those in which others matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from analytics.simulation.errands import Pace
from analytics.simulation.motion import angle_between
from analytics.simulation.navigation import COMFORTABLE_M, Ground
from analytics.simulation.premises import Place, Premises, Spot, WaitingLine
from analytics.simulation.scene import FloatArray
from analytics.simulation.timeline import Turn

NOWHERE = (np.nan, np.nan)

_BRAKING_M_S2 = 0.7
_CORNER_M = 0.45
_ARRIVED_M = 0.12
_STUCK_AFTER_S = 2.5
_GIVES_UP_AFTER = 6
_BEFORE_SEAT_M = 0.55
_SITTING_DOWN_S = 1.0
_AT_REST_M_S = 0.12
_STRAY_M = 0.25


@dataclass(frozen=True, slots=True)
class Wish:
    """What one person wants at one step; the fields are rows of `motion.Wishes`."""

    velocity_m_s: Place = (0.0, 0.0)
    facing_rad: float = np.nan
    is_fixed: bool = False
    seat_m: Place = NOWHERE
    is_seated: bool = False


class Task(Protocol):
    """Something that a person does until it is done."""

    def wish(self, walker: "Walker", world: "World") -> Wish | None:
        """Return what the person wants in the coming step, or None when this task is done."""
        ...


@dataclass(slots=True)
class Queue:
    """A waiting line and who stands in it, from the one who is served backwards."""

    line: WaitingLine
    members: list[int] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)


@dataclass(slots=True)
class World:
    """What people know of the site and of each other."""

    premises: Premises
    ground: Ground
    queues: Mapping[str, Queue]
    walkers: dict[int, "Walker"] = field(default_factory=dict)
    taken: set[Spot] = field(default_factory=set)
    now_s: float = 0.0

    def standers(self, but: int) -> FloatArray:
        """Return the (k, 2) places of those who stand or sit fixed, one person left out."""
        places = [w.place_m for w in self.walkers.values() if w.last_wish.is_fixed and w.person_no != but]
        return np.array(places, np.float64).reshape(-1, 2)

    def take(self, spots: tuple[Spot, ...], rng: np.random.Generator) -> Spot | None:
        """Reserve one of the spots that are free, at random; None when none is."""
        free = [spot for spot in spots if spot not in self.taken]
        if not free:
            return None
        spot = free[int(rng.integers(len(free)))]
        self.taken.add(spot)
        return spot


@dataclass(slots=True)
class Walker:
    """One person on the site."""

    person_no: int
    pace: Pace
    rng: np.random.Generator
    tasks: list[Task]
    place_m: FloatArray
    heading_rad: float = 0.0
    velocity_m_s: FloatArray = field(default_factory=lambda: np.zeros(2))
    last_wish: Wish = Wish()
    is_queueing: bool = False

    def wish(self, world: World) -> Wish | None:
        """Return what the person wants now; None when there is nothing left to do here."""
        while self.tasks:
            found = self.tasks[0].wish(self, world)
            if found is not None:
                self.last_wish = found
                return found
            self.tasks.pop(0)
        return None


@dataclass(slots=True)
class Walk:
    """Walk to a place."""

    goal_m: Place
    within_m: float = _ARRIVED_M
    speed_share: float = 1.0
    _corners: list[FloatArray] = field(default_factory=list)
    _nearest_m: float = np.inf
    _nearest_at_s: float = 0.0
    _tries: int = 0

    def wish(self, walker: Walker, world: World) -> Wish | None:
        """Head for the next corner of the way."""
        goal = np.array(self.goal_m)
        if float(np.hypot(*(goal - walker.place_m))) <= self.within_m or self._tries > _GIVES_UP_AFTER:
            return None
        if not self._corners:
            self._plan(walker, world, goal)
        while len(self._corners) > 1 and float(np.hypot(*(self._corners[0] - walker.place_m))) < _CORNER_M:
            self._corners.pop(0)
        left_m = self._left_m(walker.place_m)
        if left_m < self._nearest_m - 0.15:
            self._nearest_m, self._nearest_at_s = left_m, world.now_s
        elif world.now_s - self._nearest_at_s > _STUCK_AFTER_S:
            self._tries += 1
            self._corners = []
            return Wish()
        speed = min(self.speed_share * walker.pace.speed_m_s, np.sqrt(2 * _BRAKING_M_S2 * left_m) + 0.08)
        return Wish(towards(walker.place_m, self._corners[0], float(speed)))

    def _plan(self, walker: Walker, world: World, goal: FloatArray) -> None:
        way = world.ground.path(walker.place_m, goal, world.standers(walker.person_no))
        self._corners = [*(self._strayed(corner, walker, world) for corner in way[1:-1]), way[-1]]
        self._nearest_m, self._nearest_at_s = self._left_m(walker.place_m), world.now_s

    @staticmethod
    def _strayed(corner: FloatArray, walker: Walker, world: World) -> FloatArray:
        """Shift a corner a little where there is room: no two people take exactly the same way."""
        beside = corner + walker.rng.normal(0, _STRAY_M, 2)
        return beside if world.ground.narrowest(corner, beside) >= COMFORTABLE_M else corner

    def _left_m(self, place_m: FloatArray) -> float:
        points = np.stack([place_m, *self._corners])
        return float(np.hypot(*np.diff(points, axis=0).T).sum())


@dataclass(slots=True)
class Stay:
    """Stand at a place, mostly facing one way and now and then looking round."""

    seconds: float
    facing_rad: float
    _until_s: float | None = None
    _glance_rad: float = 0.0
    _glances_until_s: float = 0.0

    def wish(self, walker: Walker, world: World) -> Wish | None:
        """Stand."""
        if self._until_s is None:
            self._until_s = world.now_s + self.seconds
        if world.now_s >= self._until_s:
            return None
        if world.now_s >= self._glances_until_s:
            self._glances_until_s = world.now_s + float(walker.rng.uniform(2.0, 6.0))
            self._glance_rad = float(walker.rng.normal(0, 0.35))
        return Wish(facing_rad=self.facing_rad + self._glance_rad, is_fixed=is_at_rest(walker))


@dataclass(slots=True)
class Sit:
    """Sit down on a seat from the floor in front of it, sit, and stand up again."""

    spot: Spot
    seconds: float
    _began_s: float | None = None
    _from_m: FloatArray = field(default_factory=lambda: np.zeros(2))

    def wish(self, walker: Walker, world: World) -> Wish | None:
        """Turn round, sink onto the seat, sit, rise."""
        heading, seat = self.spot.heading_rad, np.array(self.spot.place_m)
        if self._began_s is None:
            off = abs(float(angle_between(np.array(walker.heading_rad), np.array(heading))))
            if off > 0.3 or not is_at_rest(walker):
                return Wish(facing_rad=heading, is_fixed=is_at_rest(walker))
            self._began_s, self._from_m = world.now_s, walker.place_m
        elapsed = world.now_s - self._began_s
        if elapsed > self.seconds + 2 * _SITTING_DOWN_S:
            return None
        share = min(elapsed, self.seconds + 2 * _SITTING_DOWN_S - elapsed) / _SITTING_DOWN_S
        share = float(np.clip(share, 0, 1))
        smooth = share * share * (3 - 2 * share)
        place = self._from_m + smooth * (seat - self._from_m)
        return Wish((0.0, 0.0), heading, True, (float(place[0]), float(place[1])), share > 0.6)


@dataclass(slots=True)
class Visit:
    """Go to a free spot of several, stay there, and free it again. With no spot free nothing happens."""

    spots: tuple[Spot, ...]
    _spot: Spot | None = None
    _parts: list[Task] | None = None

    def wish(self, walker: Walker, world: World) -> Wish | None:
        """Walk there, then stay or sit."""
        if self._parts is None:
            self._spot = world.take(self.spots, walker.rng)
            self._parts = [] if self._spot is None else _parts_of(self._spot, walker.rng)
        while self._parts:
            found = self._parts[0].wish(walker, world)
            if found is not None:
                return found
            self._parts.pop(0)
        if self._spot is not None:
            world.taken.discard(self._spot)
        return None


@dataclass(slots=True)
class Patrol:
    """Go round the same spots for ever, as staff do."""

    spots: tuple[Spot, ...]
    _visit: Visit | None = None

    def wish(self, walker: Walker, world: World) -> Wish | None:
        """Do what the present visit says, then begin another; wait a moment where every spot is taken."""
        if self._visit is None:
            self._visit = Visit(self.spots)
        found = self._visit.wish(walker, world)
        if found is None:
            self._visit = None
            return Wish(is_fixed=True, facing_rad=walker.heading_rad)
        return found


def is_at_rest(walker: Walker) -> bool:
    """Tell whether somebody has come to a stop, so that standing still is no jerk."""
    return float(np.hypot(*walker.velocity_m_s)) < _AT_REST_M_S


def before_seat(spot: Spot) -> Place:
    """Return the place on the floor from which a seat is taken."""
    x, y = spot.place_m
    return (x + _BEFORE_SEAT_M * float(np.cos(spot.heading_rad)), y + _BEFORE_SEAT_M * float(np.sin(spot.heading_rad)))


def drawn_between(bounds_s: tuple[float, float], rng: np.random.Generator) -> float:
    """Draw a time whose logarithm is uniform between two bounds."""
    return float(np.exp(rng.uniform(np.log(bounds_s[0]), np.log(bounds_s[1]))))


def _parts_of(spot: Spot, rng: np.random.Generator) -> list[Task]:
    seconds = drawn_between(spot.stay_s, rng)
    if spot.is_seat:
        return [Walk(before_seat(spot)), Sit(spot, seconds)]
    return [Walk(spot.place_m), Stay(seconds, spot.heading_rad)]


def towards(place_m: FloatArray, goal_m: FloatArray, speed_m_s: float) -> Place:
    """Return the velocity of a walk from one place towards another."""
    offset = goal_m - place_m
    length = max(float(np.hypot(*offset)), 1e-9)
    return (float(offset[0] / length * speed_m_s), float(offset[1] / length * speed_m_s))
