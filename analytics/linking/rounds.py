"""Linking in rounds: look for candidates, score them, merge, learn travel times from what is linked, and look again.

Section 2.4 of the linking research: calibrated multi-round reciprocal linking. Pure: arrays in, merges out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.clustering import Edges, Linkage, Merges, Refusals, agglomerate
from analytics.linking.evidence import Candidates, candidates, features, over_strangers, soon_after
from analytics.linking.feasibility import ELSEWHERE, Limits, Sightings, broken_rules
from analytics.linking.groups import Groups, group
from analytics.linking.meetings import Meetings, meet
from analytics.linking.neighbours import Neighbours, Search, nearest
from analytics.linking.transits import TransitTable, learn

Columns = TypeVar("Columns", Candidates, Meetings)
_PAIRS_AT_ONCE = 2_000_000

Score = Callable[[FloatArray], FloatArray]
"""Turns (e, f) features into (e,) log-odds."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """What is linked: n tracklets or stretches of tracklets.

    Attributes:
        sightings: where and when.
        vectors: (n, d) float32 of length 1, camera bias removed; zeros where there is none.
        weight: (n,) sum of the qualities of the crops behind it; 0 where there is no vector.
        is_seed: (n,) False for what is too weak to begin an identity.
        camera_count: number of cameras.
    """

    sightings: Sightings
    vectors: FloatArray
    weight: FloatArray
    is_seed: BoolArray
    camera_count: int

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.sightings)


@dataclass(frozen=True, slots=True)
class Look:
    """One round's candidates: pairs of groups with what is known of them.

    Attributes:
        groups: the groups of pieces that the round began with.
        found: the pairs.
        met: their meetings in time.
        codes: (e,) the rule that forbids a pair; 0: none.
        near: the neighbours of the groups that took part.
        sightings: the pieces.
        weight: (m,) how much was seen of each group.
        rivals: number of groups that took part.
    """

    groups: Groups
    found: Candidates
    met: Meetings
    codes: IntArray
    near: Neighbours
    sightings: Sightings
    weight: FloatArray
    rivals: int

    @property
    def rows(self) -> FloatArray:
        """Return the (e, f) features of all pairs."""
        return self.rows_of(slice(None))

    def rows_of(self, kept: IntArray | slice) -> FloatArray:
        """Return the (k, f) features of some pairs: of millions they would fill the memory."""
        found, met = _some(self.found, kept), _some(self.met, kept)
        return features(found, met, self.groups, self.sightings, self.weight, self.rivals)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did.

    Attributes:
        look: its candidates.
        logit: (e,) log-odds of the pairs.
        merges: merges of groups, by number.
        refusals: merges that a rule forbade.
        candidate_count: how many pairs were looked at; of all rounds but the last only those are kept that merged, or
            were refused.
    """

    look: Look
    logit: FloatArray
    merges: Merges
    refusals: Refusals
    candidate_count: int


@dataclass(frozen=True, slots=True)
class Way:
    """How rounds are run.

    Attributes:
        search: how neighbours are found.
        soon_us: those who appear within this of another's end are looked at too, microseconds.
        soon_count: how many of them.
        linkage: how clusters are scored.
        thresholds: of each round, what a merge scores above.
        least_progress: a round that merges less than this share of the groups is the last.
    """

    search: Search
    soon_us: int
    soon_count: int
    linkage: Linkage
    thresholds: tuple[float, ...]
    least_progress: float = 0.002


def look(pieces: Pieces, labels: IntArray, table: TransitTable | None, limits: Limits, way: Way) -> Look:
    """Find the candidates of the groups and what speaks for each."""
    where = pieces.sightings
    groups = group(labels, where.starts_at, where.ends_at)
    pooled, weight = pool(pieces, groups)
    takes_part = np.zeros(len(groups), bool)
    takes_part[groups.labels[pieces.is_seed & (pieces.weight > 0)]] = True
    active = np.flatnonzero(takes_part)
    first = where.starts_at[groups.members[groups.offsets[active]]]
    last = np.maximum.reduceat(where.ends_at[groups.members], groups.offsets[:-1])[active] if len(active) else first
    near = nearest(pooled[active], first, last, way.search)
    number_of = np.full(len(groups), -1)
    number_of[active] = np.arange(len(active))
    asking = np.flatnonzero(pieces.is_seed & (pieces.weight > 0))
    more = soon_after(
        pieces.vectors[asking], where.starts_at[asking], where.ends_at[asking], way.soon_us, way.soon_count
    )
    more_a, more_b = (number_of[groups.labels[asking[side]]] for side in more)
    among = candidates(pooled[active], near, more_a, more_b)
    found = replace(among, a=active[among.a], b=active[among.b])
    codes = broken_rules(where, groups, found.a, found.b, limits)
    found = over_strangers(found, np.isin(codes, ELSEWHERE), len(groups), pooled[active])
    met = meet(groups, found.a, found.b, where.camera, where.starts_at, where.ends_at, pieces.camera_count, table)
    return Look(groups, found, met, codes, near, where, weight, len(active))


