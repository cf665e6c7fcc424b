"""What a report says of appearance: retrieval figures, curves, a map, and whom the worst queries found instead."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.documents.content import Grid, Image, Section
from analytics.evaluation.appearance import SHOWN_RANKS, Appearance, Portraits, curves_by_person
from analytics.evaluation.report.montage import MAX_TILES, Mark, Row, Tile, has_pictures, montage
from analytics.evaluation.report.plots import cmc_plot, map_plot, precision_recall_plot
from analytics.evaluation.retrieval import ranked_gallery
from analytics.geometry import BoolArray, FloatArray, IntArray

Pictures = Callable[[Collection[str]], Mapping[str, bytes]]
"""Gives the pictures, as any file that OpenCV reads, of what has one of these keys."""

_WORST_PEOPLE = 12
_SHOWN_HITS = MAX_TILES - 1
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
                [_pair_curve(portraits, row["vectors"], appearance.vectors[row["vectors"]]) for row in curves]
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
    hits = [
        _Hits.of(portraits, vectors, int(found.query[query]), int(found.place[query]))
        for query in _worst(portraits.people[found.query], found.average_precision)
    ]
    crops = pictures({portraits.keys[row] for own in hits for row in (own.query, *own.rows)})
    precision = dict(zip(found.query.tolist(), found.average_precision.tolist(), strict=True))
    rows = [Row(own.title(portraits, precision[own.query]), own.tiles(portraits, crops)) for own in hits]
    columns = (
        ("person", "person"),
        ("camera", "camera"),
        ("average_precision", "average precision"),
        ("place", "first right at place"),
    )
    told = [
        {
            "person": portraits.name(own.query),
            "camera": portraits.camera_names[portraits.cameras[own.query]],
            "average_precision": precision[own.query],
            "place": own.place + 1,
        }
        for own in hits
    ]
    images = [Image(montage(rows), "Left: who is searched for.")] if has_pictures(rows) else []
    text = (
        "The worst query of each of the people who are found worst, and the nearest in other cameras with their "
        f"similarity (vectors {_spoken(better)}). Wrong ones are outlined in red and crossed out; where none is right, "
        "the first right one follows in orange."
    )
    return Section("Worst queries", text, [Grid(columns, told)], images)


@dataclass(frozen=True, slots=True)
class _Hits:
    """One query with the nearest in other cameras, and last the first right one if it is not among them."""

    query: int
    place: int
    rows: Sequence[int]
    similarity: Sequence[float]

    @staticmethod
    def of(portraits: Portraits, vectors: FloatArray, query: int, place: int) -> "_Hits":
        gallery = ranked_gallery(vectors, portraits.cameras, query)
        nearest = gallery[:_SHOWN_HITS] if place < _SHOWN_HITS else gallery[[*range(_SHOWN_HITS - 1), place]]
        return _Hits(query, place, nearest.tolist(), (vectors[nearest] @ vectors[query]).tolist())

    def title(self, portraits: Portraits, precision: float) -> str:
        camera = portraits.camera_names[portraits.cameras[self.query]]
        return (
            f"{portraits.name(self.query)} in {camera}: average precision {precision:.3f}, "
            f"first right at place {self.place + 1}"
        )

    def tiles(self, portraits: Portraits, crops: Mapping[str, bytes]) -> Sequence[Tile]:
        tiles = [_tile(portraits, self.query, crops, Mark.SUBJECT, "")]
        for number, (row, cosine) in enumerate(zip(self.rows, self.similarity, strict=True)):
            is_late = self.place >= _SHOWN_HITS and number == len(self.rows) - 1
            is_right = portraits.people[row] == portraits.people[self.query]
            mark = Mark.MISSING if is_late else Mark.RIGHT if is_right else Mark.WRONG
            tiles.append(_tile(portraits, row, crops, mark, f" {cosine:.2f}"))
        return tiles


def _worst(people: IntArray, average_precision: FloatArray) -> Sequence[int]:
    """Return the worst query of each of the people with the lowest mean average precision, worst person first."""
    numbers, own = np.unique(people, return_inverse=True)
    means = np.bincount(own, average_precision) / np.bincount(own)
    worst = np.lexsort((numbers, means))[:_WORST_PEOPLE]
    order = np.lexsort((average_precision, own))
    first = order[np.unique(own[order], return_index=True)[1]]
    return [int(first[person]) for person in worst]


def _tile(portraits: Portraits, row: int, crops: Mapping[str, bytes], mark: Mark, similarity: str) -> Tile:
    camera = portraits.camera_names[portraits.cameras[row]]
    return Tile(crops.get(portraits.keys[row]), (f"{portraits.name(row)}{similarity}", camera), mark)


def _pair_curve(portraits: Portraits, name: str, vectors: FloatArray) -> tuple[str, FloatArray, FloatArray]:
    """Return recall and precision over all pairs in two cameras, thinned out."""
    a, b = np.triu_indices(len(portraits), 1)
    is_across = portraits.cameras[a] != portraits.cameras[b]
    a, b = a[is_across], b[is_across]
    people = portraits.everybody()
    return curve(_spoken(name), (vectors @ vectors.T)[a, b], people[a] == people[b])


def curve(name: str, score: FloatArray, is_same: BoolArray) -> tuple[str, FloatArray, FloatArray]:
    """Return a precision-recall curve with its average precision in its name.

    Args:
        name: of the curve.
        score: (n,) of pairs.
        is_same: (n,) whether they are one person, of at least one pair true.
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve

    precision, recall, _ = precision_recall_curve(is_same, score, drop_intermediate=True)
    average = average_precision_score(is_same, score)
    thin = np.unique(np.linspace(0, len(recall) - 1, min(len(recall), _MOST_CURVE_POINTS)).round().astype(np.int64))
    # scikit-learn ends with recall 0 at precision 1, which no threshold gives
    kept = thin[thin < len(recall) - 1][::-1]
    return f"{name}, average precision {average:.3f}", recall[kept], precision[kept]


def _map(portraits: Portraits, vectors: FloatArray, is_ringed: BoolArray) -> bytes:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    count = len(portraits)
    chosen = np.sort(np.random.default_rng(0).permutation(count)[:_MOST_ON_MAP])
    perplexity = min(30.0, (len(chosen) - 1) / 3)
    # its threads spin: on a machine that does something else, several take a minute for what one does in two seconds
    with threadpool_limits(1):
        places = TSNE(metric="cosine", init="pca", perplexity=perplexity, random_state=0).fit_transform(vectors[chosen])
    names = portraits.camera_names
    return map_plot(places, portraits.people[chosen], portraits.cameras[chosen], is_ringed[chosen], names)


def _spoken(name: str) -> str:
    return name.replace("_", " ")
