"""Stretches of a path on one side of a border, and which of them count: jitter at the border makes none."""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Runs:
    """Stretches of paths in which something holds or does not, in order; each has at least one point.

    Attributes:
        firsts: (r,) first point.
        lasts: (r,) last point.
        holds: (r,) whether it holds.
        begins: (r,) first of its path.
        ends: (r,) last of its path.
    """

    firsts: IntArray
    lasts: IntArray
    holds: BoolArray
    begins: BoolArray
    ends: BoolArray

    def __len__(self) -> int:
        return len(self.firsts)

    def passing(self, count: int) -> BoolArray:
        """Tell which of `count` points are in runs that neither begin nor end their path."""
        return np.repeat(~self.begins & ~self.ends, self.lasts - self.firsts + 1)[:count]


def runs_of(begins: BoolArray, holds: BoolArray) -> Runs:
    """Cut paths into runs.

    Args:
        begins: (m,) whether a point is the first of a path.
        holds: (m,) whether it holds there.
    """
    starts = begins.copy()
    starts[1:] |= holds[1:] != holds[:-1]
    firsts = np.flatnonzero(starts)
    lasts = np.append(firsts[1:], len(begins))[: len(firsts)] - 1
    begin = begins[firsts]
    ends = np.append(begin[1:], np.ones(min(len(firsts), 1), np.bool_))
    return Runs(firsts, lasts, holds[firsts], begin, ends)


def settled(runs: Runs, depths: FloatArray) -> BoolArray:
    """Tell which runs count.

    An excursion, a run that the path leaves again, counts when it reaches a depth of 1 somewhere. How a path begins and
    ends counts in any case: nothing shows that it was an excursion.

    Args:
        runs: the runs.
        depths: (m,) how far each point is beyond the border, margins; read for `runs.passing` points only.
    """
    deepest = np.maximum.reduceat(depths, runs.firsts) if len(runs) else np.zeros(0)
    counts: BoolArray = runs.begins | runs.ends | (deepest >= 1)
    return counts
