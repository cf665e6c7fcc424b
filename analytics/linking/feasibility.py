"""Which groups of pieces cannot be one person: hard rules, each with a name.

No appearance and no probabilities here; what survives is scored elsewhere. Within `clock_tolerance_us` everything is
feasible: a rule fires only when clocks that are off by so much could not explain what is seen.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from analytics.geometry import IntArray
from analytics.linking.groups import Groups

RULES = ("", "twice_in_one_view", "two_places_at_once", "faster_than_transit", "decision", "known_apart")
"""By code; 0 is no rule. `known_apart`: both sides hold identities of earlier nights, which were told apart then."""

FEASIBLE, TWICE_IN_ONE_VIEW, TWO_PLACES_AT_ONCE, FASTER_THAN_TRANSIT, DECISION, KNOWN_APART = range(6)
ELSEWHERE = (TWO_PLACES_AT_ONCE, FASTER_THAN_TRANSIT)
"""Rules that prove two people. Two tracklets in one view may be a tracker that doubled somebody."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """Where and when each of n pieces was seen, and what is known of it for certain.

    Attributes:
        camera: (n,) number of the camera.
        starts_at: (n,) first instant, microseconds.
        ends_at: (n,) last instant, microseconds, >= starts_at.
        anchor: (n,) number of the earlier night's identity that it belongs to; -1: none.
        was_lost: (n,) 1 where it ended in the middle of the picture, or at a cut; 0: it left the frame.
        appeared: (n,) 1 where it began in the middle of the picture, or at a cut; 0: it entered the frame.
    """

    camera: IntArray
    starts_at: IntArray
    ends_at: IntArray
    anchor: IntArray
    was_lost: IntArray
    appeared: IntArray

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.camera)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a site allows.

    Attributes:
        min_transit_us: (c, c) shortest plausible way from one camera to another, microseconds, >= 0; the diagonal is 0.
        may_overlap: (c, c) 1 where both views may show a person at once.
        clock_tolerance_us: how far clocks may be apart, microseconds, > 0.
        view_tolerance_us: overlap of two pieces in one view that a tracker's hand-over explains, microseconds.
        cannot: (k, 2) pieces that a person has told apart, a < b, sorted.
    """

    min_transit_us: IntArray
    may_overlap: IntArray
    clock_tolerance_us: int
    view_tolerance_us: int
    cannot: IntArray


def broken_rules(sightings: Sightings, groups: Groups, a: IntArray, b: IntArray, limits: Limits) -> IntArray:
    """Tell which rule forbids that two groups are one person.

    Args:
        sightings: the pieces.
        groups: their groups.
        a: (e,) groups.
        b: (e,) the other groups.
        limits: what the site allows.

    Returns:
        (e,) codes of RULES; 0 where nothing forbids it. An overlap, or a lack of time, of exactly the tolerance is
        feasible. A piece within another's time in another view overlaps by what would have to be shifted to part the
        two. Where several rules are broken the one with the lowest code is told, but a decision before all.
    """
    codes: IntArray = _check_pairs(
        np.asarray(a, np.int64),
        np.asarray(b, np.int64),
        groups.members,
        groups.offsets,
        sightings.camera,
        sightings.starts_at,
        sightings.ends_at,
        sightings.anchor,
        limits.min_transit_us,
        limits.may_overlap,
        limits.clock_tolerance_us,
        limits.view_tolerance_us,
    )
    if len(limits.cannot):
        apart = np.sort(groups.labels[limits.cannot], axis=1)
        keys = np.unique(apart[:, 0] * len(groups) + apart[:, 1])
        wanted = np.minimum(a, b) * len(groups) + np.maximum(a, b)
        codes = np.where(np.isin(wanted, keys), DECISION, codes)
    return codes


def _rule_of_pair(
    camera_i: int,
    start_i: int,
    end_i: int,
    camera_j: int,
    start_j: int,
    end_j: int,
    min_transit_us: Any,
    may_overlap: Any,
    clock_tolerance_us: int,
    view_tolerance_us: int,
) -> int:
    """Return the rule that forbids two pieces, of which j does not start before i, to be one person."""
    if camera_i == camera_j:
        return 1 if min(end_i, end_j) - start_j > view_tolerance_us else 0
    if may_overlap[camera_i, camera_j]:
        return 0
    after, before = start_j - end_i, start_i - end_j
    if max(after, before) < -clock_tolerance_us:
        return 2
    slack = max(after - min_transit_us[camera_i, camera_j], before - min_transit_us[camera_j, camera_i])
    return 3 if slack < -clock_tolerance_us else 0


_pair_rule = njit(cache=True)(_rule_of_pair)


def _anchor_of(members: Any, first: int, last: int, anchor: Any) -> int:
    for place in range(first, last):
        if anchor[members[place]] >= 0:
            return int(anchor[members[place]])
    return -1


_anchor = njit(cache=True)(_anchor_of)


def _latest_ends(members: Any, offsets: Any, ends_at: Any) -> Any:
    """Return the latest end of each group's members up to and including each place."""
    latest = np.empty(len(members), np.int64)
    for group in range(len(offsets) - 1):
        end = np.int64(-(2**62))
        for place in range(offsets[group], offsets[group + 1]):
            end = max(end, ends_at[members[place]])
            latest[place] = end
    return latest


_latest = njit(cache=True)(_latest_ends)


def _rules_of_pairs(
    a: Any,
    b: Any,
    members: Any,
    offsets: Any,
    camera: Any,
    starts_at: Any,
    ends_at: Any,
    anchor: Any,
    min_transit_us: Any,
    may_overlap: Any,
    clock_tolerance_us: int,
    view_tolerance_us: int,
) -> Any:
    """Sweep over the members of each pair of groups in order of time, looking back as far as a rule can reach."""
    codes = np.zeros(len(a), np.int64)
    reach = min_transit_us.max() if min_transit_us.size else 0
    latest = _latest(members, offsets, ends_at)
    for edge in range(len(a)):
        found = 0
        for side in range(2):
            own, other = (a[edge], b[edge]) if side == 0 else (b[edge], a[edge])
            back = offsets[other]
            for place in range(offsets[own], offsets[own + 1]):
                j = members[place]
                # the other group's members that start before j; of two that start at once, side 0 is the earlier
                while back < offsets[other + 1] and (
                    starts_at[members[back]] < starts_at[j] or (side == 1 and starts_at[members[back]] == starts_at[j])
                ):
                    back += 1
                for earlier in range(back - 1, offsets[other] - 1, -1):
                    if starts_at[j] - latest[earlier] >= reach:
                        break
                    i = members[earlier]
                    rule = _pair_rule(
                        camera[i],
                        starts_at[i],
                        ends_at[i],
                        camera[j],
                        starts_at[j],
                        ends_at[j],
                        min_transit_us,
                        may_overlap,
                        clock_tolerance_us,
                        view_tolerance_us,
                    )
                    if rule and (found == 0 or rule < found):
                        found = rule
        if found == 0:
            one = _anchor(members, offsets[a[edge]], offsets[a[edge] + 1], anchor)
            two = _anchor(members, offsets[b[edge]], offsets[b[edge] + 1], anchor)
            if one >= 0 and two >= 0 and one != two:
                found = 5
        codes[edge] = found
    return codes


_check_pairs = njit(cache=True)(_rules_of_pairs)