def run_rounds(
    pieces: Pieces, labels: IntArray, limits: Limits, way: Way, scores: Sequence[Score]
) -> tuple[IntArray, tuple[Round, ...], TransitTable | None]:
    """Link pieces.

    Args:
        pieces: what is linked.
        labels: (n,) what is together for certain; these stay together.
        limits: what is impossible.
        way: how to go about it.
        scores: of each round, the log-odds of its candidates.

    Returns:
        (n,) labels at the last threshold, the rounds, and the travel times that the last round knew.
    """
    rounds: list[Round] = []
    table: TransitTable | None = None
    where = pieces.sightings
    for score, threshold in zip(scores, way.thresholds, strict=True):
        rounds[-1:] = [without_the_rest(done) for done in rounds[-1:]]
        seen = look(pieces, labels, table, limits, way)
        done = merge_round(seen, _scores(seen, score), pieces, limits, way.linkage, threshold)
        rounds.append(done)
        labels = done.merges.labels(len(seen.groups), -np.inf)[seen.groups.labels]
        if len(done.merges) < way.least_progress * len(seen.groups) and len(rounds) > 1:
            break
        table = learn(
            group(labels, where.starts_at, where.ends_at),
            where.camera,
            where.starts_at,
            where.ends_at,
            pieces.camera_count,
        )
    return labels, tuple(rounds), table


def merge_round(
    seen: Look, logit: FloatArray, pieces: Pieces, limits: Limits, linkage: Linkage, threshold: float
) -> Round:
    """Merge groups by their candidates' log-odds."""
    where = pieces.sightings

    def refuse(merged: IntArray, a: IntArray, b: IntArray) -> IntArray:
        clusters = group(merged[seen.groups.labels], where.starts_at, where.ends_at)
        first = seen.groups.members[seen.groups.offsets[:-1]]
        return broken_rules(where, clusters, clusters.labels[first[a]], clusters.labels[first[b]], limits)

    edges = Edges(seen.found.a, seen.found.b, logit)
    merges, refusals = agglomerate(len(seen.groups), edges, refuse, linkage, threshold, seen.codes != 0)
    return Round(seen, logit, merges, refusals, len(seen.found))


def without_the_rest(done: Round) -> Round:
    """Return a round with those of its pairs alone that merged, or were refused: of millions a few thousand."""
    kept = np.unique(np.concatenate([done.merges.edge, done.refusals.edge]))
    seen, near = done.look, done.look.near

    seen = replace(
        seen,
        found=_some(seen.found, kept),
        met=_some(seen.met, kept),
        codes=seen.codes[kept],
        near=replace(near, number=near.number[:0], similarity=near.similarity[:0]),
    )
    merges = replace(done.merges, edge=np.searchsorted(kept, done.merges.edge))
    refusals = replace(done.refusals, edge=np.searchsorted(kept, done.refusals.edge))
    return Round(seen, done.logit[kept], merges, refusals, done.candidate_count)


def _scores(seen: Look, score: Score) -> FloatArray:
    parts = [score(seen.rows_of(slice(at, at + _PAIRS_AT_ONCE))) for at in range(0, len(seen.found), _PAIRS_AT_ONCE)]
    return np.concatenate([np.zeros(0), *parts])


def _some(part: Columns, kept: IntArray | slice) -> Columns:
    return type(part)(*(getattr(part, field.name)[kept] for field in fields(part)))


def pool(pieces: Pieces, groups: Groups) -> tuple[FloatArray, FloatArray]:
    """Return (m, d) weighted mean directions of groups and (m,) sums of weights; zeros where there is no vector."""
    dimension = pieces.vectors.shape[1]
    if not len(groups):
        return np.zeros((0, dimension), np.float32), np.zeros(0)
    ordered = pieces.vectors[groups.members] * pieces.weight[groups.members, None].astype(np.float32)
    total = np.add.reduceat(ordered, groups.offsets[:-1], axis=0)
    weight = np.add.reduceat(pieces.weight[groups.members].astype(np.float64), groups.offsets[:-1])
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.divide(total, length, out=np.zeros_like(total), where=length > 1e-12), weight
