from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from analytics import tables
from analytics.errors import ConfigError, ContractError
from analytics.sites import Camera, Site, Transit
from tests.builders.linking import Linkable, Tables, decision, linked, world


@pytest.fixture(scope="module")
def night() -> Linkable:
    return world(segment_s=600.0)


@pytest.fixture(scope="module")
def answer(night: Linkable) -> Tables:
    return linked(night.window(), night.site)


def members(answer: Tables) -> dict[str, str]:
    table = answer["identity_members"]
    return dict(zip(table["tracklet_id"].to_pylist(), table["identity_id"].to_pylist(), strict=True))


def figure(answer: Tables, section: str, name: str) -> float:
    rows = answer["linking_report"].to_pylist()
    return next(row["value"] for row in rows if (row["section"], row["name"]) == (section, name))


@pytest.fixture(scope="module")
def plain() -> tuple[Linkable, Tables]:
    """Return a night without a switched tracklet, so that each is of one identity, and its answer."""
    found = world(seed=4, switched_share=0.0)
    answer = linked(found.window(), found.site)
    assert answer["identity_members"]["switched_at"].null_count == len(answer["identity_members"])
    return found, answer


def test_every_tracklet_is_in_one_identity(night: Linkable, answer: Tables) -> None:
    """No tracklet disappears, and the identities count exactly their members."""
    assert set(members(answer)) == set(night.made.tracklets["tracklet_id"].to_pylist())
    counts = Counter(members(answer).values())
    counts.update(name for name in answer["identity_members"]["other_identity_id"].to_pylist() if name)
    told = {row["identity_id"]: row["tracklet_count"] for row in answer["identities"].to_pylist()}
    assert told == dict(counts)
    assert [contract.name for contract in tables.LINKED] == list(answer)


def test_people_are_found_again_in_other_cameras(night: Linkable, answer: Tables) -> None:
    """Most people are linked right, far better than leaving every tracklet alone."""
    scores = night.scores(answer)
    assert scores.bcubed_f1 is not None
    assert scores.bcubed_f1 > 0.85
    assert scores.pair_precision is not None
    assert scores.pair_precision > 0.9
    assert figure(answer, "input", "cut_joins") > 5


def test_links_explain_the_identities(plain: tuple[Linkable, Tables]) -> None:
    """Accepted links join exactly what is in one identity; every link has a probability and what speaks for it."""
    answer = plain[1]
    person = members(answer)
    links = answer["links"].to_pylist()
    accepted = [row for row in links if row["verdict"] == "accepted"]
    parents = {name: name for name in person}

    def root(name: str) -> str:
        while parents[name] != name:
            name = parents[name]
        return name

    for row in accepted:
        assert person[row["tracklet_a"]] == person[row["tracklet_b"]]
        parents[root(row["tracklet_b"])] = root(row["tracklet_a"])
        assert (row["evidence"] is None) == (row["rule"] is not None)
    groups: dict[str, set[str]] = {}
    for name in person:
        groups.setdefault(root(name), set()).add(person[name])
    assert all(len(identities) == 1 for identities in groups.values())
    assert len(groups) == len(set(person.values()))
    for row in links:
        if row["verdict"] in ("infeasible", "refused"):
            assert row["rule"] in ("twice_in_one_view", "two_places_at_once", "faster_than_transit")


def test_support_is_that_of_the_links(plain: tuple[Linkable, Tables]) -> None:
    """A member's support is its best accepted link's probability, an identity's weakest link the smallest."""
    answer = plain[1]
    best: dict[str, float] = {}
    weakest: dict[str, float] = {}
    person = members(answer)
    for row in answer["links"].to_pylist():
        if row["verdict"] == "accepted":
            for name in (row["tracklet_a"], row["tracklet_b"]):
                best[name] = max(best.get(name, 0.0), row["probability"])
            identity = person[row["tracklet_a"]]
            weakest[identity] = min(weakest.get(identity, 1.0), row["probability"])
    assert {row["tracklet_id"]: row["support"] for row in answer["identity_members"].to_pylist()} == {
        name: best.get(name) for name in person
    }
    assert {row["identity_id"]: row["weakest_link"] for row in answer["identities"].to_pylist()} == {
        name: weakest.get(name) for name in set(person.values())
    }


