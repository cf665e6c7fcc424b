"""Searching a small linked lake: who comes first, what is filtered, and what a likeness is worth."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics.errors import ConfigError
from analytics.search.gallery import SearchGallery, read_gallery
from analytics.search.presence import Presence, learn_presence, leave_one_out
from analytics.search.search import Filters, query_of, search, verdict_of
from analytics.tables import EMBEDDINGS
from tests.builders.linked import NIGHT, LinkedLake, write_linked_lake

EVERYTHING = Filters()


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> LinkedLake:
    """Return a lake of fifteen people, each seen by three cameras."""
    return write_linked_lake(tmp_path_factory.mktemp("search"), people=15, noise=0.3)


@pytest.fixture(scope="module")
def gallery(linked: LinkedLake) -> SearchGallery:
    """Return what is searched in."""
    return read_gallery(linked.lake, [NIGHT])


def own_vector(person: int) -> np.ndarray:
    """Return the direction that all vectors of a person lie around, as a new picture would give it."""
    vector = np.random.default_rng(1000 + person).normal(size=16)
    return (vector / np.linalg.norm(vector))[None]


def test_everybody_is_found_first_with_all_their_sightings(gallery: SearchGallery) -> None:
    """A picture that is in no table finds its person, in all cameras and in order of time."""
    for person in range(15):
        answer = search(gallery, query_of(gallery, own_vector(person)), None, EVERYTHING, most=3)
        first = answer.hits[0]
        assert first.identity_id == f"i{person}"
        assert [sighting.tracklet_id for sighting in first.sightings] == [f"gate{gate}-{person}" for gate in range(3)]
        assert first.likeness == max(sighting.likeness for sighting in first.sightings)
        assert len(answer.hits) == 3
        assert answer.searched == 45


def test_hits_fall_and_an_identity_comes_once(gallery: SearchGallery) -> None:
    """All fifteen are listed when asked for, the most alike first."""
    answer = search(gallery, query_of(gallery, own_vector(4)), None, EVERYTHING, most=100)
    likeness = [hit.likeness for hit in answer.hits]
    assert likeness == sorted(likeness, reverse=True)
    assert len({hit.identity_id for hit in answer.hits}) == len(answer.hits) == 15


def test_several_pictures_are_one_person(gallery: SearchGallery) -> None:
    """The mean of noisy pictures finds better than the worst of them."""
    rng = np.random.default_rng(0)
    noisy = own_vector(7) + 0.2 * rng.normal(size=(5, 16))
    together = search(gallery, query_of(gallery, noisy), None, EVERYTHING).hits[0]
    alone = [search(gallery, query_of(gallery, row[None]), None, EVERYTHING).hits[0].likeness for row in noisy]
    assert together.identity_id == "i7"
    assert together.likeness > min(alone)


def test_filters_leave_out_sightings_and_count_what_is_compared(gallery: SearchGallery) -> None:
    """A camera, a stretch of time, both."""
    query = query_of(gallery, own_vector(3))
    one = search(gallery, query, None, Filters(cameras=frozenset({"gate1"})))
    assert [sighting.camera_id for sighting in one.hits[0].sightings] == ["gate1"]
    assert one.searched == 15
    seen = search(gallery, query, None, EVERYTHING).hits[0].sightings
    later = search(gallery, query, None, Filters(since=seen[0].ends_at + 1)).hits[0]
    assert later.sightings == tuple(s for s in seen if s.ends_at > seen[0].ends_at)
    before = search(gallery, query, None, Filters(until=seen[1].starts_at)).hits[0]
    assert before.sightings == seen[:1]
    with pytest.raises(ConfigError, match="gate0, gate1, gate2"):
        search(gallery, query, None, Filters(cameras=frozenset({"gate9"})))


def test_nothing_to_compare_is_no_claim_that_nobody_was_there(gallery: SearchGallery) -> None:
    """A time without anybody cannot tell; people without a picture make no hit."""
    query = query_of(gallery, own_vector(3))
    nobody = search(gallery, query, None, Filters(until=0))
    assert (nobody.verdict, nobody.hits, nobody.searched) == ("cannot tell", (), 0)
    blind = replace(gallery, vectors=np.zeros_like(gallery.vectors))
    unseen = search(blind, query, None, EVERYTHING)
    assert (unseen.verdict, unseen.hits, unseen.without_vector) == ("cannot tell", (), 45)


def test_the_query_s_own_rows_are_not_found(gallery: SearchGallery) -> None:
    """Searching for more of a tracklet does not answer with itself."""
    row = gallery.place_of("gate1-5")
    own = np.flatnonzero(gallery.identity == gallery.identity[row]).tolist()
    answer = search(gallery, gallery.vectors[row], None, EVERYTHING, leave_out=own)
    assert answer.hits[0].identity_id != "i5"
    assert answer.searched == 42
    with pytest.raises(ConfigError, match="--like"):
        gallery.place_of("gate1-99")


def test_without_linking_each_tracklet_is_a_hit(tmp_path: Path) -> None:
    """Nights that were perceived alone can be searched; nothing is said of presence."""
    lake = write_linked_lake(tmp_path, people=3, identity=None).lake
    gallery = read_gallery(lake, [NIGHT])
    assert learn_presence(gallery) is None
    answer = search(gallery, query_of(gallery, own_vector(1)), None, EVERYTHING, most=3)
    assert [hit.identity_id for hit in answer.hits] == [None] * 3
    assert {hit.sightings[0].tracklet_id for hit in answer.hits} == {"gate0-1", "gate1-1", "gate2-1"}
    assert (answer.verdict, answer.probability) == ("cannot tell", None)


def test_presence_tells_those_who_are_there_from_those_who_are_not(gallery: SearchGallery) -> None:
    """Left out and searched for, most people are rightly said to be there or not."""
    presence = learn_presence(gallery)
    assert presence is not None
    there, gone = [], []
    for person in range(15):
        query = query_of(gallery, own_vector(person))
        own = np.flatnonzero(gallery.identity == gallery.identity_ids.index(f"i{person}")).tolist()
        there.append(search(gallery, query, presence, EVERYTHING).verdict)
        gone.append(search(gallery, query, presence, EVERYTHING, leave_out=own).verdict)
    assert sum(verdict in ("likely", "perhaps") for verdict in there) >= 13
    assert sum(verdict == "probably not" for verdict in gone) >= 13


def test_leave_one_out_is_what_a_plain_loop_finds(gallery: SearchGallery) -> None:
    """Other cameras only; once with and once without the rest of the identity."""
    there, gone = leave_one_out(gallery)
    for row in range(45):
        others = [other for other in range(45) if gallery.camera[other] != gallery.camera[row]]
        likeness = {other: float(gallery.vectors[row] @ gallery.vectors[other]) for other in others}
        strangers = [likeness[other] for other in others if gallery.identity[other] != gallery.identity[row]]
        assert there[row] == pytest.approx(max(likeness.values()), abs=1e-6)
        assert gone[row] == pytest.approx(max(strangers), abs=1e-6)


def test_few_people_or_useless_vectors_give_no_curve(gallery: SearchGallery) -> None:
    """Too few searches, or strangers as alike as friends: nothing is claimed."""
    few = replace(gallery, identity=np.where(gallery.identity < 3, gallery.identity, -1))
    assert learn_presence(few) is None
    noise = np.random.default_rng(1).normal(size=gallery.vectors.shape).astype(np.float32)
    mixed = replace(gallery, vectors=noise / np.linalg.norm(noise, axis=1, keepdims=True))
    curve = learn_presence(mixed)
    assert curve is None or abs(float(curve.probability(np.array([0.3]))[0]) - 0.5) < 0.45


def test_verdicts_follow_the_probability() -> None:
    """The words' limits, and a curve that rises."""
    assert [verdict_of(share) for share in (0.8, 0.79, 0.5, 0.49, None)] == [
        *("likely", "perhaps", "perhaps", "probably not", "cannot tell")
    ]
    curve = Presence(10, -5, 10, 10)
    chance = curve.probability(np.array([-1.0, 0.4, 0.5, 0.6, 1.0]))
    assert (np.diff(chance) > 0).all()
    assert chance[2] == pytest.approx(0.5)


