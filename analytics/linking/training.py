"""Learn the link model on simulated sites: the same rounds as in use, with the truth looked up.

Deterministic: the same versions of the simulation and of scikit-learn, and the same pictures, give the same file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analytics.evaluation.agreement import LinkedTracklets
from analytics.evaluation.linking import score_linking
from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.clustering import Linkage
from analytics.linking.count_fitting import fit_spread
from analytics.linking.counting import Doubts, doubts_of
from analytics.linking.evidence import FEATURES
from analytics.linking.fallback import plain_labels
from analytics.linking.groups import Groups, group
from analytics.linking.model import MERGE_FEATURES, POINTS, LinkModel, merge_rows
from analytics.linking.places import Spots, spots_of
from analytics.linking.rounds import Look, look, merge_round, run_rounds
from analytics.linking.solving import Solved, solve, way_of
from analytics.linking.training_sites import JUDGING_SEED, LEARNING_SEED, SimulatedSite, sites_of
from analytics.linking.transits import TransitTable, learn
from analytics.linking.trees import BoostedTrees
from analytics.settings import Linking
from analytics.simulation.appearance import Pictures
from analytics.simulation.world import World

ROUNDS = 4
_NO_PAIRS = np.zeros((0, 2), np.int64)


def train(tell: Callable[[str], None], pictures: Sequence[Pictures] = ()) -> LinkModel:
    """Learn a model: the rounds on some sites, how sure their merges and counts are on others.

    Args:
        tell: hears how it goes, a line at a time.
        pictures: what a network made of pictures of people, all of one dimension; without them only vectors are learned
            that are drawn from normal distributions, which makes the model too sure of real ones.
    """
    linking = Linking()
    sites = sites_of(pictures, LEARNING_SEED, linking)
    tell(f"learning on {len(sites)} sites, {sum(len(site.person) for site in sites)} pieces")
    rounds = _learn_rounds(sites, linking, tell)
    others = sites_of(pictures, JUDGING_SEED, linking)
    tell(f"judging on {len(others)} other sites, {sum(len(site.person) for site in others)} pieces")
    joins = {"cut": _right(others, "cut"), "fragment": _right(others, "fragments")}
    search = way_of(linking, ROUNDS).search
    threshold = _fallback_threshold(others, search)
    merges = _learn_merges(others, rounds, linking)
    told = {
        "worlds": [_brief(site.world) for site in sites],
        "judged_on": [_brief(site.world) for site in others],
        "pictures": [list(each.vectors.shape) for each in pictures],
    }
    model = LinkModel(rounds, merges, joins, threshold, {}, told, "")
    solved = [solve(site.gallery, site.seen, _NO_PAIRS, site.limits, linking, model) for site in others]
    scores = [
        score_linking(scored_tracklets(site, done.tree.labels(POINTS["balanced"])))
        for site, done in zip(others, solved, strict=True)
    ]
    tell("balanced, B-cubed F1: " + " ".join(f"{score.bcubed_f1 or 0:.3f}" for score in scores))
    count = fit_spread([_counted(site, done) for site, done in zip(others, solved, strict=True)])
    tell(f"joins right: {joins}; fallback stops at {threshold:.2f} standard deviations; counts: {count}")
    return replace(model, count=count)


def _counted(site: SimulatedSite, solved: Solved) -> tuple[Doubts, Spots, IntArray]:
    everybody = np.ones(len(site.person), bool)
    doubts = doubts_of(solved, site.gallery, everybody, ~everybody)
    return doubts, spots_of(site.gallery.pieces.sightings, everybody), site.person


def _learn_rounds(
    sites: Sequence[SimulatedSite], linking: Linking, tell: Callable[[str], None]
) -> tuple[BoostedTrees, ...]:
    states = [_State(site.start.labels, None) for site in sites]
    rounds: list[BoostedTrees] = []
    way = way_of(linking, ROUNDS)
    for number, threshold in enumerate(way.thresholds):
        looks = [
            look(site.gallery.pieces, state.labels, state.table, site.limits, way)
            for site, state in zip(sites, states, strict=True)
        ]
        trees = _fit_round(sites, looks)
        rounds.append(trees)
        states = [_advance(site, seen, trees, threshold) for site, seen in zip(sites, looks, strict=True)]
        tell(f"round {number + 1}: {sum(len(seen.found) for seen in looks)} pairs, {_told(sites, states)}")
    return tuple(rounds)


def _learn_merges(sites: Sequence[SimulatedSite], rounds: tuple[BoostedTrees, ...], linking: Linking) -> BoostedTrees:
    """Learn how often merges are right, on sites that the rounds were not learned on."""
    way = way_of(linking, ROUNDS)
    rows, answers = [], []
    for site in sites:
        scores = [trees.scores for trees in rounds]
        _, done, _ = run_rounds(site.gallery.pieces, site.start.labels, site.limits, way, scores)
        for number, one in enumerate(done):
            edge = one.merges.edge
            a, b = site.person[one.look.met.before[edge]], site.person[one.look.met.after[edge]]
            is_judged = (a >= 0) & (b >= 0)
            rows.append(merge_rows(one.merges, one.logit[edge], number, len(one.look.groups))[is_judged])
            answers.append((a == b)[is_judged])
    return _grown(np.concatenate(rows), np.concatenate(answers), MERGE_FEATURES, trees=60, leaves=8)


@dataclass(frozen=True, slots=True)
class _State:
    labels: IntArray
    table: TransitTable | None


def majority(groups: Groups, person: IntArray) -> IntArray:
    """Return (m,) the person of most of each group's pieces; of a tie the smallest number; -1 where nobody is known."""
    width = int(person.max(initial=0)) + 2
    keys, counts = np.unique(groups.labels * width + person + 1, return_counts=True)
    counts = np.where(keys % width == 0, 0, counts)
    order = np.lexsort((keys, -counts, keys // width))
    first = np.unique(keys[order] // width, return_index=True)[1]
    return np.asarray(keys[order][first] % width - 1)


def _fit_round(sites: Sequence[SimulatedSite], looks: Sequence[Look]) -> BoostedTrees:
    rows, answers, weights = [], [], []
    for site, seen in zip(sites, looks, strict=True):
        person = majority(seen.groups, site.person)
        a, b = person[seen.found.a], person[seen.found.b]
        is_judged = (seen.codes == 0) & (a >= 0) & (b >= 0)
        rows.append(seen.rows[is_judged])
        answers.append((a == b)[is_judged])
        # a large site has thousands of times the pairs of a small one, and is no more likely to be met
        weights.append(np.full(int(is_judged.sum()), max(int(is_judged.sum()), 1) ** -0.5))
    weight = np.concatenate(weights)
    return _grown(
        np.concatenate(rows),
        np.concatenate(answers),
        FEATURES,
        trees=150,
        leaves=15,
        weight=weight * len(weight) / weight.sum(),
    )


def _advance(site: SimulatedSite, seen: Look, trees: BoostedTrees, threshold: float) -> _State:
    pieces = site.gallery.pieces
    done = merge_round(seen, trees.scores(seen.rows), pieces, site.limits, Linkage(), threshold)
    labels = done.merges.labels(len(seen.groups), -np.inf)[seen.groups.labels]
    where = pieces.sightings
    groups = group(labels, where.starts_at, where.ends_at)
    return _State(labels, learn(groups, where.camera, where.starts_at, where.ends_at, pieces.camera_count))


def _grown(
    rows: FloatArray,
    answers: BoolArray,
    names: tuple[str, ...],
    *,
    trees: int,
    leaves: int,
    weight: FloatArray | None = None,
) -> BoostedTrees:
    """Grow trees and take them over as arrays."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    classifier = HistGradientBoostingClassifier(
        max_iter=trees,
        max_leaf_nodes=leaves,
        learning_rate=0.08,
        min_samples_leaf=100,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
    )
    # threads that wait for each other by spinning cost five times the time on a busy machine, and sum in any order
    with threadpool_limits(1):
        return as_arrays(classifier.fit(rows, answers, sample_weight=weight), names)


def as_arrays(grown: Any, names: tuple[str, ...]) -> BoostedTrees:
    """Take over a fitted HistGradientBoostingClassifier of two classes."""
    parts = [predictors[0].nodes for predictors in grown._predictors]
    sizes = [len(nodes) for nodes in parts]
    roots = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    nodes = np.concatenate(parts)
    shift = np.repeat(roots, sizes)
    is_leaf = nodes["is_leaf"].astype(bool)
    left, right = (np.where(is_leaf, 0, nodes[side].astype(np.int64) + shift) for side in ("left", "right"))
    value, count = nodes["value"].astype(np.float64).copy(), nodes["count"].astype(np.float64)
    for node in np.flatnonzero(~is_leaf)[::-1].tolist():
        a, b = left[node], right[node]
        value[node] = (value[a] * count[a] + value[b] * count[b]) / (count[a] + count[b])
    return BoostedTrees(
        names,
        float(grown._baseline_prediction.reshape(-1)[0]),
        roots,
        np.where(is_leaf, -1, nodes["feature_idx"].astype(np.int64)),
        np.where(is_leaf, 0.0, nodes["num_threshold"]),
        left,
        right,
        value,
    )


def scored_tracklets(site: SimulatedSite, labels: IntArray) -> LinkedTracklets:
    """Return pieces with their labels and people, for the scores."""
    where = site.gallery.pieces.sightings
    return LinkedTracklets(labels, site.person, where.camera, where.starts_at, np.ones(len(labels)))


def _told(sites: Sequence[SimulatedSite], states: Sequence[_State]) -> str:
    scores = [score_linking(scored_tracklets(site, state.labels)) for site, state in zip(sites, states, strict=True)]
    bcubed = [score.bcubed_f1 or 0.0 for score in scores]
    return "B-cubed F1 " + " ".join(f"{value:.3f}" for value in bcubed)


def _right(sites: Sequence[SimulatedSite], kind: str) -> float:
    """Return the share of joins of one kind that are right, as if one in a hundred of a hundred more were wrong."""
    pairs = np.concatenate([site.person[getattr(site.start, kind)] for site in sites])
    known = pairs[(pairs >= 0).all(axis=1)]
    return (int((known[:, 0] == known[:, 1]).sum()) + 99) / (len(known) + 100)


def _fallback_threshold(sites: Sequence[SimulatedSite], search: Any) -> float:
    """Return the threshold of the best mean B-cubed F1."""
    thresholds = np.arange(1.5, 5.01, 0.25)
    found = np.zeros(len(thresholds))
    for site in sites:
        every = plain_labels(site.gallery.pieces, site.start.labels, site.limits, search, thresholds)
        found += [score_linking(scored_tracklets(site, labels)).bcubed_f1 or 0.0 for labels in every]
    return float(thresholds[int(np.argmax(found))])


def _brief(world: World) -> dict[str, Any]:
    return world.model_dump(mode="json", exclude_defaults=True)
