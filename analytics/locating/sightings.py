"""The points of one camera's tracklets with their feet, as zones and lines need them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.locating.floor import FloorProjection


@dataclass(frozen=True)
class Sightings:
    """One camera's points, in order of tracklet and time; those of a tracklet in its neighbouring segments too.

    Attributes:
        tracklet_ids: of the tracklets.
        tracklet_nos: (n,) place of each point's tracklet in `tracklet_ids`, rising.
        captured_at: (n,) instants.
        is_own: (n,) counted here; the others are counted elsewhere, with the neighbouring segment or with another
            tracklet of the same person, and only tell what goes on.
        feet: (n, 2) where the person stands, in units of what is drawn on: px or metres; NaN where it is not known.
        margins: (n,) how far the foot has to be beyond a border to be there for good, same units.
        step_us: usual time between two points of a tracklet, microseconds.
        max_hole_us: longest time without a foot that is bridged, microseconds.
    """

    tracklet_ids: tuple[str, ...]
    tracklet_nos: IntArray
    captured_at: IntArray
    is_own: BoolArray
    feet: FloatArray
    margins: FloatArray
    step_us: int
    max_hole_us: int

    def __len__(self) -> int:
        return len(self.tracklet_nos)

    def on_plan(self, projection: FloorProjection) -> "Sightings":
        """Return the same on the floor plan.

        Feet above the horizon are not known; margins are as long as the floor that they cover towards the camera.
        """
        feet = projection.project(self.feet)
        nearer = projection.project(self.feet + np.stack([np.zeros(len(self)), self.margins], axis=1))
        return replace(self, feet=feet, margins=np.hypot(*(nearer - feet).T))

    @cached_property
    def known(self) -> IntArray:
        """The (m,) points whose foot is known, in order."""
        return np.flatnonzero(np.isfinite(self.feet[:, 0]))

    @cached_property
    def begins(self) -> BoolArray:
        """Which of the (m,) known points begin a path: another tracklet, or more than a hole after the one before."""
        nos, at = self.tracklet_nos[self.known], self.captured_at[self.known]
        is_next = (nos[1:] == nos[:-1]) & (at[1:] - at[:-1] <= self.max_hole_us)
        return np.append(np.ones(min(len(nos), 1), np.bool_), ~is_next)

    def after(self, points: IntArray) -> IntArray:
        """Return the instants just after (k,) points: of the tracklet's next one, a step later where there is none."""
        following = np.minimum(points + 1, len(self) - 1)
        later = self.captured_at[following]
        gap = later - self.captured_at[points]
        is_next = (self.tracklet_nos[following] == self.tracklet_nos[points]) & (following > points)
        instants: IntArray = np.where(
            is_next & (gap <= self.max_hole_us), later, self.captured_at[points] + self.step_us
        )
        return instants

    def own_spans(self) -> tuple[IntArray, IntArray]:
        """Return of each tracklet the instant of its first own point and the one just after its last, [first, after).

        A tracklet without own points has an empty one.
        """
        count = len(self.tracklet_ids)
        own = np.flatnonzero(self.is_own)
        firsts, afters = np.zeros(count, np.int64), np.zeros(count, np.int64)
        nos = self.tracklet_nos[own]
        is_first = np.append(np.ones(min(len(nos), 1), np.bool_), nos[1:] != nos[:-1])
        is_last = np.append(nos[1:] != nos[:-1], np.ones(min(len(nos), 1), np.bool_))
        firsts[nos[is_first]] = self.captured_at[own[is_first]]
        afters[nos[is_last]] = self.after(own[is_last])
        return firsts, afters
