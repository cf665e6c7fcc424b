"""What is certain before anything is scored: decisions, earlier nights' identities, cuts, and fragments of one stay."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.clustering import Edges, Linkage, agglomerate
from analytics.linking.feasibility import DECISION, Limits, Sightings, broken_rules
from analytics.linking.fragments import Closeness, fragment_joins
from analytics.linking.gallery import Gallery
from analytics.linking.gathering import Seen
from analytics.linking.groups import group, joined


@dataclass(frozen=True, slots=True)
class Start:
    """Pieces that are one for certain, or nearly so: pairs by their ground, each (k, 2).

    Attributes:
        decided: a person joined them.
        known: an earlier night's identity holds both.
        cut: the boxes at a cut are the same.
        fragments: one stay in one view.
        labels: (n,) what these put together.
        overruled: joins that were dropped since a decision or a rule forbids them.
    """

    decided: IntArray
    known: IntArray
    cut: IntArray
    fragments: IntArray
    labels: IntArray
    overruled: int


def start(gallery: Gallery, seen: Seen, must: IntArray, limits: Limits, close: Closeness) -> Start:
    """Put together what is certain.

    Args:
        gallery: the pieces.
        seen: their tracklets.
        must: (d, 2) rows of tracklets that a person joined.
        limits: what is impossible; decisions that contradict each other were refused before.
        close: what counts as one stay.
    """
    where = gallery.pieces.sightings
    decided, known = gallery.first_piece[must], _neighbours_by_anchor(where.anchor)
    cut, fragments = _across_cuts(gallery, seen), fragment_joins(gallery, seen, close)
    told = joined(len(where), decided[:, 0], decided[:, 1])

    def unless_told(labels: IntArray, a: IntArray, b: IntArray) -> IntArray:
        codes = _codes(where, labels[told], a, b, limits, told)
        return np.where(codes == DECISION, codes, 0)

    sure = np.concatenate([known, cut])
    certain = _joined(told, sure, np.repeat([2.0, 1.0], [len(known), len(cut)]), unless_told)

    def unless_impossible(labels: IntArray, a: IntArray, b: IntArray) -> IntArray:
        return _codes(where, labels[certain], a, b, limits, certain)

    labels = _joined(certain, fragments, np.ones(len(fragments)), unless_impossible)
    kept_known, kept_cut = _are_together(certain, known), _are_together(certain, cut)
    kept_fragments = _are_together(labels, fragments)
    overruled = sum(int((~kept).sum()) for kept in (kept_known, kept_cut, kept_fragments))
    return Start(decided, known[kept_known], cut[kept_cut], fragments[kept_fragments], labels, overruled)


def _codes(where: Sightings, labels: IntArray, a: IntArray, b: IntArray, limits: Limits, nodes: IntArray) -> IntArray:
    """Return the rules that forbid to merge clusters that are named by one of their nodes."""
    clusters = group(labels, where.starts_at, where.ends_at)
    first = np.unique(nodes, return_index=True)[1]
    return broken_rules(where, clusters, clusters.labels[first[a]], clusters.labels[first[b]], limits)


def _neighbours_by_anchor(anchor: IntArray) -> IntArray:
    """Return pairs that tie all pieces of each earlier identity together."""
    order = np.argsort(anchor, kind="stable")
    is_same = (anchor[order[1:]] == anchor[order[:-1]]) & (anchor[order[1:]] >= 0)
    return np.stack([order[:-1][is_same], order[1:][is_same]], axis=1)


def _across_cuts(gallery: Gallery, seen: Seen) -> IntArray:
    """Return the last piece before and the first behind each cut that parted a tracklet."""
    begins = gallery.pieces.sightings.starts_at[gallery.first_piece[seen.joins]]
    is_turned = begins[:, 0] > begins[:, 1]
    before = np.where(is_turned, seen.joins[:, 1], seen.joins[:, 0])
    after = np.where(is_turned, seen.joins[:, 0], seen.joins[:, 1])
    last_piece = np.append(gallery.first_piece[1:], len(gallery.tracklet)) - 1
    return np.stack([last_piece[before], gallery.first_piece[after]], axis=1)


def _joined(
    labels: IntArray,
    pairs: IntArray,
    weight: FloatArray,
    refuse: Callable[[IntArray, IntArray, IntArray], IntArray],
) -> IntArray:
    """Merge labels along pairs, the heaviest first, where nothing forbids it."""
    ends = np.sort(labels[pairs], axis=1)
    count = int(labels.max(initial=-1)) + 1
    keys, first = np.unique(ends[:, 0] * count + ends[:, 1], return_index=True)
    is_pair = keys // max(count, 1) != keys % max(count, 1)
    keys, first = keys[is_pair], first[is_pair]
    edges = Edges(keys // max(count, 1), keys % max(count, 1), weight[first])
    merges, _ = agglomerate(count, edges, refuse, Linkage(0.0, 0.0), 0.0, np.zeros(len(edges), bool))
    return merges.labels(count, -np.inf)[labels]


def _are_together(labels: IntArray, pairs: IntArray) -> BoolArray:
    return np.asarray(labels[pairs[:, 0]] == labels[pairs[:, 1]])
