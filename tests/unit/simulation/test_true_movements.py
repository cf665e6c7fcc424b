"""True visits, crossings, waits and journeys are what a replay frame by frame finds."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.simulation import truth
from analytics.simulation.recorder import Recorder, Reel, reels
from analytics.simulation.true_counts import unique_visitors
from analytics.simulation.truth import Filmed, Trace, frame_log
from analytics.sites import Camera, Line, Site, Zone
from analytics.timebase import to_instant
from tests.builders.video import instant

START = instant("20260105T100000Z")
SQUARE = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0))
NEXT_TO_IT = ((30.0, 10.0), (50.0, 10.0), (50.0, 30.0), (30.0, 30.0))
SITE = Site(
    site_id="site",
    cameras=(Camera(camera_id="cam"), Camera(camera_id="other")),
    zones=(
        Zone(zone_id="queue", camera_id="cam", polygon=SQUARE, kind="queue"),
        Zone(zone_id="till", camera_id="cam", polygon=NEXT_TO_IT, kind="service", serves="queue"),
    ),
    lines=(Line(line_id="door", camera_id="cam", start=(20.0, 0.0), end=(20.0, 40.0)),),
)
Feet = Sequence[tuple[float, float] | None]


def scene(feet: Feet, *, files: Sequence[Reel] | None = None, visibility: float = 1.0, person_id: int = 3) -> Filmed:
    """Return one person whose foot is at these points of one camera, one a frame, 2 frames a second."""
    logs = {"cam": frame_log(files or whole(len(feet)))}
    places = np.array([(np.nan, np.nan) if foot is None else foot for foot in feet], np.float64).reshape(-1, 2)
    is_there = np.isfinite(places[:, 0])
    trace = Trace(person_id, "cam", is_there, np.where(is_there, visibility, 0.0), places)
    return Filmed(SITE, logs, (trace,), frozenset())


def whole(frames: int) -> tuple[Reel, ...]:
    """Return files of four seconds without a break."""
    return reels("cam", Recorder(frame_rate_hz=2.0, file_s=4), START, frames / 2, seed=0)


def seconds(moment: datetime) -> float:
    """Return an instant as seconds after the start."""
    return (to_instant(moment) - START) / 1e6


def stays(table: object, zone_id: str) -> list[tuple[float, float, bool]]:
    """Return the stretches in a zone in order of time."""
    rows = [row for row in table.to_pylist() if row["zone_id"] == zone_id]
    return [
        (seconds(row["entered_at"]), seconds(row["left_at"]), row["is_censored"])
        for row in sorted(rows, key=lambda row: row["entered_at"])
    ]


coordinates = st.floats(-5, 60, width=32)
feet_lists = st.lists(st.one_of(st.none(), st.tuples(coordinates, coordinates)), min_size=1, max_size=40)


@given(feet_lists)
@settings(max_examples=60)
def test_presence_equals_a_replay(feet: Feet) -> None:
    """A stretch is a longest run of frames whose foot is inside, found here by walking through them one by one."""
    found = stays(truth.presence(scene(feet)), "queue")
    expected, began = [], None
    for number, foot in enumerate([*feet, None]):
        inside = foot is not None and 10 <= foot[0] < 30 and 10 <= foot[1] < 30
        if inside and began is None:
            began = number
        if not inside and began is not None:
            expected.append((began / 2, number / 2, began == 0 or number == len(feet)))
            began = None
    assert found == expected


@given(feet_lists)
@settings(max_examples=60)
def test_crossings_of_a_whole_wall_sum_to_the_change_of_side(feet: Feet) -> None:
    """Over a line longer than the world, in minus out is where one ends minus where one began, piece by piece."""
    wall = SITE.model_copy(update={"lines": (Line(line_id="w", camera_id="cam", start=(20, -1000), end=(20, 1000)),)})
    own = scene(feet)
    directions = [
        row["direction"] for row in truth.crossings(Filmed(wall, own.logs, own.traces, own.staff)).to_pylist()
    ]
    change, before = 0, None
    for foot in feet:
        # looking from start to end, down the picture, the left is where x is large
        is_left = None if foot is None else np.float64(foot[0]) > 20
        if before is not None and is_left is not None:
            change += int(before) - int(is_left)
        before = is_left
    assert directions.count("in") - directions.count("out") == change


def test_a_break_of_the_footage_ends_a_stay() -> None:
    """Where a file is missing the stay ends with the file before it and begins anew, both censored."""
    recorder = Recorder(frame_rate_hz=2.0, file_s=4, missing_files=(1,))
    files = reels("cam", recorder, START, 12.0, seed=0)
    found = stays(truth.presence(scene([(15.0, 15.0)] * 16, files=files)), "queue")
    assert found == [(0.0, 4.0, True), (8.0, 12.0, True)]


def test_files_that_follow_each_other_are_no_break() -> None:
    """A cut between two files changes nothing."""
    feet = [None, *[(15.0, 15.0)] * 14, None]
    assert stays(truth.presence(scene(feet)), "queue") == [(0.5, 7.5, False)]


def test_short_breaks_of_a_visit_are_bridged() -> None:
    """A visit goes on over a break of the longest bridged length, and ends at a longer one."""
    feet = [None, (15.0, 15.0), None, None, (15.0, 15.0), None]
    own = scene(feet)
    found = truth.presence(own)
    assert stays(truth.visits(own, found, max_gap_s=1.0), "queue") == [(0.5, 2.5, False)]
    assert stays(truth.visits(own, found, max_gap_s=0.9), "queue") == [(0.5, 1.0, False), (2.0, 2.5, False)]
    assert truth.visits(own, found, max_gap_s=1.0).to_pylist()[0]["dwell_s"] == 2.0


def test_short_breaks_of_a_stay_are_bridged() -> None:
    """Out of view for as long as is bridged is one stay, for longer two; the length is in the metadata."""
    own = scene([(5.0, 5.0), None, None, (5.0, 5.0)])
    visited = truth.visits(own, truth.presence(own))
    bridged = truth.journeys(own, visited, stay_gap_s=1.0)
    assert [(seconds(row["arrived_at"]), seconds(row["left_at"])) for row in bridged.to_pylist()] == [(0.0, 2.0)]
    assert bridged.schema.metadata[b"stay_gap_s"] == b"1.0"
    parted = truth.journeys(own, visited, stay_gap_s=0.9)
    assert [(row["stop_no"], seconds(row["arrived_at"])) for row in parted.to_pylist()] == [(0, 0.0), (1, 1.5)]


def test_a_wait_ends_where_service_begins() -> None:
    """Queue, till, gone: waited until the till; queue and gone: left unserved."""
    feet = [None, *[(15.0, 15.0)] * 6, *[(35.0, 15.0)] * 4, None]
    own = scene(feet)
    found = truth.presence(own)
    (row,) = truth.queue_waits(own, truth.visits(own, found), found).to_pylist()
    assert (row["queue_zone_id"], row["wait_s"], seconds(row["served_at"])) == ("queue", 3.0, 3.5)
    unserved = scene([None, (15.0, 15.0), None])
    found = truth.presence(unserved)
    (row,) = truth.queue_waits(unserved, truth.visits(unserved, found), found).to_pylist()
    assert (row["wait_s"], row["served_at"]) == (None, None)


def test_who_is_served_too_late_was_not_served() -> None:
    """The till counts for ten seconds after the queue."""
    for pause, expected in ((18, 10.5), (21, None)):
        own = scene([(15.0, 15.0), (15.0, 15.0), *[None] * pause, (35.0, 15.0), None])
        found = truth.presence(own)
        (row,) = truth.queue_waits(own, truth.visits(own, found), found).to_pylist()
        assert row["wait_s"] == (None if expected is None else pytest.approx(1.0 + pause / 2))


@pytest.mark.parametrize(
    ("start", "end", "crosses"),
    [
        ((10.0, 20.0), (30.0, 20.0), ["out"]),
        ((30.0, 20.0), (10.0, 20.0), ["in"]),
        ((10.0, 50.0), (30.0, 50.0), []),  # beyond the end of the line
        ((10.0, 20.0), (20.0, 20.0), []),  # onto the line from its right: still its right
        ((30.0, 20.0), (20.0, 20.0), ["in"]),  # onto the line from its left
        ((10.0, 40.0), (30.0, 40.0), ["out"]),  # exactly through its end
    ],
)
def test_a_step_over_a_line(start: tuple[float, float], end: tuple[float, float], crosses: list[str]) -> None:
    """Left is left of somebody who looks from start to end on the picture; the line itself belongs to its right."""
    table = truth.crossings(scene([start, end]))
    assert [row["direction"] for row in table.to_pylist()] == crosses
    assert [seconds(row["crossed_at"]) for row in table.to_pylist()] == [0.5] * len(crosses)


def test_who_never_showed_made_no_stop() -> None:
    """A person wholly hidden in a view has no stay there, one who shows in one frame has."""
    hidden = scene([(5.0, 5.0)] * 4, visibility=0.05)
    assert truth.journeys(hidden, truth.visits(hidden, truth.presence(hidden))).num_rows == 0
    seen = scene([(5.0, 5.0)] * 4, visibility=0.1)
    (stop,) = truth.journeys(seen, truth.visits(seen, truth.presence(seen))).to_pylist()
    assert (seconds(stop["arrived_at"]), seconds(stop["left_at"]), stop["zone_id"]) == (0.0, 2.0, None)


def test_a_journey_has_the_view_before_its_zones() -> None:
    """Stops are numbered by arrival; of what begins at once the camera is first."""
    own = scene([(15.0, 15.0), (15.0, 15.0), (35.0, 15.0), (5.0, 5.0)])
    table = truth.journeys(own, truth.visits(own, truth.presence(own)))
    assert [(row["stop_no"], row["zone_id"]) for row in table.to_pylist()] == [(0, None), (1, "queue"), (2, "till")]


def test_unique_visitors_are_counted_once_and_staff_apart() -> None:
    """Two visits of one person are one visitor; a member of the staff is none."""
    one, again = scene([(15.0, 15.0), None, (15.0, 15.0)]), scene([(15.0, 15.0)] * 3, person_id=9)
    both = Filmed(SITE, one.logs, (*one.traces, *again.traces), frozenset({9}))
    rows = unique_visitors(both, truth.presence(both)).to_pylist()
    counts = {(row["scope"], row["scope_id"], row["period"]): (row["visitors"], row["staff"]) for row in rows}
    assert (
        counts["site", "site", "night"] == counts["zone", "queue", "hour"] == counts["camera", "cam", "night"] == (1, 1)
    )
    assert ("zone", "till", "night") not in counts
