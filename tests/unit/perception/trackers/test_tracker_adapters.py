"""How libraries' trackers, which count frames, are given seconds."""

import pytest

from analytics.perception.trackers.ultralytics import _Pace


def test_the_first_frame_has_no_pace() -> None:
    """One instant says nothing of the length of a frame."""
    assert _Pace().observe(5) == (1, None)


def test_a_long_step_counts_as_many_frames() -> None:
    """At ten frames a second a step of half a second is five frames, and a frame stays 0.1 s long."""
    pace = _Pace()
    for k in range(10):
        pace.observe(k * 100_000)
    assert pace.observe(1_400_000) == (5, pytest.approx(0.1))


def test_a_new_rate_becomes_the_pace() -> None:
    """After 31 frames at another rate that rate is the usual one."""
    pace = _Pace()
    for k in range(10):
        pace.observe(k * 100_000)
    for k in range(1, 32):
        pace.observe(900_000 + k * 40_000)
    assert pace.observe(900_000 + 32 * 40_000) == (1, pytest.approx(0.04))


def test_a_repeated_instant_is_one_frame() -> None:
    """No time between two frames neither divides by nothing nor changes the pace."""
    pace = _Pace()
    pace.observe(0)
    assert pace.observe(0) == (1, None)
    assert pace.observe(100_000) == (1, pytest.approx(0.1))
