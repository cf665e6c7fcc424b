"""Small nights by hand: what becomes of who was where."""

import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.errors import LakeError
from analytics.lake.lake import Lake
from analytics.linking.counting import few
from analytics.linking.model import shipped
from analytics.marts import CAMERA_HEALTH, JOURNEYS, OCCUPANCY_MINUTELY, QUEUE_WAITS, VISITS
from analytics.settings import Linking, Marts, Settings
from analytics.tables import UNIQUE_VISITORS
from analytics.warehouse.connection import connect
from analytics.warehouse.marts import broken_checks
from jobs.summarising import nights_to_summarise, summarise_night
from tests.builders.answers import NIGHT, SHOP, START, Filmed, Linked, Present, Seen, Story, open_new, write_story

USUAL = Settings(linking=Linking(count_worlds=20))
NEVER = Settings(marts=Marts(visit_gap_s=0.0, stay_gap_s=0.0, served_within_s=0.0), linking=USUAL.linking)


def summarised(folder: Path, story: Story, settings: Settings = USUAL) -> Lake:
    """Write a story and summarise it; nothing that was made breaks a check when it is read again."""
    lake = open_new(folder)
    write_story(lake, story)
    assert summarise_night(lake, story.site, settings, story.night)
    with connect(lake, story.site) as warehouse:
        assert broken_checks(warehouse.connection) == {}
    return lake


def s(moment: datetime | None) -> float | None:
    """Return an instant in seconds from the start."""
    return None if moment is None else (moment - START) / timedelta(seconds=1)


def visits(lake: Lake) -> list[tuple[Any, ...]]:
    return [
        (row["identity_id"], row["zone_id"], s(row["entered_at"]), s(row["left_at"]), row["is_censored"])
        for row in lake.read(VISITS).to_pylist()
    ]


def stops(lake: Lake, identity: str = "ann") -> list[tuple[Any, ...]]:
    return [
        (row["zone_id"] or row["camera_id"], s(row["arrived_at"]), s(row["left_at"]), row["gap_s"])
        for row in lake.read(JOURNEYS).to_pylist()
        if row["identity_id"] == identity
    ]


def test_a_break_of_just_the_longest_bridged_length_is_bridged(tmp_path: Path) -> None:
    """Ten seconds out of the zone are one visit, a hair more two; a tracklet lost in between is no censoring."""
    story = Story(
        seen=[Seen("a", "door", "ann", 0, 20), Seen("b", "door", "ann", 25, 60)],
        present=[
            Present("a", "entrance", 5, 20, "e"),
            Present("b", "entrance", 30, 40, "b"),
            Present("b", "entrance", 50.000001, 55),
        ],
    )
    lake = summarised(tmp_path, story)
    assert visits(lake) == [("ann", "entrance", 5, 40, False), ("ann", "entrance", 50.000001, 55, False)]
    assert [row["dwell_s"] for row in lake.read(VISITS).to_pylist()] == [35.0, 4.999999]


def test_overlapping_presences_are_one_visit(tmp_path: Path) -> None:
    """Tracklets of one identity in a zone at once are one visit, even unbridged; the last to leave tells how it ends.

    The first tracklet outlasts a second one that lies within it.
    """
    story = Story(
        seen=[Seen("a", "door", "ann", 0, 50), Seen("b", "door", "ann", 10, 30)],
        present=[
            Present("a", "entrance", 5, 45, "be"),
            Present("b", "entrance", 12, 20),
            Present("b", "entrance", 45, 46),
        ],
    )
    assert visits(summarised(tmp_path, story, NEVER)) == [("ann", "entrance", 5, 46, True)]


