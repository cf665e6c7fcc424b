"""Where recordings are cut."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from analytics.perception.segments import Segment, Source, cut
from analytics.timebase import Interval, seconds_us, to_instant

BERLIN = ZoneInfo("Europe/Berlin")


def segments(start: str, duration_s: float, segment_s: float = 300, day_starts: time = time(0)) -> list[Segment]:
    """Return the segments of a recording of camera cam1."""
    starts_at = to_instant(datetime.fromisoformat(start))
    interval = Interval(starts_at, starts_at + seconds_us(duration_s))
    source = Source("rec", "site", "cam1", "cam1/a.mp4", "c0ffee", interval)
    return list(cut(source, segment_s, BERLIN, day_starts))


def test_empty_recording_has_no_segment() -> None:
    """A recording without duration is not cut."""
    assert segments("2026-01-05T12:00+01:00", 0) == []


def test_recording_of_exactly_one_segment() -> None:
    """As long as a segment gives one, a microsecond more gives two, and only the last one is last."""
    assert [part.is_last for part in segments("2026-01-05T12:00+01:00", 300)] == [True]
    assert [part.is_last for part in segments("2026-01-05T12:00+01:00", 300.000001)] == [False, True]


def test_segment_knows_its_recording() -> None:
    """Everything a worker needs is carried, with the whole recording's interval."""
    first, second = segments("2026-01-05T12:00:00+01:00", 400)
    assert (first.camera_id, first.path, first.content_key) == ("cam1", "cam1/a.mp4", "c0ffee")
    assert first.recording == second.recording == Interval(first.starts_at, second.ends_at)
    assert first.interval == Interval(first.starts_at, second.starts_at)
    assert first.night == date(2026, 1, 5)


def test_midnight_is_a_cut_and_the_grid_goes_on() -> None:
    """The grid begins with the recording; the local midnight cuts too, and each side has its own night."""
    parts = segments("2026-01-05T23:58:00+01:00", 600)
    assert [part.interval.duration_s for part in parts] == [120, 180, 300]
    assert [part.night for part in parts] == [date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 6)]


def test_cut_at_midnight_itself_is_made_once() -> None:
    """A grid cut that falls on midnight gives no empty segment."""
    parts = segments("2026-01-05T23:55:00+01:00", 600)
    assert [part.interval.duration_s for part in parts] == [300, 300]


def test_night_that_begins_later_is_cut_there() -> None:
    """With nights from 04:00 midnight is no cut, 04:00 is."""
    parts = segments("2026-01-05T23:59:00+01:00", 5 * 3600, segment_s=1e6, day_starts=time(4))
    assert [part.night for part in parts] == [date(2026, 1, 5), date(2026, 1, 6)]
    assert parts[0].interval.duration_s == 4 * 3600 + 60


def test_night_of_changing_clocks_is_cut_at_both_midnights() -> None:
    """The night of 25 hours is one long segment between its midnights."""
    parts = segments("2026-10-24T23:00:00+02:00", 27 * 3600, segment_s=1e6)
    assert [part.interval.duration_s / 3600 for part in parts] == [1, 25, 1]


def test_cuts_less_than_a_millisecond_apart_have_their_own_ids() -> None:
    """A grid cut just before midnight does not share its id with the cut at midnight."""
    parts = segments("2026-01-05T23:54:59.999700+01:00", 600)
    assert len({part.segment_id for part in parts}) == len(parts) == 3
