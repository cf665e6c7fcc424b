"""The tables of a simulated world: whole, the same for the same seed, and in agreement with their truth."""

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import tables
from analytics.simulation.tables import SimulatedTables, simulate_tables
from analytics.simulation.true_tables import TRUTH
from analytics.simulation.world import World
from tests.builders.worlds import gallery_of, rows_of, vectors_of

FRAME = timedelta(seconds=0.1)
CONTRACTS = (
    tables.RECORDINGS,
    tables.TRACKLETS,
    tables.TRACK_POINTS,
    tables.BOUNDARY_POINTS,
    tables.EMBEDDINGS,
    tables.COVERAGE,
)


@pytest.fixture(scope="module")
def made() -> SimulatedTables:
    """Return the default world."""
    return simulate_tables(World())


@pytest.fixture(scope="module")
def cut() -> SimulatedTables:
    """Return a world whose recordings of ten minutes are cut into segments of one."""
    return simulate_tables(World(people_per_night=300, recording_s=600, segment_s=60))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any small world."""
    points = draw(st.integers(2, 6))
    return World(
        seed=draw(st.integers(0, 100)),
        people_per_night=draw(st.integers(0, 40)),
        cameras=draw(st.integers(1, 6)),
        hours=draw(st.floats(0.05, 24) if points == 2 else st.floats(0.05, 3)),
        nights=draw(st.integers(1, 3)),
        fragments_per_stop=draw(st.floats(1, 3)),
        switched_share=draw(st.floats(0, 0.5)),
        clock_error_sd_s=draw(st.sampled_from([0.0, 0.5, 20.0])),
        staff_share=draw(st.sampled_from([0.0, 0.1])),
        returning_share=draw(st.floats(0, 1)),
        companions_share=draw(st.floats(0, 1)),
        uniform_share=draw(st.floats(0, 1)),
        dimension=8,
        points_per_tracklet=points,
        vectors_per_tracklet=draw(st.integers(1, points)),
        analysis_fps=draw(st.sampled_from([0.5, 7.0, 10.0])),
        recording_s=draw(st.sampled_from([600.0, 3600.0])),
        segment_s=draw(st.sampled_from([100.0, 3600.0])),
        states_transits=draw(st.booleans()),
    )


def check_tables(world: World, made: SimulatedTables) -> None:
    """Check every contract, and what holds between tables."""
    for contract in CONTRACTS:
        contract.check(getattr(made, contract.name))
    for contract in TRUTH:
        contract.check(getattr(made.truth, contract.name.removeprefix("true_")))
    tracklets, recordings = rows_of(made.tracklets, "tracklet_id"), rows_of(made.recordings, "recording_id")
    points = defaultdict(list)
    for row in made.track_points.to_pylist():
        points[row["tracklet_id"]].append(row["captured_at"])
    assert points.keys() == tracklets.keys()
    for tracklet_id, row in tracklets.items():
        assert [min(points[tracklet_id]), max(points[tracklet_id])] == [row["starts_at"], row["ends_at"]]
        assert row["point_count"] == len(points[tracklet_id])
        recording = recordings[row["recording_id"]]
        assert recording["starts_at"] <= row["starts_at"] <= row["ends_at"] < recording["ends_at"]
        assert tracklet_id.startswith(row["segment_id"])
        assert row["segment_id"].startswith(row["recording_id"])
    assert set(made.truth.identities["tracklet_id"].to_pylist()) == tracklets.keys()
    found = vectors_of(made)
    assert all(len(each) <= world.vectors_per_tracklet for each in found.values())
    assert found.keys() == tracklets.keys()
    lengths = [np.linalg.norm(vector) for each in found.values() for _, vector in each]
    assert lengths == pytest.approx([1.0] * len(lengths), abs=2e-3)
    assert {camera.camera_id for camera in made.site.cameras} == set(made.recordings["camera_id"].to_pylist())
    detections = Counter((row["segment_id"], at) for tracklet, row in tracklets.items() for at in points[tracklet])
    numbers = made.track_points["detection_no"].to_pylist()
    assert max(numbers, default=0) <= max(detections.values(), default=1) - 1


def test_the_default_world_is_whole(made: SimulatedTables) -> None:
    """Contracts hold, and no table speaks of what another lacks."""
    check_tables(World(), made)
    assert sum(made.coverage["analysed_s"].to_pylist()) == 12 * 10 * 3600


@settings(max_examples=12)
@given(worlds())
def test_any_world_is_whole(world: World) -> None:
    """However few people, cameras and frames there are."""
    check_tables(world, simulate_tables(world))


def test_the_same_seed_gives_the_same_tables(made: SimulatedTables) -> None:
    """Every table, bit for bit."""
    again = simulate_tables(World())
    for contract in CONTRACTS:
        assert getattr(again, contract.name).equals(getattr(made, contract.name), check_metadata=True)
    assert again.site == made.site
    assert all(getattr(again.truth, name).equals(getattr(made.truth, name)) for name in made.truth.__slots__)


def test_another_seed_gives_another_site(made: SimulatedTables) -> None:
    """Neither ids nor people nor vectors nor clocks are the same."""
    other = simulate_tables(World(seed=1))
    assert not set(other.tracklets["tracklet_id"].to_pylist()) & set(made.tracklets["tracklet_id"].to_pylist())
    assert other.embeddings["vector"][0] != made.embeddings["vector"][0]
    assert other.truth.clocks != made.truth.clocks
    assert other.truth.transits != made.truth.transits


def test_tracklets_lie_within_true_stops(made: SimulatedTables) -> None:
    """Clock error taken off, a whole tracklet lies in the stop that the truth names, and every stop has one."""
    error = {row["camera_id"]: timedelta(seconds=row["clock_error_s"]) for row in made.truth.clocks.to_pylist()}
    stops = {(row["person_id"], row["stop_no"]): row for row in made.truth.stops.to_pylist()}
    tracklets = rows_of(made.tracklets, "tracklet_id")
    seen = defaultdict(list)
    switched = set()
    for row in made.truth.identities.to_pylist():
        tracklet, stop = tracklets[row["tracklet_id"]], stops[row["person_id"], row["stop_no"]]
        assert tracklet["camera_id"] == stop["camera_id"]
        if row["other_person_id"] is None:
            seen[row["person_id"], row["stop_no"]].append(tracklet)
        else:
            switched |= {row["person_id"], row["other_person_id"]}
    for (person, number), stop in stops.items():
        if person in switched:
            continue
        offset = error[stop["camera_id"]]
        parts = seen[person, number]
        assert abs(min(part["starts_at"] for part in parts) - offset - stop["arrived_at"]) <= FRAME
        assert abs(max(part["ends_at"] for part in parts) - offset - stop["left_at"]) <= 2 * FRAME


def test_nobody_is_in_two_places_at_once(made: SimulatedTables) -> None:
    """A person's stops follow each other without overlap, numbered in order of time."""
    stops = sorted(made.truth.stops.to_pylist(), key=lambda row: (row["person_id"], row["stop_no"]))
    following = [(one, two) for one, two in pairwise(stops) if one["person_id"] == two["person_id"]]
    assert len(following) > 4000
    assert all(two["arrived_at"] - one["left_at"] >= timedelta(seconds=1) - FRAME for one, two in following)
    assert all(two["stop_no"] == one["stop_no"] + 1 for one, two in following)
    assert all(two["visit_no"] - one["visit_no"] in (0, 1) for one, two in following)


