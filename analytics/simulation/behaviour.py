"""People on a simulated site: they arrive, walk, look, wait, are served, leave and return; the result is a timeline.

Everything that is drawn at random depends on the seed and the person, in an order that is the same in every run.
"""

from dataclasses import dataclass, field

import numpy as np

from analytics.simulation.company import Follow, Leave, Serve
from analytics.simulation.errands import LEAD_IN_S, Errand, again, draw_errands, pace_of
from analytics.simulation.motion import Bodies, Wishes, moved
from analytics.simulation.navigation import ground_of
from analytics.simulation.premises import Place, Premises
from analytics.simulation.scene import Action, FloatArray, IntArray
from analytics.simulation.tasks import Patrol, Queue, Task, Visit, Walker, Wish, World
from analytics.simulation.timeline import STEP_S, Presence, Timeline, Turn

_APART_M = 0.6
"""How far the place where somebody appears has to be from everybody else."""


@dataclass(slots=True)
class _Track:
    """The samples of one person so far: rows of x, y, heading, action, phase, stride."""

    first_step: int
    rows: list[tuple[float, ...]] = field(default_factory=list)


@dataclass(slots=True)
class _Arrival:
    """Somebody who is about to appear."""

    at_s: float
    person_no: int
    place_m: Place
    tasks: list[Task]


def simulate(premises: Premises, duration_s: float, visitors: int, seed: int) -> Timeline:
    """Let people come and go.

    Args:
        premises: the site.
        duration_s: length of the recording, > 0; people are on the site before it begins.
        visitors: how many people come besides the staff, >= 0.
        seed: decides everything.

    Raises:
        ValueError: the premises have a place that nobody can reach.
    """
    return _Site(premises, duration_s, visitors, seed).run()