def test_shuffled_tables_give_the_same_answer(night: Linkable, answer: Tables) -> None:
    """The order of the rows means nothing, down to the last byte."""
    random = np.random.default_rng(5)

    def shuffled(table: pa.Table) -> pa.Table:
        return table.take(pa.array(random.permutation(len(table))))

    made = replace(
        night.made,
        tracklets=shuffled(night.made.tracklets),
        track_points=shuffled(night.made.track_points),
        boundary_points=shuffled(night.made.boundary_points),
        embeddings=shuffled(night.made.embeddings),
    )
    again = linked(Linkable(made).window(), night.site)
    assert all(again[name].equals(table) for name, table in answer.items())


def test_cameras_gathered_apart_give_the_same_answer(night: Linkable, answer: Tables) -> None:
    """Reading camera by camera is a matter of memory alone."""
    from analytics.linking.gathering import CameraTables, gather

    def of(table: pa.Table, camera: str) -> pa.Table:
        return table.filter(pc.equal(table["camera_id"], camera))

    made = night.made
    parts = [
        CameraTables(
            of(made.tracklets, camera),
            of(made.track_points, camera),
            of(made.boundary_points, camera),
            (of(made.embeddings, camera),),
        )
        for camera in sorted(set(made.tracklets["camera_id"].to_pylist()), reverse=True)
    ]
    again = linked(replace(night.window(), seen=gather(parts)), night.site)
    assert all(again[name].equals(table) for name, table in answer.items())


def test_strict_is_finer_than_balanced_is_finer_than_wide(night: Linkable) -> None:
    """The operating points are cuts of one tree."""
    points = [members(linked(night.window(), night.site, operating_point=p)) for p in ("strict", "balanced", "wide")]
    for fine, coarse in pairwise(points):
        assert len(set(fine.values())) >= len(set(coarse.values()))
        together: dict[str, set[str]] = {}
        for name, identity in fine.items():
            together.setdefault(identity, set()).add(coarse[name])
        assert all(len(identities) == 1 for identities in together.values())


def test_classes_are_never_mixed(night: Linkable) -> None:
    """A car with a person's vectors is no person; visitors are people only."""
    names = night.made.tracklets["class_name"].to_pylist()
    mixed = pa.array(["car" if place % 3 == 0 else name for place, name in enumerate(names)])
    column = night.made.tracklets.schema.get_field_index("class_name")
    answer = linked(
        night.window(
            tracklets=night.made.tracklets.set_column(column, night.made.tracklets.schema.field(column), mixed)
        ),
        night.site,
    )
    of = dict(zip(night.made.tracklets["tracklet_id"].to_pylist(), mixed.to_pylist(), strict=True))
    classes: dict[str, set[str]] = {}
    for tracklet, identity in members(answer).items():
        classes.setdefault(identity, set()).add(of[tracklet])
    assert all(len(found) == 1 for found in classes.values())
    assert set(answer["identities"]["class_name"].to_pylist()) == {"car", "person"}


def test_a_night_without_people(night: Linkable) -> None:
    """Nobody was there: empty tables, and a count of nought."""
    empty = tables.TRACKLETS.empty()
    answer = linked(night.window(tracklets=empty, embeddings=()), night.site)
    assert answer["identities"].num_rows == answer["links"].num_rows == 0
    (row,) = answer["unique_visitors"].to_pylist()
    assert (row["scope"], row["estimate"], row["upper"]) == ("site", 0.0, 0.0)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_hardly_anybody(night: Linkable, count: int) -> None:
    """One tracklet is one identity; a handful is linked or not, but never lost."""
    few = night.made.tracklets.slice(0, count)
    answer = linked(night.window(tracklets=few), night.site)
    assert set(members(answer)) == set(few["tracklet_id"].to_pylist())


