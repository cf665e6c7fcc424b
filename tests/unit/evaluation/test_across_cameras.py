"""Identities across cameras against boxes, and whose each tracklet is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import ConfigError
from analytics.evaluation.agreement import NOBODY
from analytics.evaluation.cameras import CameraTracks, NumberedRecording
from analytics.evaluation.frames import FrameTimes
from analytics.evaluation.motchallenge import Annotations, annotations
from analytics.evaluation.scores import Scorer
from analytics.evaluation.tracking import LINKED, TRACKING_SCORES, score_identities
from analytics.evaluation.whose import (
    COMPARED_TRACKLETS,
    TRACKLET_PEOPLE,
    apart_by_night,
    as_arrays,
    compare,
    name_boxes,
    name_by,
    people_of_boxes,
    people_of_table,
)
from analytics.tables import IDENTITY_MEMBERS
from analytics.timebase import to_datetime
from tests.unit.evaluation import reference_scores
from tests.unit.evaluation.reference_scores import Frame

HERE, THERE, FAR = (0.0, 0.0, 10.0, 20.0), (100.0, 0.0, 110.0, 20.0), (200.0, 0.0, 210.0, 20.0)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def boxes(frames: Sequence[Frame]) -> Annotations:
    """Return boxes by frame and identity as arrays."""
    rows = [(number, identity, box) for number, frame in enumerate(frames, 1) for identity, box in frame.items()]
    return annotations(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64).reshape(-1, 4),
    )


SECOND_US = 1_000_000
FIRST, NEXT = date(2026, 1, 5), date(2026, 1, 6)


def camera(
    name: str,
    truth: Sequence[Frame],
    found: Sequence[Frame],
    frames: Sequence[int] | None = None,
    nights: Sequence[date] | None = None,
) -> CameraTracks:
    """Return a camera of a frame a second whose tracklets 0, 1, ... are called `<camera>0`, `<camera>1`, ...

    Args:
        name: of the camera.
        truth: boxes by frame.
        found: boxes by frame, by number of the tracklet.
        frames: frames that were analysed; None: all.
        nights: of each frame; None: all of the first. Each night is a recording.
    """
    count = 1 + max((identity for frame in found for identity in frame), default=-1)
    nights = [FIRST] * len(truth) if nights is None else nights
    recordings = [
        NumberedRecording(
            FrameTimes(f"{name} {night}", 0, SECOND_US * np.arange(nights.count(night)), is_measured=True),
            nights.index(night),
            frozenset({night}),
        )
        for night in sorted(set(nights))
    ]
    own = boxes(found)
    return CameraTracks(
        camera_id=name,
        truth=boxes(truth),
        found=own,
        found_at=SECOND_US * (own.frames - 1),
        tracklet_ids=tuple(f"{name}{number}" for number in range(count)),
        recordings=tuple(recordings),
        truth_frames=len(truth),
        frames=np.array(range(1, len(truth) + 1) if frames is None else frames, np.int64),
        note=None,
    )


def score(cameras: Sequence[CameraTracks], identity_of: Mapping[str, int]) -> dict[str, object]:
    """Return the row of one set of identities."""
    named = name_by(pa.table({"tracklet_id": list(identity_of)}), np.array(list(identity_of.values())))
    table = score_identities(cameras, {LINKED: named}, Scorer())
    TRACKING_SCORES.check(table)
    return table.to_pylist()[0]


PAIR = (camera("a", [{7: HERE}] * 4, [{0: HERE}] * 4), camera("b", [{7: THERE}] * 4, [{0: THERE}] * 4))


def test_person_linked_over_two_cameras_is_perfect() -> None:
    """One identity in both cameras, as in the truth."""
    row = score(PAIR, {"a0": 5, "b0": 5})
    assert [row[name] for name in ("hota", "assa", "mota", "idf1")] == pytest.approx([1, 1, 1, 1])
    assert (row["camera_id"], row["truth_ids"], row["found_ids"], row["evaluated_frames"]) == (LINKED, 1, 1, 8)


def test_person_left_apart_is_half_an_identity_and_a_switch() -> None:
    """Another identity in the second camera: IDF1 and AssA halve, and CLEAR-MOT counts a switch."""
    row = score(PAIR, {"a0": 5, "b0": 6})
    assert [row[name] for name in ("deta", "assa", "mota", "idf1")] == pytest.approx([1, 0.5, 7 / 8, 0.5])
    assert (row["switches"], row["truth_ids"], row["found_ids"]) == (1, 1, 2)


def test_two_tracklets_of_one_identity_at_once_count_once() -> None:
    """Of two boxes of an identity in one frame, that of the longer tracklet stands for it; the other is false."""
    doubled = camera("a", [{7: HERE}] * 4, [{0: HERE, 1: FAR}, {0: HERE}, {0: HERE}, {1: HERE}])
    row = score([doubled], {"a0": 3, "a1": 3})
    assert (row["false_positives"], row["idf1"], row["found_ids"]) == (1, pytest.approx(8 / 9), 2)


def test_spare_identities_of_two_cameras_differ() -> None:
    """What stands alone in two cameras is not one person."""
    cameras = [camera(name, [{7: HERE, 8: FAR}] * 3, [{0: HERE, 1: FAR}] * 3) for name in "ab"]
    row = score(cameras, {"a0": 0, "a1": 0, "b0": 0, "b1": 0})
    assert (row["found_ids"], row["idf1"]) == (3, pytest.approx((6 + 3) / 12))


def test_frames_that_were_not_analysed_count_in_no_camera() -> None:
    """The numbers of frames go on from camera to camera, and those that were left out stay out."""
    late = camera("b", [{7: FAR}, {7: THERE}], [{0: HERE}, {0: THERE}], frames=[2])
    row = score([PAIR[0], late], {"a0": 5, "b0": 5})
    assert (row["truth_boxes"], row["truth_frames"], row["evaluated_frames"], row["idf1"]) == (5, 6, 5, 1)


def test_each_night_is_a_sequence_of_its_own() -> None:
    """Somebody who comes back on the next night under another identity is no mistake, unless nights are one."""
    nights = [FIRST, FIRST, NEXT, NEXT]
    twice = camera("a", [{7: HERE}] * 4, [{0: HERE}] * 2 + [{1: HERE}] * 2, nights=nights)
    named = {LINKED: name_by(pa.table({"tracklet_id": ["a0", "a1"]}), np.array([3, 4]))}
    by_night, as_one = (
        score_identities([twice], named, Scorer(), is_by_night=is_by_night).to_pylist()[0]
        for is_by_night in (True, False)
    )
    assert (by_night["idf1"], by_night["switches"], by_night["truth_ids"]) == (1, 0, 2)
    assert (as_one["idf1"], as_one["switches"], as_one["truth_ids"]) == (0.5, 1, 1)


def test_switched_tracklet_has_another_identity_from_its_switch_on() -> None:
    """A tracker goes over from one person to another at the third second, and linking has seen it."""
    switched = camera("a", [{7: HERE, 8: THERE}] * 4, [{0: HERE, 1: THERE}] * 2 + [{0: THERE, 2: HERE}] * 2)
    members = IDENTITY_MEMBERS.from_rows(
        {
            "site_id": "site",
            "night": FIRST,
            "tracklet_id": f"a{number}",
            "identity_id": identity,
            "camera_id": "a",
            "is_weak": False,
            "other_identity_id": other,
            "switched_at": None if other is None else to_datetime(2 * SECOND_US),
        }
        for number, (identity, other) in enumerate([("x", "y"), ("y", None), ("x", None)])
    )
    compared = compare(tracklets("a0", "a1", "a2"), members, people_of_boxes([switched]))
    (row,) = score_identities([switched], {LINKED: name_boxes(compared)}, Scorer()).to_pylist()
    assert (row["idf1"], row["switches"], row["found_ids"]) == (1, 0, 2)
    (plain,) = score_identities([switched], {LINKED: name_by(compared, np.array([0, 1, 0]))}, Scorer()).to_pylist()
    assert plain["idf1"] < 1


@st.composite
def views(draw: st.DrawFn) -> tuple[list[Frame], list[Frame]]:
    """Draw the truth and the tracklets of one camera: up to two of each, on three places."""
    place = st.sampled_from([HERE, THERE, FAR])
    frame = st.dictionaries(st.integers(0, 1), place, max_size=2).filter(lambda f: len(set(f.values())) == len(f))
    count = draw(st.integers(1, 4))
    return tuple(draw(st.lists(frame, min_size=count, max_size=count)) for _ in range(2))


@settings(max_examples=50)
@given(st.lists(views(), min_size=1, max_size=2), st.permutations([3, 1, 2, 0]))
def test_cameras_one_after_the_other_are_one_sequence(
    parts: list[tuple[list[Frame], list[Frame]]], names: list[int]
) -> None:
    """The figures are those of a single sequence of all frames, with the identities in the tracklets' place."""
    cameras = [camera(name, *part) for name, part in zip("ab", parts, strict=False)]
    identity_of = dict(zip(("a0", "a1", "b0", "b1"), names, strict=True))
    row = score(cameras, identity_of)
    truth = [frame for part in parts for frame in part[0]]
    found = [
        {identity_of[f"{name}{number}"]: box for number, box in frame.items()}
        for name, part in zip("ab", parts, strict=False)
        for frame in part[1]
    ]
    if any(truth) and any(found):
        expected = reference_scores.score(truth, found, 0.5)
        assert (row["idf1"], row["mota"], row["switches"]) == pytest.approx(
            (expected.idf1, expected.mota, expected.switches)
        )


