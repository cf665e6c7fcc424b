"""Tasks in which other people matter: waiting one's turn in a line, and going along with a companion."""

from dataclasses import dataclass, field

import numpy as np

from analytics.simulation.premises import Place, Spot
from analytics.simulation.scene import FloatArray
from analytics.simulation.tasks import Queue, Task, Walk, Walker, Wish, World, drawn_between, is_at_rest, towards
from analytics.simulation.timeline import Turn

_JOINS_WITHIN_M = 1.0
_ON_PLACE_M = 0.15
_REACTION_S = (0.3, 1.0)
_PATIENCE_S = (15.0, 60.0)
_ABREAST_M = 0.8
_BEHIND_M = 0.9
_CLEAR_M = 0.3
_CATCHES_UP = 1.35
_CLOSE_M = 0.35
_PLANS_EVERY_S = 1.5


@dataclass(slots=True)
class Serve:
    """Wait in a line until served. Who finds it full, or loses patience, goes on with the next task."""

    name: str
    _approach: Walk | None = None
    _joined_s: float = np.nan
    _gives_up_s: float = np.inf
    _index: int = -1
    _moves_at_s: float = 0.0
    _served_s: float = np.nan
    _done_s: float = np.inf

    def wish(self, walker: Walker, world: World) -> Wish | None:
        """Walk to the end of the line, move up, be served."""
        queue = world.queues[self.name]
        walker.is_queueing = True
        if np.isnan(self._joined_s):
            found = self._approaching(walker, world, queue)
            if found is not None or np.isnan(self._joined_s):
                walker.is_queueing = found is not None
                return found
        index = queue.members.index(walker.person_no)
        is_through = world.now_s >= self._done_s
        if is_through or (index > 0 and world.now_s >= self._gives_up_s):
            queue.members.remove(walker.person_no)
            queue.turns.append(Turn(self.name, walker.person_no, self._joined_s, self._served_s, world.now_s))
            walker.is_queueing = False
            return None
        return self._in_line(index, walker, world, queue)

    def unfinished(self, person_no: int) -> Turn | None:
        """Return the turn of somebody who still stands in the line, None of somebody who does not."""
        if np.isnan(self._joined_s):
            return None
        return Turn(self.name, person_no, self._joined_s, self._served_s, np.nan)

    def _approaching(self, walker: Walker, world: World, queue: Queue) -> Wish | None:
        spots = queue.line.spots_m
        if len(queue.members) >= len(spots):
            return None
        end = spots[len(queue.members)]
        if float(np.hypot(*(np.array(end) - walker.place_m))) <= _JOINS_WITHIN_M:
            self._join(walker, world, queue)
            return None
        if self._approach is None or self._approach.goal_m != end:
            self._approach = Walk(end, within_m=_JOINS_WITHIN_M)
        return self._approach.wish(walker, world)

    def _join(self, walker: Walker, world: World, queue: Queue) -> None:
        queue.members.append(walker.person_no)
        self._joined_s = world.now_s
        self._index = len(queue.members) - 1
        if walker.rng.random() < queue.line.renege_share:
            self._gives_up_s = world.now_s + drawn_between(_PATIENCE_S, walker.rng)

    def _in_line(self, index: int, walker: Walker, world: World, queue: Queue) -> Wish:
        line = queue.line
        if index < self._index:
            self._index = index
            self._moves_at_s = world.now_s + float(walker.rng.uniform(*_REACTION_S))
        target = np.array(line.spots_m[index])
        offset = target - walker.place_m
        away_m = float(np.hypot(*offset))
        if index == 0 and away_m <= _ON_PLACE_M and np.isnan(self._served_s):
            self._served_s = world.now_s
            self._done_s = world.now_s + drawn_between(line.service_s, walker.rng)
        if away_m > _ON_PLACE_M and world.now_s >= self._moves_at_s:
            return Wish(towards(walker.place_m, target, min(0.8 * walker.pace.speed_m_s, 1.2 * away_m + 0.1)))
        ahead = np.array(line.spots_m[index - 1]) - walker.place_m if index else None
        facing = line.heading_rad if ahead is None else float(np.arctan2(ahead[1], ahead[0]))
        return Wish(facing_rad=facing, is_fixed=away_m <= 2 * _ON_PLACE_M and is_at_rest(walker))


