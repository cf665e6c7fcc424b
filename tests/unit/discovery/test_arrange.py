"""How one camera's recordings follow each other."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.discovery.arrange import NAME_PRECISION_S, Placed, arrange
from analytics.discovery.claims import Start
from analytics.discovery.listing import Found
from analytics.discovery.probe import Probe
from analytics.timebase import MICROSECONDS

HOUR_US = 3600 * MICROSECONDS
T0 = 1_767_603_600 * MICROSECONDS


def recording(
    path: str,
    start_s: float,
    duration_s: float,
    *,
    content: str | None = None,
    later_s: float | None = None,
    modified_s: float = 0.0,
) -> Placed:
    """Return a complete recording; times in seconds from a fixed instant, content by path unless it is given."""
    start = Start(
        T0 + round(start_s * MICROSECONDS),
        "name",
        later_s is not None,
        None if later_s is None else T0 + round(later_s * MICROSECONDS),
    )
    found = Found(path, Path(path), "file", 1, (T0 + round(modified_s * MICROSECONDS)) * 1000)
    return Placed(found, "cam", start, duration_s, Probe("complete", content_key=content or path), "complete")


def by_path(recordings: list[Placed]) -> dict[str, Placed]:
    return {placed.found.path: placed for placed in arrange(recordings)}


def start_s(placed: Placed) -> float:
    assert placed.start is not None
    return (placed.start.instant - T0) / MICROSECONDS


def test_nothing_is_arranged_to_nothing() -> None:
    """No recordings, no rows."""
    assert arrange([]) == ()


def test_recordings_that_meet_have_no_gap() -> None:
    """[0, 10) and [10, 20) neither overlap nor leave anything out; the first has nothing before it."""
    rows = by_path([recording("b", 10, 10), recording("a", 0, 10), recording("c", 25, 5)])
    assert [rows[path].gap_before_s for path in "abc"] == [None, 0.0, 5.0]
    assert {placed.status for placed in rows.values()} == {"complete"}


@pytest.mark.parametrize(
    ("overlap_s", "status"), [(NAME_PRECISION_S, "complete"), (NAME_PRECISION_S + 0.001, "partial")]
)
def test_an_overlap_beyond_the_names_precision_is_told(overlap_s: float, status: str) -> None:
    """Names state whole seconds: less is their rounding, more is a wrong clock. Either is in the table."""
    rows = by_path([recording("a", 0, 10), recording("b", 10 - overlap_s, 10)])
    assert rows["a"].status == "complete"
    assert rows["b"].status == status
    assert rows["b"].gap_before_s == pytest.approx(-overlap_s)
    assert ("overlaps a by" in " ".join(rows["b"].reasons)) == (status == "partial")


def test_a_recording_inside_another_is_not_used() -> None:
    """Nothing of it is new, whether it ends before or with the other."""
    rows = by_path([recording("a", 0, 10), recording("b", 2, 3), recording("c", 5, 5), recording("d", 10, 1)])
    assert [rows[path].status for path in "abcd"] == ["complete", "quarantined", "quarantined", "complete"]
    assert "lies within a" in rows["b"].reasons[0]
    assert rows["d"].gap_before_s == 0.0


def test_of_two_that_start_together_the_longer_adds_what_the_shorter_lacks() -> None:
    """By path the shorter one is first; the longer is used from its end on."""
    rows = by_path([recording("a", 0, 4), recording("b", 0, 10)])
    assert (rows["a"].status, rows["b"].status) == ("complete", "partial")
    assert rows["b"].gap_before_s == -4.0


def test_a_copy_is_not_used_and_names_its_original() -> None:
    """The same content at the same start, under another name."""
    rows = by_path([recording("b", 0, 10, content="x"), recording("a", 0, 10, content="x")])
    assert (rows["a"].status, rows["b"].status) == ("complete", "quarantined")
    assert "copy of a" in rows["b"].reasons[0]


def test_the_same_content_under_another_time_is_used_and_told() -> None:
    """One of the names is wrong, and only a person can say which."""
    rows = by_path([recording("a", 0, 10, content="x"), recording("b", 60, 10, content="x")])
    assert rows["b"].status == "complete"
    assert "same content as a" in rows["b"].reasons[0]


def test_recordings_that_cannot_be_used_neither_cover_nor_follow() -> None:
    """A broken file of an hour must not push the next one out."""
    broken = recording("a", 0, 3600).refused("broken")
    rows = by_path([broken, recording("b", 5, 10)])
    assert rows["b"].gap_before_s is None
    assert rows["a"] == broken


def test_a_repeated_hour_is_the_earlier_one_when_nothing_speaks_against_it() -> None:
    """The reading stays flagged."""
    (placed,) = arrange([recording("a", 0, 600, later_s=3600)])
    assert start_s(placed) == 0
    assert placed.start is not None
    assert placed.start.is_ambiguous


def test_a_repeated_hour_is_the_later_one_when_the_earlier_is_taken() -> None:
    """02:00 to 02:30 and 02:00:05 to 02:30:05: the camera recorded the hour twice."""
    rows = by_path([recording("a", 0, 1800, later_s=3600), recording("b", 5, 1800, later_s=3605)])
    assert (start_s(rows["a"]), start_s(rows["b"])) == (0, 3605)


def test_a_recording_that_reaches_into_the_repeated_hour_decides_too() -> None:
    """A file from before the hour had ended after the earlier instant already."""
    rows = by_path([recording("a", -1800, 3500), recording("b", 600, 600, later_s=4200)])
    assert start_s(rows["b"]) == 4200


def test_the_two_passes_of_a_repeated_hour_interleave_by_name() -> None:
    """Six files of ten minutes a pass: names sort in pairs, each pair is one of either pass."""
    files = []
    for number in range(6):
        files.append(recording(f"{number}a", number * 600, 600, later_s=3600 + number * 600))
        files.append(recording(f"{number}b", number * 600 + 3, 600, later_s=3603 + number * 600))
    placed = arrange(files)
    assert [entry.found.path for entry in placed] == [f"{n}a" for n in range(6)] + [f"{n}b" for n in range(6)]
    assert all(entry.status == "complete" for entry in placed)


@pytest.mark.parametrize(("modified_s", "expected_s"), [(605, 0), (4205, 3600), (99_999, 0)])
def test_the_time_at_which_a_file_was_closed_decides_first(modified_s: float, expected_s: float) -> None:
    """It was closed just after its last frame; a copy's time says nothing."""
    (placed,) = arrange([recording("a", 0, 600, later_s=3600, modified_s=modified_s)])
    assert start_s(placed) == expected_s


