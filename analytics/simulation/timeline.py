"""Who is where on a simulated site at any instant: the result of `behaviour`, the input of pictures and truth."""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray
from analytics.simulation.scene import Action, Figures, FloatArray, IntArray

STEP_S = 0.1
"""Distance between two samples; between them everything is linear, which misplaces nobody by more than 4 mm."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One person on the site without a break, sampled every `STEP_S`.

    Attributes:
        person_no: number of the person in the cast.
        first_step: number of the first sample; sample k is at k * STEP_S seconds after the start.
        place_m: (n, 2) x, y on the plan.
        heading_rad: (n,) direction that the body faces, without jumps at the full turn.
        action: (n,) an `Action`.
        phase: (n,) cycles of walking (distance over stride) or of idle sway, never falling.
        stride_m: (n,) length of a gait cycle at the present speed, metres.
    """

    person_no: int
    first_step: int
    place_m: FloatArray
    heading_rad: FloatArray
    action: IntArray
    phase: FloatArray
    stride_m: FloatArray

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.heading_rad)

    @property
    def begins_s(self) -> float:
        """When the person appears, seconds after the start."""
        return self.first_step * STEP_S

    @property
    def ends_s(self) -> float:
        """When the person is seen last, seconds after the start."""
        return (self.first_step + len(self) - 1) * STEP_S


@dataclass(frozen=True, slots=True)
class Turn:
    """One person's wait in a line, as it really was.

    Attributes:
        line: name of the waiting line.
        person_no: number of the person in the cast.
        joined_s: when they took the last place, seconds after the start; negative before it.
        served_s: when their service began; NaN when it never did.
        left_s: when they left the line; NaN when they still stand there at the end.
    """

    line: str
    person_no: int
    joined_s: float
    served_s: float
    left_s: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everybody on a site, from the start to the end of the recording.

    Attributes:
        duration_s: length, seconds.
        people: size of the cast; some of it may never appear.
        staff: so many of the first people of the cast work here.
        presences: in order of person and time.
        group_no: (people,) number of the group that a person came with; alone: a group of one.
        turns: what happened in the waiting lines, in the order of joining.
    """

    duration_s: float
    people: int
    staff: int
    presences: tuple[Presence, ...]
    group_no: IntArray
    turns: tuple[Turn, ...]

    @property
    def is_staff(self) -> BoolArray:
        """(people,) who works here."""
        return np.arange(self.people) < self.staff

    def figures_at(self, time_s: float) -> Figures:
        """Return everybody who is on the site at an instant, in order of their number.

        Args:
            time_s: seconds after the start, in [0, duration_s].
        """
        rows = [
            (presence.person_no, *_at(presence, time_s))
            for presence in self.presences
            if presence.begins_s <= time_s <= presence.ends_s
        ]
        table = np.array(rows, np.float64).reshape(-1, 7)
        return Figures(
            person_no=table[:, 0].astype(np.int64),
            x_m=table[:, 1],
            y_m=table[:, 2],
            heading_rad=table[:, 3],
            action=table[:, 4].astype(np.int64),
            phase=table[:, 5],
            stride_m=table[:, 6],
        )

    def places_at(self, person_no: int, times_s: FloatArray) -> FloatArray:
        """Return (k, 2) places of one person at (k,) instants; NaN where they are not on the site."""
        found = np.full((len(times_s), 2), np.nan)
        for presence in self.presences:
            if presence.person_no == person_no:
                is_there = (times_s >= presence.begins_s) & (times_s <= presence.ends_s)
                steps = presence.first_step + np.arange(len(presence))
                for axis in (0, 1):
                    found[is_there, axis] = np.interp(times_s[is_there] / STEP_S, steps, presence.place_m[:, axis])
        return found


def some(figures: Figures, is_kept: BoolArray) -> Figures:
    """Return some of the people of an instant."""
    return Figures(
        figures.person_no[is_kept],
        figures.x_m[is_kept],
        figures.y_m[is_kept],
        figures.heading_rad[is_kept],
        figures.action[is_kept],
        figures.phase[is_kept],
        figures.stride_m[is_kept],
    )


def _at(presence: Presence, time_s: float) -> tuple[float, float, float, int, float, float]:
    place = time_s / STEP_S - presence.first_step
    before = min(max(int(place), 0), len(presence) - 1)
    after = min(before + 1, len(presence) - 1)
    share = place - before
    action = Action(int(presence.action[before if share < 0.5 else after]))

    def between(values: FloatArray) -> float:
        return float(values[before] + share * (values[after] - values[before]))

    return (
        between(presence.place_m[:, 0]),
        between(presence.place_m[:, 1]),
        between(presence.heading_rad),
        action,
        between(presence.phase),
        between(presence.stride_m),
    )
