"""Which pieces of one camera are one stay in view that the tracker lost for a moment: place, time and looks agree.

What a cut parted without a common frame (a file boundary) is joined here too. Only clear cases: the rest is left to the
rounds, which weigh the same evidence as one link among others.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.gallery import Gallery
from analytics.linking.gathering import Seen
from analytics.linking.neighbours import chance, similarities

_MOST_EARLIER_US = 500_000  # trackers overlap by a few frames when one takes over from another


@dataclass(frozen=True, slots=True)
class Closeness:
    """What counts as going on: research of the linking stage, 2.4, step 0.

    Attributes:
        gap_us: longest time without being seen, microseconds.
        heights: farthest that a person goes in no time, in heights of the box; it grows by as much each second.
        odd: how much less alike than chance pairs of the same camera the two may look, in standard deviations; > 0
            asks for likeness.
    """

    gap_us: int
    heights: float
    odd: float


def fragment_joins(gallery: Gallery, seen: Seen, close: Closeness) -> IntArray:
    """Find pieces that go on as another of the same camera.

    Returns:
        (j, 2) pieces, earlier and later, each at most once on either side: those that are each other's nearest, where
        nobody else is nearly as near.
    """
    where = gallery.pieces.sightings
    earlier, later = _within(where.camera, where.starts_at, where.ends_at, close.gap_us)
    gap_s = np.maximum(where.starts_at[later] - where.ends_at[earlier], 0) / 1e6
    distance = _heights_apart(seen.last_box[gallery.tracklet[earlier]], seen.first_box[gallery.tracklet[later]]) / (
        close.heights * (1 + gap_s)
    )
    is_open = _may_go_on(gallery, seen, earlier, later)
    kept = np.flatnonzero((distance <= 1.0) & is_open)
    earlier, later, distance = earlier[kept], later[kept], distance[kept]
    alike = _likeness(gallery, earlier, later)
    kept = np.flatnonzero(~(alike < close.odd))  # without vectors place and time decide alone
    return _mutual_nearest(earlier[kept], later[kept], distance[kept])


def _within(camera: IntArray, starts_at: IntArray, ends_at: IntArray, gap_us: int) -> tuple[IntArray, IntArray]:
    """Return all pairs of one camera in which the later begins within the gap after the earlier ends."""
    order = np.lexsort((starts_at, camera))
    # camera by camera on one line of time, too far apart to meet
    first = int(starts_at.min()) if len(starts_at) else 0
    span = int(ends_at.max(initial=first)) - first + 2 * gap_us + 2 * _MOST_EARLIER_US + 1
    line = camera.astype(np.int64) * span + starts_at - first
    begins = line[order]
    ends = line + (ends_at - starts_at)
    low = np.searchsorted(begins, ends - _MOST_EARLIER_US, side="left")
    high = np.searchsorted(begins, ends + gap_us, side="right")
    earlier = np.repeat(np.arange(len(camera)), high - low)
    step = np.arange(len(earlier)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    later = order[low[earlier] + step]
    is_pair = (earlier != later) & (starts_at[later] > starts_at[earlier])
    return earlier[is_pair], later[is_pair]


def _heights_apart(last: FloatArray, first: FloatArray) -> FloatArray:
    """Return how far apart the feet are, in heights of the taller box; infinite where a box is not known."""
    foot_last = np.stack([(last[:, 0] + last[:, 2]) / 2, last[:, 3]], axis=1)
    foot_first = np.stack([(first[:, 0] + first[:, 2]) / 2, first[:, 3]], axis=1)
    height = np.maximum(np.maximum(last[:, 3] - last[:, 1], first[:, 3] - first[:, 1]), 1.0)
    apart = np.linalg.norm(foot_last - foot_first, axis=1) / height
    return np.where(np.isfinite(apart), apart, np.inf)


def _may_go_on(gallery: Gallery, seen: Seen, earlier: IntArray, later: IntArray) -> BoolArray:
    """Tell where the earlier did not walk out of the picture, nor the later walk in."""
    left = np.array(seen.tracklets["ended_by"].to_pylist(), dtype=str)[gallery.tracklet[earlier]] == "left_frame"
    entered = np.array(seen.tracklets["began_by"].to_pylist(), dtype=str)[gallery.tracklet[later]] == "entered_frame"
    is_switch = gallery.tracklet[earlier] == gallery.tracklet[later]  # cut on purpose, where a person changed
    return np.asarray(~left & ~entered & ~is_switch)


def _likeness(gallery: Gallery, a: IntArray, b: IntArray) -> FloatArray:
    """Return how alike pairs look in standard deviations above chance pairs; NaN where a vector is missing."""
    pieces = gallery.pieces
    there = np.flatnonzero(pieces.weight > 0)
    if len(there) < 3:
        return np.full(len(a), np.nan)
    mean, deviation = chance(pieces.vectors[there])
    alike = (similarities(pieces.vectors, a, b) - mean) / deviation
    return np.where((pieces.weight[a] > 0) & (pieces.weight[b] > 0), alike, np.nan)


def _mutual_nearest(earlier: IntArray, later: IntArray, distance: FloatArray, margin: float = 0.7) -> IntArray:
    """Keep pairs that are each other's nearest, and nearer than `margin` times the next nearest on both sides."""
    if not len(earlier):
        return np.zeros((0, 2), np.int64)
    is_best = np.ones(len(earlier), bool)
    for side in (earlier, later):
        order = np.lexsort((later, earlier, distance, side))
        own, apart = side[order], distance[order]
        is_first = np.ones(len(order), bool)
        is_first[1:] = own[1:] != own[:-1]
        following = np.append(np.where(is_first[1:], np.inf, apart[1:]), np.inf)
        clear = np.zeros(len(order), bool)
        clear[order] = is_first & (apart <= margin * following)
        is_best &= clear
    return np.stack([earlier, later], axis=1)[is_best]
