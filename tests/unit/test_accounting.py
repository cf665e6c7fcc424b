"""The accounts of a night: recordings folded, hours covered, and no second counted that was not seen."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.accounting import SegmentOutcome, coverage, fold_recordings
from analytics.sites import Camera, Site
from analytics.tables import RECORDINGS
from analytics.timebase import Interval, to_datetime
from tests.builders.video import instant

NIGHT = date(2026, 1, 5)
SITE = Site(site_id="site", cameras=(Camera(camera_id="cam1"), Camera(camera_id="cam2")))
NINE = instant("20260105T090000Z")
S = 1_000_000


def recording(number: int, begin_s: int, end_s: int, **changes: Any) -> dict[str, Any]:
    return {
        "recording_id": f"r{number}",
        "site_id": "site",
        "night": NIGHT,
        "camera_id": "cam1",
        "path": f"cam1/{number}.mp4",
        "starts_at": NINE + begin_s * S,
        "ends_at": NINE + end_s * S,
        "time_ambiguous": False,
        "size_bytes": 1,
        "modified_at": NINE,
        "status": "complete",
        "reason": None,
        **changes,
    }


def facts(begin_s: float, end_s: float, *, analysed: float = 1.0, reason: str | None = None) -> dict[str, Any]:
    """Facts of a segment inside one hour."""
    hour = to_datetime((NINE + int(begin_s) * S) // (3600 * S) * 3600 * S).isoformat()
    length = end_s - begin_s
    sums = {"decoded_s": length, "analysed_s": length * analysed, "skipped_s": length * (1 - analysed)}
    return {
        "decoded_s": length,
        "is_partial": reason is not None,
        "reason": reason,
        "hours": {hour: {**sums, "corrupt_frames": 0}},
    }


def outcome(number: int, begin_s: int, end_s: int, status: str = "done", **changes: Any) -> SegmentOutcome:
    given: Mapping[str, Any] = facts(begin_s, end_s) if status == "done" else {}
    values = {"reason": None, "facts": given, **changes}
    interval = Interval(NINE + begin_s * S, NINE + end_s * S)
    return SegmentOutcome(f"r{number}", "cam1", interval, status, **values)


def folded(row: dict[str, Any], *outcomes: SegmentOutcome) -> dict[str, Any]:
    (answer,) = fold_recordings(RECORDINGS.from_rows([row]), outcomes).to_pylist()
    return dict(answer)


def test_no_recordings_no_accounts() -> None:
    """An empty night has empty tables."""
    empty = RECORDINGS.empty()
    assert fold_recordings(empty, []).num_rows == 0
    assert coverage(empty, [], SITE, NIGHT).num_rows == 0


def test_done_segments_sum_up() -> None:
    """A recording whose segments are all done stays complete and gets its decoded seconds."""
    row = folded(recording(1, 0, 20), outcome(1, 0, 10), outcome(1, 10, 20))
    assert (row["status"], row["reason"], row["decoded_s"]) == ("complete", None, 20.0)


def test_recording_without_segments_stays_as_discovered() -> None:
    """What discovery refused keeps its status and reason, and has no decoded seconds."""
    row = folded(recording(1, 0, 20, status="quarantined", reason="is empty"))
    assert (row["status"], row["reason"], row["decoded_s"]) == ("quarantined", "is empty", None)


def test_segments_not_tried_yet_change_nothing() -> None:
    """While a segment is missing, nothing final is said of its recording."""
    row = folded(recording(1, 0, 20), outcome(1, 0, 10), outcome(1, 10, 20, "missing"))
    assert (row["status"], row["decoded_s"]) == ("complete", None)


@pytest.mark.parametrize(
    ("statuses", "expected", "reason"),
    [
        (("quarantined", "quarantined"), "quarantined", "broken"),
        (("done", "quarantined"), "partial", "1 of 2 segments: broken"),
        (("failed", "done"), "partial", "1 of 2 segments: broken"),
        (("failed", "failed"), "quarantined", "broken"),
    ],
)
def test_segments_that_could_not_be_used(statuses: tuple[str, str], expected: str, reason: str) -> None:
    """None used is quarantined, some used is partial, and the reason tells how much of it."""
    outcomes = [
        outcome(1, number * 10, number * 10 + 10, status, reason=None if status == "done" else "broken")
        for number, status in enumerate(statuses)
    ]
    row = folded(recording(1, 0, 20), *outcomes)
    assert (row["status"], row["reason"]) == (expected, reason)


def test_odd_but_done_is_partial_and_keeps_both_reasons() -> None:
    """What discovery and what perceiving found odd both stand in the reason, each once."""
    odd = facts(0, 10, reason="3 frames are damaged")
    row = folded(recording(1, 0, 10, status="partial", reason="breaks off"), outcome(1, 0, 10, facts=odd))
    assert (row["status"], row["reason"]) == ("partial", "breaks off; 3 frames are damaged")


def hours(recordings: list[dict[str, Any]], *outcomes: SegmentOutcome, site: Site = SITE) -> list[dict[str, Any]]:
    return list(coverage(RECORDINGS.from_rows(recordings), outcomes, site, NIGHT).to_pylist())


def test_fully_seen_hour_has_no_reason() -> None:
    """From the first to the last recording is expected; all of it seen needs no reason."""
    (row,) = hours([recording(1, 0, 10)], outcome(1, 0, 10))
    assert (row["expected_s"], row["analysed_s"], row["reason"]) == (10.0, 10.0, None)


def test_gap_between_recordings_is_expected_and_missing() -> None:
    """The stretch between two files counts as expected, and the reason says that nothing was recorded."""
    (row,) = hours([recording(1, 0, 10), recording(2, 70, 80)], outcome(1, 0, 10), outcome(2, 70, 80))
    assert (row["expected_s"], row["analysed_s"], row["reason"]) == (80.0, 20.0, "no usable recording for 60 s")


def test_stated_hours_count_without_any_recording() -> None:
    """A camera that should have recorded and did not is in the table with nothing seen."""
    camera = Camera.model_validate(
        {"camera_id": "cam2", "expected": [{"starts_at": "08:30:00", "ends_at": "09:15:00"}]}
    )
    rows = hours([recording(1, 0, 10)], site=Site(site_id="site", cameras=(camera,)))
    assert [(row["hour_at"].hour, row["expected_s"], row["analysed_s"]) for row in rows] == [
        (8, 1800.0, 0.0),
        (9, 900.0, 0.0),
    ]
    assert rows[0]["reason"] == "no usable recording for 1800 s"


def test_a_night_of_files_without_a_start_expects_nothing() -> None:
    """Their modification time puts them on it, and the site need not have recorded then; one start suffices."""
    unknown = recording(1, 0, 10, starts_at=None, ends_at=None, status="unparsed", reason="has no start time")
    site = stated(("09:00:00", "09:01:00"))
    assert hours([unknown], site=site) == []
    broken = recording(2, 0, 10, ends_at=None, status="quarantined", reason="is cut off")
    (row,) = hours([unknown, broken], site=site)
    assert row["expected_s"] == 60.0


def test_quarantined_file_is_named_in_its_hour() -> None:
    """An hour that a broken file leaves open says which file and why."""
    broken = recording(2, 10, 20, status="quarantined", reason="no frame can be decoded")
    (row,) = hours([recording(1, 0, 10), broken], outcome(1, 0, 10))
    assert row["reason"] == "no usable recording for 10 s; cam1/2.mp4: no frame can be decoded"


def test_lost_files_at_the_end_are_expected_too() -> None:
    """Two files without contents after the last good one: the hours up to them are open, and say why."""
    lost = {"ends_at": None, "status": "quarantined", "reason": "is cut off"}
    rows = [recording(1, 0, 60), recording(2, 7200, 7260, **lost), recording(3, 9000, 9060, **lost)]
    table = hours(rows, outcome(1, 0, 60))
    assert [(row["hour_at"].hour, row["expected_s"], row["analysed_s"]) for row in table] == [
        (9, 3600.0, 60.0),
        (10, 3600.0, 0.0),
        (11, 1800.0, 0.0),
    ]
    assert [row["reason"] for row in table] == [
        "no usable recording for 3540 s",
        "no usable recording for 3600 s",
        "no usable recording for 1800 s; cam1/2.mp4: is cut off; cam1/3.mp4: is cut off",
    ]


@pytest.mark.parametrize(
    ("changes", "expected_s"),
    [
        ({"status": "quarantined", "ends_at": None, "declared_s": 20.0, "reason": "broken"}, 50.0),
        ({"status": "quarantined", "ends_at": None, "declared_s": float("nan"), "reason": "broken"}, 30.0),
        ({"status": "partial", "declared_s": 20.0, "reason": "holds 5.0 s of the 20.0 s that it declares"}, 50.0),
        ({"status": "partial", "declared_s": 90_000.0, "reason": "2 frames behind a jump of the clock"}, 35.0),
        ({"status": "complete", "declared_s": 20.0}, 35.0),
        ({"status": "quarantined", "ends_at": None, "declared_s": 900_000.0, "reason": "broken"}, 54_000.0),
    ],
)
def test_expected_runs_to_the_declared_end_of_what_is_lost(changes: dict[str, Any], expected_s: float) -> None:
    """As far as the night; a declared end that holds a jump of the clock is no end."""
    table = hours([recording(1, 0, 10), recording(2, 30, 35, **changes)], outcome(1, 0, 10))
    assert sum(row["expected_s"] for row in table) == expected_s


def test_tail_of_a_partial_recording_is_named() -> None:
    """What a file declares and does not hold is missing because of that file."""
    short = recording(1, 0, 60, status="partial", declared_s=90.0, reason="holds 60.0 s of the 90.0 s")
    (row,) = hours([short], outcome(1, 0, 60))
    assert (row["expected_s"], row["analysed_s"]) == (90.0, 60.0)
    assert row["reason"] == "no usable recording for 30 s; cam1/1.mp4: holds 60.0 s of the 90.0 s"


def test_copies_and_files_within_another_are_no_loss() -> None:
    """They neither add to what is expected nor stand as a reason for what something else left open."""
    spare = {"status": "quarantined", "declared_s": 10.0, "reason": "is a copy of cam1/1.mp4"}
    rows = [recording(1, 0, 60), recording(2, 0, 60, **spare), recording(3, 20, 30, **spare), recording(4, 90, 100)]
    (row,) = hours(rows, outcome(1, 0, 60), outcome(4, 90, 100))
    assert (row["expected_s"], row["reason"]) == (100.0, "no usable recording for 30 s")
    assert hours(rows[:3], outcome(1, 0, 60))[0]["reason"] is None


def test_failed_and_missing_segments_say_why_their_hour_is_open() -> None:
    """A dead worker and a segment that was not tried are different reasons."""
    (row,) = hours(
        [recording(1, 0, 30)],
        outcome(1, 0, 10),
        outcome(1, 10, 20, "failed", reason="the worker died"),
        outcome(1, 20, 30, "missing"),
    )
    assert (row["analysed_s"], row["reason"]) == (10.0, "the worker died; not analysed yet")


@given(st.lists(st.tuples(st.integers(0, 7000), st.integers(1, 600)), max_size=8))
def test_expected_is_the_span_and_never_less_than_recorded(stretches: list[tuple[int, int]]) -> None:
    """Over the hours of a camera, expected sums to first-to-last, whatever overlaps, and keys never repeat."""
    rows = [recording(number, begin, begin + length) for number, (begin, length) in enumerate(stretches)]
    table = hours(rows)
    expected = max((b + n for b, n in stretches), default=0) - min((b for b, _ in stretches), default=0)
    assert sum(row["expected_s"] for row in table) == pytest.approx(expected)
    assert len({row["hour_at"] for row in table}) == len(table)


def test_overlapping_segments_hide_no_gap() -> None:
    """Two files of the same minute do not stand in for the minute that nobody recorded."""
    site = Site.model_validate(
        {
            "site_id": "site",
            "cameras": [{"camera_id": "cam1", "expected": [{"starts_at": "09:00:00", "ends_at": "09:02:00"}]}],
        }
    )
    twice = (outcome(1, 0, 60, facts=facts(0, 60)), outcome(2, 0, 60, facts=facts(0, 0)))
    (row,) = hours([recording(1, 0, 60), recording(2, 0, 60)], *twice, site=site)
    assert row["reason"] == "no usable recording for 60 s"


def stated(*stretches: tuple[str, str]) -> Site:
    """Return a site whose camera states when it should record, by UTC times of the day."""
    expected = [{"starts_at": begin, "ends_at": end} for begin, end in stretches]
    return Site.model_validate({"site_id": "site", "cameras": [{"camera_id": "cam1", "expected": expected}]})


def test_footage_outside_the_expected_hours_covers_none_of_them() -> None:
    """40 s of an expected minute and 40 s of another hour are 40 s of 60 s."""
    site = stated(("10:00:00", "10:01:00"))
    rows = [recording(1, 3600, 3640), recording(2, -24_600, -24_560)]
    outcomes = [outcome(1, 3600, 3640), outcome(2, -24_600, -24_560)]
    table = hours(rows, *outcomes, site=site)
    assert [
        (row["hour_at"].hour, row["expected_s"], row["analysed_s"], row["analysed_expected_s"]) for row in table
    ] == [
        (2, 0.0, 40.0, 0.0),
        (10, 60.0, 40.0, 40.0),
    ]
    assert [row["reason"] for row in table] == [None, "no usable recording for 20 s"]


def test_footage_of_the_same_hour_hides_no_expected_second() -> None:
    """A minute recorded after the expected minute of the same hour does not stand in for it."""
    (row,) = hours([recording(1, 60, 120)], outcome(1, 60, 120), site=stated(("09:00:00", "09:01:00")))
    assert (row["analysed_s"], row["analysed_expected_s"]) == (60.0, 0.0)
    assert row["reason"] == "no usable recording for 60 s"


_STRETCHES = st.lists(st.tuples(st.integers(0, 3500), st.integers(1, 100)), max_size=6)


def _apart(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return begins and ends, s, in order; what begins before the one before has ended is left out."""
    kept: list[tuple[int, int]] = []
    for begin, length in sorted(stretches):
        if not kept or begin >= kept[-1][1]:
            kept.append((begin, min(begin + length, 3599)))
    return kept