def test_nobody_is_twice_in_one_view(made: SimulatedTables) -> None:
    """Two tracklets of one person in one camera overlap by half a second at most, and some do."""
    tracklets = rows_of(made.tracklets, "tracklet_id")
    of_person = defaultdict(list)
    for row in made.truth.identities.to_pylist():
        if row["other_person_id"] is None:
            tracklet = tracklets[row["tracklet_id"]]
            of_person[row["person_id"], tracklet["camera_id"]].append((tracklet["starts_at"], tracklet["ends_at"]))
    overlaps = [
        (one[1] - two[0]).total_seconds() for parts in of_person.values() for one, two in pairwise(sorted(parts))
    ]
    assert max(overlaps) <= 0.5
    assert any(overlap > 0 for overlap in overlaps)


def test_the_default_world_is_the_reference_world(made: SimulatedTables) -> None:
    """Its counts, lengths and shares are near those on which linking was studied."""
    identities, stops = made.truth.identities.to_pylist(), made.truth.stops.to_pylist()
    people = made.truth.people.to_pylist()
    assert len(people) == 1500
    assert 5.5 <= len(identities) / len(people) <= 6.8
    assert len(identities) / len(stops) == pytest.approx(1.35, abs=0.04)
    assert sum(row["other_person_id"] is not None for row in identities) / len(identities) == pytest.approx(
        0.03, abs=1e-3
    )
    visits = len({(row["person_id"], row["visit_no"]) for row in stops})
    assert visits / len(people) == pytest.approx(1.15, abs=0.04)
    assert len(stops) / visits == pytest.approx(4, abs=0.2)
    dwell_s = [(row["left_at"] - row["arrived_at"]).total_seconds() for row in stops]
    assert np.median(dwell_s) == pytest.approx(18, abs=1)
    assert sum(row["is_in_uniform"] for row in people) / len(people) == pytest.approx(0.1, abs=0.03)
    outfits = Counter(row["outfit_id"] for row in people if not row["is_in_uniform"])
    # a person's own outfit is worn by 4 on average; outfits that nobody wears are not in the table
    assert 3.5 <= sum(outfits.values()) / len(outfits) <= 4.6
    assert np.median(made.truth.transits["median_s"].to_numpy()) == pytest.approx(25, rel=0.3)


