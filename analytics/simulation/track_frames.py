"""At which frames a simulated tracklet has a point, which of them are embedded, and what is seen across a cut."""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, IntArray
from analytics.simulation.fragments import Tracks
from analytics.simulation.world import World

_EDGE_POINTS = 4  # on either side of a cut within a recording, so that both sides' boxes can be compared


@dataclass(frozen=True, slots=True)
class Points:
    """Points by tracklet and frame.

    Attributes:
        track: (n,) row of the camera's tracklets that the point belongs to.
        stop: (n,) whose point it is.
        frame: (n,) frame since the opening.
        is_embedded: (n,) whether the box is embedded.
        detection_no: (n,) number of the box among those of the same segment and frame.
    """

    track: IntArray
    stop: IntArray
    frame: IntArray
    is_embedded: BoolArray
    detection_no: IntArray


def own_points(world: World, tracks: Tracks) -> Points:
    """Choose each tracklet's points: even ones for each person that it shows, and some close to a cut."""
    wanted, vectors = world.points_per_tracklet, world.vectors_per_tracklet
    is_switched, share = tracks.is_switched, tracks.first_share
    least = min(1, vectors - 1)  # of several vectors each person has one
    first_vectors = np.clip(np.floor(vectors * share + 0.5), least, vectors - least).astype(np.int64)
    first_vectors = np.where(is_switched, first_vectors, vectors)
    other_vectors = vectors - first_vectors
    most = wanted - np.maximum(1, other_vectors)
    first_points = np.clip(np.floor(wanted * share + 0.5), np.maximum(1, first_vectors), most).astype(np.int64)
    first_points = np.where(is_switched, first_points, wanted)
    rows = np.arange(len(tracks))
    parts = [
        _even(rows, tracks.stop, tracks.starts, tracks.switches - 1, first_points, first_vectors),
        _even(
            rows[is_switched],
            tracks.other_stop[is_switched],
            tracks.switches[is_switched],
            tracks.ends[is_switched],
            (wanted - first_points)[is_switched],
            other_vectors[is_switched],
            from_end=True,
        ),
        _edges(world, tracks, rows[tracks.goes_on_in >= 0], at_end=True),
        _edges(world, tracks, rows[tracks.comes_from >= 0], at_end=False),
    ]
    return _points(world, tracks, parts)


def outside_points(world: World, tracks: Tracks, first: int) -> Points:
    """Return what tracklets did across a cut: the points of their other parts close to it.

    Args:
        world: how far a segment sees across a cut.
        tracks: one camera's tracklets.
        first: number of the first of them in the night, to which they refer.
    """
    before, after = np.flatnonzero(tracks.comes_from >= 0), np.flatnonzero(tracks.goes_on_in >= 0)
    parts = []
    for owners, others, at_end in (
        (before, tracks.comes_from[before] - first, True),
        (after, tracks.goes_on_in[after] - first, False),
    ):
        other, stop, frame, is_embedded = _edges(world, tracks, others, at_end=at_end)
        owner_of = np.full(len(tracks), -1)
        owner_of[others] = owners
        parts.append((owner_of[other], stop, frame, is_embedded))
    return _points(world, tracks, parts)


_Part = tuple[IntArray, IntArray, IntArray, BoolArray]


def _even(
    rows: IntArray,
    stop: IntArray,
    starts: IntArray,
    ends: IntArray,
    points: IntArray,
    vectors: IntArray,
    *,
    from_end: bool = False,
) -> _Part:
    """Return evenly spaced frames from first to last (of one point: the first, or the last), and which are embedded."""
    points = np.minimum(points, ends + 1 - starts)
    vectors = np.minimum(vectors, points)
    number, order = _ragged(points)
    step = (ends - starts) / np.maximum(points - 1, 1)
    if from_end:
        frame = ends[number] - np.round((points[number] - 1 - order) * step[number]).astype(np.int64)
    else:
        frame = starts[number] + np.round(order * step[number]).astype(np.int64)
    is_embedded = np.zeros(len(frame), bool)
    of, vector = _ragged(vectors)
    begins = np.cumsum(points) - points
    is_embedded[begins[of] + ((vector + 0.5) * points[of] / vectors[of]).astype(np.int64)] = True
    return rows[number], stop[number], frame, is_embedded


def _edges(world: World, tracks: Tracks, rows: IntArray, *, at_end: bool) -> _Part:
    """Return some frames within the overlap of the first or last frame, none embedded."""
    overlap = world.frames(world.overlap_s)
    reach = np.minimum(tracks.ends[rows] - tracks.starts[rows], max(0, overlap - 1))
    starts = tracks.ends[rows] - reach if at_end else tracks.starts[rows]
    points = np.full(len(rows), _EDGE_POINTS if overlap else 0)
    return _even(rows, tracks.stop[rows], starts, starts + reach, points, np.zeros_like(points))


def _ragged(counts: IntArray) -> tuple[IntArray, IntArray]:
    """Return for each of sum(counts) items which count it belongs to, and its number there from 0."""
    number = np.repeat(np.arange(len(counts)), counts)
    return number, np.arange(len(number)) - np.repeat(np.cumsum(counts) - counts, counts)


def _points(world: World, tracks: Tracks, parts: list[_Part]) -> Points:
    """Join points: each frame of a tracklet once, in order, with its number among the boxes of the same frame."""
    track, stop, frame, is_embedded = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    frames = world.frames_per_night
    _, kept = np.unique(track * frames + frame, return_index=True)  # of equal ones the first: it may be embedded
    track, stop, frame, is_embedded = track[kept], stop[kept], frame[kept], is_embedded[kept]
    place = tracks.segment[track] * frames + frame
    order = np.argsort(place, kind="stable")
    begins = np.flatnonzero(np.diff(place[order], prepend=-1))
    detection_no = np.empty(len(track), np.int64)
    detection_no[order] = np.arange(len(track)) - np.repeat(begins, np.diff(begins, append=len(track)))
    return Points(track, stop, frame, is_embedded, detection_no)
