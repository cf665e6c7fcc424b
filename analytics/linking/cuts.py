"""Which tracklets a cut parted: both segments saw the same boxes in the seconds around it.

Points beyond a segment's ends (`boundary_points`) are what its tracker saw of the neighbour's time. Research of the
linking stage, section 4: tracks are matched by their overlap on common frames, one to one.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.geometry import FloatArray, IntArray

_SAME_BOX_IOU = 0.7  # of two trackers' boxes of one person in one frame; machines differ in the last digits
_LEAST_SHARE = 0.5  # of the frames that both saw


def cut_joins(tracklets: pa.Table, track_points: pa.Table, boundary_points: pa.Table) -> IntArray:
    """Find pairs of tracklets of neighbouring segments that are one person by the boxes around the cut.

    Args:
        tracklets: contract TRACKLETS; one camera's, or several'.
        track_points: their points, contract TRACK_POINTS.
        boundary_points: their points beyond their segments, contract BOUNDARY_POINTS.

    Returns:
        (j, 2) rows of `tracklets`. On either side of a cut a tracklet goes on as at most one other; the pair that
        shares most frames is taken first, of equals that of the smaller ids.
    """
    nothing = np.zeros((0, 2), np.int64)
    if not boundary_points.num_rows or len(tracklets) < 2:
        return nothing
    ids = tracklets["tracklet_id"].combine_chunks()
    instants = pc.unique(boundary_points["captured_at"])
    own = track_points.filter(pc.is_in(track_points["captured_at"], value_set=instants))
    columns = ["tracklet_id", "captured_at", "x_min", "y_min", "x_max", "y_max"]
    points = pa.concat_tables([own.select(columns), boundary_points.select(columns)])
    owner = np.asarray(pc.fill_null(pc.index_in(points["tracklet_id"], value_set=ids), -1).to_numpy(), np.int64)
    at = np.asarray(points["captured_at"].cast(pa.int64()).to_numpy(), np.int64)
    boxes = np.stack([points[side].to_numpy() for side in columns[2:]], axis=1).astype(np.float64)
    recording, segment = (_codes(tracklets[name]) for name in ("recording_id", "segment_id"))
    known = owner >= 0
    owner, at, boxes = owner[known], at[known], boxes[known]
    if not len(owner):
        return nothing
    order = np.lexsort((owner, at, recording[owner]))
    left, right = _pairs_at_once(recording[owner[order]], at[order])
    left, right = order[left], order[right]
    is_across = segment[owner[left]] != segment[owner[right]]
    left, right = left[is_across], right[is_across]
    if not len(left):
        return nothing
    low, high = np.minimum(owner[left], owner[right]), np.maximum(owner[left], owner[right])
    keys, inverse, common = np.unique(low * len(tracklets) + high, return_inverse=True, return_counts=True)
    hits = np.bincount(inverse, _iou(boxes[left], boxes[right]) >= _SAME_BOX_IOU, minlength=len(keys))
    kept = (hits >= 1) & (hits >= _LEAST_SHARE * common)
    pairs, hits = np.stack([keys // len(tracklets), keys % len(tracklets)], axis=1)[kept], hits[kept]
    return _one_to_one(pairs, hits, segment, ids)


def _codes(column: pa.ChunkedArray) -> IntArray:
    return np.asarray(column.combine_chunks().dictionary_encode().indices.to_numpy(), np.int64)


def _pairs_at_once(recording: IntArray, at: IntArray) -> tuple[IntArray, IntArray]:
    """Return all pairs of places, first before second, of sorted points of one recording at one instant."""
    is_new = np.ones(len(at), bool)
    is_new[1:] = (recording[1:] != recording[:-1]) | (at[1:] != at[:-1])
    begins = np.flatnonzero(is_new)
    ends = np.repeat(np.append(begins[1:], len(at)), np.diff(np.append(begins, len(at))))
    count = ends - np.arange(len(at)) - 1
    left = np.repeat(np.arange(len(at)), count)
    step = np.arange(len(left)) - np.repeat(np.cumsum(count) - count, count)
    return left, left + 1 + step


def _iou(a: FloatArray, b: FloatArray) -> FloatArray:
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    union = np.prod(a[:, 2:] - a[:, :2], axis=1) + np.prod(b[:, 2:] - b[:, :2], axis=1) - shared
    shares: FloatArray = np.divide(shared, union, out=np.zeros(len(a)), where=union > 0)
    return shares


def _one_to_one(pairs: IntArray, hits: IntArray, segment: IntArray, ids: pa.Array) -> IntArray:
    rank = np.asarray(pc.rank(ids).to_numpy(), np.int64)
    ranked = np.sort(rank[pairs], axis=1)
    taken: set[tuple[int, int]] = set()
    joins = []
    for place in np.lexsort((ranked[:, 1], ranked[:, 0], -hits)):
        a, b = (int(end) for end in pairs[place])
        sides = {(a, int(segment[b])), (b, int(segment[a]))}
        if not sides & taken:
            taken |= sides
            joins.append((a, b))
    return np.array(joins, np.int64).reshape(-1, 2)
