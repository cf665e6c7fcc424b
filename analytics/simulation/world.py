"""The parameters of a simulated site that is tables only: how many people, how they move, and how well they are seen.

The defaults are the reference world on which linking is measured; every other value is a stress of it. No randomness
here: the same world gives the same tables.
"""

from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import ConfigDict, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from analytics.fields import FrozenModel, wrong
from analytics.timebase import MICROSECONDS, Instant, from_local

_OPENS_AT_HOUR = 8.0

Share = Annotated[float, Field(ge=0, le=1)]


class World(FrozenModel):
    """A simulated site and its nights."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    seed: NonNegativeInt = 0
    """Where all random numbers come from; another one makes another site."""

    people_per_night: NonNegativeInt = 1500
    """Visitors of one night; staff come on top."""

    cameras: PositiveInt = 12
    """Cameras whose views do not overlap, on a ring with chords."""

    hours: Annotated[float, Field(gt=0, le=24)] = 10.0
    """Length of every night, hours; it begins at 08:00 UTC, or as late as 24 hours allow."""

    nights: PositiveInt = 1
    """Nights, one after the other."""

    first_night_on: date = date(2026, 1, 5)
    """Date of the first night."""

    visits_per_person: Annotated[float, Field(ge=1)] = 1.15
    """Mean number of times that a visitor comes in one night: 1 + Poisson."""

    stops_per_visit: Annotated[float, Field(ge=1)] = 4.0
    """Mean number of cameras that see a visitor one after the other: 1 + Poisson."""

    dwell_median_s: PositiveFloat = 18.0
    """Median time in one camera's view; lognormal."""

    dwell_sigma: NonNegativeFloat = 0.8
    """Standard deviation of the logarithm of the time in view."""

    travel_median_s: PositiveFloat = 25.0
    """Median over the pairs of neighbouring cameras of the median time from one view to the next."""

    travel_pair_sigma: NonNegativeFloat = 0.3
    """Standard deviation of the logarithm of the pairs' medians."""

    travel_sigma: NonNegativeFloat = 0.35
    """Standard deviation of the logarithm of one pair's travel times; 1.05 is three times noisier."""

    chords_per_camera: NonNegativeFloat = 0.5
    """Ways across the ring, per camera."""

    companions_share: Share = 0.0
    """Share of visitors who walk with somebody: the same cameras at nearly the same instants."""

    staff_share: Share = 0.0
    """Staff as a share of the visitors: they stay for hours, come every night and wear the uniform."""

    staff_hours: PositiveFloat = 6.0
    """How long staff stay, hours; at most the length of the night."""

    staff_dwell_median_s: PositiveFloat = 240.0
    """Median time of staff in one camera's view."""

    returning_share: Share = 0.0
    """Share of a night's visitors who came on an earlier night; none on the first."""

    changed_clothes_share: Share = 0.5
    """Share of the returning who wear another outfit than at their first visit."""

    uniform_share: Share = 0.1
    """Share of visitors in the one uniform."""

    people_per_outfit: PositiveFloat = 4.0
    """Mean number of a night's visitors who share an outfit, those in uniform left out."""

    fragments_per_stop: Annotated[float, Field(ge=1)] = 1.35
    """Mean number of tracklets that the tracker makes of a visitor's stay in one view; breaks come at random times."""

    switched_share: Annotated[float, Field(ge=0, le=0.5)] = 0.03
    """Share of tracklets that change from one person to another who is in view too, as far as there are such."""

    clock_error_sd_s: NonNegativeFloat = 0.5
    """Standard deviation of the cameras' constant clock errors, which the site file does not know of."""

    reid_noise: NonNegativeFloat = 1.0
    """Standard deviation of all that differs between two pictures of one person, as a multiple of the default's."""

    camera_bias: NonNegativeFloat = 1.0
    """Size of the cameras' colour casts, as a multiple of the default's; per-camera means take them out."""

    dimension: Annotated[int, Field(ge=2)] = 128
    """Numbers in an embedding."""

    vectors_per_tracklet: PositiveInt = 1
    """Embeddings of one tracklet. More of them are each noisier, so that their weighted mean is as good as one."""

    points_per_tracklet: Annotated[int, Field(ge=2)] = 5
    """Track points of one tracklet: first, last and some between."""

    analysis_fps: PositiveFloat = 10.0
    """Instants are whole frames of this rate."""

    recording_s: PositiveFloat = 3600.0
    """Length of one recording, seconds."""

    segment_s: PositiveFloat = 3600.0
    """Length of one segment, seconds, from the recording's start; tracklets are cut where segments meet."""

    overlap_s: NonNegativeFloat = 3.0
    """How far both segments of one recording see beyond their cut, seconds: the boundary points."""

    states_transits: bool = False
    """Whether the site file tells the travel times between neighbouring cameras."""

    @model_validator(mode="after")
    def _check(self) -> "World":
        if self.vectors_per_tracklet > self.points_per_tracklet:
            reason = f"expected at most the {self.points_per_tracklet} points_per_tracklet, whose boxes are embedded"
            raise wrong("vectors_per_tracklet", f"{reason}, got {self.vectors_per_tracklet}")
        return self

    @property
    def density(self) -> float:
        """Visitors of one night for each camera and hour; 12.5 by default."""
        return self.people_per_night / (self.cameras * self.hours)

    @property
    def night_dates(self) -> tuple[date, ...]:
        """The nights, in order."""
        return tuple(self.first_night_on + timedelta(days=number) for number in range(self.nights))

    @property
    def frames_per_night(self) -> int:
        """Frames of one camera in one night, at least 1."""
        return max(1, self.frames(self.hours * 3600))

    def frames(self, seconds: float) -> int:
        """Return a length of time in whole frames."""
        return round(seconds * self.analysis_fps)

    def opens_at(self, night: date) -> Instant:
        """Return the UTC instant at which a night's recordings begin, by the cameras' clocks."""
        midnight = from_local(datetime.combine(night, datetime.min.time()), ZoneInfo("UTC")).instant
        return midnight + round(min(_OPENS_AT_HOUR, 24 - self.hours) * 3600) * MICROSECONDS


class Purpose(IntEnum):
    """What random numbers are drawn for: each purpose has its own stream, so that none shifts another's."""

    GRAPH = 1
    CLOCKS = 2
    CAMERAS = 3
    PEOPLE = 4
    OUTFITS = 5
    ATTENDANCE = 6
    WALKS = 7
    FRAGMENTS = 8
    SWITCHES = 9
    PATHS = 10
    VECTORS = 11
    SCORES = 12
    PICTURES = 13


def stream(world: World, purpose: Purpose, *more: int) -> np.random.Generator:
    """Return the random numbers of one purpose, and of a night or camera within it."""
    return np.random.default_rng([world.seed, purpose, *more])
