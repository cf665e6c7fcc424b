"""How the report writes figures: with units, rounded as far as they can be believed, and never a blank."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

HIDDEN = "hidden"
UNKNOWN = "\N{EN DASH}"

Number = float | int | None


def count(value: Number, is_hidden: bool = False) -> str:
    """Return a number of people or events: 1,234."""
    return _or_not(value, is_hidden) or f"{value:,.0f}"


def share(value: Number, is_hidden: bool = False) -> str:
    """Return a share as whole percents; one that rounds to 0 or 100 and is neither says so: "< 1 %"."""
    if told := _or_not(value, is_hidden):
        return told
    percent = 100 * float(value or 0)
    if 0 < percent < 1:
        return "< 1 %"
    return "> 99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def small_share(value: Number) -> str:
    """Return a share near zero with a digit after the point."""
    return _or_not(value, False) or f"{100 * float(value or 0):.1f} %"


def duration(seconds: Number, is_hidden: bool = False) -> str:
    """Return a length of time: 48 s, 3 min 05 s, 2 h 10 min."""
    if told := _or_not(seconds, is_hidden):
        return told
    whole = round(abs(seconds or 0))
    sign = "\N{MINUS SIGN}" if (seconds or 0) < -0.5 else ""
    if whole < 60:
        return f"{sign}{whole} s"
    if whole < 3600:
        return f"{sign}{whole // 60} min {whole % 60:02} s"
    return f"{sign}{whole // 3600} h {whole % 3600 // 60:02} min"


def interval(lower: Number, upper: Number) -> str:
    """Return a 90 % interval in whole people, rounded outwards so that it holds what the exact one does."""
    if lower is None or upper is None:
        return ""
    return f"90 % interval {int(lower):,} to {-int(-upper // 1):,}"


def clock(instant: datetime, zone: ZoneInfo) -> str:
    """Return the local reading of an instant: 09:05."""
    return f"{instant.astimezone(zone):%H:%M}"


def clocks(instants: Sequence[datetime], zone: ZoneInfo) -> list[str]:
    """Return local readings of hours; the second of two equal ones, when clocks go back, is marked."""
    labels: list[str] = []
    for instant in instants:
        label = clock(instant, zone)
        labels.append(f"{label}*" if label in labels else label)
    return labels


def weekday(night: date) -> str:
    """Return a date in full: Monday, 5 January 2026."""
    return f"{night:%A}, {night.day} {night:%B %Y}"


def _or_not(value: Number, is_hidden: bool) -> str:
    if is_hidden:
        return HIDDEN
    return UNKNOWN if value is None else ""
