"""Who comes on which night, in which clothes, and through which cameras each person walks when.

Times are true seconds since the night's opening. Nothing here knows of images, trackers or clock errors.
"""

from dataclasses import dataclass, replace
from math import ceil, exp

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.simulation.world import Purpose, World, stream

UNIFORM = 0
"""Number of the outfit that is the uniform."""

OUTSIDE = -1
"""In place of a camera: the person came from, or goes to, no view of the site."""

_SHORTEST_S = 1.0  # no stay in view and no way between two views is shorter
_BETWEEN_VISITS_S = 300.0  # who comes again was away for at least this long
_COMPANION_DELAY_S = (0.3, 2.0)  # how far a companion walks behind


@dataclass(frozen=True, slots=True)
class Graph:
    """Which views follow each other.

    Attributes:
        neighbours: (cameras, most) numbers of neighbouring cameras, padded with -1.
        degree: (cameras,) how many each has, at least 1; of a single camera it is the camera itself.
        median_s: (cameras, most) median travel time to each neighbour, seconds; the same both ways.
    """

    neighbours: IntArray
    degree: IntArray
    median_s: FloatArray


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who is there in one night, one row each: staff first.

    Attributes:
        person_no: (n,) number of the person, the same on every night.
        outfit_no: (n,) what the person wears.
        companion: (n,) row of the person whom this one walks behind, or -1.
        is_staff: (n,) works here.
        is_returning: (n,) came on an earlier night.
    """

    person_no: IntArray
    outfit_no: IntArray
    companion: IntArray
    is_staff: BoolArray
    is_returning: BoolArray


@dataclass(frozen=True, slots=True)
class Stops:
    """Stays in one camera's view, by attendee and time.

    Attributes:
        attendee: (n,) row of the night's attendance.
        visit: (n,) number of the attendee's visit in this night, from 0.
        camera: (n,) number of the camera.
        came_from: (n,) number of the camera before, or OUTSIDE.
        goes_to: (n,) number of the next camera, or OUTSIDE.
        arrived_s: (n,) seconds since the opening.
        left_s: (n,) seconds since the opening, later than arrived_s.
    """

    attendee: IntArray
    visit: IntArray
    camera: IntArray
    came_from: IntArray
    goes_to: IntArray
    arrived_s: FloatArray
    left_s: FloatArray

    def __len__(self) -> int:
        """Return the number of stops."""
        return len(self.attendee)

    def take(self, rows: IntArray | BoolArray) -> "Stops":
        """Return some stops, by their numbers or a mask."""
        return Stops(**{name: getattr(self, name)[rows] for name in self.__slots__})


def build_graph(world: World) -> Graph:
    """Return the site's graph: a ring of all cameras, and chords between random pairs."""
    rng, count = stream(world, Purpose.GRAPH), world.cameras
    ring = {tuple(sorted((one, (one + 1) % count))) for one in range(count)}
    drawn = rng.integers(0, count, (8 * ceil(world.chords_per_camera * count), 2)).tolist()
    pairs = dict.fromkeys(tuple(sorted(pair)) for pair in drawn if pair[0] != pair[1])
    chords = [pair for pair in pairs if pair not in ring][: round(world.chords_per_camera * count)]
    edges = np.array(sorted(ring) + chords, np.int64)
    medians = world.travel_median_s * rng.lognormal(0, world.travel_pair_sigma, len(edges))
    both = np.concatenate([edges, edges[:, ::-1]])
    both, chosen = np.unique(both, axis=0, return_index=True)
    degree = np.bincount(both[:, 0], minlength=count)
    slot = np.arange(len(both)) - np.repeat(np.cumsum(degree) - degree, degree)
    neighbours = np.full((count, degree.max()), -1)
    median_s = np.full(neighbours.shape, np.nan)
    neighbours[both[:, 0], slot] = both[:, 1]
    median_s[both[:, 0], slot] = np.tile(medians, 2)[chosen]
    return Graph(neighbours, degree, median_s)


