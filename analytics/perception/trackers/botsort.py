"""BoT-SORT without appearance (Aharon et al., 2022), by Roboflow Trackers; no motion compensation."""

from typing import Annotated

from pydantic import BaseModel, Field, PositiveInt

from analytics.perception.trackers._adapter import AdaptedTracker


class Params(BaseModel, extra="forbid", frozen=True):
    """The package's thresholds, lowered to what footage of a whole site needs; a gap is in seconds."""

    high_score: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Score from which a box takes part in the first pass; lower ones take part in the second."""

    begin_score: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Score from which a box may begin a track."""

    min_fused_iou: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Overlap times score from which a box continues a track in the first pass."""

    min_low_iou: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Overlap from which a box of low score continues a track in the second pass."""

    min_new_iou: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Overlap times score from which a box confirms a new track."""

    confirm_points: PositiveInt = 2
    """Detections in a row from which a track is reported."""

    max_gap_s: Annotated[float, Field(ge=0.1)] = 1.0
    """Longest time that a track may go unseen, seconds."""


def build(params: Params) -> AdaptedTracker:
    """Build the tracker in its first state."""
    from trackers import BoTSORTTracker

    from analytics.perception.trackers._roboflow import adapt

    options = {
        "high_conf_det_threshold": params.high_score,
        "track_activation_threshold": params.begin_score,
        "minimum_iou_threshold_first_assoc": params.min_fused_iou,
        "minimum_iou_threshold_second_assoc": params.min_low_iou,
        "minimum_iou_threshold_unconfirmed_assoc": params.min_new_iou,
        "minimum_consecutive_frames": params.confirm_points,
        "enable_cmc": False,
    }
    return adapt(BoTSORTTracker, params.max_gap_s, options)