def test_one_camera(night: Linkable) -> None:
    """Within one camera those who come back are linked too."""
    one = night.made.tracklets.filter(pc.equal(night.made.tracklets["camera_id"], "cam001"))
    answer = linked(night.window(tracklets=one), night.site)
    assert len(members(answer)) == one.num_rows
    assert answer["identities"]["camera_count"].to_pylist() == [1] * answer["identities"].num_rows


def test_tracklets_without_vectors_stay(night: Linkable) -> None:
    """Without any embedding only place, time and cuts join, and each tracklet is told of."""
    answer = linked(night.window(embeddings=()), night.site)
    assert len(members(answer)) == night.made.tracklets.num_rows
    assert figure(answer, "input", "person: without_vector") == figure(answer, "input", "person: uncut")
    assert set(answer["links"]["rule"].to_pylist()) <= {"cut", "fragment"}


def test_vectors_that_cannot_be_compared_are_counted(night: Linkable) -> None:
    """NaN, no direction, another length, another model: left out by name, and the others are linked."""
    given = night.made.embeddings
    vectors = given["vector"].to_pylist()
    vectors[0], vectors[1], vectors[2] = [float("nan")] * 128, [0.0] * 128, [1.0] * 64
    column = given.schema.get_field_index("vector")
    changed = given.set_column(column, given.schema.field("vector"), pa.array(vectors, pa.list_(pa.float16())))
    other = given.slice(3, 5).replace_schema_metadata({b"crosscam_embedder_digest": b"another"})
    kept = pa.concat_tables([changed.slice(0, 3), changed.slice(8)])
    answer = linked(night.window(embeddings=(kept, other)), night.site)
    expected = {"not_finite": 1, "zero": 1, "wrong_length": 1, "other_model": 5, "no_tracklet": 0}
    assert {name: figure(answer, "exclusions", name) for name in expected} == expected
    assert len(members(answer)) == night.made.tracklets.num_rows


def test_a_tracklet_that_ends_before_it_begins_is_refused(night: Linkable) -> None:
    """A clock that ran backwards within a tracklet is a broken table, not a person."""
    table = night.made.tracklets
    swapped = table.set_column(
        table.schema.get_field_index("starts_at"), table.schema.field("starts_at"), table["ends_at"]
    )
    swapped = swapped.set_column(
        table.schema.get_field_index("ends_at"), table.schema.field("ends_at"), table["starts_at"]
    )
    with pytest.raises(ContractError, match="starts_at_at_most_ends_at"):
        linked(night.window(tracklets=swapped), night.site)


def test_transits_that_contradict_themselves(night: Linkable) -> None:
    """Two times for one way name the cameras."""
    transits = [("a", "b", 5, 60), ("b", "a", 9, 60)]
    ways = tuple(Transit(from_camera=a, to_camera=b, min_s=low, max_s=high) for a, b, low, high in transits)
    site = Site(site_id="simulated", cameras=tuple(Camera(camera_id=name) for name in "abc"), transits=ways)
    with pytest.raises(ConfigError, match="one time from b to a"):
        linked(night.window(), site)


def test_decisions_are_obeyed_at_every_point(plain: tuple[Linkable, Tables]) -> None:
    """A merge and a split made by hand hold at any threshold, and staff is whoever holds a marked tracklet."""
    night, answer = plain
    person = members(answer)
    by_identity: dict[str, list[str]] = {}
    for tracklet, identity in sorted(person.items()):
        by_identity.setdefault(identity, []).append(tracklet)
    large = sorted(by_identity.values(), key=len)[-3:]
    together, apart = [large[0][0], large[1][0]], [large[2][0], large[2][-1]]
    rows = pa.concat_tables(
        [decision("merge", together, 0), decision("split", apart, 1), decision("staff", large[0][:1], 2)]
    )
    for point in ("strict", "balanced", "wide"):
        found = linked(night.window(decisions=rows), night.site, operating_point=point)
        assert members(found)[together[0]] == members(found)[together[1]]
        assert members(found)[apart[0]] != members(found)[apart[1]]
        staff = [row["identity_id"] for row in found["identities"].to_pylist() if row["is_staff"]]
        assert staff == [members(found)[large[0][0]]]
    undone = rows.set_column(rows.schema.get_field_index("undone_at"), rows.schema.field("undone_at"), rows["made_at"])
    assert members(linked(night.window(decisions=undone), night.site)) == person