def test_vectors_are_as_hard_as_stated(made: SimulatedTables) -> None:
    """Rank-1 and mAP across cameras by brute force, before and after the cameras' means are taken out."""
    gallery = gallery_of(made)
    rank1, mean_precision = gallery.rank1_and_map()
    assert 0.58 <= rank1 <= 0.67
    assert 0.42 <= mean_precision <= 0.51
    rank1, mean_precision = gallery.without_camera_means().rank1_and_map()
    assert 0.66 <= rank1 <= 0.75
    assert 0.49 <= mean_precision <= 0.60


def test_travel_times_are_as_stated(made: SimulatedTables) -> None:
    """Between two stops of a visit lies a time around the true median of the pair of cameras."""
    median_s = {(row["from_camera"], row["to_camera"]): row["median_s"] for row in made.truth.transits.to_pylist()}
    stops = sorted(made.truth.stops.to_pylist(), key=lambda row: (row["person_id"], row["stop_no"]))
    ratios = [
        (two["arrived_at"] - one["left_at"]).total_seconds() / median_s[one["camera_id"], two["camera_id"]]
        for one, two in pairwise(stops)
        if (one["person_id"], one["visit_no"]) == (two["person_id"], two["visit_no"])
    ]
    assert np.median(ratios) == pytest.approx(1, abs=0.03)
    assert np.std(np.log(ratios)) == pytest.approx(0.35, abs=0.02)


def test_fragments_can_be_joined_by_position(made: SimulatedTables) -> None:
    """Where a broken tracklet ends the next one of the stay begins, within a body height for each second and one."""
    points = defaultdict(list)
    for row in made.track_points.to_pylist():
        points[row["tracklet_id"]].append(row)
    parts = defaultdict(list)
    for row in made.truth.identities.to_pylist():
        if row["other_person_id"] is None:
            ordered = sorted(points[row["tracklet_id"]], key=lambda point: point["captured_at"])
            parts[row["person_id"], row["stop_no"]].append((ordered[0], ordered[-1]))
    near = []
    for ends in parts.values():
        for (_, last), (first, _) in pairwise(sorted(ends, key=lambda end: end[0]["captured_at"])):
            distance = np.hypot(first["foot_x"] - last["foot_x"], first["foot_y"] - last["foot_y"])
            gap_s = max((first["captured_at"] - last["captured_at"]).total_seconds(), 0)
            near.append(distance <= (last["y_max"] - last["y_min"]) * (1 + gap_s))
    assert len(near) > 1000
    assert np.mean(near) > 0.97