def people(*cameras: CameraTracks) -> dict[str, tuple[str | None, float]]:
    """Return person and share by tracklet."""
    table = people_of_boxes(cameras)
    TRACKLET_PEOPLE.check(table)
    return {row["tracklet_id"]: (row["person_id"], pytest.approx(row["share"])) for row in table.to_pylist()}


def test_tracklet_is_whose_most_of_its_boxes_are() -> None:
    """Three boxes on 7 and one on 8; a switched one two and two is the smaller number's; a false one nobody's."""
    both = {7: HERE, 8: THERE}
    truth = [both] * 4
    found = [
        {0: HERE, 1: THERE, 2: FAR},
        {0: HERE, 1: THERE, 2: FAR},
        {0: HERE, 1: HERE, 2: FAR},
        {0: THERE, 1: HERE, 2: HERE, 3: FAR},
    ]
    assert people(camera("a", truth, found)) == {
        "a0": ("7", 0.75),
        "a1": ("7", 0.5),
        "a2": (None, 0.75),
        "a3": (None, 1),
    }


def test_somebody_comes_before_nobody() -> None:
    """Half of the boxes on a person and half on nobody: the person's."""
    assert people(camera("a", [{7: HERE}] * 2, [{0: FAR}, {0: HERE}])) == {"a0": ("7", 0.5)}


