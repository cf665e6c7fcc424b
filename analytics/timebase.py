"""UTC instants, half-open intervals, and the local night that an instant belongs to.

An instant is a whole number of microseconds since 1970-01-01 UTC, as the tables store it. No I/O here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Instant = int

MICROSECONDS = 1_000_000
HOUR_US = 3600 * MICROSECONDS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """The half-open stretch of time [starts_at, ends_at).

    Raises:
        ValueError: it ends before it starts; an empty interval is allowed.
    """

    starts_at: Instant
    ends_at: Instant

    def __post_init__(self) -> None:
        if self.ends_at < self.starts_at:
            raise ValueError(f"expected starts_at <= ends_at, got {self.starts_at} and {self.ends_at}")

    @property
    def duration_s(self) -> float:
        """Length in seconds, >= 0."""
        return (self.ends_at - self.starts_at) / MICROSECONDS

    def contains(self, instant: Instant) -> bool:
        """Tell whether an instant lies in the interval; the end does not."""
        return self.starts_at <= instant < self.ends_at

    def intersect(self, other: "Interval") -> "Interval | None":
        """Return the common stretch, or None when the two only touch or are apart."""
        starts_at, ends_at = max(self.starts_at, other.starts_at), min(self.ends_at, other.ends_at)
        return Interval(starts_at, ends_at) if starts_at < ends_at else None


@dataclass(frozen=True, slots=True)
class LocalReading:
    """A local clock reading turned into an instant.

    Attributes:
        instant: UTC microseconds.
        is_ambiguous: the reading occurs twice (clocks set back) or never (clocks set forward); the instant is a choice.
    """

    instant: Instant
    is_ambiguous: bool


def to_instant(moment: datetime) -> Instant:
    """Turn an aware datetime into an instant, exactly.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"expected a datetime with a time zone, got {moment!r}")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_datetime(instant: Instant) -> datetime:
    """Turn an instant into an aware UTC datetime, exactly."""
    return _EPOCH + timedelta(microseconds=instant)


def seconds_us(seconds: float) -> int:
    """Round a number of seconds to whole microseconds."""
    return round(seconds * MICROSECONDS)


def from_local(reading: datetime, zone: ZoneInfo) -> LocalReading:
    """Turn a naive local reading into an instant.

    A reading that occurs twice gives the earlier instant, one that never occurs the instant that the clock
    would have shown before it was set forward; both are flagged, never silently chosen.

    Raises:
        ValueError: the reading carries a time zone already.
    """
    if reading.tzinfo is not None:
        raise ValueError(f"expected a reading without a time zone, got {reading!r}")
    earlier = reading.replace(tzinfo=zone, fold=0)
    later = reading.replace(tzinfo=zone, fold=1)
    return LocalReading(to_instant(earlier), earlier.utcoffset() != later.utcoffset())


def night_of(instant: Instant, zone: ZoneInfo, day_starts: time = time(0)) -> date:
    """Return the local date that an instant is counted to.

    Args:
        instant: UTC microseconds.
        zone: the site's time zone.
        day_starts: local time at which a new night begins; 04:00 counts 03:59 to the day before.
    """
    day = to_datetime(instant).astimezone(zone).date()
    # by the instant of the start, not by the reading: where clocks change over day_starts, the two disagree
    for night in (day + timedelta(days=1), day):
        if instant >= _night_start(night, zone, day_starts):
            return night
    return day - timedelta(days=1)


def night_interval(night: date, zone: ZoneInfo, day_starts: time = time(0)) -> Interval:
    """Return the stretch of time that a night covers: 23, 24 or 25 hours, depending on daylight saving."""
    return Interval(_night_start(night, zone, day_starts), _night_start(night + timedelta(days=1), zone, day_starts))


def nights_of(interval: Interval, zone: ZoneInfo, day_starts: time = time(0)) -> Iterator[date]:
    """Yield every night that a non-empty interval touches, in order."""
    if interval.ends_at == interval.starts_at:
        return
    night, last = (
        night_of(interval.starts_at, zone, day_starts),
        night_of(interval.ends_at - 1, zone, day_starts),
    )
    while night <= last:
        yield night
        night += timedelta(days=1)


def hours_of(interval: Interval) -> Iterator[Interval]:
    """Yield the parts of an interval that lie in one UTC hour each, in order."""
    starts_at = interval.starts_at
    while starts_at < interval.ends_at:
        ends_at = min((starts_at // HOUR_US + 1) * HOUR_US, interval.ends_at)
        yield Interval(starts_at, ends_at)
        starts_at = ends_at


def _night_start(night: date, zone: ZoneInfo, day_starts: time) -> Instant:
    return from_local(datetime.combine(night, day_starts), zone).instant