def test_a_tracklet_that_went_over_to_another_is_cut_there(tmp_path: Path) -> None:
    """Each part is the identity's whose it is: the longer one is `identity_id`'s; nobody saw the cut."""
    story = Story(
        seen=[
            Seen("late", "door", "ann", 0, 100, other="bob", switched_s=30),
            Seen("early", "till", "cem", 0, 100, other="dan", switched_s=70),
        ],
        present=[Present("late", "entrance", 10, 50), Present("early", "queue", 10, 50)],
    )
    lake = summarised(tmp_path, story)
    assert visits(lake) == [
        ("ann", "entrance", 30, 50, True),
        ("bob", "entrance", 10, 30, True),
        ("cem", "queue", 10, 50, False),
    ]
    assert stops(lake) == [("door", 30, 100, None), ("entrance", 30, 50, None)]
    assert stops(lake, "dan") == [("till", 70, 100, None)]


def test_waits_end_with_the_first_presence_in_service(tmp_path: Path) -> None:
    """Served up to ten seconds after the queue, unserved after; whoever is lost in the queue is neither."""
    story = Story(
        seen=[Seen(name, "till", name, 0, 200) for name in ("soon", "just", "late", "lost")],
        present=[
            Present("soon", "queue", 10, 30),
            Present("soon", "service", 25, 40),
            Present("just", "queue", 10, 30),
            Present("just", "service", 40, 50),
            Present("late", "queue", 10, 30),
            Present("late", "service", 40.000001, 50),
            Present("lost", "queue", 10, 200, "e"),
        ],
    )
    rows = {row["identity_id"]: row for row in summarised(tmp_path, story).read(QUEUE_WAITS).to_pylist()}
    told = {
        name: (s(row["served_at"]), row["wait_s"], row["left_unserved"], row["is_censored"])
        for name, row in rows.items()
    }
    assert told == {
        "soon": (25, 15.0, False, False),
        "just": (40, 30.0, False, False),
        "late": (None, None, True, False),
        "lost": (None, None, False, True),
    }


def test_a_journey_is_in_order_with_its_gaps(tmp_path: Path) -> None:
    """Stays of one camera with short breaks are one; views overlap by a negative gap; zones have none."""
    story = Story(
        seen=[
            Seen("a", "door", "ann", 0, 20),
            Seen("b", "door", "ann", 30, 40),
            Seen("c", "yard", "ann", 39, 60),
            Seen("d", "door", "ann", 70.5, 80),
        ],
        present=[Present("a", "entrance", 0, 5, "b")],
    )
    assert stops(summarised(tmp_path, story)) == [
        ("door", 0, 40, None),
        ("entrance", 0, 5, None),
        ("yard", 39, 60, -1.0),
        ("door", 70.5, 80, 10.5),
    ]


def test_a_stay_is_as_sure_as_the_best_chain_of_links_to_what_came_before(tmp_path: Path) -> None:
    """Not the direct link counts but the chain whose weakest link is strongest; below and refused links do not."""
    story = Story(
        seen=[Seen(f"t{number}", camera, "ann", 100 * number, 100 * number + 10) for number, camera in enumerate("xyz")]
        + [Seen("t3", "x", "ann", 300, 310), Seen("elsewhere", "y", "bob", 0, 10)],
        linked=[
            Linked("t0", "t1", 0.6),
            Linked("t0", "t2", 0.9),
            Linked("t1", "t2", 0.8),
            Linked("t2", "outside", 0.7),
            Linked("outside", "t3", 0.95),
            Linked("t0", "t3", 0.99, "below"),
        ],
    )
    rows = summarised(tmp_path, story).read(JOURNEYS).to_pylist()
    assert [row["link_probability"] for row in rows if row["identity_id"] == "ann"] == [None, 0.8, 0.9, 0.7]
    assert {row["weakest_link"] for row in rows if row["identity_id"] == "ann"} == {0.6}
    assert [(row["link_probability"], row["weakest_link"]) for row in rows if row["identity_id"] == "bob"] == [
        (None, None)
    ]


