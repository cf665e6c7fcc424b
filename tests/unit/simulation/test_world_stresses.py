"""Each parameter of a simulated world does what it says."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from analytics.simulation.tables import SimulatedTables, simulate_tables
from analytics.simulation.world import World
from tests.builders.worlds import gallery_of, rows_of

PEOPLE = 500


def small(**parameters: Any) -> SimulatedTables:
    """Return a world of some people."""
    return simulate_tables(World(**{"people_per_night": PEOPLE, **parameters}))


def switched_share(made: SimulatedTables) -> float:
    """Return the share of tracklets that show two people."""
    return float(np.mean(made.truth.identities["share"].to_numpy() < 1))


def moves_s(made: SimulatedTables) -> list[float]:
    """Return the logarithm of each move's time over its pair's median."""
    median_s = {(row["from_camera"], row["to_camera"]): row["median_s"] for row in made.truth.transits.to_pylist()}
    stops = sorted(made.truth.stops.to_pylist(), key=lambda row: (row["person_id"], row["stop_no"]))
    return [
        float(
            np.log((two["arrived_at"] - one["left_at"]).total_seconds() / median_s[one["camera_id"], two["camera_id"]])
        )
        for one, two in pairwise(stops)
        if (one["person_id"], one["visit_no"]) == (two["person_id"], two["visit_no"])
    ]


def together(made: SimulatedTables) -> int:
    """Count pairs of tracklets of different people that are in one view at once."""
    person = {row["tracklet_id"]: row["person_id"] for row in made.truth.identities.to_pylist()}
    by_camera = defaultdict(list)
    for row in made.tracklets.to_pylist():
        by_camera[row["camera_id"]].append((row["starts_at"], row["ends_at"], person[row["tracklet_id"]]))
    count = 0
    for rows in by_camera.values():
        rows.sort(key=lambda row: row[0])
        for number, (_, ends_at, who) in enumerate(rows):
            for starts_at, _, other in rows[number + 1 :]:
                if starts_at > ends_at:
                    break
                count += who != other
    return count


def test_people_cameras_hours_and_nights() -> None:
    """Counts are exact, and recordings cover what was asked for."""
    made = small(people_per_night=70, cameras=5, hours=2.5, nights=3)
    nights = Counter(row["night"] for row in made.truth.people.to_pylist())
    assert list(nights.values()) == [70, 70, 70]
    assert len(set(made.truth.people["person_id"].to_pylist())) == 210
    assert len(made.site.cameras) == 5
    assert made.recordings.num_rows == 5 * 3 * 3  # of one hour, one and a half
    assert sum(made.coverage["expected_s"].to_pylist()) == 5 * 3 * 2.5 * 3600
    assert made.tracklets["night"].unique().to_pylist() == list(World(nights=3).night_dates)


def test_density_puts_people_together() -> None:
    """Four times the people in the same cameras are in view together about sixteen times as often."""
    sparse, dense = together(small()), together(small(people_per_night=4 * PEOPLE))
    assert 10 <= dense / sparse <= 25
    assert World(people_per_night=240, cameras=4, hours=6).density == 10


@pytest.mark.parametrize("wanted", [1.0, 1.35, 2.5])
def test_fragments_a_stop(wanted: float) -> None:
    """The mean number of tracklets of a stay."""
    made = small(fragments_per_stop=wanted, switched_share=0)
    assert made.tracklets.num_rows / made.truth.stops.num_rows == pytest.approx(wanted, rel=0.05)


@pytest.mark.parametrize("wanted", [0.0, 0.03, 0.15])
def test_switched_share(wanted: float) -> None:
    """The share of tracklets of two people, as long as enough people are in view together."""
    assert switched_share(small(people_per_night=1500, switched_share=wanted)) == pytest.approx(wanted, abs=0.002)


def test_switches_need_two_people_in_view() -> None:
    """Where hardly anybody meets hardly anybody is mistaken for another."""
    assert switched_share(small(people_per_night=20, switched_share=0.5)) < 0.1


def test_uniforms_and_outfits() -> None:
    """Half of the people are in one uniform, the others share outfits as stated."""
    people = small(people_per_night=2000, uniform_share=0.5, people_per_outfit=10).truth.people.to_pylist()
    assert np.mean([row["is_in_uniform"] for row in people]) == pytest.approx(0.5, abs=0.04)
    assert len({row["outfit_id"] for row in people if row["is_in_uniform"]}) == 1
    outfits = Counter(row["outfit_id"] for row in people if not row["is_in_uniform"])
    assert np.mean(list(outfits.values())) == pytest.approx(10, rel=0.1)


def test_uniforms_make_people_alike() -> None:
    """With half of the people in uniform fewer tracklets find their person."""
    assert gallery_of(small(uniform_share=0.5)).rank1_and_map()[0] < gallery_of(small()).rank1_and_map()[0] - 0.1


def test_vectors_get_worse_with_noise() -> None:
    """Rank-1 falls as `reid_noise` grows, and is perfect without any noise and bias."""
    ranks = [gallery_of(small(reid_noise=noise)).rank1_and_map()[0] for noise in (0.8, 1.0, 1.2)]
    assert ranks[0] > ranks[1] + 0.1 > ranks[2] + 0.2
    perfect = gallery_of(small(reid_noise=0, camera_bias=0, switched_share=0))
    assert perfect.rank1_and_map() == (1.0, 1.0)


def test_camera_means_take_the_bias_out() -> None:
    """Twice the bias costs raw Rank-1 and nothing after camera means are subtracted; none leaves nothing to gain."""
    biased, unbiased = gallery_of(small(camera_bias=2)), gallery_of(small(camera_bias=0))
    gain = [each.without_camera_means().rank1_and_map()[0] - each.rank1_and_map()[0] for each in (biased, unbiased)]
    assert gain[0] > 0.15
    assert abs(gain[1]) < 0.03
    assert biased.without_camera_means().rank1_and_map()[0] == pytest.approx(unbiased.rank1_and_map()[0], abs=0.05)


def test_travel_noise() -> None:
    """The spread of travel times around their pair's median, and pairs that differ."""
    assert np.std(moves_s(small(travel_sigma=1.05, travel_median_s=100))) == pytest.approx(1.05, rel=0.05)
    made = small(cameras=200, travel_pair_sigma=0.5)
    medians = {
        frozenset((row["from_camera"], row["to_camera"])): row["median_s"] for row in made.truth.transits.to_pylist()
    }
    assert np.std(np.log(list(medians.values()))) == pytest.approx(0.5, rel=0.2)


