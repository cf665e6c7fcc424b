"""From feet to directed crossings of a line."""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.locating.runs import Runs, runs_of, settled
from analytics.locating.sightings import Sightings
from analytics.timebase import seconds_us

TWINS_S = 0.5
"""Time between two crossings of one person who is tracked twice: one body's two boxes differ by less than a step."""


@dataclass(frozen=True, slots=True)
class Passages:
    """Crossings of a line, in order of tracklet and time.

    Attributes:
        tracklet_nos: (k,) tracklet.
        crossed_at: (k,) first frame with the foot beyond.
        from_left: (k,) it came from the left, as seen looking from start to end with y pointing down.
    """

    tracklet_nos: IntArray
    crossed_at: IntArray
    from_left: BoolArray


def passages(seen: Sightings, start: FloatArray, end: FloatArray) -> Passages:
    """Return who went over a segment.

    The way from one foot to the tracklet's next, holes bridged as `Sightings` says, has to meet the segment itself; its
    ends belong to it, and a foot on it is to its right. An excursion beyond it that stays nearer than the margin is
    none, so that whoever sways on the line crosses it once or not at all. Whoever goes round its end does not cross,
    and may cross again in the same direction.

    A detector sometimes sees one person twice, and two tracklets cross. Two people cannot stand in one place: of two
    tracklets that cross the same way within `TWINS_S`, their feet nearer to each other than twice the margin on
    average while they do, the longer one crosses.

    Args:
        seen: one camera's points; crossings at own points are returned.
        start: (2,) where the line begins, in the units of the feet.
        end: (2,) where it ends.
    """
    feet, margins = seen.feet[seen.known], seen.margins[seen.known]
    along, offset = end - start, feet - start
    sides = along[0] * offset[:, 1] - along[1] * offset[:, 0]
    runs = runs_of(seen.begins, sides < 0)
    depths = np.abs(sides) / float(np.hypot(*along)) / np.maximum(margins, 1e-12)
    into, from_left = _crossed(runs, settled(runs, depths), _meets(runs, feet, sides, start, along))
    points = seen.known[runs.firsts[into]]
    kept = seen.is_own[points] & ~_twins(seen, points, from_left)
    return Passages(seen.tracklet_nos[points][kept], seen.captured_at[points][kept], from_left[kept])


def _meets(runs: Runs, feet: FloatArray, sides: FloatArray, start: FloatArray, along: FloatArray) -> BoolArray:
    """Tell of which (r,) runs the step into it, from the run before, meets the segment."""
    after = runs.firsts
    before = np.maximum(after - 1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = sides[before] / (sides[before] - sides[after])
        meeting = feet[before] + share[:, None] * (feet[after] - feet[before])
        place = ((meeting - start) @ along) / float(along @ along)
    met: BoolArray = ~runs.begins & (place >= 0) & (place <= 1)
    return met


def _crossed(runs: Runs, counts: BoolArray, meets: BoolArray) -> tuple[IntArray, BoolArray]:
    """Return the runs into which somebody crossed, and whether from the left.

    Between two runs that count and differ in side, the shallow ones in between go to and fro: over the segment they
    cancel out. The last step over the segment in the direction of the whole is the crossing.
    """
    kept = np.flatnonzero(counts)
    over = np.cumsum(np.where(meets, np.where(runs.holds, -1, 1), 0))  # +1: from the left to the right
    numbers = np.arange(len(runs))
    latest = [np.maximum.accumulate(np.where(meets & (runs.holds == is_left), numbers, -1)) for is_left in (0, 1)]
    changes = np.flatnonzero(~runs.begins[kept[1:]] & (runs.holds[kept[1:]] != runs.holds[kept[:-1]]))
    source, target = kept[changes], kept[changes + 1]
    from_left = runs.holds[source]
    net = (over[target] - over[source]) * np.where(from_left, 1, -1)
    into = np.where(from_left, latest[0][target], latest[1][target]) if len(runs) else target
    return into[net > 0], from_left[net > 0]


def _twins(seen: Sightings, points: IntArray, from_left: BoolArray) -> BoolArray:
    """Tell which of (k,) crossings, each at a point, are a second tracklet's of the same person."""
    doubles = np.zeros(len(points), np.bool_)
    starts = np.searchsorted(seen.tracklet_nos, np.arange(len(seen.tracklet_ids) + 1))
    window_us = seconds_us(TWINS_S)
    for is_left in (False, True):
        same = np.flatnonzero(from_left == is_left)
        same = same[np.argsort(seen.captured_at[points[same]], kind="stable")]
        at = seen.captured_at[points[same]]
        for number, until in enumerate(np.searchsorted(at, at + window_us, side="right").tolist()):
            for other in range(number + 1, until):
                pair = same[[number, other]]
                a, b = (slice(*starts[no : no + 2].tolist()) for no in seen.tracklet_nos[points[pair]].tolist())
                if not doubles[pair].any() and a != b and _is_one_person(seen, a, b, at[number], at[other]):
                    doubles[pair[0] if a.stop - a.start < b.stop - b.start else pair[1]] = True
    return doubles


def _is_one_person(seen: Sightings, a: slice, b: slice, first_at: int, last_at: int) -> bool:
    """Tell whether two tracklets are in one place from just before the first crossing to just after the last."""
    shared, in_a, in_b = np.intersect1d(seen.captured_at[a], seen.captured_at[b], return_indices=True)
    span_us = seconds_us(TWINS_S)
    near = (shared >= first_at - span_us) & (shared <= last_at + span_us)
    places = [(a.start + in_a)[near], (b.start + in_b)[near]]
    apart = np.hypot(*(seen.feet[places[0]] - seen.feet[places[1]]).T)
    margins = seen.margins[places[0]] + seen.margins[places[1]]
    is_known = np.isfinite(apart)
    return int(is_known.sum()) >= 2 and float(apart[is_known].mean()) < float(margins[is_known].mean())