def test_occupancy_is_mean_and_maximum_of_the_minute(tmp_path: Path) -> None:
    """One leaves as another comes: never two. Staff are apart, empty minutes 0, unrecorded ones absent."""
    story = Story(
        seen=[Seen(name, "door", name, 0, 300) for name in ("ann", "bob", "cem", "eve")],
        present=[
            Present("ann", "entrance", 0, 30),
            Present("bob", "entrance", 30, 90),
            Present("cem", "entrance", 60, 75),
            Present("eve", "entrance", 0, 120),
        ],
        staff=["eve"],
        filmed=[Filmed("door", 0, 150), Filmed("door", 240, 300)],
    )
    rows = summarised(tmp_path, story, NEVER).read(OCCUPANCY_MINUTELY).to_pylist()
    told = [
        (s(row["minute_at"]), row["mean_people"], row["max_people"], row["mean_staff"], row["coverage"])
        for row in rows
        if row["zone_id"] == "entrance"
    ]
    assert told == [(0, 1, 1, 1, 1), (60, 0.75, 2, 1, 1), (120, 0, 0, 0, 0.5), (240, 0, 0, 0, 1)]
    assert {row["zone_id"] for row in rows} == {"entrance"}  # the till recorded nothing


def test_what_is_no_person_is_in_no_answer(tmp_path: Path) -> None:
    """A mannequin and a car are in no zone, no journey and no count; staff are marked and not counted."""
    story = Story(
        seen=[
            Seen("a", "door", "doll", 0, 50),
            Seen("b", "door", "car", 0, 50, class_name="car"),
            Seen("c", "door", "eve", 0, 50),
            Seen("d", "door", "ann", 0, 50),
        ],
        present=[Present(name, "entrance", 5, 10) for name in "abcd"],
        staff=["eve"],
        no_person=["doll"],
    )
    lake = summarised(tmp_path, story)
    assert [(row["identity_id"], row["is_staff"]) for row in lake.read(VISITS).to_pylist()] == [
        ("ann", False),
        ("eve", True),
    ]
    assert {row["identity_id"] for row in lake.read(JOURNEYS).to_pylist()} == {"ann", "eve"}
    counted = {
        (row["scope_id"], row["period"]): row["estimate"]
        for row in lake.read(UNIQUE_VISITORS).to_pylist()
        if row["scope"] == "zone"
    }
    assert counted["queue", "night"] == counted["queue", "hour"] == 0
    assert counted["entrance", "night"] > 0


def test_visitors_of_a_zone_are_counted_over_doubtful_links(tmp_path: Path) -> None:
    """Sure links make one person of many tracklets, a doubtful one is worth its share of a person."""
    seen = [Seen(f"t{number}", "door", f"i{number // 2}", 100 * number, 100 * number + 10) for number in range(80)]
    present = [Present(each.name, "entrance", each.starts_s, each.ends_s) for each in seen]
    pairs = [(f"t{number}", f"t{number + 1}") for number in range(0, 80, 2)]

    def estimate(name: str, probability: float, verdict: str) -> float:
        linked = [Linked(a, b, probability, verdict) for a, b in pairs]
        story = Story(seen=seen, present=present, linked=linked, until_s=9000)
        lake = summarised(tmp_path / name, story, Settings(linking=Linking(count_worlds=100)))
        (row,) = [
            row
            for row in lake.read(UNIQUE_VISITORS).to_pylist()
            if (row["scope_id"], row["period"]) == ("entrance", "night")
        ]
        assert row["lower"] <= row["estimate"] <= row["upper"]
        return float(row["estimate"])

    sure, half, refuted = (
        estimate("sure", 1.0, "accepted"),
        estimate("half", 0.5, "below"),
        estimate("no", 0.9, "infeasible"),
    )
    spread = shipped().count["place_night"]

    def corrected(people: int) -> float:
        """What is told of so many drawn people, by how far such counts were off on simulated sites."""
        share = float(few(np.array([people]))[0])
        return people * math.exp(spread["bias"] + (spread["bias_of_few"] - spread["bias"]) * share)

    assert sure == pytest.approx(corrected(40))
    assert refuted == pytest.approx(corrected(80))
    assert half == pytest.approx(corrected(60), rel=0.02)