@dataclass(slots=True)
class Follow:
    """Go along with somebody, at their side where there is room and behind them where there is not.

    While they wait in a line, wait at one of its companions' places.
    """

    leader: int
    side: float
    _aside: list[Task] = field(default_factory=list)
    _spot: Spot | None = None
    _way: Walk | None = None
    _planned_s: float = -np.inf

    def wish(self, walker: Walker, world: World) -> Wish | None:
        """Keep to the leader."""
        leader = world.walkers.get(self.leader)
        if leader is None:
            self._free(world)
            return None
        waits = self._waiting(leader, walker, world)
        if waits is not None:
            return waits
        target = self._beside(leader, world)
        offset = target - walker.place_m
        away_m = float(np.hypot(*offset))
        is_calm = float(np.hypot(*leader.velocity_m_s)) < 0.15
        if is_calm and away_m < _CLOSE_M:
            facing = leader.last_wish.facing_rad
            return Wish(facing_rad=facing if np.isfinite(facing) else leader.heading_rad)
        if world.ground.narrowest(walker.place_m, target) < _CLEAR_M - 0.04 and away_m > 1.0:
            return self._by_a_way(target, walker, world)
        velocity = leader.velocity_m_s * (not is_calm) + 0.9 * offset
        speed = float(np.hypot(*velocity))
        limit = min(speed, _CATCHES_UP * walker.pace.speed_m_s)
        return Wish(towards(np.zeros(2), velocity, limit))

    def _waiting(self, leader: Walker, walker: Walker, world: World) -> Wish | None:
        """Return what to do while the leader stands in a line; None while they do not, or no place is free."""
        serving = leader.tasks[0] if leader.tasks else None
        if not (leader.is_queueing and isinstance(serving, Serve)):
            self._free(world)
            return None
        if self._spot is None:
            self._spot = world.take(world.queues[serving.name].line.companion_spots, walker.rng)
            self._aside = [] if self._spot is None else [Walk(self._spot.place_m)]
        if self._spot is None:
            return None
        while self._aside:
            found = self._aside[0].wish(walker, world)
            if found is not None:
                return found
            self._aside.pop(0)
        return Wish(facing_rad=self._spot.heading_rad, is_fixed=is_at_rest(walker))

    def _free(self, world: World) -> None:
        if self._spot is not None:
            world.taken.discard(self._spot)
            self._spot = None

    def _by_a_way(self, target: FloatArray, walker: Walker, world: World) -> Wish:
        if self._way is None or world.now_s - self._planned_s > _PLANS_EVERY_S:
            self._way = Walk((float(target[0]), float(target[1])))
            self._planned_s = world.now_s
        return self._way.wish(walker, world) or Wish()

    def _beside(self, leader: Walker, world: World) -> FloatArray:
        """Return where to go: abreast on one's own side, on the other one, or behind."""
        forward = np.array([np.cos(leader.heading_rad), np.sin(leader.heading_rad)])
        right = np.array([-forward[1], forward[0]])
        places: list[FloatArray] = [
            leader.place_m + self.side * _ABREAST_M * right - 0.1 * forward,
            leader.place_m - _BEHIND_M * forward + 0.3 * self.side * right,
            leader.place_m - self.side * _ABREAST_M * right - 0.1 * forward,
            leader.place_m - _BEHIND_M * forward,
        ]
        for place in places:
            if (
                world.ground.narrowest(leader.place_m, place)
                >= min(_CLEAR_M, float(world.ground.clearance(leader.place_m[None])[0]))
                and float(world.ground.clearance(place[None])[0]) >= _CLEAR_M
            ):
                return place
        return leader.place_m


@dataclass(slots=True)
class Leave:
    """Walk to where people disappear."""

    place_m: Place
    _walk: Walk | None = None

    def wish(self, walker: Walker, world: World) -> Wish | None:
        """Walk there, however long it takes."""
        if self._walk is None:
            self._walk = Walk(self.place_m, within_m=0.35)
        found = self._walk.wish(walker, world)
        if found is None and float(np.hypot(*(np.array(self.place_m) - walker.place_m))) > 0.4:
            self._walk = None
            return Wish()
        return found
