"""OC-SORT (Cao et al., CVPR 2023): observations lead, the filter follows, by Roboflow Trackers."""

from typing import Annotated

from pydantic import BaseModel, Field, PositiveInt

from analytics.perception.trackers._adapter import AdaptedTracker


class Params(BaseModel, extra="forbid", frozen=True):
    """Boxes below the high score are not looked at."""

    high_score: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Score from which a box takes part, and may begin a track."""

    min_iou: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Overlap of a prediction and a box from which the box continues the track."""

    direction_weight: Annotated[float, Field(ge=0, le=1)] = 0.2
    """How much a steady direction counts beside overlap."""

    direction_points: PositiveInt = 3
    """Observations over which the direction is measured."""

    confirm_points: PositiveInt = 3
    """Detections in a row from which a track is reported."""

    max_gap_s: Annotated[float, Field(ge=0.1)] = 1.0
    """Longest time that a track may go unseen, seconds."""


def build(params: Params) -> AdaptedTracker:
    """Build the tracker in its first state."""
    from trackers import OCSORTTracker

    from analytics.perception.trackers._roboflow import adapt

    options = {
        "high_conf_det_threshold": params.high_score,
        "minimum_iou_threshold": params.min_iou,
        "direction_consistency_weight": params.direction_weight,
        "delta_t": params.direction_points,
        "minimum_consecutive_frames": params.confirm_points,
    }
    return adapt(OCSORTTracker, params.max_gap_s, options)