def test_copies_in_the_repeated_hour_are_copies() -> None:
    """A copy must not be taken for the second pass."""
    rows = by_path([recording(path, 0, 600, later_s=3600, content="x") for path in "ab"])
    assert (rows["a"].status, rows["b"].status) == ("complete", "quarantined")


stretches = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=8)


@given(stretches)
def test_every_second_is_used_once(drawn: list[tuple[int, int]]) -> None:
    """The used parts together cover exactly what the recordings cover, no second twice; counted second by second."""
    placed = arrange([recording(f"{n:02d}", start, length) for n, (start, length) in enumerate(drawn)])
    used: list[int] = []
    for entry in placed:
        if entry.is_used:
            assert entry.duration_s is not None
            begin = start_s(entry) + max(0.0, -(entry.gap_before_s or 0.0))
            used += range(round(begin), round(start_s(entry) + entry.duration_s))
    expected = {second for start, length in drawn for second in range(start, start + length)}
    assert sorted(used) == sorted(expected)


@given(stretches, st.randoms(use_true_random=False))
def test_the_order_of_the_listing_does_not_matter(drawn: list[tuple[int, int]], random: Random) -> None:
    """Shuffled input gives the same rows."""
    recordings = [recording(f"{n:02d}", start, length) for n, (start, length) in enumerate(drawn)]
    shuffled = [replace(entry) for entry in recordings]
    random.shuffle(shuffled)
    assert arrange(shuffled) == arrange(recordings)
