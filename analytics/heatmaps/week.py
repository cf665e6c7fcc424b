"""When in the week people are there: seven days by twenty-four local hours, of a heatmap's stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from analytics.exporting.suppression import hidden_cells
from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.heatmaps.heatmap import Measure, Presence
from analytics.heatmaps.layers import Scale
from analytics.heatmaps.periods import QUARTER_US
from analytics.heatmaps.pictures import GREY, INK, Captions, png, slide, write
from analytics.timebase import HOUR_US, Instant, to_datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = 7 * 24
_LEAST_H: Mapping[Measure, float] = {"dwell": 0.05, "visits": 0.75}
"""Footage below which an hour has no value. A mean over three minutes is true of them; people an hour are not three
minutes' people times twenty: less than three quarters of an hour are not made into one."""


@dataclass(frozen=True)
class Week:
    """A value for each local hour of the week; all (7, 24), Monday first.

    Attributes:
        values: dwell: people present on average; visits: different people in an hour of footage. 0 where not told.
        hours: hours of footage, of the camera that has most.
        people: different people.
        is_small: fewer people than are published.
        least_h: hours of footage below which an hour has no value.
    """

    values: FloatArray
    hours: FloatArray
    people: IntArray
    is_small: BoolArray
    least_h: float

    @property
    def is_told(self) -> BoolArray:
        """Which hours have a value: those with footage and enough people, or nobody."""
        return (self.hours >= self.least_h) & ~self.is_small

    @property
    def is_partly(self) -> BoolArray:
        """Which hours have some footage, but too little."""
        return (self.hours > 0) & (self.hours < self.least_h)


def week_of(presence: Presence, measure: Measure, min_people: int) -> Week:
    """Sum what happened anywhere in a view by local hour of the week.

    Args:
        presence: everybody's stays.
        measure: what is told; see `Week.values`.
        min_people: hours with fewer people, but not with nobody, are left out.
    """
    zone = presence.period.zone
    hours = np.zeros(_HOURS)
    for each in presence.footage.values():
        own = np.zeros(_HOURS)
        quarters = np.array(sorted(each.quarters), np.int64)
        np.add.at(own, _hours_of_week(quarters, zone), [each.quarters[at] / 3600 for at in quarters.tolist()])
        hours = np.maximum(hours, own)
    stays = presence.stays
    hour = _hours_of_week(stays.starts_at, zone)
    people = _different(hour, stays.person)
    if measure == "dwell":
        counted = np.bincount(hour, stays.seconds / 3600, _HOURS)
    else:
        counted = _different(hour, stays.person, stays.starts_at // HOUR_US).astype(np.float64)
    is_small = hidden_cells(people, (), min_people)
    has_footage = hours >= _LEAST_H[measure]
    values = np.divide(counted, hours, out=np.zeros(_HOURS), where=has_footage & ~is_small)
    shape = (7, 24)
    return Week(
        values.reshape(shape), hours.reshape(shape), people.reshape(shape), is_small.reshape(shape), _LEAST_H[measure]
    )


def week_picture(week: Week, captions: Captions) -> bytes:
    """Draw the matrix as a PNG of the size of a slide: the value in each hour, those without footage hatched."""
    figure = slide()
    axes = figure.add_axes((0.075, 0.2, 0.69, 0.6))
    told = week.values[week.is_told]
    scale = Scale(0.0, float(told.max()) if told.any() else 1.0, "plan", is_cut=False)
    colours = scale.colours(scale.share(week.values))
    colours[~week.is_told] = 1.0
    axes.imshow(colours, aspect="auto", interpolation="nearest")
    for day, hour in np.argwhere(week.is_told):
        value = float(week.values[day, hour])
        ink = "white" if scale.share(np.array(value)) > 0.42 else INK
        axes.text(hour, day, _short(value), ha="center", va="center", fontsize=9.5, color=ink)
    _hatch(axes, week.hours <= 0)
    for word, where in (("few", week.is_small & (week.hours >= week.least_h)), ("part", week.is_partly)):
        for day, hour in np.argwhere(where):
            axes.text(hour, day, word, ha="center", va="center", fontsize=8.5, color=GREY)
    axes.set_xticks(np.arange(0, 25, 2) - 0.5, [f"{hour:02d}:00" for hour in range(0, 25, 2)], fontsize=10.5, color=INK)
    axes.set_yticks(range(7), _DAYS, fontsize=12, color=INK)
    axes.set_xticks(np.arange(-0.5, 24), minor=True)
    axes.set_yticks(np.arange(-0.5, 7), minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    figure.text(0.075, 0.105, captions.unit, fontsize=12, color=INK)
    figure.text(
        0.075,
        0.065,
        "hatched: no footage; part: too little of the hour; few: too few people; hours are local time",
        fontsize=11,
        color=GREY,
    )
    write(figure, captions)
    return png(figure)


def _short(value: float) -> str:
    digits = 2 if value < 0.995 else 1 if value < 9.95 else 0
    return "0" if value == 0 else f"{value:.{digits}f}"


def _hatch(axes: Any, where: BoolArray) -> None:
    from matplotlib.patches import Rectangle

    for day, hour in np.argwhere(where):
        cell = Rectangle(
            (hour - 0.5, day - 0.5), 1, 1, facecolor="#f4f5f7", edgecolor="#c3c8cf", hatch="///", linewidth=0
        )
        axes.add_patch(cell)


def _different(hour: IntArray, *others: IntArray) -> IntArray:
    """Return the (168,) number of different rows of the others in each hour."""
    rows = np.unique(np.stack([hour, *others], axis=1), axis=0)
    return np.bincount(rows[:, 0], minlength=_HOURS)


def _hours_of_week(at: IntArray, zone: ZoneInfo) -> IntArray:
    """Return the (n,) local hours of the week, 0 ... 167, of instants."""
    quarters, place = np.unique(at // QUARTER_US, return_inverse=True)
    return np.array(list(_local_hours(quarters.tolist(), zone)), np.int64)[place.reshape(-1)]


def _local_hours(quarters: Iterable[Instant], zone: ZoneInfo) -> Iterable[int]:
    for quarter in quarters:
        local = to_datetime(quarter * QUARTER_US).astimezone(zone)
        yield local.weekday() * 24 + local.hour
