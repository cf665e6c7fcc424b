"""ByteTrack (Zhang et al., ECCV 2022), by Roboflow Trackers: low scores continue what high ones began."""

from typing import Annotated

from pydantic import BaseModel, Field, PositiveInt

from analytics.perception.trackers._adapter import AdaptedTracker


class Params(BaseModel, extra="forbid", frozen=True):
    """The package's thresholds, lowered to what footage of a whole site needs; a gap is in seconds."""

    high_score: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Score from which a box takes part in the first pass; lower ones take part in the second."""

    begin_score: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Score from which a box may begin a track."""

    min_iou: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Overlap of a prediction and a box from which the box continues the track, in both passes."""

    confirm_points: PositiveInt = 2
    """Detections in a row from which a track is reported."""

    max_gap_s: Annotated[float, Field(ge=0.1)] = 1.0
    """Longest time that a track may go unseen, seconds."""


def build(params: Params) -> AdaptedTracker:
    """Build the tracker in its first state."""
    from trackers import ByteTrackTracker

    from analytics.perception.trackers._roboflow import adapt

    options = {
        "high_conf_det_threshold": params.high_score,
        "track_activation_threshold": params.begin_score,
        "minimum_iou_threshold": params.min_iou,
        "minimum_consecutive_frames": params.confirm_points,
    }
    return adapt(ByteTrackTracker, params.max_gap_s, options)
