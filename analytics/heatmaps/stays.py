"""From tracked points to stays in cells: who was in which cell, from when to when.

A point stands for the time until the next one of its tracklet. Between the two the person is taken to walk straight,
so that no cell on the way is jumped over, whatever the frame rate.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.heatmaps.grids import Grid
from analytics.timebase import MICROSECONDS, Interval, seconds_us

MAX_STEP_S = 2.0
"""Longest time that a point stands for. Breaks of up to 1 s are filled by perceiving (tracklets.max_interpolated_s);
twice that leaves room for one frame a second."""

_SUBSTEP_S = 0.5  # a piece of a step lies in one second of the clock, or in two to halves at most
_PIECES_PER_CELL = 2  # pieces shorter than half a cell: a cell that is missed was cut at a corner


@dataclass(frozen=True, slots=True)
class Points:
    """Tracked points, by tracklet and time.

    Attributes:
        tracklet: (n,) number of the tracklet.
        at: (n,) UTC microseconds.
        place: (n, 2) x, y in the unit of the grid; NaN: not known.
    """

    tracklet: IntArray
    at: IntArray
    place: FloatArray


@dataclass(frozen=True, slots=True)
class Whose:
    """Who each tracklet shows.

    Attributes:
        person: (t,) number of the person; -1: not counted.
        other: (t,) who it shows from `switched_at` on.
        switched_at: (t,) UTC microseconds; the largest integer where it shows one person.
    """

    person: IntArray
    other: IntArray
    switched_at: IntArray

    def of(self, tracklet: IntArray, at: IntArray) -> IntArray:
        """Return the (n,) people whom (n,) tracklets show at (n,) instants, -1: not counted."""
        return np.where(at >= self.switched_at[tracklet], self.other[tracklet], self.person[tracklet])


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays in cells, none longer than a second of the clock; all (n,).

    Attributes:
        person: number of the person.
        tracklet: number of the tracklet.
        cell: number of the cell; -1: somewhere outside the grid.
        starts_at: UTC microseconds.
        ends_at: UTC microseconds.
        seconds: how long.
    """

    person: IntArray
    tracklet: IntArray
    cell: IntArray
    starts_at: IntArray
    ends_at: IntArray
    seconds: FloatArray

    def __len__(self) -> int:
        return len(self.person)

    def only(self, wanted: BoolArray | IntArray) -> "Stays":
        """Return some of them."""
        return Stays(*(getattr(self, each.name)[wanted] for each in fields(self)))

    @staticmethod
    def joined(parts: "list[Stays]") -> "Stays":
        """Return all of several; none of none."""
        return Stays(
            *(np.concatenate([getattr(part, each.name) for part in [_NONE, *parts]]) for each in fields(_NONE))
        )


_EMPTY: Any = np.zeros(0, np.int64)
_NONE = Stays(_EMPTY, _EMPTY, _EMPTY, _EMPTY, _EMPTY, np.zeros(0, np.float64))


def stays_of(points: Points, whose: Whose, grid: Grid, windows: tuple[Interval, ...]) -> Stays:
    """Return the stays in cells of everybody who is counted.

    The last point of a tracklet stands for the usual time between two points.

    Args:
        points: of one camera and night.
        whose: by number of the tracklet.
        grid: the cells.
        windows: what counts, in order and without overlap; a piece of a step counts where its middle lies.
    """
    order = np.lexsort((points.at, points.tracklet))
    order = order[_is_needed(points.tracklet[order], points.at[order], points.place[order])]
    tracklet, at, place = points.tracklet[order], points.at[order], points.place[order]
    if not len(at):
        return _NONE
    pieces = _pieces(tracklet, at, place, grid)
    person = whose.of(pieces.tracklet, pieces.starts_at)
    middle = (pieces.starts_at + pieces.ends_at) // 2
    return _merged(pieces, person, middle, (person >= 0) & _inside(middle, windows))


def at_most_once(stays: Stays) -> Stays:
    """Shorten what several tracklets tell of a person at the same time, as cameras with a common view do.

    In each second of the clock the longest of its tracklets' times counts, or the whole second if they add up to more.
    """
    if not len(stays):
        return stays
    second = (stays.starts_at + stays.ends_at) // 2 // MICROSECONDS
    _, moment = _numbered(stays.person, second)
    keys, pair = _numbered(moment, stays.tracklet)
    of_pair = np.bincount(pair, stays.seconds)
    summed = np.bincount(moment, stays.seconds)
    longest = np.zeros(len(summed))
    np.maximum.at(longest, keys[:, 0], of_pair)
    share = np.minimum(1.0, np.maximum(1.0, longest) / np.maximum(summed, 1e-12))
    return Stays(
        stays.person, stays.tracklet, stays.cell, stays.starts_at, stays.ends_at, stays.seconds * share[moment]
    )