def test_boxes_on_frames_that_were_not_analysed_do_not_vote() -> None:
    """What lies only there is nobody's, with a share of nothing."""
    assert people(camera("a", [{7: HERE}] * 2, [{0: HERE}, {1: HERE}], frames=[1])) == {
        "a0": ("7", 1),
        "a1": (None, 0),
    }


@given(st.lists(views(), min_size=1, max_size=2))
def test_votes_are_counted_box_by_box(parts: list[tuple[list[Frame], list[Frame]]]) -> None:
    """Each tracklet's person is the winner of a count over its boxes."""
    cameras = [camera(name, *part) for name, part in zip("ab", parts, strict=False)]
    found = people(*cameras)
    for own, (truth, tracks) in zip(cameras, parts, strict=True):
        for number, name in enumerate(own.tracklet_ids):
            votes = Counter(
                next((person for person, box in true.items() if box == frame[number]), NOBODY)
                for true, frame in zip(truth, tracks, strict=True)
                if number in frame
            )
            best = max(votes.values(), default=0)
            winners = sorted(person for person, count in votes.items() if count == best and person != NOBODY)
            assert found[name][0] == (str(winners[0]) if winners else None)
            assert found[name][1] == best / max(1, votes.total())


def tracklets(*names: str) -> pa.Table:
    """Return tracklets, each a second longer than the one before, the first of one instant."""
    return pa.table(
        {
            "tracklet_id": pa.array(names, pa.string()),
            "camera_id": pa.array([name[0] for name in names], pa.string()),
            "night": pa.array([FIRST] * len(names), pa.date32()),
            "starts_at": pa.array([NOON] * len(names), COMPARED_TRACKLETS.schema.field("starts_at").type),
            "ends_at": pa.array(
                [NOON + timedelta(seconds=number) for number in range(len(names))],
                COMPARED_TRACKLETS.schema.field("ends_at").type,
            ),
        }
    )


