"""Measures of how well identities gather the tracklets of one person.

Tracklets are counted, as linking receives them: what detection and tracking missed is `tracking`'s to tell. A tracklet
of nobody (a false track) is a person of its own who is not counted: to leave it alone is right, to link it to anything
is wrong, and neither earns a hit.
"""

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray, read_only

NOBODY = -1
"""Stands for the person of a false track; every negative number does."""


@dataclass(frozen=True, slots=True)
class LinkedTracklets:
    """Tracklets with the identity that each was given and the person that each is.

    Attributes:
        identities: (n,) number of the identity; every tracklet is in one, even alone.
        people: (n,) number of the true person; negative: nobody's.
        cameras: (n,) number of the camera.
        starts_at: (n,) instants of the first points, microseconds; they order a person's moves.
        weights: (n,) points or seconds, >= 0: what a tracklet counts in the identity scores, which papers count in
            boxes.
    """

    identities: IntArray
    people: IntArray
    cameras: IntArray
    starts_at: IntArray
    weights: FloatArray

    def __post_init__(self) -> None:
        for field in fields(self):
            array = getattr(self, field.name)
            if array.shape != (len(self.identities),):
                raise ValueError(f"expected ({len(self.identities)},) {field.name}, got {array.shape}")
            object.__setattr__(self, field.name, read_only(array))
        if len(self.weights) and not self.weights.min() >= 0:
            raise ValueError(f"expected weights >= 0, got {self.weights.min()}")

    def __len__(self) -> int:
        """Return the number of tracklets."""
        return len(self.identities)

    def given(self, identities: IntArray) -> "LinkedTracklets":
        """Return the same tracklets with other identities."""
        return LinkedTracklets(identities, self.people, self.cameras, self.starts_at, self.weights)


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """How much of what was found is right, and how much of what is right was found; None: there was nothing."""

    precision: float | None
    recall: float | None

    @property
    def f1(self) -> float | None:
        """Harmonic mean; 0 where something was wanted or found but nothing hit, None where there was neither."""
        if self.precision is None and self.recall is None:
            return None
        total = (self.precision or 0.0) + (self.recall or 0.0)
        return 2 * (self.precision or 0.0) * (self.recall or 0.0) / total if total else 0.0


def identity_scores(linked: LinkedTracklets) -> PrecisionRecall:
    """Return IDP and IDR after Ristani et al. 2016 over tracklets; their `f1` is IDF1.

    Each person is matched to at most one identity and each identity to at most one person, for all cameras and all
    time at once, so that the weight of the tracklets that agree is largest. It is found exactly, over the pairs that
    share a tracklet, so that a hundred thousand tracklets take seconds.
    """
    is_somebody = linked.people >= 0
    people, identities = linked.people[is_somebody], linked.identities[is_somebody]
    _, first, own = np.unique(pair_numbers(people, identities), return_index=True, return_inverse=True)
    shared = np.bincount(own, linked.weights[is_somebody], minlength=len(first)).astype(np.float64)
    hits = _heaviest_matching(people[first], identities[first], shared)
    return _precision_recall(hits, math.fsum(linked.weights), math.fsum(linked.weights[is_somebody]))


def pair_scores(linked: LinkedTracklets) -> tuple[PrecisionRecall, PrecisionRecall]:
    """Return precision and recall over all pairs of tracklets, and over those in two different cameras."""
    people, identities, cameras = everybody(linked), linked.identities, linked.cameras
    hits, found, wanted = (
        count_pairs(groups, cameras) for groups in (pair_numbers(people, identities), identities, people)
    )
    return (
        _precision_recall(hits.every, found.every, wanted.every),
        _precision_recall(hits.across, found.across, wanted.across),
    )


@dataclass(frozen=True, slots=True)
class PairCounts:
    """How many pairs there are: all of them, and those in two different cameras."""

    every: int
    across: int


def count_pairs(groups: IntArray, cameras: IntArray) -> PairCounts:
    """Count the pairs of tracklets that are in one group; (n,) groups and cameras."""
    every = _pair_count(groups)
    return PairCounts(every, every - _pair_count(pair_numbers(groups, cameras)))


def bcubed_scores(linked: LinkedTracklets) -> PrecisionRecall:
    """Return B-cubed precision and recall (Bagga and Baldwin 1998), means over the tracklets of people."""
    people = everybody(linked)
    agreeing = _sizes(pair_numbers(people, linked.identities))
    is_somebody = linked.people >= 0
    count = is_somebody.sum()
    # fsum rounds once: the order of the rows must not show in the last digit
    precision = math.fsum((agreeing / _sizes(linked.identities))[is_somebody])
    recall = math.fsum((agreeing / _sizes(people))[is_somebody])
    return PrecisionRecall(share(precision, count), share(recall, count))


