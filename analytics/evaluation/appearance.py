"""How well vectors tell people apart across cameras: rows of figures, with and without per-camera normalisation."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analytics.contracts import Column, Contract, within
from analytics.errors import ConfigError
from analytics.evaluation.retrieval import Queries, cumulative_matches, judge_queries, normalised_by_camera
from analytics.geometry import FloatArray, IntArray, read_only

RANKS = 50
"""Length of the CMC curves."""

SHOWN_RANKS = (1, 5, 10, 20)
"""Ranks that have a column of their own."""

AS_STORED, NORMALISED = "as_stored", "normalised_by_camera"
_CURVE = pa.list_(pa.float64())

RETRIEVAL_SCORES = Contract(
    name="retrieval_scores",
    version=1,
    key=("vectors",),
    columns=(
        Column("vectors", pa.string(), f"{AS_STORED}, or {NORMALISED}: less each camera's mean, over its deviation"),
        Column("pictures", pa.int64(), "pictures, or tracklets, in query and gallery"),
        Column("queries", pa.int64(), "those whose person another camera saw; the others are only in the gallery"),
        Column("people", pa.int64(), "people among the queries"),
        Column("cameras", pa.int64(), "cameras"),
        *(
            Column(f"rank_{rank}", pa.float64(), f"queries with the right person among the first {rank}, in [0, 1]")
            for rank in SHOWN_RANKS
        ),
        Column("mean_ap", pa.float64(), "mean average precision, in [0, 1]"),
        *(
            Column(f"single_shot_rank_{rank}", pa.float64(), f"rank_{rank} with one picture of each person to find")
            for rank in SHOWN_RANKS
        ),
        Column("cmc", _CURVE, f"rank_1 ... rank_{RANKS}, all pictures of other cameras in the gallery (all shots)"),
        Column("single_shot_cmc", _CURVE, "the same with one picture of each person, drawn anew for each query"),
    ),
    rules=(within("rank_1", 0, 1), within("mean_ap", 0, 1)),
)
"""Retrieval across cameras: the query's own camera is left out of its gallery. An answer, not a table of the lake."""


@dataclass(frozen=True, slots=True, eq=False)
class Portraits:
    """Pictures, or tracklets, whose vectors are judged.

    Attributes:
        vectors: (n, d) of length 1.
        people: (n,) number of the person; negative: nobody's, which can be found wrongly but is never searched for.
        cameras: (n,) number of the camera.
        person_names: of the people, by number.
        camera_names: of the cameras, by number.
        keys: (n) what each is called, such as its tracklet or its file.
    """

    vectors: FloatArray
    people: IntArray
    cameras: IntArray
    person_names: tuple[str, ...]
    camera_names: tuple[str, ...]
    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        if not len(self.vectors) == len(self.people) == len(self.cameras) == len(self.keys):
            lengths = [len(self.vectors), len(self.people), len(self.cameras), len(self.keys)]
            raise ValueError(f"expected as many vectors, people, cameras and keys, got {lengths}")
        for name in ("vectors", "people", "cameras"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.keys)

    def everybody(self) -> IntArray:
        """Return the (n,) people, each of nobody's pictures a person of its own."""
        alone = len(self.person_names) + np.arange(len(self))
        return np.where(self.people >= 0, self.people, alone)

    def name(self, row: int) -> str:
        """Return whose picture it is."""
        return self.person_names[self.people[row]] if self.people[row] >= 0 else "nobody"


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """How well portraits are told apart.

    Attributes:
        scores: RETRIEVAL_SCORES, as stored first.
        vectors: by the name of a row, (n, d) vectors.
        queries: by the name of a row, what each query found.
    """

    scores: pa.Table
    vectors: Mapping[str, FloatArray]
    queries: Mapping[str, Queries]

    @property
    def better(self) -> str:
        """The row with the higher mean average precision."""
        best = max(self.scores.to_pylist(), key=lambda row: (row["mean_ap"], row["vectors"] == AS_STORED))
        return str(best["vectors"])


def judge_appearance(portraits: Portraits) -> Appearance:
    """Search each picture among those of other cameras, by cosine.

    Raises:
        ConfigError: nobody was seen in two cameras, so that there is nothing to find.
    """
    vectors = {
        AS_STORED: portraits.vectors,
        NORMALISED: normalised_by_camera(portraits.vectors, portraits.cameras),
    }
    people = portraits.everybody()
    try:
        queries = {name: judge_queries(own, people, portraits.cameras) for name, own in vectors.items()}
    except ValueError as error:
        raise ConfigError(f"expected pictures of one person in two cameras at least, found none: {error}") from error
    rows = [{"vectors": name, **_figures(portraits, found)} for name, found in queries.items()]
    return Appearance(RETRIEVAL_SCORES.from_rows(rows), vectors, queries)


def curves_by_person(people: IntArray, found: Queries, ranks: int = RANKS) -> Mapping[int, FloatArray]:
    """Return the CMC curve over each person's queries."""
    own = people[found.query]
    return {int(person): cumulative_matches(found.place[own == person], ranks) for person in np.unique(own)}


def _figures(portraits: Portraits, found: Queries) -> dict[str, object]:
    cmc, single = (cumulative_matches(places, RANKS) for places in (found.place, found.single_shot_place))
    return {
        "pictures": len(portraits),
        "queries": len(found.query),
        "people": len(np.unique(portraits.people[found.query])),
        "cameras": len(np.unique(portraits.cameras)),
        **{f"rank_{rank}": float(cmc[rank - 1]) for rank in SHOWN_RANKS},
        "mean_ap": float(found.average_precision.mean()),
        **{f"single_shot_rank_{rank}": float(single[rank - 1]) for rank in SHOWN_RANKS},
        "cmc": cmc.tolist(),
        "single_shot_cmc": single.tolist(),
    }
