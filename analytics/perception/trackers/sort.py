"""SORT (Bewley et al., ICIP 2016): a Kalman filter and overlap, by Roboflow Trackers."""

from typing import Annotated

from pydantic import BaseModel, Field, PositiveInt

from analytics.perception.trackers._adapter import AdaptedTracker


class Params(BaseModel, extra="forbid", frozen=True):
    """SORT differs from the paper in its gap: one second by default, not one frame."""

    begin_score: Annotated[float, Field(ge=0, le=1)] = 0.25
    """Score from which a box may begin a track; any score may continue one."""

    min_iou: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Overlap of a prediction and a box from which the box continues the track."""

    confirm_points: PositiveInt = 3
    """Detections from which a track is reported."""

    max_gap_s: Annotated[float, Field(ge=0.1)] = 1.0
    """Longest time that a track may go unseen, seconds."""


def build(params: Params) -> AdaptedTracker:
    """Build the tracker in its first state."""
    from trackers import SORTTracker

    from analytics.perception.trackers._roboflow import adapt

    options = {
        "track_activation_threshold": params.begin_score,
        "minimum_iou_threshold": params.min_iou,
        "minimum_consecutive_frames": params.confirm_points,
    }
    return adapt(SORTTracker, params.max_gap_s, options)
