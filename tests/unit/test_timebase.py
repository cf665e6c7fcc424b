"""Instants, intervals, local readings and nights, daylight saving included."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from analytics import timebase
from analytics.timebase import HOUR_US, Interval

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def instant(text: str) -> int:
    """Return the instant of an ISO text with its offset."""
    return timebase.to_instant(datetime.fromisoformat(text))


def test_instants_are_exact_to_the_microsecond() -> None:
    """Far dates and odd microseconds survive the way there and back, where floats would round."""
    for moment in (datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC), datetime(1969, 12, 31, 23, 59, 59, 1, UTC)):
        assert timebase.to_datetime(timebase.to_instant(moment)) == moment
    assert timebase.to_instant(datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == 0


def test_instant_of_a_naive_datetime_is_refused() -> None:
    """A datetime without a zone is no instant."""
    with pytest.raises(ValueError, match="with a time zone"):
        timebase.to_instant(datetime(2026, 1, 1))


def test_interval_is_half_open() -> None:
    """The start belongs to the interval, the end does not; an empty one contains nothing."""
    stretch = Interval(10, 20)
    assert stretch.contains(10)
    assert stretch.contains(19)
    assert not stretch.contains(20)
    assert not Interval(10, 10).contains(10)


def test_interval_never_ends_before_it_starts() -> None:
    """Turned around it is a ValueError, empty it is allowed."""
    assert Interval(5, 5).duration_s == 0
    with pytest.raises(ValueError, match="starts_at <= ends_at"):
        Interval(6, 5)


def test_touching_intervals_share_nothing() -> None:
    """Intervals that only touch do not intersect, overlapping ones share the overlap."""
    assert Interval(0, 10).intersect(Interval(10, 20)) is None
    assert Interval(0, 10).intersect(Interval(9, 20)) == Interval(9, 10)
    assert Interval(0, 10).intersect(Interval(20, 30)) is None


def test_reading_that_occurs_twice_is_the_earlier_and_flagged() -> None:
    """02:30 on the night the clocks go back is summer time by choice, and flagged."""
    reading = timebase.from_local(datetime(2026, 10, 25, 2, 30), BERLIN)
    assert reading == timebase.LocalReading(instant("2026-10-25T02:30+02:00"), is_ambiguous=True)


def test_reading_that_never_occurs_is_read_by_the_old_clock_and_flagged() -> None:
    """02:30 on the night the clocks go forward is what the unchanged clock showed, and flagged."""
    reading = timebase.from_local(datetime(2026, 3, 29, 2, 30), BERLIN)
    assert reading == timebase.LocalReading(instant("2026-03-29T02:30+01:00"), is_ambiguous=True)


@pytest.mark.parametrize("text", ["2026-03-29T01:59:59", "2026-03-29T03:00", "2026-10-25T01:59:59", "2026-10-25T03:00"])
def test_readings_beside_the_change_are_certain(text: str) -> None:
    """The last second before and the first after a change of clocks are not flagged."""
    assert not timebase.from_local(datetime.fromisoformat(text), BERLIN).is_ambiguous


def test_reading_with_a_zone_is_refused() -> None:
    """An aware datetime is no local reading."""
    with pytest.raises(ValueError, match="without a time zone"):
        timebase.from_local(datetime(2026, 1, 1, tzinfo=UTC), BERLIN)


@pytest.mark.parametrize(("night", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 1, 5), 24)])
def test_length_of_a_night(night: date, hours: int) -> None:
    """The night of a change of clocks has 23 or 25 hours."""
    assert timebase.night_interval(night, BERLIN).duration_s == hours * 3600


def test_late_start_moves_the_change_into_the_night_before() -> None:
    """With nights from 04:00 the clocks change within the night of the Saturday."""
    four = time(4)
    assert timebase.night_interval(SPRING - timedelta(days=1), BERLIN, four).duration_s == 23 * 3600
    assert timebase.night_interval(SPRING, BERLIN, four).duration_s == 24 * 3600


@pytest.mark.parametrize(
    ("text", "night"),
    [
        ("2026-01-05T03:59:59.999999+01:00", date(2026, 1, 4)),
        ("2026-01-05T04:00+01:00", date(2026, 1, 5)),
        ("2026-01-05T00:00+01:00", date(2026, 1, 4)),
    ],
)
def test_night_begins_at_its_own_hour(text: str, night: date) -> None:
    """With nights from 04:00 the small hours count to the day before, 04:00 itself does not."""
    assert timebase.night_of(instant(text), BERLIN, time(4)) == night


@pytest.mark.parametrize(
    ("zone", "year"),
    [
        ("Europe/Berlin", 2026),
        ("America/Santiago", 2026),
        ("Asia/Beirut", 2026),
        ("Africa/Cairo", 2026),
        ("America/Havana", 2026),
        ("America/St_Johns", 2010),  # from 00:01 back to 23:01: a minute of the new night, then the old date again
    ],
)
@pytest.mark.parametrize("day_starts", [time(0), time(0, 30), time(1, 30), time(2, 30)])
def test_nights_meet_and_contain_their_instants_through_a_year(zone: str, year: int, day_starts: time) -> None:
    """Nights meet, and each instant lies in its own night, also where the clocks change at midnight."""
    place, night = ZoneInfo(zone), date(year, 1, 1)
    ends_at = timebase.night_interval(night, place, day_starts).starts_at
    for _ in range(365):
        stretch = timebase.night_interval(night, place, day_starts)
        assert stretch.starts_at == ends_at, night
        for at in (
            stretch.starts_at,
            stretch.starts_at + HOUR_US // 2,
            stretch.starts_at + HOUR_US,
            stretch.ends_at - 1,
        ):
            assert timebase.night_of(at, place, day_starts) == night
        night, ends_at = night + timedelta(days=1), stretch.ends_at


def test_nights_of_an_empty_interval() -> None:
    """An empty interval touches no night and no hour."""
    empty = Interval(instant("2026-01-05T12:00+01:00"), instant("2026-01-05T12:00+01:00"))
    assert list(timebase.nights_of(empty, BERLIN)) == []
    assert list(timebase.hours_of(empty)) == []


def test_interval_that_ends_at_midnight_does_not_touch_the_next_night() -> None:
    """The end is excluded: 24:00 belongs to no further night, one microsecond more does."""
    starts, midnight = instant("2026-01-05T22:00+01:00"), instant("2026-01-06T00:00+01:00")
    assert list(timebase.nights_of(Interval(starts, midnight), BERLIN)) == [date(2026, 1, 5)]
    assert list(timebase.nights_of(Interval(starts, midnight + 1), BERLIN)) == [date(2026, 1, 5), date(2026, 1, 6)]


def test_hours_are_cut_at_full_hours() -> None:
    """An interval of 1 h 20 min across two full hours has three parts."""
    stretch = Interval(instant("2026-01-05T10:50+00:00"), instant("2026-01-05T12:10+00:00"))
    assert [part.duration_s / 60 for part in timebase.hours_of(stretch)] == [10, 60, 10]


def test_seconds_round_to_the_nearest_microsecond() -> None:
    """A third of a second does not lose its last microsecond to truncation."""
    assert timebase.seconds_us(2 / 3) == 666_667
    assert timebase.seconds_us(-2 / 3) == -666_667
