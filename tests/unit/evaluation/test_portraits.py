"""Tracklets' vectors from a lake, and how well they are told apart."""

import numpy as np
import pyarrow as pa
import pytest

from analytics.errors import ConfigError
from analytics.evaluation.appearance import (
    AS_STORED,
    RANKS,
    RETRIEVAL_SCORES,
    Portraits,
    curves_by_person,
    judge_appearance,
)
from analytics.evaluation.evaluate import evaluate
from analytics.evaluation.portraits import read_portraits
from analytics.evaluation.retrieval import cumulative_matches, judge_queries, ranked_gallery, score_retrieval
from tests.builders.linked import LinkedLake, write_linked_lake


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> LinkedLake:
    """Return a lake of six people in three cameras."""
    return write_linked_lake(tmp_path_factory.mktemp("lake"), people=6)


@pytest.fixture(scope="module")
def compared(linked: LinkedLake) -> pa.Table:
    """Return what is known of its tracklets."""
    return evaluate(linked.lake, linked.truth).compared


def test_every_tracklet_has_one_vector_near_its_persons_others(linked: LinkedLake, compared: pa.Table) -> None:
    """Three embeddings each become one, and people are told apart by them."""
    portraits = read_portraits(linked.lake, compared)
    assert portraits is not None
    assert (len(portraits), portraits.camera_names) == (18, ("gate0", "gate1", "gate2"))
    assert [portraits.name(row) for row, key in enumerate(portraits.keys)] == [
        key.split("-")[1] for key in portraits.keys
    ]
    assert np.linalg.norm(portraits.vectors, axis=1) == pytest.approx(np.ones(18), abs=1e-3)
    appearance = judge_appearance(portraits)
    RETRIEVAL_SCORES.check(appearance.scores)
    assert [row["rank_1"] for row in appearance.scores.to_pylist()] == [1, 1]


def test_sample_takes_whole_people(linked: LinkedLake, compared: pa.Table) -> None:
    """At most eight tracklets are two people with all of their three, the same ones each time."""
    portraits = read_portraits(linked.lake, compared, most=8)
    again = read_portraits(linked.lake, compared, most=8)
    assert portraits is not None
    assert again is not None
    assert portraits.keys == again.keys
    assert (len(portraits), np.bincount(portraits.people).tolist()) == (6, [3, 3])


def test_sample_takes_as_many_of_nobodys(linked: LinkedLake, compared: pa.Table) -> None:
    """Of a lake in which half are false tracks, half of the sample is."""
    place = compared.schema.get_field_index("person_id")
    people = [None if tracklet.endswith(("0", "1", "2")) else "p" for tracklet in compared["tracklet_id"].to_pylist()]
    portraits = read_portraits(linked.lake, compared.set_column(place, "person_id", pa.array(people)), most=18)
    assert portraits is not None
    assert sorted(portraits.people.tolist()) == [-1] * 9 + [0] * 9
    assert {portraits.name(row) for row in range(18)} == {"nobody", "p"}
    with pytest.raises(ValueError, match="as many vectors"):
        Portraits(portraits.vectors[:1], portraits.people, portraits.cameras, (), (), portraits.keys)


def test_lake_without_vectors_has_no_portraits(linked: LinkedLake, compared: pa.Table) -> None:
    """No tracklets wanted, no vectors."""
    assert read_portraits(linked.lake, compared.slice(0, 0)) is None


def portraits_of(people: list[int], cameras: list[int], seed: int = 0) -> Portraits:
    """Return random portraits."""
    vectors = np.random.default_rng(seed).normal(size=(len(people), 5))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = tuple(f"p{number}" for number in range(max(people) + 1))
    keys = tuple(map(str, range(len(people))))
    return Portraits(vectors, np.array(people), np.array(cameras), names, ("a", "b"), keys)


def test_nobody_is_found_but_never_searched_for() -> None:
    """Two false tracks in two cameras are not one person."""
    appearance = judge_appearance(portraits_of([0, 0, -1, -1], [0, 1, 0, 1]))
    rows = appearance.scores.to_pylist()
    assert [(row["queries"], row["people"], row["pictures"]) for row in rows] == [(2, 1, 4)] * 2
    with pytest.raises(ConfigError, match="one person in two cameras"):
        judge_appearance(portraits_of([-1, -1, 0], [0, 1, 0]))


def test_curves_of_people_add_up_to_that_of_all() -> None:
    """Each query is one person's; the mean of their curves, queries weighted, is the curve of all."""
    portraits = portraits_of([0, 0, 0, 1, 1, 2, 2, 2], [0, 1, 1, 0, 1, 0, 1, 0])
    appearance = judge_appearance(portraits)
    found = appearance.queries[AS_STORED]
    curves = curves_by_person(portraits.people, found)
    sizes = np.bincount(portraits.people[found.query])
    total = sum(sizes[person] * curve for person, curve in curves.items()) / sizes.sum()
    assert total == pytest.approx(appearance.scores["cmc"].to_pylist()[0])
    assert len(total) == RANKS


def test_queries_add_up_to_the_scores() -> None:
    """Places and precisions of single queries are those behind the figures; the gallery begins with the nearest."""
    portraits = portraits_of([0, 0, 0, 1, 1, 2, 2, 2], [0, 1, 1, 0, 1, 0, 1, 0], seed=3)
    given = (portraits.vectors, portraits.people, portraits.cameras)
    found, scores = judge_queries(*given), score_retrieval(*given)
    assert scores.mean_ap == pytest.approx(found.average_precision.mean())
    assert scores.cmc == pytest.approx(cumulative_matches(found.place, 20))
    for query, place in zip(found.query.tolist(), found.place.tolist(), strict=True):
        gallery = ranked_gallery(portraits.vectors, portraits.cameras, query)
        right = portraits.people[gallery] == portraits.people[query]
        assert right.argmax() == place
        assert (portraits.cameras[gallery] != portraits.cameras[query]).all()
        assert np.all(np.diff(portraits.vectors[gallery] @ portraits.vectors[query]) <= 0)
