"""What a report says of appearance: retrieval figures, curves, a map, and whom the worst queries found instead."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from analytics.evaluation.appearance import SHOWN_RANKS, Appearance, Portraits, curves_by_person
from analytics.evaluation.report.montage import MAX_TILES, Mark, Row, Tile, montage
from analytics.evaluation.report.page import Grid, Image, Section
from analytics.evaluation.report.plots import cmc_plot, map_plot, precision_recall_plot
from analytics.evaluation.retrieval import ranked_gallery
from analytics.geometry import BoolArray, FloatArray, IntArray

Pictures = Callable[[Collection[str]], Mapping[str, bytes]]
"""Gives the pictures, as any file that OpenCV reads, of what has one of these keys."""

WORST_PEOPLE = 12
_MOST_ON_MAP = 1000  # t-SNE takes seconds for so many
_MOST_CURVE_POINTS = 1500

_COLUMNS = (
    ("vectors", "vectors"),
    *((f"rank_{rank}", f"Rank-{rank}") for rank in SHOWN_RANKS),
    ("mean_ap", "mAP"),
    ("single_shot_rank_1", "Rank-1, single shot"),
    ("single_shot_rank_5", "Rank-5, single shot"),
    ("queries", "queries"),
    ("people", "people"),
    ("pictures", "gallery and queries"),
)


def appearance_section(portraits: Portraits, appearance: Appearance, is_misplaced: BoolArray | None) -> Section:
    """Return the figures and plots.

    Args:
        portraits: what was judged.
        appearance: how well it is told apart.
        is_misplaced: (n,) whom to ring on the map; None: queries whose nearest is wrong.
    """
    better, curves = appearance.better, list(appearance.scores.select(["vectors", "cmc"]).to_pylist())
    curves.sort(key=lambda row: row["vectors"] != better)
    by_person = curves_by_person(portraits.people, appearance.queries[better])
    found = appearance.queries[better]
    wrong = np.zeros(len(portraits), np.bool_)
    wrong[found.query[found.place > 0]] = True
    ringed, meaning = (wrong, "the nearest is wrong") if is_misplaced is None else (is_misplaced, "in a wrong identity")
    images = [
        Image(
            cmc_plot([(_spoken(row["vectors"]), np.array(row["cmc"])) for row in curves], list(by_person.values())),
            f"Cumulative matches; grey: each person's own queries, vectors {_spoken(better)}.",
        ),
        Image(
            precision_recall_plot(
                [_pair_curve(portraits, name, vectors) for name, vectors in appearance.vectors.items()]
            ),
            "Pairs in two cameras, accepted from a similarity on.",
        ),
    ]
    if len(portraits) > 3:
        images.append(
            Image(
                _map(portraits, appearance.vectors[better], ringed),
                "Map of the vectors by t-SNE: neighbours look alike. Colour: the people with most pictures; shape: "
                f"camera; red ring: {meaning}.",
            )
        )
    return Section(
        "Appearance",
        "Each picture is searched for among those of the other cameras. Single shot: the gallery has one picture of "
        "each person, drawn anew for each query.",
        [Grid(_COLUMNS, appearance.scores.drop_columns(["cmc", "single_shot_cmc"]).to_pylist(), [better])],
        images,
    )


def worst_queries_section(portraits: Portraits, appearance: Appearance, pictures: Pictures) -> Section:
    """Return what the worst query of each of the worst people found."""
    better = appearance.better
    found, vectors = appearance.queries[better], appearance.vectors[better]
    rows = []
    chosen = _worst(portraits.people[found.query], found.average_precision)
    galleries = {query: ranked_gallery(vectors, portraits.cameras, int(found.query[query])) for query in chosen}
    shown = {
        portraits.keys[row]
        for query, gallery in galleries.items()
        for row in (int(found.query[query]), *gallery[: MAX_TILES - 1].tolist())
    }
    crops = pictures(shown)
    for query, gallery in galleries.items():
        row = int(found.query[query])
        title = (
            f"{portraits.name(row)} in {portraits.camera_names[portraits.cameras[row]]}: average precision "
            f"{found.average_precision[query]:.3f}, first right at place {found.place[query] + 1}"
        )
        similar = vectors[gallery] @ vectors[row]
        tiles = [_tile(portraits, row, crops, Mark.SUBJECT, "")]
        for other, cosine in zip(gallery[: MAX_TILES - 1].tolist(), similar.tolist(), strict=False):
            is_right = portraits.people[other] == portraits.people[row]
            tiles.append(_tile(portraits, other, crops, Mark.RIGHT if is_right else Mark.WRONG, f"{cosine:.2f} "))
        rows.append(Row(title, tiles))
    text = (
        "The worst query of each of the people who are found worst, and the nearest in other cameras with their "
        f"similarity (vectors {_spoken(better)}). Wrong ones are outlined in red and crossed out."
    )
    return Section("Worst queries", text, images=[Image(montage(rows), "Left: who is searched for.")])


def _worst(people: IntArray, average_precision: FloatArray) -> Sequence[int]:
    """Return the worst query of each of the people with the lowest mean average precision, worst person first."""
    numbers, own = np.unique(people, return_inverse=True)
    means = np.bincount(own, average_precision) / np.bincount(own)
    worst = np.lexsort((numbers, means))[:WORST_PEOPLE]
    order = np.lexsort((average_precision, own))
    first = order[np.unique(own[order], return_index=True)[1]]
    return [int(first[person]) for person in worst]


def _tile(portraits: Portraits, row: int, crops: Mapping[str, bytes], mark: Mark, before: str) -> Tile:
    camera = portraits.camera_names[portraits.cameras[row]]
    return Tile(crops.get(portraits.keys[row]), (f"{before}{portraits.name(row)}", camera), mark)


def _pair_curve(portraits: Portraits, name: str, vectors: FloatArray) -> tuple[str, FloatArray, FloatArray]:
    """Return recall and precision over all pairs in two cameras, thinned out."""
    a, b = np.triu_indices(len(portraits), 1)
    is_across = portraits.cameras[a] != portraits.cameras[b]
    a, b = a[is_across], b[is_across]
    people = portraits.everybody()
    return curve(_spoken(name), (vectors @ vectors.T)[a, b], people[a] == people[b])


def curve(name: str, score: FloatArray, is_same: BoolArray, missed: int = 0) -> tuple[str, FloatArray, FloatArray]:
    """Return a precision-recall curve with its average precision in its name.

    Args:
        name: of the curve.
        score: (n,) of pairs.
        is_same: (n,) whether they are one person, of at least one pair true.
        missed: true pairs that have no score: they limit recall.
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, _ = precision_recall_curve(is_same, score, drop_intermediate=True)
    reachable = is_same.sum() / (is_same.sum() + missed)
    average = average_precision_score(is_same, score) * reachable
    thin = np.unique(np.linspace(0, len(recall) - 1, min(len(recall), _MOST_CURVE_POINTS)).round().astype(np.int64))
    # scikit-learn ends with recall 0 at precision 1, which no threshold gives
    kept = thin[thin < len(recall) - 1][::-1]
    return f"{name}, average precision {average:.3f}", recall[kept] * reachable, precision[kept]


def _map(portraits: Portraits, vectors: FloatArray, is_ringed: BoolArray) -> bytes:
    from sklearn.manifold import TSNE

    count = len(portraits)
    chosen = np.sort(np.random.default_rng(0).permutation(count)[:_MOST_ON_MAP])
    perplexity = min(30.0, (len(chosen) - 1) / 3)
    places = TSNE(metric="cosine", init="pca", perplexity=perplexity, random_state=0).fit_transform(vectors[chosen])
    return map_plot(places, portraits.people[chosen], portraits.cameras[chosen], is_ringed[chosen])


def _spoken(name: str) -> str:
    return name.replace("_", " ")
