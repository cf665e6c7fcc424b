"""The short rows of `crosscam status`, and lengths of footage in words."""

import pytest

from jobs.output import footage_time, printable
from jobs.status import CAMERA_COLUMNS, COMPACT_CAMERA_COLUMNS, compact


def row(**numbers: int | float | None) -> dict[str, str | int | float | None]:
    """Return a camera's row, zero where nothing is given."""
    return {**dict.fromkeys(CAMERA_COLUMNS, 0), "night": "2026-01-05", "camera_id": "cam1", "coverage": None, **numbers}


def test_counts_become_words_without_zeros() -> None:
    """What is not there is not told."""
    full = row(
        recordings_complete=3,
        recordings_quarantined=2,
        segments_done=9,
        segments_missing=1,
        expected_s=36_000.0,
        analysed_s=27_000.0,
        analysed_expected_s=27_000.0,
        coverage=0.75,
    )
    assert tuple(compact(full).values()) == (
        "2026-01-05", "cam1", "3 complete, 2 quarantined", "9 done, 1 missing", "7.5 h of 10.0 h", "75.0%",
    )  # fmt: skip
    assert tuple(compact(full)) == COMPACT_CAMERA_COLUMNS


def test_footage_outside_the_expected_hours_is_told_apart() -> None:
    """It stands beside what was seen of the expected time, and alone where nothing was expected."""
    both = row(expected_s=60.0, analysed_s=80.0, analysed_expected_s=40.0, outside_expected_s=40.0)
    assert compact(both)["analysed"] == "40 s of 60 s, 40 s outside"
    assert compact(row(analysed_s=40.0, outside_expected_s=40.0))["analysed"] == "0 s of 0 s, 40 s outside"


def test_recordings_that_nobody_planned_are_told_apart_from_unusable_ones() -> None:
    """A camera of broken files has nothing to plan; one that was only discovered has."""
    assert compact(row(recordings_partial=1))["segments"] == "not planned yet"
    assert compact(row(recordings_unparsed=1))["segments"] == "none"
    assert compact(row(recordings_unparsed=1))["analysed"] is None
    assert compact(row())["recordings"] == "none"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 camera-seconds"),
        (119, "119 camera-seconds"),
        (120, "2.0 camera-minutes"),
        (7199, "120.0 camera-minutes"),
        (7200, "2.0 camera-hours"),
        (90_000, "25.0 camera-hours"),
    ],
)
def test_footage_has_a_unit_that_says_something(seconds: float, text: str) -> None:
    """Never "0.0 camera-hours"."""
    assert footage_time(seconds) == text


def test_names_of_files_cannot_colour_or_move_the_terminal() -> None:
    """Escapes and line ends are shown, letters of any language stay."""
    assert printable("hall/\x1b[31mü\n.mp4") == "hall/\\x1b[31mü\\n.mp4"