def exact_journeys(linked: LinkedTracklets) -> tuple[BoolArray, BoolArray]:
    """Tell of each person, in order of number, whether one identity has all of their tracklets and no others.

    Returns:
        (p,) that, and (p,) whether the person has tracklets in at least two cameras.
    """
    agreeing = _sizes(pair_numbers(everybody(linked), linked.identities))
    is_somebody = linked.people >= 0
    _, first, own = np.unique(linked.people[is_somebody], return_index=True, return_inverse=True)
    cameras = np.unique(np.stack([own, linked.cameras[is_somebody]]), axis=1)[0]
    size = np.bincount(own, minlength=len(first))
    is_whole = agreeing[is_somebody][first] == size
    is_pure = _sizes(linked.identities)[is_somebody][first] == size
    return is_whole & is_pure, np.bincount(cameras, minlength=len(first)) >= 2


@dataclass(frozen=True, slots=True)
class Moves:
    """Moves from one camera to another: how many there were, how many were found, and how many of these are right."""

    true: int
    found: int
    right: int

    @property
    def scores(self) -> PrecisionRecall:
        """How many found moves are right, and how many true ones were found."""
        return _precision_recall(self.right, self.found, self.true)


def compare_moves(linked: LinkedTracklets) -> Moves:
    """Compare the moves of identities with those of people.

    A person stops in a camera for as long as no tracklet of theirs begins in another; a move leads from one stop to
    the next. An identity's move, from its last tracklet in one camera to its first in the next, is right if both are
    the same person's and lie in consecutive stops of theirs. A true move that several identities make is found once.
    """
    order, begins_stop, is_move = _stops(linked, everybody(linked))
    stop_of = np.empty(len(linked), np.int64)
    stop_of[order] = np.cumsum(begins_stop)  # consecutive stops of a person have consecutive numbers
    true_count = int(is_move.sum())  # nobody's tracklets are alone and make no move
    order, _, is_move = _stops(linked, linked.identities)
    after = np.flatnonzero(is_move)
    left, reached = order[after - 1], order[after]
    is_right = (linked.people[left] >= 0) & (linked.people[left] == linked.people[reached])
    is_right &= stop_of[reached] == stop_of[left] + 1
    return Moves(true_count, len(after), len(np.unique(stop_of[left[is_right]])))


def _stops(linked: LinkedTracklets, groups: IntArray) -> tuple[IntArray, BoolArray, BoolArray]:
    """Return the tracklets in order of group and time, and of each whether it begins a stop, and whether by a move."""
    # people last: of tracklets that begin at once in one camera, the order must not depend on that of the rows
    order = np.lexsort((linked.people, linked.cameras, linked.starts_at, groups))
    own, camera = groups[order], linked.cameras[order]
    is_same_group = np.zeros(len(order), np.bool_)
    is_same_group[1:] = own[1:] == own[:-1]
    is_other_camera = np.ones(len(order), np.bool_)
    is_other_camera[1:] = camera[1:] != camera[:-1]
    return order, ~is_same_group | is_other_camera, is_same_group & is_other_camera


def everybody(linked: LinkedTracklets) -> IntArray:
    """Return the people, and for each tracklet of nobody a number of its own."""
    alone = linked.people.max(initial=0) + 1 + np.arange(len(linked))
    return np.where(linked.people >= 0, linked.people, alone)


def pair_numbers(a: IntArray, b: IntArray) -> IntArray:
    """Return (n,) numbers, equal where both arrays are."""
    dense_b, count = np.unique(b, return_inverse=True)[1], len(b) + 1
    return np.asarray(np.unique(a, return_inverse=True)[1] * count + dense_b)


def _sizes(groups: IntArray) -> IntArray:
    """Return (n,) the size of each one's group."""
    _, own, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(counts[own])


def _pair_count(groups: IntArray) -> int:
    counts = np.unique(groups, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def share(part: Any, whole: Any) -> float | None:
    """Return a number's share of another, None where that is 0."""
    return float(part) / float(whole) if whole else None


def _precision_recall(hits: float, found: float, wanted: float) -> PrecisionRecall:
    return PrecisionRecall(share(hits, found), share(hits, wanted))


def _heaviest_matching(left: IntArray, right: IntArray, weights: FloatArray) -> float:
    """Return the largest total weight of edges of which no two share an end.

    Args:
        left: (e,) one end of each edge; no edge is there twice.
        right: (e,) the other end.
        weights: (e,) >= 0.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    is_alone = (_sizes(left) == 1) & (_sizes(right) == 1)
    sure = math.fsum(weights[is_alone])
    if is_alone.all():
        return sure
    rows, columns = (np.unique(ends[~is_alone], return_inverse=True)[1] for ends in (left, right))
    edge_weights = weights[~is_alone]
    row_count, column_count = int(rows.max()) + 1, int(columns.max()) + 1
    # every row has a column of its own that it may take for nothing, so that a full matching exists; all edges are one
    # heavier than they are, since an edge of weight 0 would be none
    spare = np.arange(row_count)
    graph = coo_array(
        (
            np.concatenate([edge_weights, np.zeros(row_count)]) + 1,
            (np.concatenate([rows, spare]), np.concatenate([columns, column_count + spare])),
        ),
        shape=(row_count, column_count + row_count),
    ).tocsr()
    chosen_rows, chosen_columns = min_weight_full_bipartite_matching(graph, maximize=True)
    return math.fsum([sure, *(graph[chosen_rows, chosen_columns] - 1)])
