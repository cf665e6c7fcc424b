"""Which time a heatmap is of, in the site's local time, and how much footage there is of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from analytics.lake.lake import Lake
from analytics.sites import Site
from analytics.tables import COVERAGE, RECORDINGS
from analytics.timebase import (
    HOUR_US,
    MICROSECONDS,
    Instant,
    Interval,
    from_local,
    night_interval,
    to_datetime,
    to_instant,
)

QUARTER_US = HOUR_US // 4
"""Offsets of time zones are whole quarters of an hour: a quarter lies in one local hour."""


@dataclass(frozen=True, slots=True)
class Period:
    """Nights, or a stretch of each of their days.

    Attributes:
        nights: in order, at least one.
        windows: what counts, UTC, in order and without overlap.
        zone: the site's.
        starts: local time of day at which the stretch begins; None: the whole night.
        ends: local time at which it ends, past midnight when that is not after `starts`.
    """

    nights: tuple[date, ...]
    windows: tuple[Interval, ...]
    zone: ZoneInfo
    starts: time | None
    ends: time | None

    @property
    def label(self) -> str:
        """Return it for people, in local time: "Mon 5 Jan 2026, 10:00-12:00"."""
        first, last = self.nights[0], self.nights[-1]
        days = f"{first:%a} {first.day} {first:%b %Y}"
        if last != first:
            days += f" to {last:%a} {last.day} {last:%b %Y} ({len(self.nights)} nights)"
        if self.starts is None or self.ends is None:
            return days
        return f"{days}, {_clock(self.starts)}-{_clock(self.ends)}"

    def overlaps(self, other: "Period") -> bool:
        """Tell whether some time belongs to both."""
        return any(mine.intersect(theirs) for mine in self.windows for theirs in other.windows)


def period_of(site: Site, nights: Collection[date], starts: time | None = None, ends: time | None = None) -> Period:
    """Return the period of some nights, or of a stretch of local time in each of them.

    Args:
        site: time zone, and when a night begins.
        nights: at least one.
        starts: local time of day at which the stretch begins; None: at the night's begin.
        ends: local time at which it ends, past midnight when it is not after `starts`; None: at the night's end.
    """
    ordered = tuple(sorted(set(nights)))
    if starts is None and ends is None:
        windows = [night_interval(night, site.zone_info, site.day_starts_at) for night in ordered]
        return Period(ordered, tuple(windows), site.zone_info, None, None)
    begin, end = starts or site.day_starts_at, ends or site.day_starts_at
    windows = []
    for night in ordered:
        whole = night_interval(night, site.zone_info, site.day_starts_at)
        stretches = (_on_day(night + timedelta(days=shift), begin, end, site.zone_info) for shift in (-1, 0, 1))
        windows += [part for stretch in stretches if (part := stretch.intersect(whole))]
    return Period(ordered, tuple(sorted(windows)), site.zone_info, begin, end)


def _on_day(day: date, begin: time, end: time, zone: ZoneInfo) -> Interval:
    until = day if end > begin else day + timedelta(days=1)
    starts_at = from_local(datetime.combine(day, begin), zone).instant
    return Interval(starts_at, max(starts_at, from_local(datetime.combine(until, end), zone).instant))


def _clock(reading: time) -> str:
    return f"{reading:%H:%M:%S}" if reading.second else f"{reading:%H:%M}"


@dataclass(frozen=True, slots=True)
class Footage:
    """How much was analysed of one camera in a period.

    Attributes:
        expected_s: seconds that should have been recorded.
        covered_s: seconds analysed of those expected.
        quarters: seconds analysed, expected or not, by the UTC quarter of an hour in which they begin.
        recorded: from the first to the last recording, or None.
    """

    expected_s: float
    covered_s: float
    quarters: Mapping[Instant, float]
    recorded: Interval | None

    @property
    def analysed_s(self) -> float:
        """Seconds analysed, expected or not."""
        return sum(self.quarters.values())


def coverage_of(footage: Iterable[Footage]) -> float | None:
    """Return the seconds analysed of those expected, in [0, 1], of several cameras; None: nothing was expected."""
    listed = list(footage)
    expected_s = sum(each.expected_s for each in listed)
    return min(1.0, sum(each.covered_s for each in listed) / expected_s) if expected_s > 0 else None


def footage_of(lake: Lake, site: Site, cameras: Sequence[str], period: Period) -> dict[str, Footage]:
    """Return how much was analysed of each camera.

    Coverage is known by the hour: the part of an hour that lies in the period has that share of its analysed seconds
    which it has of its recordings, and of its expected seconds likewise.
    """
    columns = ["camera_id", "starts_at", "ends_at", "status"]
    recordings = lake.read(RECORDINGS, period.nights, cameras, columns)
    used = recordings.filter(pc.is_in(recordings["status"], value_set=pa.array(["complete", "partial"]))).to_pylist()
    coverage = lake.read(COVERAGE, period.nights, cameras).to_pylist()
    found = {}
    for camera_id in cameras:
        recorded = _merged(
            Interval(to_instant(row["starts_at"]), to_instant(row["ends_at"]))
            for row in used
            if row["camera_id"] == camera_id and row["starts_at"] is not None and row["ends_at"] is not None
        )
        expected = [
            stretch
            for night in period.nights
            for stretch in site.camera(camera_id).expected_on(night, site.zone_info, site.day_starts_at) or ()
        ]
        rows = [row for row in coverage if row["camera_id"] == camera_id]
        found[camera_id] = _footage(rows, recorded, expected or recorded, period.windows)
    return found


def _footage(
    rows: Sequence[Mapping[str, float | datetime]],
    recorded: Sequence[Interval],
    expected: Sequence[Interval],
    windows: Sequence[Interval],
) -> Footage:
    expected_s = covered_s = 0.0
    quarters: dict[Instant, float] = {}
    for row in rows:
        hour_at = to_instant(row["hour_at"]) if isinstance(row["hour_at"], datetime) else 0
        analysed_s, should_s, did_s = (
            float(value) if isinstance(value := row[name], float) else 0.0
            for name in ("analysed_s", "expected_s", "analysed_expected_s")
        )
        hour = Interval(hour_at, hour_at + HOUR_US)
        expected_s += should_s * _share(hour, hour, expected, windows)
        covered_s += did_s * _share(hour, hour, recorded, windows)
        for quarter_at in range(hour_at, hour_at + HOUR_US, QUARTER_US):
            part = _share(Interval(quarter_at, quarter_at + QUARTER_US), hour, recorded, windows)
            if part * analysed_s > 0:
                quarters[quarter_at] = quarters.get(quarter_at, 0.0) + part * analysed_s
    inside = _common(recorded, windows)
    span = Interval(inside[0].starts_at, inside[-1].ends_at) if inside else None
    return Footage(expected_s, min(covered_s, expected_s), quarters, span)


def _share(part: Interval, hour: Interval, known: Sequence[Interval], windows: Sequence[Interval]) -> float:
    """Return how much of what is known of an hour lies in a part of it and in the windows, in [0, 1]."""
    of_hour = _common(known, [hour])
    if not of_hour:  # nothing tells where in the hour it was
        of_hour = [hour]
    return _length_us(_common(_common(of_hour, [part]), windows)) / _length_us(of_hour)


def _common(some: Iterable[Interval], others: Sequence[Interval]) -> list[Interval]:
    return sorted(both for one in some for other in others if (both := one.intersect(other)))


def _length_us(intervals: Iterable[Interval]) -> int:
    return sum(each.ends_at - each.starts_at for each in intervals)


def _merged(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for each in sorted(intervals):
        if merged and each.starts_at <= merged[-1].ends_at:
            merged[-1] = Interval(merged[-1].starts_at, max(merged[-1].ends_at, each.ends_at))
        else:
            merged.append(each)
    return merged


def local_span(interval: Interval, zone: ZoneInfo) -> str:
    """Return a stretch for people with its zone: "10:00-10:03 UTC", on two lines when it has several days."""
    starts, ends = (to_datetime(at).astimezone(zone) for at in (interval.starts_at, interval.ends_at))
    form = "%H:%M:%S" if interval.ends_at - interval.starts_at < 600 * MICROSECONDS else "%H:%M"
    name = starts.tzname() or str(zone)
    if (interval.ends_at - interval.starts_at) <= 24 * HOUR_US:
        return f"{starts:{form}}-{ends:{form}} {name}"
    return f"{starts.day} {starts:%b %H:%M} to\n{ends.day} {ends:%b %H:%M} {name}"