class _Site:
    """The site while time passes."""

    def __init__(self, premises: Premises, duration_s: float, visitors: int, seed: int) -> None:
        self._premises, self._duration_s, self._seed = premises, duration_s, seed
        self._staff = len(premises.posts)
        self._people = self._staff + visitors
        self._errands = draw_errands(premises, duration_s, visitors, seed)
        queues = {name: Queue(line) for name, line in premises.lines.items()}
        self._world = World(premises, ground_of(premises.layout), queues)
        self._bodies = _no_bodies()
        self._order: list[int] = []
        self._tracks: dict[int, _Track] = {}
        self._presences: list[Presence] = []
        self._inside = {errand.members: errand for errand in self._errands}
        self._gone: dict[tuple[int, ...], int] = {}
        self._arrivals = [arrival for errand in self._errands for arrival in self._arrivals_of(errand)]
        for number, post in enumerate(premises.posts):
            tasks: list[Task] = [Patrol(post.spots)]
            self._arrivals.append(_Arrival(-np.inf, number, post.spots[0].place_m, tasks))

    def run(self) -> Timeline:
        """Return what happened."""
        last = round(self._duration_s / STEP_S)
        for step in range(-round(LEAD_IN_S / STEP_S), last + 1):
            self._world.now_s = step * STEP_S
            self._admit()
            self._move()
            if step >= 0:
                self._record(step)
        for number in list(self._tracks):
            self._close(number)
        presences = sorted(self._presences, key=lambda presence: (presence.person_no, presence.first_step))
        groups = np.arange(self._people)
        for errand in self._errands:
            groups[list(errand.members)] = errand.members[0]
        return Timeline(self._duration_s, self._people, self._staff, tuple(presences), groups, self._turns())

    def _admit(self) -> None:
        """Let those appear whose time has come and whose place is free."""
        waiting = []
        for arrival in sorted(self._arrivals, key=lambda each: (each.at_s, each.person_no)):
            place = np.array(arrival.place_m)
            others = [w.place_m for w in self._world.walkers.values()]
            is_free = not others or float(np.hypot(*(np.array(others) - place).T).min()) >= _APART_M
            if arrival.at_s > self._world.now_s or not is_free:
                waiting.append(arrival)
                continue
            self._add(arrival, place)
        self._arrivals = waiting

    def _add(self, arrival: _Arrival, place: FloatArray) -> None:
        number = arrival.person_no
        rng = np.random.default_rng([self._seed, 4, number, max(0, round(self._world.now_s))])
        pace = pace_of(number, number < self._staff, self._seed)
        self._world.walkers[number] = Walker(number, pace, rng, arrival.tasks, place)
        self._order.append(number)
        one = Bodies(
            place[None], np.zeros((1, 2)), np.zeros(1), rng.uniform(0, 1, 1), np.full(1, 0.1),
            np.full(1, int(Action.STAND)), np.full(1, pace.speed_m_s), np.full(1, pace.stride_m),
        )  # fmt: skip
        self._bodies = _joined(self._bodies, one)

    def _move(self) -> None:
        wishes: list[Wish] = []
        leaving = []
        for number in self._order:
            wish = self._world.walkers[number].wish(self._world)
            wishes.append(wish or Wish())
            if wish is None:
                leaving.append(number)
        if self._order:
            self._bodies = moved(self._bodies, _stacked(wishes), self._world.ground)
        for row, number in enumerate(self._order):
            walker = self._world.walkers[number]
            walker.place_m, walker.velocity_m_s = self._bodies.place_m[row], self._bodies.velocity_m_s[row]
            walker.heading_rad = float(self._bodies.heading_rad[row])
        for number in leaving:
            self._remove(number)

    def _remove(self, number: int) -> None:
        row = self._order.index(number)
        self._order.pop(row)
        self._bodies = _taken(self._bodies, np.delete(np.arange(len(self._order) + 1), row))
        del self._world.walkers[number]
        self._close(number)
        errand = next(errand for members, errand in self._inside.items() if number in members)
        self._gone[errand.members] = self._gone.get(errand.members, 0) + 1
        if self._gone[errand.members] == len(errand.members) and errand.returns_after_s is not None:
            second = again(errand, self._world.now_s, self._premises, self._seed)
            self._inside[errand.members] = second
            self._gone[errand.members] = 0
            self._arrivals += self._arrivals_of(second)

    def _arrivals_of(self, errand: Errand) -> list[_Arrival]:
        doors = self._premises.doors
        out = doors[errand.leaves].place_m
        found = []
        for rank, number in enumerate(errand.members):
            tasks: list[Task] = [Leave(out)]
            if rank == 0:
                tasks = [*(self._task(step) for step in errand.steps), *tasks]
            else:
                tasks.insert(0, Follow(errand.members[0], 1.0 if rank == 1 else -1.0))
            found.append(_Arrival(errand.arrives_s, number, doors[errand.enters].place_m, tasks))
        return found

    def _task(self, step: str) -> Task:
        return Serve(step) if step in self._premises.lines else Visit(self._premises.areas[step])

    def _record(self, step: int) -> None:
        bodies = self._bodies
        table = np.column_stack([bodies.place_m, bodies.heading_rad, bodies.action, bodies.phase, bodies.stride_m])
        for row, number in zip(table.tolist(), self._order, strict=True):
            self._tracks.setdefault(number, _Track(step)).rows.append(tuple(row))

    def _close(self, number: int) -> None:
        track = self._tracks.pop(number, None)
        if track is None:
            return  # came and went before the recording
        table = np.array(track.rows, np.float64)
        self._presences.append(
            Presence(
                number,
                track.first_step,
                table[:, :2],
                table[:, 2],
                table[:, 3].astype(np.int64),
                table[:, 4],
                table[:, 5],
            )
        )

    def _turns(self) -> tuple[Turn, ...]:
        found = [turn for queue in self._world.queues.values() for turn in queue.turns]
        for number, walker in self._world.walkers.items():
            serving = walker.tasks[0] if walker.tasks else None
            turn = serving.unfinished(number) if isinstance(serving, Serve) else None
            found += [turn] if turn else []
        return tuple(sorted(found, key=lambda turn: (turn.joined_s, turn.person_no)))


def _no_bodies() -> Bodies:
    none, places = np.zeros(0), np.zeros((0, 2))
    return Bodies(places, places, none, none, none, np.zeros(0, np.int64), none, none)


def _joined(first: Bodies, second: Bodies) -> Bodies:
    return Bodies(
        *(np.concatenate([getattr(first, name), getattr(second, name)]) for name in Bodies.__dataclass_fields__)
    )


def _taken(bodies: Bodies, rows: IntArray) -> Bodies:
    return Bodies(*(getattr(bodies, name)[rows] for name in Bodies.__dataclass_fields__))


def _stacked(wishes: list[Wish]) -> Wishes:
    return Wishes(
        velocity_m_s=np.array([wish.velocity_m_s for wish in wishes]),
        facing_rad=np.array([wish.facing_rad for wish in wishes]),
        is_fixed=np.array([wish.is_fixed for wish in wishes]),
        seat_m=np.array([wish.seat_m for wish in wishes]),
        is_seated=np.array([wish.is_seated for wish in wishes]),
    )
