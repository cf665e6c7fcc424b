"""From what was seen to who is who: what is certain, the rounds, the weak at the end, and one tree of it all.

The order of the steps is here and nowhere else. Pure: no lake, no randomness.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import FloatArray, IntArray
from analytics.linking.attaching import attachable, best_of_each
from analytics.linking.clustering import Linkage
from analytics.linking.evidence import APPEARANCE, FEATURES, QUALITY, TIME
from analytics.linking.feasibility import Limits
from analytics.linking.fragments import Closeness
from analytics.linking.gallery import Gallery
from analytics.linking.gathering import Seen
from analytics.linking.model import LinkModel, merge_rows, probability
from analytics.linking.neighbours import Search
from analytics.linking.rounds import Round, Score, Way, run_rounds
from analytics.linking.starting import Start, start
from analytics.linking.transits import TransitTable
from analytics.linking.tree import (
    ATTACHED,
    CUT,
    DECISION,
    FRAGMENT,
    KNOWN,
    SCORED,
    MergeTree,
    Merging,
    build_tree,
    given,
    together,
)
from analytics.linking.trees import BoostedTrees
from analytics.settings import Linking

BALANCED_SCORE = 0.0  # linkage score at which two groups are as likely one person as two
WIDE_SCORE = -2.0  # the last round goes on to here, for the cuts below the balanced one
_MOST_ATTACHING = 4  # passes over the weak: each lets one more of them join a group


@dataclass(frozen=True, slots=True)
class Solved:
    """Who is who.

    Attributes:
        start: what was certain before.
        rounds: what each round saw and did.
        tree: all merges.
        table: the travel times that the last round knew; None when there was but one round.
    """

    start: Start
    rounds: tuple[Round, ...]
    tree: MergeTree
    table: TransitTable | None


def solve(gallery: Gallery, seen: Seen, must: IntArray, limits: Limits, linking: Linking, model: LinkModel) -> Solved:
    """Link the pieces of one class.

    Args:
        gallery: the pieces.
        seen: their tracklets.
        must: (d, 2) rows of tracklets that a person joined.
        limits: what is impossible.
        linking: the settings.
        model: what was learned.
    """
    begun = start(gallery, seen, must, limits, closeness(linking))
    way = way_of(linking, len(model.rounds))
    scores: list[Score] = [trees.scores for trees in model.rounds[: len(way.thresholds)]]
    labels, rounds, table = run_rounds(gallery.pieces, begun.labels, limits, way, scores)
    parts = [
        given(begun.decided, 1.0, DECISION),
        given(begun.known, 1.0, KNOWN),
        given(begun.cut, model.joins["cut"], CUT),
        given(begun.fragments, model.joins["fragment"], FRAGMENT),
        *(scored(done, number, model) for number, done in enumerate(rounds)),
        *_attached(gallery, labels, table, limits, way, model, linking.attach_probability),
    ]
    return Solved(begun, rounds, build_tree(len(gallery.pieces), together(parts)), table)


def closeness(linking: Linking) -> Closeness:
    """Return what the settings call one stay."""
    return Closeness(round(linking.fragment_gap_s * 1e6), linking.fragment_heights, linking.fragment_likeness)


def way_of(linking: Linking, round_count: int) -> Way:
    """Return how the settings want rounds to be run."""
    horizon = None if linking.horizon_s is None else round(linking.horizon_s * 1e6)
    count = min(round_count, linking.rounds)
    return Way(
        search=Search(linking.neighbours, horizon, linking.approximate_above),
        soon_us=round(linking.soon_s * 1e6),
        soon_count=linking.soon_neighbours,
        linkage=Linkage(),
        thresholds=(BALANCED_SCORE,) * (count - 1) + (WIDE_SCORE,),
    )


def scored(done: Round, number: int, model: LinkModel) -> Merging:
    """Return a round's merges as pairs of pieces: the two of the shortest meeting of the two likeliest groups."""
    edge = done.merges.edge
    chance = probability(model.merges.scores(merge_rows(done.merges, done.logit[edge], number, len(done.look.groups))))
    return Merging(
        done.look.met.before[edge],
        done.look.met.after[edge],
        chance,
        done.look.found.cosine[edge].astype(np.float64),
        np.full(len(edge), SCORED),
        parts_of_evidence(model.rounds[number], done.look.rows_of(edge)),
    )


def parts_of_evidence(trees: BoostedTrees, rows: FloatArray) -> FloatArray:
    """Return (e, 3) what appearance, time and quality add to a pair's log-odds."""
    parts = trees.contributions(rows)
    sums = [parts[:, [FEATURES.index(name) for name in names]].sum(axis=1) for names in (APPEARANCE, TIME, QUALITY)]
    return np.stack(sums, axis=1)


def _attached(
    gallery: Gallery,
    labels: IntArray,
    table: TransitTable | None,
    limits: Limits,
    way: Way,
    model: LinkModel,
    above: float,
) -> list[Merging]:
    """Let the weak join, one to a group at a time, so that two of them never break a rule together."""
    found: list[Merging] = []
    trees = model.rounds[min(len(model.rounds), len(way.thresholds)) - 1]
    pieces = gallery.pieces
    if bool((pieces.is_seed | (pieces.weight <= 0)).all()):
        return found
    for _ in range(_MOST_ATTACHING):
        weak, strong, rows, cosine = attachable(pieces, labels, table, limits, way)
        chance = probability(trees.scores(rows))
        chosen = best_of_each(labels, weak, strong, chance, above)
        if not len(chosen):
            break
        a, b = weak[chosen], strong[chosen]
        evidence = parts_of_evidence(trees, rows[chosen])
        kind = np.full(len(chosen), ATTACHED)
        found.append(Merging(a, b, chance[chosen], cosine[chosen].astype(np.float64), kind, evidence))
        into = np.arange(int(labels.max()) + 1)
        into[labels[a]] = labels[b]
        labels = into[labels]
    return found
