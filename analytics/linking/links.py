"""From merges and candidates to the rows of `links`: what joined two tracklets, or kept them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.geometry import FloatArray, IntArray
from analytics.linking.answers import Named, Place, built, is_of_night_rows, nullable
from analytics.linking.feasibility import FEASIBLE, RULES, Limits, broken_rules
from analytics.linking.gallery import Gallery
from analytics.linking.gathering import Seen, micros
from analytics.linking.groups import group
from analytics.linking.model import LinkModel, probability
from analytics.linking.solving import Solved, parts_of_evidence
from analytics.linking.tree import CUT, KINDS, SCORED
from analytics.linking.uncut import Uncut
from analytics.tables import LINKS


@dataclass(frozen=True, slots=True)
class Cut:
    """Which links are told.

    Attributes:
        above: probability above which merges are accepted.
        keep: probability above which candidates that were not linked are kept for review.
        limits: what is impossible.
        model: what was learned.
    """

    above: float
    keep: float
    limits: Limits
    model: LinkModel


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of tracklets."""

    a: IntArray
    b: IntArray
    similarity: FloatArray
    probability: FloatArray
    verdict: Any
    rule: Any
    evidence: FloatArray


def link_rows(solved: Solved, named: Named, gallery: Gallery, uncut: Uncut, place: Place, cut: Cut) -> pa.Table:
    """Return LINKS of the night: the tree's merges, and the last round's candidates above `cut.keep` that made none.

    A link of two whole tracklets is told of the parts that meet: the last of the earlier, the first of the later.
    """
    merging, height = solved.tree.merging, solved.tree.height
    rules = np.array([*KINDS[:SCORED], "", "attached"], dtype=object)
    is_merge = height > 0
    parts = [
        _cut_pairs(uncut, cut.model.joins["cut"]),
        _Pairs(
            *uncut.that_meet(gallery.tracklet[merging.a[is_merge]], gallery.tracklet[merging.b[is_merge]]),
            merging.similarity[is_merge],
            merging.probability[is_merge],
            np.where(height[is_merge] > cut.above, "accepted", "below").astype(object),
            rules[merging.kind[is_merge]],
            merging.evidence[is_merge],
        ),
    ]
    if solved.rounds:
        parts.append(_candidates(solved, named, gallery, uncut, cut))
    return _link_table(parts, uncut.parts, place)


def _cut_pairs(uncut: Uncut, probability: float) -> _Pairs:
    a, b = uncut.cuts.T
    count = len(a)
    verdict, rule = np.full(count, "accepted", object), np.full(count, KINDS[CUT], object)
    return _Pairs(a, b, np.full(count, np.nan), np.full(count, probability), verdict, rule, np.full((count, 3), np.nan))


def _candidates(solved: Solved, named: Named, gallery: Gallery, uncut: Uncut, cut: Cut) -> _Pairs:
    last = solved.rounds[-1]
    chance = probability(last.logit)
    a, b = last.look.met.before, last.look.met.after
    kept = np.flatnonzero((chance > cut.keep) & (named.labels[a] != named.labels[b]))
    where = gallery.pieces.sightings
    groups = group(named.labels, where.starts_at, where.ends_at)
    codes = last.look.codes[kept]
    refused = broken_rules(where, groups, groups.labels[a[kept]], groups.labels[b[kept]], cut.limits)
    verdict = np.where(codes != FEASIBLE, "infeasible", np.where(refused != FEASIBLE, "refused", "below"))
    names = np.array(RULES, dtype=object)
    return _Pairs(
        *uncut.that_meet(gallery.tracklet[a[kept]], gallery.tracklet[b[kept]]),
        last.look.found.cosine[kept].astype(np.float64),
        chance[kept],
        verdict.astype(object),
        names[np.where(codes != FEASIBLE, codes, refused)],
        parts_of_evidence(cut.model.rounds[len(solved.rounds) - 1], last.look.rows_of(kept)),
    )


def _link_table(parts: Sequence[_Pairs], seen: Seen, place: Place) -> pa.Table:
    def column(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    starts_at, ends_at = (micros(seen.tracklets[name]) for name in ("starts_at", "ends_at"))
    one, two = column("a"), column("b")
    is_turned = (starts_at[one] > starts_at[two]) | ((starts_at[one] == starts_at[two]) & (one > two))
    first, second = np.where(is_turned, two, one), np.where(is_turned, one, two)
    is_of_night = is_of_night_rows(seen, place)
    keys = first * max(len(seen), 1) + second
    wanted = np.flatnonzero((first != second) & (is_of_night[first] | is_of_night[second]))
    # of several rows about one pair the first made counts: a merge before a candidate
    wanted = wanted[np.unique(keys[wanted], return_index=True)[1]]
    first, second = first[wanted], second[wanted]
    evidence = column("evidence")[wanted].astype(np.float32)
    is_unscored = np.isnan(evidence).any(axis=1)
    rule = column("rule")[wanted]
    ids_column, cameras = seen.tracklets["tracklet_id"], seen.tracklets["camera_id"]
    return built(
        LINKS,
        place,
        {
            "tracklet_a": ids_column.take(pa.array(first)),
            "tracklet_b": ids_column.take(pa.array(second)),
            "camera_a": cameras.take(pa.array(first)),
            "camera_b": cameras.take(pa.array(second)),
            "similarity": nullable(column("similarity")[wanted].astype(np.float32)),
            "gap_s": (starts_at[second] - ends_at[first]) / 1e6,
            "probability": column("probability")[wanted],
            "verdict": pa.array(column("verdict")[wanted], pa.string()),
            "rule": pa.array(rule, pa.string(), mask=(rule == "")),
            "evidence": pa.StructArray.from_arrays(
                [pa.array(part, pa.float32()) for part in evidence.T],
                fields=list(LINKS.schema.field("evidence").type),
                mask=pa.array(is_unscored),
            ),
        },
    )
