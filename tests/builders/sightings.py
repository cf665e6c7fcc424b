"""Made-up paths as sightings, and the slow obvious way to what comes of them."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np

from analytics.geometry import FloatArray, points_in_polygon
from analytics.locating.sightings import Sightings

STEP_US = 100_000
MAX_HOLE_US = 2_000_000

Spot = tuple[float, float] | None
"""Where a foot is, or that it is not known."""


def sightings(
    paths: Sequence[Sequence[Spot]], margin: float = 5.0, instants: Sequence[Sequence[int]] | None = None
) -> Sightings:
    """Return tracklets that begin together, a point every tenth of a second.

    Args:
        paths: the feet of each tracklet.
        margin: of every point.
        instants: other instants of the points, microseconds.
    """
    at = instants or [[number * STEP_US for number in range(len(path))] for path in paths]
    feet = [[(np.nan, np.nan) if spot is None else spot for spot in path] for path in paths]
    nos = np.repeat(np.arange(len(paths)), [len(path) for path in paths])
    return Sightings(
        tuple(f"t{number}" for number in range(len(paths))),
        nos.astype(np.int64),
        np.array([each for own in at for each in own], np.int64),
        np.ones(len(nos), np.bool_),
        np.array([spot for path in feet for spot in path], np.float64).reshape(-1, 2),
        np.full(len(nos), margin),
        STEP_US,
        MAX_HOLE_US,
    )


def _paths(seen: Sightings, number: int) -> Iterator[list[int]]:
    """Yield the points of each path of a tracklet, one after the other."""
    path: list[int] = []
    for point in np.flatnonzero(seen.tracklet_nos == number).tolist():
        if np.isnan(seen.feet[point, 0]):
            continue
        if path and seen.captured_at[point] - seen.captured_at[path[-1]] > MAX_HOLE_US:
            yield path
            path = []
        path.append(point)
    if path:
        yield path


def _counting_runs(path: list[int], holds: dict[int, bool], depth: dict[int, float]) -> list[list[int]]:
    """Return the runs of a path on one side, without the shallow ones between two others."""
    runs = [list(points) for _, points in groupby(path, key=holds.__getitem__)]
    last = len(runs) - 1
    return [run for place, run in enumerate(runs) if place in (0, last) or max(map(depth.__getitem__, run)) >= 1]


def slow_stays(seen: Sightings, polygon: FloatArray) -> list[tuple[int, int, int, bool, bool]]:
    """Return tracklet, entered_at, left_at, begins_inside and ends_inside, worked out point by point."""
    found = []
    for number in range(len(seen.tracklet_ids)):
        for path in _paths(seen, number):
            holds = {p: bool(points_in_polygon(seen.feet[p][None], polygon)[0]) for p in path}
            depth = {p: _distance(seen.feet[p], polygon) / seen.margins[p] for p in path}
            groups = [
                (inside, [point for run in runs for point in run])
                for inside, runs in groupby(_counting_runs(path, holds, depth), key=lambda run: holds[run[0]])
            ]
            for place, (inside, points) in enumerate(groups):
                if not inside:
                    continue
                is_last = place == len(groups) - 1
                before = points[-1] if is_last else path[path.index(groups[place + 1][1][0]) - 1]
                left_at = _after(seen, before)
                found.append((number, int(seen.captured_at[points[0]]), left_at, place == 0, is_last))
    return found


def slow_crossings(seen: Sightings, start: FloatArray, end: FloatArray) -> list[tuple[int, int, bool]]:
    """Return tracklet, crossed_at and whether from the left, worked out point by point."""
    found = []
    for number in range(len(seen.tracklet_ids)):
        for path in _paths(seen, number):
            side = {p: _side(seen.feet[p], start, end) for p in path}
            holds = {p: side[p] < 0 for p in path}
            depth = {p: abs(side[p]) / float(np.hypot(*(end - start))) / seen.margins[p] for p in path}
            runs = _counting_runs(path, holds, depth)
            for one, other in pairwise(runs):
                if holds[one[0]] == holds[other[0]]:
                    continue
                steps = path[path.index(one[0]) : path.index(other[0]) + 1]
                over = [
                    (b, holds[a])
                    for a, b in pairwise(steps)
                    if holds[a] != holds[b] and _meets(seen.feet[a], seen.feet[b], start, end)
                ]
                whole = [b for b, from_left in over if from_left == holds[one[0]]]
                if len(whole) > len(over) - len(whole):
                    found.append((number, int(seen.captured_at[whole[-1]]), holds[one[0]]))
    return found


def _after(seen: Sightings, point: int) -> int:
    later = [p for p in np.flatnonzero(seen.tracklet_nos == seen.tracklet_nos[point]).tolist() if p > point]
    if later and seen.captured_at[later[0]] - seen.captured_at[point] <= MAX_HOLE_US:
        return int(seen.captured_at[later[0]])
    return int(seen.captured_at[point]) + STEP_US


def _side(foot: FloatArray, start: FloatArray, end: FloatArray) -> float:
    return float((end - start)[0] * (foot - start)[1] - (end - start)[1] * (foot - start)[0])


def _meets(one: FloatArray, other: FloatArray, start: FloatArray, end: FloatArray) -> bool:
    a, b = _side(one, start, end), _side(other, start, end)
    meeting = one + a / (a - b) * (other - one)
    return 0 <= float((meeting - start) @ (end - start) / ((end - start) @ (end - start))) <= 1


def _distance(point: FloatArray, polygon: FloatArray) -> float:
    return min(
        float(np.hypot(*(point - a - np.clip((point - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1) * (b - a))))
        for a, b in zip(polygon, np.roll(polygon, -1, axis=0), strict=True)
    )