@pytest.mark.parametrize("kind", ["staff", "not-person"])
def test_who_is_no_visitor_is_not_counted(night: Linkable, answer: Tables, kind: str) -> None:
    """One mark takes a whole identity out of the count, and is told in the identity's row."""
    largest = Counter(members(answer).values()).most_common(1)[0][0]
    one = next(name for name, identity in members(answer).items() if identity == largest)
    marked = linked(night.window(decisions=decision(kind, [one])), night.site)
    before, after = (
        next(
            row["estimate"]
            for row in found["unique_visitors"].to_pylist()
            if (row["scope"], row["period"]) == ("site", "night")
        )
        for found in (answer, marked)
    )
    assert after < before - 0.5
    row = next(row for row in marked["identities"].to_pylist() if row["identity_id"] == members(marked)[one])
    assert (row["is_staff"], row["is_person"]) == ((True, True) if kind == "staff" else (False, False))


def test_decisions_about_tracklets_that_are_gone_are_told(night: Linkable) -> None:
    """A decision whose tracklet is not in the window changes nothing and is named."""
    answer = linked(night.window(decisions=decision("merge", ["gone", "lost"])), night.site)
    assert figure(answer, "input", "decisions_without_tracklet") == 2


def test_an_identity_keeps_its_id_on_the_next_night() -> None:
    """Who comes back within the window is known by the id of the night before; others get ids of their own."""
    two = world(nights=2, returning_share=0.6, changed_clothes_share=0.0, people_per_night=30)
    nights = sorted(set(two.made.tracklets["night"].to_pylist()))
    first_only = two.made.tracklets.filter(pc.equal(two.made.tracklets["night"], pa.scalar(nights[0])))
    first = linked(
        replace(two.window(tracklets=first_only), place=replace(two.window().place, night=nights[0])), two.site
    )
    second = linked(two.window(known=first["identity_members"]), two.site)
    assert set(second["identity_members"]["night"].to_pylist()) == {nights[1]}
    again = set(second["identities"]["identity_id"].to_pylist()) & set(first["identities"]["identity_id"].to_pylist())
    truth = two.made.truth.identities
    people = dict(zip(truth["tracklet_id"].to_pylist(), truth["person_id"].to_pylist(), strict=True))
    of_first, of_second = members(first), members(second)
    right = sum(
        bool(
            {people[t] for t, i in of_first.items() if i == identity}
            & {people[t] for t, i in of_second.items() if i == identity}
        )
        for identity in again
    )
    assert len(again) >= 5
    assert right >= 0.8 * len(again)


def test_a_way_around_bounds_the_direct_one(night: Linkable) -> None:
    """A stated way is no longer than the stated ways around it; what is not stated may take no time."""
    from analytics.linking.gallery import build_gallery
    from analytics.linking.limits import limits_of, standards
    from analytics.settings import Linking

    seen = night.window().seen
    gallery = build_gallery(seen, standards(Linking()), np.full(len(seen), -1), np.zeros(len(seen), bool))
    one, two, three = gallery.camera_ids[:3]
    ways = [(one, two, 5.0), (two, three, 5.0), (one, three, 30.0)]
    transits = tuple(Transit(from_camera=a, to_camera=b, min_s=low, max_s=60) for a, b, low in ways)
    site = night.site.model_copy(update={"transits": transits})
    least = limits_of(gallery, site, Linking(), np.zeros((0, 2), np.int64)).min_transit_us
    assert least[:3, :3].tolist() == [[0, 5_000_000, 10_000_000], [5_000_000, 0, 5_000_000], [10_000_000, 5_000_000, 0]]
    assert least[3].tolist() == [0] * len(gallery.camera_ids)
