"""Periods in local time: stretches past midnight, and days of 23 and 25 hours."""

from datetime import date, time

import pytest

from analytics.heatmaps.periods import period_of
from analytics.sites import Site
from analytics.timebase import to_datetime

BERLIN = Site(site_id="site", timezone="Europe/Berlin")


def hours(site: Site, night: date, starts: time | None = None, ends: time | None = None) -> float:
    """Return the hours of a period."""
    return sum(window.duration_s for window in period_of(site, [night], starts, ends).windows) / 3600


@pytest.mark.parametrize(
    ("night", "whole", "until_six"),
    [(date(2026, 3, 29), 23, 5), (date(2026, 10, 25), 25, 7), (date(2026, 1, 5), 24, 6)],
)
def test_days_are_as_long_as_clocks_make_them(night: date, whole: float, until_six: float) -> None:
    """A whole night and its hours before six, when clocks change and when they do not."""
    assert hours(BERLIN, night) == whole
    assert hours(BERLIN, night, time(0), time(6)) == until_six
    assert hours(BERLIN, night, time(6)) + until_six == whole


def test_a_stretch_past_midnight_belongs_to_the_night_that_it_lies_in() -> None:
    """22:00 to 02:00 of a night that begins at noon is four hours; of a calendar day it is both ends."""
    noon = BERLIN.model_copy(update={"day_starts_at": time(12)})
    [window] = period_of(noon, [date(2026, 1, 5)], time(22), time(2)).windows
    assert to_datetime(window.starts_at).isoformat() == "2026-01-05T21:00:00+00:00"
    assert window.duration_s == 4 * 3600
    assert [each.duration_s / 3600 for each in period_of(BERLIN, [date(2026, 1, 5)], time(22), time(2)).windows] == [
        2,
        2,
    ]


def test_periods_say_what_they_are_and_whether_they_meet() -> None:
    """Labels are for people; touching is not meeting."""
    morning = period_of(BERLIN, [date(2026, 1, 6), date(2026, 1, 5)], time(9), time(12))
    assert morning.label == "Mon 5 Jan 2026 to Tue 6 Jan 2026 (2 nights), 09:00-12:00"
    assert not morning.overlaps(period_of(BERLIN, [date(2026, 1, 5)], time(12), time(13)))
    assert morning.overlaps(period_of(BERLIN, [date(2026, 1, 5)]))