def test_queries_that_cannot_be_compared_are_refused(gallery: SearchGallery) -> None:
    """Another length, and vectors without a direction."""
    with pytest.raises(ConfigError, match="16 numbers, got 8"):
        query_of(gallery, np.ones((1, 8)))
    for useless in (np.zeros((1, 16)), np.full((1, 16), np.nan)):
        with pytest.raises(ConfigError, match="direction"):
            query_of(gallery, useless)


def test_nights_of_two_embedders_are_refused(tmp_path: Path) -> None:
    """Their vectors cannot be compared; one night alone can be searched."""
    write_linked_lake(tmp_path, people=2)
    later = date(2026, 1, 6)
    lake = write_linked_lake(tmp_path, people=2, night=later).lake
    vectors = lake.read(EMBEDDINGS, [later])
    other = {**EMBEDDINGS.schema.metadata, "crosscam_embedder_digest": "another"}
    table = EMBEDDINGS.from_columns({name: vectors[name].to_pylist() for name in vectors.column_names}, other)
    lake.write_item(
        stage="perceive", night=later, camera_id=None, item_id="all", key="again", tables=[(EMBEDDINGS, table)]
    )
    lake.ledger.publish(later, "perceive", ["again"])
    with pytest.raises(ConfigError, match="one embedder"):
        read_gallery(lake, [NIGHT, later])
    assert read_gallery(lake, [NIGHT]).model == "net"
