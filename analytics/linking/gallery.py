"""From what was seen to what is linked: pieces with one comparable vector each, and which are too weak to begin.

A tracklet is one piece, unless its crops show that the tracker went over from one person to another: then it is two.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.appearance import pooled, without_bias
from analytics.linking.feasibility import Sightings
from analytics.linking.gathering import Seen, micros
from analytics.linking.rounds import Pieces

_LEAST_CROPS = 4  # two on either side of a switch: one alone may be a bad picture
_ODD = 4.0  # robust standard deviations below the site's median at which both ends of a tracklet show two people


@dataclass(frozen=True, slots=True)
class Gallery:
    """The pieces of a window.

    Attributes:
        pieces: what is linked, n of them, those of a tracklet side by side.
        tracklet: (n,) row of the tracklet in `Seen`.
        first_piece: (t,) first piece of each tracklet.
        crops: (n,) vectors behind each.
        camera_ids: of each number.
        shrinkage: tracklets at which half of a camera's mean was taken off.
        counts: tracklets without_vector, too_small, too_poor and switched.
    """

    pieces: Pieces
    tracklet: IntArray
    first_piece: IntArray
    crops: IntArray
    camera_ids: tuple[str, ...]
    shrinkage: float
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Standards:
    """What a piece must have to begin an identity.

    Attributes:
        min_height_px: height of its tallest box.
        min_quality: sum of the qualities of its crops.
        shrinkage: see `without_bias`.
        day_part_us: length of the parts of a day that are normalised apart, microseconds.
    """

    min_height_px: float
    min_quality: float
    shrinkage: float | None
    day_part_us: int


def build_gallery(seen: Seen, standards: Standards, anchors: IntArray, is_whole: BoolArray) -> Gallery:
    """Make pieces of tracklets.

    Args:
        seen: the tracklets and vectors.
        standards: what is too weak.
        anchors: (n,) earlier night's identity of each tracklet; -1: none.
        is_whole: (n,) True for tracklets that are never parted: a person has spoken of them as one.
    """
    starts_at, ends_at = (micros(seen.tracklets[name]) for name in ("starts_at", "ends_at"))
    switched_at = np.where(is_whole, -1, switches(seen))
    is_switched = switched_at >= 0
    # the piece behind a switch follows the one before it
    tracklet = np.repeat(np.arange(len(seen)), 1 + is_switched)
    is_second = np.zeros(len(tracklet), bool)
    is_second[1:] = tracklet[1:] == tracklet[:-1]
    is_first = is_switched[tracklet] & ~is_second
    first_piece = np.searchsorted(tracklet, np.arange(len(seen)))
    owner = first_piece[seen.owner] + (is_switched[seen.owner] & (seen.captured_at >= switched_at[seen.owner]))
    vectors, weight = pooled(seen.vectors, seen.quality, owner, len(tracklet))
    camera_ids, camera = np.unique(np.array(seen.tracklets["camera_id"].to_pylist(), dtype=str), return_inverse=True)
    begins = np.where(is_second, switched_at[tracklet], starts_at[tracklet])
    ends = np.where(is_first, np.maximum(switched_at[tracklet] - 1, begins), ends_at[tracklet])
    left, entered = (
        np.array(seen.tracklets[name].to_pylist(), dtype=str)[tracklet] == value
        for name, value in (("ended_by", "left_frame"), ("began_by", "entered_frame"))
    )
    sightings = Sightings(
        camera.astype(np.int64)[tracklet],
        begins,
        np.maximum(ends, begins),
        anchors[tracklet],
        (~left | is_first).astype(np.int64),
        (~entered | is_second).astype(np.int64),
    )
    parts = (begins // standards.day_part_us) % max(86_400_000_000 // standards.day_part_us, 1)
    free, shrinkage = without_bias(vectors, weight, sightings.camera, parts, standards.shrinkage)
    is_small = seen.tracklets["best_height_px"].to_numpy()[tracklet] < standards.min_height_px
    is_poor = (weight > 0) & (weight < standards.min_quality)
    counts = {
        "without_vector": int((weight[~is_second] <= 0).sum()),
        "too_small": int((is_small & (weight > 0) & ~is_second).sum()),
        "too_poor": int((is_poor & ~is_small & ~is_second).sum()),
        "switched": int(is_switched.sum()),
    }
    pieces = Pieces(sightings, free, weight, (weight > 0) & ~is_small & ~is_poor, len(camera_ids))
    crops = np.bincount(owner, minlength=len(tracklet))
    return Gallery(pieces, tracklet, first_piece, crops, tuple(camera_ids.tolist()), shrinkage, counts)


def switches(seen: Seen) -> IntArray:
    """Tell where trackers went over from one person to another.

    Returns:
        (n,) first instant of the second person, microseconds; -1 where a tracklet shows one. A tracklet of at least
        four crops is cut where the means of both sides are least alike, if they are far less alike than those of the
        site's tracklets usually are, in robust standard deviations.
    """
    switched_at = np.full(len(seen), -1, np.int64)
    counts = np.bincount(seen.owner, minlength=len(seen))
    lowest, place = np.full(len(seen), np.nan), np.zeros(len(seen), np.int64)
    first = np.concatenate([[0], np.cumsum(counts)])[:-1]
    for count in np.unique(counts[counts >= _LEAST_CROPS]).tolist():
        own = np.flatnonzero(counts == count)
        lowest[own], place[own] = _least_alike(seen.vectors, first[own], count)
    judged = np.flatnonzero(np.isfinite(lowest))
    if len(judged) < 2 * _LEAST_CROPS:
        return switched_at
    median = np.median(lowest[judged])
    spread = 1.4826 * np.median(np.abs(lowest[judged] - median))
    odd = judged[lowest[judged] < median - _ODD * max(spread, 0.02)]
    switched_at[odd] = seen.captured_at[first[odd] + place[odd]]
    return switched_at


def _least_alike(vectors: FloatArray, first: IntArray, count: int) -> tuple[FloatArray, IntArray]:
    """Return the lowest cosine of the means before and after a cut, and how many crops lie before it."""
    lowest, place = np.full(len(first), np.inf), np.zeros(len(first), np.int64)
    given = vectors[first[:, None] + np.arange(count)].astype(np.float64)
    sums = np.cumsum(given, axis=1)
    for before in range(2, count - 1):
        one, two = sums[:, before - 1], sums[:, -1] - sums[:, before - 1]
        lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
        cosine = np.einsum("ij,ij->i", one, two) / np.maximum(lengths, 1e-9)
        is_lower: BoolArray = cosine < lowest
        lowest, place = np.where(is_lower, cosine, lowest), np.where(is_lower, before, place)
    return lowest, place