def _is_needed(tracklet: IntArray, at: IntArray, place: FloatArray) -> BoolArray:
    """Tell which points to keep: not those of unknown place between known ones that a straight way can join."""
    is_known = np.isfinite(place[:, 0]) & np.isfinite(place[:, 1])
    number = np.arange(len(at))
    before = np.maximum.accumulate(np.where(is_known, number, -1))
    after = np.minimum.accumulate(np.where(is_known, number, len(at))[::-1])[::-1]
    has_both = (before >= 0) & (after < len(at))
    before, after = np.maximum(before, 0), np.minimum(after, len(at) - 1)
    is_one_way = (tracklet[before] == tracklet) & (tracklet[after] == tracklet)
    is_short = at[after] - at[before] <= seconds_us(MAX_STEP_S)
    needed: BoolArray = is_known | ~(has_both & is_one_way & is_short)
    return needed


def _pieces(tracklet: IntArray, at: IntArray, place: FloatArray, grid: Grid) -> Stays:
    """Cut every step into pieces of a fraction of a cell and of a second; the person of each is not told yet."""
    goes_on = np.append(tracklet[1:] == tracklet[:-1], False)
    following = np.minimum(np.arange(len(at)) + 1, len(at) - 1)
    length = at[following] - at
    usual = int(np.median(length[goes_on])) if goes_on.any() else 0
    longest = seconds_us(MAX_STEP_S)
    duration = np.where(goes_on, np.minimum(length, longest), min(usual, longest))
    is_known = np.isfinite(place[:, 0]) & np.isfinite(place[:, 1])
    walks = goes_on & (length <= longest) & is_known & is_known[following]
    way = np.where(walks[:, None], place[following] - place, 0.0)
    by_way = np.hypot(way[:, 0], way[:, 1]) * (_PIECES_PER_CELL / grid.size)
    count = np.maximum(np.ceil(np.maximum(by_way, duration / seconds_us(_SUBSTEP_S))), 1).astype(np.int64)
    step = np.repeat(np.arange(len(at)), count)
    number = np.arange(len(step)) - np.repeat(np.cumsum(count) - count, count)
    done, until = number / count[step], (number + 1) / count[step]
    where = place[step] + way[step] * ((done + until) / 2)[:, None]
    starts_at = at[step] + np.round(duration[step] * done).astype(np.int64)
    ends_at = at[step] + np.round(duration[step] * until).astype(np.int64)
    seconds = (ends_at - starts_at) / MICROSECONDS
    return Stays(tracklet[step], tracklet[step], grid.cells_of(where), starts_at, ends_at, seconds)


def _merged(pieces: Stays, person: IntArray, middle: IntArray, wanted: BoolArray) -> Stays:
    """Join the pieces of one tracklet that follow each other in one cell and one second of the clock."""
    pieces, person, second = pieces.only(wanted), person[wanted], middle[wanted] // MICROSECONDS
    if not len(pieces):
        return _NONE
    key = np.stack([pieces.tracklet, person, pieces.cell, second])
    starts = np.flatnonzero(np.append(True, np.any(key[:, 1:] != key[:, :-1], axis=0)))
    ends = np.append(starts[1:], len(person)) - 1
    return Stays(
        person[starts],
        pieces.tracklet[starts],
        pieces.cell[starts],
        pieces.starts_at[starts],
        pieces.ends_at[ends],
        np.add.reduceat(pieces.seconds, starts),
    )


def _inside(at: IntArray, windows: tuple[Interval, ...]) -> BoolArray:
    starts = np.array([window.starts_at for window in windows], np.int64)
    ends = np.array([window.ends_at for window in windows], np.int64)
    if not len(starts):
        return np.zeros(len(at), bool)
    number = np.searchsorted(starts, at, side="right") - 1
    return (number >= 0) & (at < ends[np.maximum(number, 0)])


def _numbered(first: IntArray, second: IntArray) -> tuple[IntArray, IntArray]:
    """Return the (k, 2) different pairs and the (n,) number of each pair."""
    order = np.lexsort((second, first))
    pairs = np.stack([first[order], second[order]], axis=1)
    is_new = np.append(True, np.any(pairs[1:] != pairs[:-1], axis=1))
    number = np.empty(len(first), np.int64)
    number[order] = np.cumsum(is_new) - 1
    return pairs[is_new], number
