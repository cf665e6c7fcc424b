import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.geometry import BoolArray, IntArray
from analytics.linking.clustering import Edges, Linkage, Merges, agglomerate

PLAIN = Linkage(alpha=0.5, missing=-2.0)


def allow(labels: IntArray, a: IntArray, b: IntArray) -> IntArray:
    return np.zeros(len(a), np.int64)


def edges_of(weights: dict[tuple[int, int], float]) -> Edges:
    pairs = sorted(weights)
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    return Edges(a, b, np.array([weights[pair] for pair in pairs]))


def run(
    count: int, weights: dict[tuple[int, int], float], threshold: float = 0.0, refused: BoolArray | None = None
) -> Merges:
    edges = edges_of(weights)
    none = np.zeros(len(edges), bool) if refused is None else refused
    return agglomerate(count, edges, allow, PLAIN, threshold, none)[0]


def slow_groups(count: int, weights: dict[tuple[int, int], float], threshold: float) -> set[frozenset[int]]:
    """Merge the pairs that are each other's best, one round after the other, with everything computed anew."""
    clusters = {node: frozenset([node]) for node in range(count)}
    while True:
        scores = {}
        names = sorted(clusters)
        for place, one in enumerate(names):
            for two in names[place + 1 :]:
                found = [
                    weights[p] for i in clusters[one] for j in clusters[two] if (p := (min(i, j), max(i, j))) in weights
                ]
                pairs = len(clusters[one]) * len(clusters[two])
                if found:
                    scores[one, two] = (sum(found) - 2.0 * (pairs - len(found))) / pairs**0.5
        best = {}
        for pair in sorted(scores):
            for end in pair:
                if end not in best or scores[pair] > scores[best[end]]:
                    best[end] = pair
        mutual = [p for p in sorted(set(best.values())) if best[p[0]] == p == best[p[1]] and scores[p] > threshold]
        if not mutual:
            return set(clusters.values())
        for one, two in mutual:
            clusters[one] |= clusters.pop(two)


graphs = st.dictionaries(
    st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] < pair[1]),
    st.integers(-16, 24).map(lambda quarter: quarter / 4),
    min_size=1,
    max_size=25,
)


@given(graphs)
def test_rounds_of_mutual_best_equal_the_obvious_way(weights: dict[tuple[int, int], float]) -> None:
    """The sparse rounds end with the groups that recomputing everything each round gives, ties included."""
    labels = run(9, weights).labels(9, -np.inf)
    found = {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}
    assert found == slow_groups(9, weights, 0.0)


@given(graphs, st.randoms(use_true_random=False))
def test_a_refused_pair_never_meets(weights: dict[tuple[int, int], float], random: object) -> None:
    """Whatever the evidence, nodes that a rule keeps apart end in different groups."""
    apart = {(0, 1), (2, 5)}

    def refuse(labels: IntArray, a: IntArray, b: IntArray) -> IntArray:
        sides = [{int(labels[i]), int(labels[j])} for i, j in apart]
        return np.array([7 if {int(x), int(y)} in sides else 0 for x, y in zip(a, b, strict=True)], np.int64)

    edges = edges_of(weights)
    merges, refusals = agglomerate(9, edges, refuse, PLAIN, 0.0, np.zeros(len(edges), bool))
    labels = merges.labels(9, -np.inf)
    assert all(labels[i] != labels[j] for i, j in apart)
    assert set(refusals.code.tolist()) <= {7}


def test_a_cut_at_a_higher_threshold_is_finer() -> None:
    """Cuts of one tree are nested: no merge above the higher threshold is missing at the lower one."""
    weights = {(0, 1): 6.0, (1, 2): 3.0, (2, 3): 1.0, (3, 4): 5.0}
    merges = run(5, weights, threshold=-5.0)
    fine, coarse = merges.labels(5, 2.0), merges.labels(5, -5.0)
    assert all(len(set(coarse[fine == label].tolist())) == 1 for label in set(fine.tolist()))
    assert len(set(fine.tolist())) > len(set(coarse.tolist()))


def test_a_score_of_exactly_the_threshold_does_not_merge() -> None:
    """Above means above."""
    assert len(run(2, {(0, 1): 1.0}, threshold=1.0)) == 0
    assert len(run(2, {(0, 1): 1.0}, threshold=0.99)) == 1


def test_edges_refused_from_the_start_do_not_merge() -> None:
    """What is impossible before anything merged is no candidate."""
    assert len(run(2, {(0, 1): 9.0}, refused=np.array([True]))) == 0


def test_nothing_to_merge() -> None:
    """No nodes and no edges are an answer."""
    empty = Edges(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    merges, refusals = agglomerate(0, empty, allow, PLAIN, 0.0, np.zeros(0, bool))
    assert len(merges) == 0
    assert len(refusals.edge) == 0
    assert len(merges.labels(0, 0.0)) == 0


def test_merges_tell_their_heaviest_edge() -> None:
    """The edge that a merge names is the heaviest between the two sides, of equals the first."""
    merges = run(3, {(0, 1): 5.0, (0, 2): 1.0, (1, 2): 2.0})
    assert merges.edge.tolist() == [0, 2]
    assert merges.pairs.tolist() == [1, 2]
    assert merges.count.tolist() == [1, 2]
