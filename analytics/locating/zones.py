"""From feet to presence in a zone."""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray, points_in_polygon
from analytics.locating.runs import runs_of, settled
from analytics.locating.sightings import Sightings

_AT_ONCE = 100_000
"""Points that are compared with all edges at once: some 10 MB for a polygon of ten corners."""


@dataclass(frozen=True, slots=True)
class Stays:
    """Stretches of tracklets inside a zone, in order of tracklet and time; those of one tracklet never overlap.

    Attributes:
        tracklet_nos: (k,) tracklet.
        entered_at: (k,) first frame with the foot inside.
        left_at: (k,) first frame after it that is not, or just after the last point.
        begins_inside: (k,) the foot was not seen outside before.
        ends_inside: (k,) the foot was not seen outside after.
    """

    tracklet_nos: IntArray
    entered_at: IntArray
    left_at: IntArray
    begins_inside: BoolArray
    ends_inside: BoolArray


def stays(seen: Sightings, polygon: FloatArray) -> Stays:
    """Return who was in a polygon without a break.

    The foot is inside by the even-odd rule. An excursion out of the zone or into it that stays nearer to the border
    than the margin is none. One that goes further counts from its first frame to its last, shallow ones included.
    Holes are bridged as `Sightings` says.

    Args:
        seen: one camera's points; each row comes from the own points of its tracklet.
        polygon: (k, 2) corners, in the units of the feet.
    """
    feet, margins = seen.feet[seen.known], seen.margins[seen.known]
    runs = runs_of(seen.begins, _inside(feet, polygon))
    depths = np.zeros(len(feet))
    passing = np.flatnonzero(runs.passing(len(feet)))
    depths[passing] = _distances(feet[passing], polygon) / np.maximum(margins[passing], 1e-12)
    counts = settled(runs, depths)
    kept = np.flatnonzero(counts)
    holds, begins = runs.holds[kept], runs.begins[kept]
    starts = begins.copy()
    starts[1:] |= holds[1:] != holds[:-1]
    group = np.flatnonzero(starts)  # runs of one side follow each other where excursions were taken out
    is_last = np.append(begins[group][1:], np.ones(min(len(group), 1), np.bool_))
    inside = np.flatnonzero(holds[group])
    first = runs.firsts[kept[group[inside]]]
    following = group[np.minimum(inside + 1, len(group) - 1)]
    last = np.where(is_last[inside], _lasts(runs.lasts, kept, group, inside), runs.firsts[kept[following]] - 1)
    return _own(
        seen,
        Stays(
            seen.tracklet_nos[seen.known[first]],
            seen.captured_at[seen.known[first]],
            seen.after(seen.known[last]),
            begins[group][inside],
            is_last[inside],
        ),
    )


def _lasts(lasts: IntArray, kept: IntArray, group: IntArray, inside: IntArray) -> IntArray:
    """Return the last point of each inside group."""
    ends = np.append(group[1:], len(kept))[: len(group)] - 1
    found: IntArray = lasts[kept[ends[inside]]]
    return found


def _own(seen: Sightings, found: Stays) -> Stays:
    """Cut stays to the own points of their tracklets."""
    firsts, afters = seen.own_spans()
    first, after = firsts[found.tracklet_nos], afters[found.tracklet_nos]
    entered_at, left_at = np.maximum(found.entered_at, first), np.minimum(found.left_at, after)
    kept = (entered_at < left_at) | ((entered_at == left_at) & (first == after) & (found.entered_at == first))
    return Stays(
        found.tracklet_nos[kept],
        entered_at[kept],
        left_at[kept],
        (found.begins_inside | (found.entered_at < first))[kept],
        (found.ends_inside | (found.left_at > after))[kept],
    )


def _inside(feet: FloatArray, polygon: FloatArray) -> BoolArray:
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    inside: BoolArray = ((feet >= low) & (feet <= high)).all(axis=1)
    near = np.flatnonzero(inside)
    for some in _parts(near):
        inside[some] = points_in_polygon(feet[some], polygon)
    return inside


def _distances(points: FloatArray, polygon: FloatArray) -> FloatArray:
    """Return how far (n, 2) points are from the border of a polygon."""
    along = np.roll(polygon, -1, axis=0) - polygon
    squares = (along**2).sum(axis=1)
    found = np.zeros(len(points))
    for some in _parts(np.arange(len(points))):
        offset = points[some][:, None, :] - polygon
        share = np.clip((offset * along).sum(axis=2) / squares, 0, 1)
        found[some] = np.sqrt(((offset - share[:, :, None] * along) ** 2).sum(axis=2).min(axis=1))
    return found


def _parts(places: IntArray) -> list[IntArray]:
    return [places[start : start + _AT_ONCE] for start in range(0, len(places), _AT_ONCE)]