def attendances(world: World) -> tuple[Attendance, ...]:
    """Return who is there on each night."""
    visitors = world.people_per_night
    staff = round(world.staff_share * visitors)
    outfit_of = np.full(staff, UNIFORM)
    nights = []
    for night in range(world.nights):
        rng = stream(world, Purpose.ATTENDANCE, night)
        known = len(outfit_of)
        returning = min(round(world.returning_share * visitors), known - staff)
        again = staff + rng.permutation(known - staff)[:returning]
        outfit_of = np.concatenate([outfit_of, _dressed(world, visitors - returning, rng)])
        person_no = rng.permutation(np.concatenate([again, np.arange(known, len(outfit_of))]))
        is_returning = person_no < known
        has_changed = is_returning & (rng.random(visitors) < world.changed_clothes_share)
        outfit_no = np.where(has_changed, _dressed(world, visitors, rng), outfit_of[person_no])
        staff_no = np.arange(staff)
        nights.append(
            Attendance(
                person_no=np.concatenate([staff_no, person_no]),
                outfit_no=np.concatenate([np.full(staff, UNIFORM), outfit_no]),
                companion=_companions(world, staff, rng),
                is_staff=np.arange(staff + visitors) < staff,
                is_returning=np.concatenate([np.full(staff, night > 0), is_returning]),
            )
        )
    return tuple(nights)


def outfit_count(world: World) -> int:
    """Return how many outfits there are besides the uniform."""
    return max(1, round(world.people_per_night * (1 - world.uniform_share) / world.people_per_outfit))


def walk(world: World, graph: Graph, attendance: Attendance, night: int) -> Stops:
    """Return a night's stops, by attendee and time; who is still there at closing is cut off."""
    rng = stream(world, Purpose.WALKS, night)
    is_led = attendance.companion >= 0
    alone = np.flatnonzero(~is_led & ~attendance.is_staff)
    visits = 1 + rng.poisson(world.visits_per_person - 1, len(alone))
    visitor = np.repeat(alone, visits)
    stop_count = 1 + rng.poisson(world.stops_per_visit - 1, len(visitor))
    stops = _joined(
        _placed(world, _strolls(world, graph, visitor, stop_count, world.dwell_median_s, rng), rng),
        _placed(world, _shifts(world, graph, np.flatnonzero(attendance.is_staff), rng), rng),
    )
    stops = _joined(stops, _followed(stops, attendance, rng))
    opens_s = min(4 * world.clock_error_sd_s, world.hours * 360)
    closes_s = world.hours * 3600 - opens_s  # what a wrong clock shows lies within the recordings all the same
    stops = stops.take(stops.arrived_s < closes_s - _SHORTEST_S)
    cut = replace(stops, left_s=np.minimum(stops.left_s, closes_s))
    return cut.take(np.lexsort((cut.arrived_s, cut.attendee)))


def _dressed(world: World, count: int, rng: np.random.Generator) -> IntArray:
    outfits = 1 + rng.integers(0, outfit_count(world), count)
    return np.where(rng.random(count) < world.uniform_share, UNIFORM, outfits)


def _companions(world: World, staff: int, rng: np.random.Generator) -> IntArray:
    visitors = world.people_per_night
    pairs = int(world.companions_share * visitors / 2)
    companion = np.full(staff + visitors, -1)
    companion[staff + pairs : staff + 2 * pairs] = staff + rng.permutation(pairs)
    return companion


def _shifts(world: World, graph: Graph, staff: IntArray, rng: np.random.Generator) -> Stops:
    stay_s = min(world.staff_hours, world.hours) * 3600
    one_s = world.staff_dwell_median_s * exp(world.dwell_sigma**2 / 2) + world.travel_median_s
    stop_count = np.full(len(staff), ceil(1.3 * stay_s / one_s) + 20)  # more than they need: the rest is cut off
    stops = _strolls(world, graph, staff, stop_count, world.staff_dwell_median_s, rng)
    stops = stops.take(stops.arrived_s < stay_s)
    ends = np.flatnonzero(np.diff(stops.attendee, append=-1))
    goes_to = stops.goes_to.copy()
    goes_to[ends] = OUTSIDE
    return replace(stops, goes_to=goes_to, left_s=np.minimum(stops.left_s, stay_s + _SHORTEST_S))