def test_camera_health_says_what_to_look_at(tmp_path: Path) -> None:
    """Files, gaps and coverage of every camera of the site, those without recordings too."""
    story = Story(
        seen=[Seen("a", "door", "ann", 0, 50)],
        filmed=[Filmed("door", 0, 100), Filmed("door", 160, 400, "quarantined"), Filmed("till", 0, 100)],
    )
    rows = {row["camera_id"]: row for row in summarised(tmp_path, story).read(CAMERA_HEALTH).to_pylist()}
    door, till, yard = rows["door"], rows["till"], rows["yard"]
    assert (door["recordings"], door["quarantined"], door["gaps_s"], door["tracklets"]) == (2, 1, 60.0, 1)
    assert door["coverage"] == pytest.approx(100 / 340)
    assert door["notes"] == "1 of 2 files could not be used; 29 % of the expected time was analysed"
    assert (till["coverage"], till["notes"]) == (1.0, "nobody was seen")
    assert (yard["recordings"], yard["coverage"], yard["notes"]) == (0, None, "no recordings")


def test_a_night_is_summarised_once_for_the_same_inputs(tmp_path: Path) -> None:
    """Nothing new the second time; other settings, another link or another kind of zone give another answer."""
    lake, story = open_new(tmp_path), Story(seen=[Seen("a", "door", "ann", 0, 50)], present=[])
    write_story(lake, story)
    assert nights_to_summarise(lake) == (NIGHT,)
    assert summarise_night(lake, SHOP, USUAL, NIGHT)
    assert not summarise_night(lake, SHOP, USUAL, NIGHT)
    assert summarise_night(lake, SHOP, NEVER, NIGHT)
    moved = SHOP.model_copy(update={"zones": SHOP.zones[:1]})
    assert summarise_night(lake, moved, NEVER, NIGHT)


def test_a_night_without_anybody_has_answers(tmp_path: Path) -> None:
    """No visit, no journey, and zeros for what was filmed."""
    lake = summarised(tmp_path, Story())
    assert lake.read(VISITS).num_rows == lake.read(JOURNEYS).num_rows == 0
    assert {row["max_people"] for row in lake.read(OCCUPANCY_MINUTELY).to_pylist()} == {0}
    assert lake.read(OCCUPANCY_MINUTELY).num_rows == 3 * 60


def test_what_was_not_linked_or_located_is_not_summarised(tmp_path: Path) -> None:
    """Zones that nobody looked at would seem empty: the message says what to run."""
    lake, story = open_new(tmp_path), Story()
    with pytest.raises(LakeError, match="crosscam link --night 2026-01-05"):
        summarise_night(lake, SHOP, USUAL, NIGHT)
    write_story(lake, story)
    entries = lake.ledger.published(NIGHT, "locate")
    lake.ledger.publish(NIGHT, "locate", [entry.key for entry in entries if entry.item_id != "zone-queue"])
    with pytest.raises(LakeError, match=r"1 are not, such as zone-queue: run `crosscam locate --night 2026-01-05`"):
        summarise_night(lake, SHOP, USUAL, NIGHT)


def test_a_night_perceived_anew_is_linked_and_located_first(tmp_path: Path) -> None:
    """Links or presences of tracklets that are no more are not summed up."""
    lake = open_new(tmp_path)
    old = Story(seen=[Seen("old", "door", "ann", 0, 50)], present=[Present("old", "entrance", 5, 10)])
    write_story(lake, old)
    again = Story(seen=[Seen("new", "door", "ann", 0, 50)])
    write_story(lake, again, stages=["perceive"])
    with pytest.raises(LakeError, match="crosscam link --night 2026-01-05"):
        summarise_night(lake, SHOP, USUAL, NIGHT)
    write_story(lake, again, stages=["link"])
    with pytest.raises(LakeError, match=r"zone_presence .*: run `crosscam locate --night 2026-01-05`"):
        summarise_night(lake, SHOP, USUAL, NIGHT)
