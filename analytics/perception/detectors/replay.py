"""Detections that were stored before, played back: a new tracker or embedder costs no detection.

Only instants that were analysed then have detections; `analysis_fps` must be what it was then, or a divisor of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, Field

from analytics import ids
from analytics.errors import ModelError
from analytics.geometry import FloatArray, IntArray, clip_boxes
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.perception.frame import Detections, Frame
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Detector, Workplace
from analytics.tables import DETECTIONS
from analytics.timebase import HOUR_US, to_datetime

_COLUMNS = ("captured_at", "class_name", "x_min", "y_min", "x_max", "y_max", "score")


class Params(BaseModel, extra="forbid", frozen=True):
    """Where the detections are and which of them are played back."""

    lake: str
    """The lake that holds them; another than the one that is written to, or no run would ever find nothing to do."""

    class_names: Annotated[tuple[str, ...], Field(min_length=1)] = ("person",)
    """Classes that are played back."""

    min_score: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Lowest confidence that is played back."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """Detections of one camera around one day, by instant."""

    captured_at: IntArray
    boxes: FloatArray
    scores: FloatArray
    class_nos: IntArray


@dataclass(slots=True)
class _Replay:
    """Looks detections up by camera and instant; keeps one camera's day in memory."""

    class_names: tuple[str, ...]
    digest: str
    params: Params
    lake: Lake
    _day: tuple[str, int] | None = None
    _stored: _Stored | None = field(default=None)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """Return each frame's stored detections; none where the instant was not analysed."""
        return [self._detect(frame) for frame in frames]

    def _detect(self, frame: Frame) -> Detections:
        stored = self._of_day(frame)
        first, last = np.searchsorted(stored.captured_at, [frame.captured_at, frame.captured_at + 1])
        boxes = clip_boxes(stored.boxes[first:last], frame.width_px, frame.height_px)
        return Detections.sorted(boxes, stored.scores[first:last], stored.class_nos[first:last])

    def _of_day(self, frame: Frame) -> _Stored:
        day = (frame.camera_id, frame.captured_at // (24 * HOUR_US))
        if self._stored is None or self._day != day:
            self._day, self._stored = day, self._load(*day)
        return self._stored

    def _load(self, camera_id: str, utc_day: int) -> _Stored:
        # A night is a local date: at most one day off the UTC date
        middle = to_datetime(utc_day * 24 * HOUR_US).date()
        nights = [middle + timedelta(days=shift) for shift in (-1, 0, 1)]
        table = self.lake.read(DETECTIONS, nights=nights, cameras=[camera_id], columns=_COLUMNS)
        names = pa.array(self.class_names)
        wanted = pc.and_(
            pc.is_in(table["class_name"], value_set=names), pc.greater_equal(table["score"], self.params.min_score)
        )
        table = table.filter(wanted).sort_by("captured_at")
        return _Stored(
            captured_at=table["captured_at"].cast(pa.int64()).to_numpy(),
            boxes=np.stack([table[side].to_numpy() for side in ("x_min", "y_min", "x_max", "y_max")], axis=1),
            scores=table["score"].to_numpy(),
            class_nos=pc.index_in(table["class_name"], value_set=names).to_numpy().astype(np.int16),
        )


def identity(params: Params, models: ModelFolder) -> str:
    """Return the hash of what is played back: the keys of every published item that holds detections.

    Raises:
        ModelError: the lake holds no detections.
    """
    ledger = Lake(open_store(params.lake)).ledger
    keys = [
        entry.key
        for night in ledger.nights()
        for stage in ledger.stages(night)
        for entry in ledger.published(night, stage)
        if any(file.table == DETECTIONS.name for file in entry.files)
    ]
    if not keys:
        raise ModelError(
            f"the lake {params.lake} holds no published detections to replay; run `crosscam run` with a detector first"
        )
    return ids.digest({"detections": sorted(keys)})


def build(params: Params, workplace: Workplace) -> Detector:
    """Open the lake.

    Raises:
        ModelError: the lake holds no detections.
        LakeError: it cannot be read.
    """
    lake = Lake(open_store(params.lake))
    return _Replay(params.class_names, identity(params, workplace.models), params, lake)
