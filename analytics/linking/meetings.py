"""What it would mean in time that two groups are one person: the moves that the union would make.

A meeting is a move between a piece of one group and the next piece in time if that is of the other group.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from analytics.geometry import FloatArray, IntArray
from analytics.linking.groups import Groups
from analytics.linking.transits import EDGES_S, SLOT_US, TransitTable, arrival_rates

_MOST = 8.0  # log-odds beyond which a travel time counts for no more


@dataclass(frozen=True, slots=True)
class Meetings:
    """The meetings of each of e pairs of groups; each pair has at least one.

    Attributes:
        before: (e,) piece before the shortest meeting.
        after: (e,) piece after it.
        gap_s: (e,) time between the two, seconds, >= 0; clocks may make it 0.
        closest: (e,) log-odds of the shortest meeting's travel time against anybody's arrival; 0 without a table.
        worst: (e,) smallest log-odds of all meetings.
        total: (e,) sum of the log-odds of all meetings.
        count: (e,) meetings.
        arrivals: (e,) appearances of anybody in the later camera during the gap of the shortest meeting.
    """

    before: IntArray
    after: IntArray
    gap_s: FloatArray
    closest: FloatArray
    worst: FloatArray
    total: FloatArray
    count: IntArray
    arrivals: FloatArray


def meet(
    groups: Groups,
    a: IntArray,
    b: IntArray,
    camera: IntArray,
    starts_at: IntArray,
    ends_at: IntArray,
    camera_count: int,
    table: TransitTable | None,
) -> Meetings:
    """Find the meetings of pairs of groups, and how likely their travel times are.

    Args:
        groups: the groups.
        a: (e,) groups.
        b: (e,) the other groups.
        camera: (n,) camera of each piece.
        starts_at: (n,) instants, microseconds.
        ends_at: (n,) instants, microseconds.
        camera_count: number of cameras, c.
        table: what is known of travel times; None: nothing.
    """
    rates, origin = arrival_rates(camera, starts_at, camera_count)
    density = table.log_density if table else np.zeros((0, 0, 0))
    by_camera = np.lexsort((starts_at, camera))
    first = np.searchsorted(camera[by_camera], np.arange(camera_count + 1))
    columns = _meet(
        np.asarray(a, np.int64),
        np.asarray(b, np.int64),
        groups.members,
        groups.offsets,
        camera,
        starts_at,
        ends_at,
        density,
        EDGES_S,
        rates,
        origin,
        starts_at[by_camera],
        first,
    )
    return Meetings(*columns)


def _meetings(
    a: Any,
    b: Any,
    members: Any,
    offsets: Any,
    camera: Any,
    starts_at: Any,
    ends_at: Any,
    density: Any,
    edges_s: Any,
    rates: Any,
    origin: int,
    appearances: Any,
    first: Any,
) -> Any:
    count = len(a)
    before, after = np.zeros(count, np.int64), np.zeros(count, np.int64)
    gap_s, closest = np.zeros(count), np.zeros(count)
    worst, total = np.zeros(count), np.zeros(count)
    moves, arrivals = np.zeros(count, np.int64), np.zeros(count)
    for edge in range(count):
        i, j = offsets[a[edge]], offsets[b[edge]]
        last_i, last_j = offsets[a[edge] + 1], offsets[b[edge] + 1]
        previous: Any = -1
        previous_side = -1
        shortest, low, odds_sum, met = np.inf, np.inf, 0.0, 0
        while i < last_i or j < last_j:
            if j >= last_j or (i < last_i and starts_at[members[i]] <= starts_at[members[j]]):
                piece, side = members[i], 0
                i += 1
            else:
                piece, side = members[j], 1
                j += 1
            if previous >= 0 and side != previous_side:
                gap = max(starts_at[piece] - ends_at[previous], 0) / 1e6
                odds = _move_odds(previous, piece, gap, camera, starts_at, density, edges_s, rates, origin)
                met += 1
                odds_sum += odds
                low = min(low, odds)
                if gap < shortest:
                    shortest = gap
                    before[edge], after[edge], closest[edge] = previous, piece, odds
            # of overlapping pieces the one that lasts longest is what the person was last seen in
            if previous < 0 or side != previous_side or ends_at[piece] >= ends_at[previous]:
                previous, previous_side = piece, side
        gap_s[edge], worst[edge], total[edge], moves[edge] = shortest, low, odds_sum, met
        arrivals[edge] = _arrivals(before[edge], after[edge], camera, starts_at, ends_at, appearances, first)
    return before, after, gap_s, closest, worst, total, moves, arrivals


def _odds_of_move(
    i: int, j: int, gap: float, camera: Any, starts_at: Any, density: Any, edges_s: Any, rates: Any, origin: int
) -> float:
    """Return the log of how much likelier the same person appears in j's camera after this gap than anybody."""
    if density.shape[0] == 0:
        return 0.0
    place = min(max(np.searchsorted(edges_s, gap, side="right") - 1, 0), len(edges_s) - 2)
    slot = min(max((starts_at[j] - origin) // SLOT_US, 0), rates.shape[1] - 1)
    odds = density[camera[i], camera[j], place] - rates[camera[j], slot]
    return float(min(max(odds, -_MOST), _MOST))


_move_odds = njit(cache=True)(_odds_of_move)


def _appeared_between(i: int, j: int, camera: Any, starts_at: Any, ends_at: Any, appearances: Any, first: Any) -> float:
    low, high = first[camera[j]], first[camera[j] + 1]
    own = appearances[low:high]
    begins, stops = min(ends_at[i], starts_at[j]), starts_at[j]
    # the later piece's own appearance may be counted to the gap's end, never below nothing
    return float(max(np.searchsorted(own, stops, side="left") - np.searchsorted(own, begins, side="right"), 0))


_arrivals = njit(cache=True)(_appeared_between)
_meet = njit(cache=True)(_meetings)