def members(**identities: str) -> pa.Table:
    """Return which identity each tracklet is in."""
    return IDENTITY_MEMBERS.from_rows(
        {
            "site_id": "site",
            "night": FIRST,
            "tracklet_id": tracklet,
            "identity_id": identity,
            "camera_id": tracklet[0],
            "is_weak": False,
        }
        for tracklet, identity in identities.items()
    )


def test_compared_tracklets_have_what_was_said_and_what_is_so() -> None:
    """In the tracklets' order, whatever that of the others; nobody and no identity are null, and stand alone."""
    truth = TRACKLET_PEOPLE.from_rows(
        [
            {"tracklet_id": "b1", "person_id": "anna", "share": 1.0},
            {"tracklet_id": "a0", "person_id": "bert", "share": 1.0},
            {"tracklet_id": "a1", "person_id": None, "share": 1.0},
        ]
    )
    compared = compare(tracklets("a0", "a1", "b1", "b2"), members(b1="x", a0="x", b2="y"), truth)
    rows = compared.select(["tracklet_id", "identity_id", "person_id"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("a0", "x", "bert"),
        ("a1", None, None),
        ("b1", "x", "anna"),
        ("b2", "y", None),
    ]
    arrays = as_arrays(compared)
    assert arrays.people.tolist() == [1, NOBODY, 0, NOBODY]
    assert arrays.identities.tolist() == [0, 3, 0, 1]
    assert arrays.cameras.tolist() == [0, 0, 1, 1]
    assert arrays.weights.tolist() == [0, 1, 2, 3]


def test_truth_of_another_lake_is_refused() -> None:
    """A truth that names none of the tracklets would make everybody a false track."""
    with pytest.raises(ConfigError, match="none of 1 is in it"):
        compare(tracklets("a0"), members(), TRACKLET_PEOPLE.empty())
    assert compare(tracklets(), members(), TRACKLET_PEOPLE.empty()).num_rows == 0


def test_people_and_identities_of_another_night_are_others() -> None:
    """Names change only where there are several nights; nobody and no identity stay null."""
    truth = TRACKLET_PEOPLE.from_rows([{"tracklet_id": "a0", "person_id": "anna", "share": 1.0}])
    compared = compare(tracklets("a0", "b0"), members(a0="x"), truth)
    assert apart_by_night(compared).equals(compared)
    later = compared.set_column(1, compared.schema.field("night"), pa.array([FIRST, NEXT]))
    rows = apart_by_night(later).select(["identity_id", "person_id"]).to_pylist()
    assert rows == [
        {"identity_id": "x 2026-01-05", "person_id": "anna 2026-01-05"},
        {"identity_id": None, "person_id": None},
    ]
    COMPARED_TRACKLETS.check(apart_by_night(later))


def test_simulated_truth_tells_people_by_itself() -> None:
    """The columns that are wanted, whatever else the simulated site says."""
    true = pa.table({"tracklet_id": ["t"], "person_id": ["p"], "share": [0.75], "stop_no": [3]})
    assert people_of_table(true).to_pylist() == [{"tracklet_id": "t", "person_id": "p", "share": 0.75}]