def test_boxes_are_of_people_in_the_image(made: SimulatedTables) -> None:
    """All boxes lie in the image, and the lower the foot the taller the person."""
    columns = {name: made.track_points[name].to_numpy() for name in ("x_min", "y_min", "x_max", "y_max", "foot_y")}
    assert columns["x_min"].min() >= 0
    assert columns["x_max"].max() <= 1280
    assert columns["y_min"].min() >= 0
    assert columns["y_max"].max() <= 720
    heights = columns["y_max"] - columns["y_min"]
    assert np.corrcoef(heights, columns["foot_y"])[0, 1] > 0.9


def test_people_from_outside_come_in_over_the_door(made: SimulatedTables) -> None:
    """A visit begins on the side of its camera's line from which a crossing counts as in, and goes on beyond it."""
    lines = {line.camera_id: line for line in made.site.lines}
    first_stops = {(row["person_id"], row["stop_no"]) for row in made.truth.stops.to_pylist() if row["stop_no"] == 0}
    whose = rows_of(made.truth.identities, "tracklet_id")
    points = defaultdict(list)
    for row in made.track_points.to_pylist():
        points[row["tracklet_id"]].append(row)
    begins, ends = [], []
    for tracklet_id, row in rows_of(made.tracklets, "tracklet_id").items():
        truth = whose[tracklet_id]
        is_first = (truth["person_id"], truth["stop_no"]) in first_stops and row["began_by"] == "entered_frame"
        if is_first and row["ended_by"] == "left_frame" and truth["share"] == 1:
            ordered = sorted(points[tracklet_id], key=lambda point: point["captured_at"])
            line = lines[row["camera_id"]]
            (ax, ay), (bx, by) = line.start, line.end
            # in the image, y down, the left side of a line is where this product is negative
            sides = [(bx - ax) * (p["foot_y"] - ay) - (by - ay) * (p["foot_x"] - ax) for p in ordered]
            begins.append(sides[0] < 0)
            ends.append(sides[len(sides) // 2] > 0)
    assert len(begins) > 500
    assert np.mean(begins) > 0.97
    assert np.mean(ends) > 0.8  # who leaves soon does not come far


def test_cuts_leave_the_evidence_to_join_them(cut: SimulatedTables) -> None:
    """Across a cut within a recording both sides have the same boxes at the same instants, elsewhere none."""
    tracklets, truth = rows_of(cut.tracklets, "tracklet_id"), rows_of(cut.truth.identities, "tracklet_id")
    recordings = rows_of(cut.recordings, "recording_id")
    own = {
        (row["captured_at"], row["x_min"], row["y_min"], row["x_max"], row["y_max"]): row["tracklet_id"]
        for row in cut.track_points.to_pylist()
    }
    common: Counter[tuple[str, str]] = Counter()
    for row in cut.boundary_points.to_pylist():
        neighbour = own[row["captured_at"], row["x_min"], row["y_min"], row["x_max"], row["y_max"]]
        common[row["tracklet_id"], neighbour] += 1
    for one, two in common:
        assert truth[one]["person_id"] == truth[two]["person_id"]
        assert tracklets[one]["recording_id"] == tracklets[two]["recording_id"]
        assert tracklets[one]["segment_id"] != tracklets[two]["segment_id"]
    continued = {one for one, _ in common}
    for tracklet_id, row in tracklets.items():
        ends_file = row["ends_at"] + FRAME == recordings[row["recording_id"]]["ends_at"]
        begins_file = row["starts_at"] == recordings[row["recording_id"]]["starts_at"]
        if row["ended_by"] == "segment_cut" and not ends_file:
            assert tracklet_id in continued
        if row["ended_by"] != "segment_cut" and row["began_by"] != "segment_cut":
            assert tracklet_id not in continued
        if row["began_by"] == "segment_cut" and not begins_file:
            assert tracklet_id in continued
    assert len(continued) > 500


def test_cuts_change_nothing_but_the_number_of_pieces(cut: SimulatedTables) -> None:
    """People and stops are those of the same world with longer segments."""
    whole = simulate_tables(World(people_per_night=300))
    assert cut.truth.stops == whole.truth.stops
    assert cut.tracklets.num_rows > 1.2 * whole.tracklets.num_rows


def test_a_switched_tracklet_shows_two_people_in_view_together() -> None:
    """Without noise each of its vectors is one of two people's, in one order, and both are there at that time."""
    made = simulate_tables(
        World(people_per_night=600, switched_share=0.1, reid_noise=0, camera_bias=0, vectors_per_tracklet=4)
    )
    vectors, people = vectors_of(made), {}
    for row in made.truth.identities.to_pylist():
        if row["other_person_id"] is None:
            people[row["person_id"]] = vectors[row["tracklet_id"]][0][1]
    checked = 0
    for row in made.truth.identities.to_pylist():
        both = {row["person_id"], row["other_person_id"]} & people.keys()
        if row["other_person_id"] is None or len(both) < 2 or len(vectors[row["tracklet_id"]]) < 4:
            continue
        is_main = [bool(vector @ people[row["person_id"]] > 0.99) for _, vector in vectors[row["tracklet_id"]]]
        is_other = [bool(vector @ people[row["other_person_id"]] > 0.99) for _, vector in vectors[row["tracklet_id"]]]
        assert all(one or other for one, other in zip(is_main, is_other, strict=True))
        assert any(is_main)
        assert any(is_other)
        assert sum(one != two for one, two in pairwise(is_other)) == 1 or is_main == is_other
        checked += 1
    assert checked > 100


def test_switches_happen_where_two_people_meet() -> None:
    """Nobody moves faster in a switched tracklet than in others: the boxes of the two are one at that instant."""
    made = simulate_tables(World(people_per_night=1500, switched_share=0.1, points_per_tracklet=30))
    switched = {row["tracklet_id"] for row in made.truth.identities.to_pylist() if row["share"] < 1}
    speeds: dict[bool, list[float]] = {False: [], True: []}
    points = made.track_points.select(["tracklet_id", "captured_at", "foot_x", "foot_y"]).to_pylist()
    for one, two in pairwise(points):
        if one["tracklet_id"] == two["tracklet_id"]:
            distance = np.hypot(two["foot_x"] - one["foot_x"], two["foot_y"] - one["foot_y"])
            seconds = (two["captured_at"] - one["captured_at"]).total_seconds()
            speeds[one["tracklet_id"] in switched].append(distance / seconds)
    assert len(speeds[True]) > 10_000
    assert max(speeds[True]) <= max(speeds[False]) <= 400


def test_several_vectors_are_as_good_together_as_one() -> None:
    """Weighted by quality, four vectors of a tracklet find its person as often as the one vector does."""
    one, four = (gallery_of(simulate_tables(World(people_per_night=600, vectors_per_tracklet=n))) for n in (1, 4))
    assert four.rank1_and_map()[0] == pytest.approx(one.rank1_and_map()[0], abs=0.04)


def test_quality_tells_how_good_a_vector_is() -> None:
    """Better crops are nearer to the other vectors of their tracklet."""
    vectors = vectors_of(simulate_tables(World(people_per_night=300, vectors_per_tracklet=4)))
    qualities, similarities = [], []
    for each in vectors.values():
        for number, (quality, vector) in enumerate(each):
            others = [other for place, (_, other) in enumerate(each) if place != number]
            qualities.append(quality)
            similarities.append(np.mean([vector @ other for other in others]) if others else np.nan)
    kept = np.isfinite(similarities)
    assert np.corrcoef(np.array(qualities)[kept], np.array(similarities)[kept])[0, 1] > 0.3