def test_clock_errors() -> None:
    """They have the stated spread, and the tables show the camera's time, not the true one."""
    made = small(cameras=100, clock_error_sd_s=20)
    errors = {row["camera_id"]: row["clock_error_s"] for row in made.truth.clocks.to_pylist()}
    assert np.std(list(errors.values())) == pytest.approx(20, rel=0.25)
    truth = rows_of(made.truth.identities, "tracklet_id")
    stops = {(row["person_id"], row["stop_no"]): row for row in made.truth.stops.to_pylist()}
    for row in made.tracklets.to_pylist():
        whose = truth[row["tracklet_id"]]
        if row["began_by"] == "entered_frame" and whose["share"] == 1:
            shown = (row["starts_at"] - stops[whose["person_id"], whose["stop_no"]]["arrived_at"]).total_seconds()
            assert shown == pytest.approx(errors[row["camera_id"]], abs=0.11)
    assert all(camera.clock_offset_s == 0 for camera in made.site.cameras)


def test_staff_stay_for_hours_every_night() -> None:
    """The same few people in uniform, from night to night, with long stays over a whole shift."""
    made = small(people_per_night=100, nights=2, staff_share=0.05, staff_hours=4, returning_share=0)
    staff = [row for row in made.truth.people.to_pylist() if row["is_staff"]]
    assert Counter(Counter(row["person_id"] for row in staff).values()) == {2: 5}
    assert all(row["is_in_uniform"] for row in staff)
    spans = defaultdict(list)
    for row in made.truth.stops.to_pylist():
        if row["is_staff"]:
            spans[row["person_id"], row["night"]] += [row["arrived_at"], row["left_at"]]
    hours = [(max(each) - min(each)).total_seconds() / 3600 for each in spans.values()]
    assert len(hours) == 10
    assert all(3.5 <= each <= 4.01 for each in hours)
    assert any(row["is_staff"] for row in made.truth.identities.to_pylist())