def _clock(after_nine_s: int) -> str:
    return f"09:{after_nine_s // 60:02}:{after_nine_s % 60:02}"


@given(_STRETCHES, _STRETCHES, st.floats(0, 1), st.floats(0, 0.04))
def test_covered_share_stays_within_one(
    wanted: list[tuple[int, int]], recorded: list[tuple[int, int]], analysed: float, last_frame_s: float
) -> None:
    """Whatever is expected and recorded, and though last frames last beyond their segment."""
    expected = _apart(wanted)
    site = stated(*((_clock(begin), _clock(end)) for begin, end in expected))
    outcomes = [
        outcome(number, begin, end, facts=facts(begin, end + last_frame_s, analysed=analysed))
        for number, (begin, end) in enumerate(_apart(recorded))
    ]
    for row in hours([recording(1, 0, 1)], *outcomes, site=site):
        assert 0 <= row["analysed_expected_s"] <= min(row["expected_s"], row["analysed_s"])


@given(_STRETCHES, _STRETCHES)
def test_covered_seconds_are_those_counted_one_by_one(
    wanted: list[tuple[int, int]], recorded: list[tuple[int, int]]
) -> None:
    """Of whole-second stretches that were wholly analysed, the seconds in both are the seconds covered."""
    expected, parts = _apart(wanted), _apart(recorded)
    site = stated(*((_clock(begin), _clock(end)) for begin, end in expected))
    table = hours([recording(1, 0, 1)], *(outcome(n, *part) for n, part in enumerate(parts)), site=site)
    counted = {s for part in parts for s in range(*part)} & {s for part in expected for s in range(*part)}
    assert sum(row["analysed_expected_s"] for row in table) == pytest.approx(len(counted))