def _strolls(
    world: World,
    graph: Graph,
    attendee: IntArray,
    stop_count: IntArray,
    median_s: float,
    rng: np.random.Generator,
) -> Stops:
    """Walk every visit from camera to camera, from second 0; rows by visit and time."""
    number = np.arange(len(attendee))
    visit = number - np.searchsorted(attendee, attendee)
    camera = rng.integers(0, world.cameras, len(attendee))
    came_from = np.full(len(attendee), OUTSIDE)
    now_s = np.zeros(len(attendee))
    parts = [_none()]
    order = [number[:0]]
    while len(number):
        stop_count = stop_count - 1
        left_s = now_s + np.maximum(_SHORTEST_S, median_s * rng.lognormal(0, world.dwell_sigma, len(number)))
        slot = rng.integers(0, graph.degree[camera])
        goes_to = np.where(stop_count > 0, graph.neighbours[camera, slot], OUTSIDE)
        parts.append(Stops(attendee[number], visit[number], camera, came_from, goes_to, now_s, left_s))
        order.append(number)
        travel_s = graph.median_s[camera, slot] * rng.lognormal(0, world.travel_sigma, len(number))
        goes_on = stop_count > 0
        now_s = (left_s + np.maximum(_SHORTEST_S, travel_s))[goes_on]
        came_from, camera = camera[goes_on], goes_to[goes_on]
        number, stop_count = number[goes_on], stop_count[goes_on]
    stops = _joined(*parts)
    return stops.take(np.argsort(np.concatenate(order), kind="stable"))


def _placed(world: World, stops: Stops, rng: np.random.Generator) -> Stops:
    """Put visits that begin at second 0 into the night: at random instants, those of one person one after the other."""
    starts = np.flatnonzero((np.diff(stops.attendee, prepend=-1) != 0) | (np.diff(stops.visit, prepend=-1) != 0))
    if not len(starts):
        return stops
    lengths = np.diff(starts, append=len(stops))
    attendee = stops.attendee[starts]
    first = np.searchsorted(attendee, attendee)
    duration_s = stops.left_s[starts + lengths - 1] + _BETWEEN_VISITS_S
    before_s = np.cumsum(duration_s) - duration_s
    opens_s = min(4 * world.clock_error_sd_s, world.hours * 360)
    total_s = np.bincount(attendee, duration_s)[attendee] - _BETWEEN_VISITS_S
    free_s = np.maximum(world.hours * 3600 - 2 * opens_s - total_s, 0)
    waits_s = free_s * rng.random(len(starts))
    waits_s = waits_s[np.lexsort((waits_s, attendee))]
    begins_s = np.repeat(opens_s + waits_s + before_s - before_s[first], lengths)
    return replace(stops, arrived_s=stops.arrived_s + begins_s, left_s=stops.left_s + begins_s)


def _followed(stops: Stops, attendance: Attendance, rng: np.random.Generator) -> Stops:
    """Return the stops of companions: those of the person whom they follow, a little later."""
    followers = np.flatnonzero(attendance.companion >= 0)
    leaders = attendance.companion[followers]
    delay_s = rng.uniform(*_COMPANION_DELAY_S, len(followers))
    follower_of = np.full(len(attendance.companion), -1)
    follower_of[leaders] = np.arange(len(followers))
    led = stops.take(follower_of[stops.attendee] >= 0)
    row = follower_of[led.attendee]
    arrived_s, left_s = led.arrived_s + delay_s[row], led.left_s + delay_s[row]
    return replace(led, attendee=followers[row], arrived_s=arrived_s, left_s=left_s)


def _joined(*parts: Stops) -> Stops:
    return Stops(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in Stops.__slots__})


def _none() -> Stops:
    numbers, seconds = np.zeros(0, np.int64), np.zeros(0)
    return Stops(numbers, numbers, numbers, numbers, numbers, seconds, seconds)
