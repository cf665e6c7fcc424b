"""From feet to directed crossings of a line."""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.locating.runs import Runs, runs_of, settled
from analytics.locating.sightings import Sightings


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
    own = seen.is_own[points]
    return Passages(seen.tracklet_nos[points][own], seen.captured_at[points][own], from_left[own])


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