def test_returning_people() -> None:
    """Half of the second night's people were there on the first, some in other clothes."""
    made = small(nights=2, returning_share=0.5, changed_clothes_share=0.4, people_per_outfit=1)
    first, second = (
        [row for row in made.truth.people.to_pylist() if row["night"] == night] for night in World(nights=2).night_dates
    )
    before = {row["person_id"]: row["outfit_id"] for row in first}
    back = [row for row in second if row["person_id"] in before]
    assert len(back) == PEOPLE / 2
    assert {row["person_id"] for row in second if row["is_returning"]} == {row["person_id"] for row in back}
    assert not any(row["is_returning"] for row in first)
    changed = np.mean([row["outfit_id"] != before[row["person_id"]] for row in back])
    assert changed == pytest.approx(0.4, abs=0.1)


def test_companions_walk_together() -> None:
    """A companion is in the same cameras within seconds, and each of two names the other."""
    made = small(people_per_night=101, companions_share=0.5)
    with_whom = {row["person_id"]: row["companion_id"] for row in made.truth.people.to_pylist()}
    paired = {person: other for person, other in with_whom.items() if other}
    assert len(paired) == 50
    assert all(paired[other] == person for person, other in paired.items())
    stops = defaultdict(list)
    for row in sorted(made.truth.stops.to_pylist(), key=lambda row: row["stop_no"]):
        stops[row["person_id"]].append(row)
    for person, other in paired.items():
        for one, two in zip(stops[person], stops[other], strict=True):
            assert one["camera_id"] == two["camera_id"]
            assert 0.2 <= abs((one["arrived_at"] - two["arrived_at"]).total_seconds()) <= 2.1


def test_visits_stops_and_dwell() -> None:
    """Their means and medians follow the parameters."""
    made = small(visits_per_person=2, stops_per_visit=6, dwell_median_s=40, dwell_sigma=0.3, hours=20)
    stops = made.truth.stops.to_pylist()
    visits = {(row["person_id"], row["visit_no"]) for row in stops}
    assert len(visits) / PEOPLE == pytest.approx(2, rel=0.1)
    assert len(stops) / len(visits) == pytest.approx(6, rel=0.05)
    dwell_s = np.array([(row["left_at"] - row["arrived_at"]).total_seconds() for row in stops])
    assert np.median(dwell_s) == pytest.approx(40, rel=0.05)
    assert np.std(np.log(dwell_s)) == pytest.approx(0.3, rel=0.1)


def test_stated_transits_hold() -> None:
    """Nearly every move lies between the stated shortest and longest time; without the parameter none is stated."""
    made = small(states_transits=True)
    stated = {frozenset((each.from_camera, each.to_camera)): each for each in made.site.transits}
    stops = sorted(made.truth.stops.to_pylist(), key=lambda row: (row["person_id"], row["stop_no"]))
    inside = []
    for one, two in pairwise(stops):
        if (one["person_id"], one["visit_no"]) == (two["person_id"], two["visit_no"]):
            transit = stated[frozenset((one["camera_id"], two["camera_id"]))]
            inside.append(transit.min_s <= (two["arrived_at"] - one["left_at"]).total_seconds() <= transit.max_s)
    assert np.mean(inside) > 0.99
    assert small().site.transits == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": 25},
        {"cameras": 0},
        {"switched_share": 0.6},
        {"uniform_share": 1.1},
        {"vectors_per_tracklet": 6},
        {"fragments_per_stop": 0.5},
        {"travel_sigma": float("nan")},
        {"people": 3},
    ],
)
def test_a_world_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    """Parameters out of range, contradicting or unknown."""
    with pytest.raises(ValidationError):
        World(**wrong)
