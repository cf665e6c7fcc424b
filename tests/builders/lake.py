"""Small tables for the lake's tests, and the stores that misbehave."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from analytics.lake.lake import Lake
from analytics.lake.ledger import Entry
from analytics.lake.store import Store
from analytics.tables import EMBEDDINGS, TRACKLETS

NIGHT = date(2026, 1, 5)
STAGE = "perceive"


def tracklets(segment: str, count: int, camera: str = "gate", night: date = NIGHT) -> pa.Table:
    """Tracklets of one segment, one a second."""
    start = datetime(night.year, night.month, night.day, 9, tzinfo=UTC)
    return TRACKLETS.from_rows(
        {
            "site_id": "shop",
            "night": night,
            "tracklet_id": f"{segment}-{number:05d}",
            "segment_id": segment,
            "recording_id": segment.split("-", maxsplit=1)[0],
            "camera_id": camera,
            "class_name": "person",
            "starts_at": start + timedelta(seconds=number),
            "ends_at": start + timedelta(seconds=number + 1),
            "point_count": 10,
            "mean_score": 0.5,
            "best_height_px": 100.0,
            "began_by": "appeared",
            "ended_by": "lost",
        }
        for number in range(count)
    )


def embeddings(
    segment: str, vectors: Sequence[Sequence[float]], model: str = "net", camera: str = "gate", night: date = NIGHT
) -> pa.Table:
    """Embeddings of one segment, one detection a frame, with the model in the metadata."""
    start = datetime(night.year, night.month, night.day, 9, tzinfo=UTC)
    return EMBEDDINGS.from_columns(
        {
            "site_id": "shop",
            "night": night,
            "segment_id": segment,
            "camera_id": camera,
            "captured_at": [start + timedelta(seconds=number) for number in range(len(vectors))],
            "detection_no": np.zeros(len(vectors), np.int16),
            "quality": np.ones(len(vectors), np.float32),
            "vector": [np.asarray(vector, np.float16) for vector in vectors],
        },
        {"model": model, "model_digest": f"digest of {model}"},
    )


def write_segment(lake: Lake, segment: str, count: int, *, key: str = "", camera: str = "gate") -> Entry:
    """Write one segment's tracklets and embeddings as a work item."""
    return lake.write_item(
        stage=STAGE,
        night=NIGHT,
        camera_id=camera,
        item_id=segment,
        key=key or f"key-{segment}",
        tables=[
            (TRACKLETS, tracklets(segment, count, camera)),
            (EMBEDDINGS, embeddings(segment, [[1.0, 0.0]] * count, camera=camera)),
        ],
        facts={"decoded_s": 5.0},
    )


class PowerCutError(Exception):
    """The machine stopped; no code of the lake may catch it."""


@dataclass
class DyingStore:
    """Passes on to a store until its n-th change, which is done or not done, and is the last."""

    store: Store
    changes_left: int
    is_last_done: bool

    @property
    def location(self) -> str:
        return self.store.location

    def url(self, path: str) -> str:
        return self.store.url(path)

    def read(self, path: str) -> bytes:
        return self.store.read(path)

    def read_many(self, paths: Sequence[str]) -> tuple[bytes, ...]:
        return self.store.read_many(paths)

    def open(self, path: str) -> pa.NativeFile:
        return self.store.open(path)

    def exists(self, path: str) -> bool:
        return self.store.exists(path)

    def sizes(self, prefix: str = "") -> Mapping[str, int]:
        return self.store.sizes(prefix)

    def list(self, prefix: str = "") -> tuple[str, ...]:
        return self.store.list(prefix)

    def folders(self, prefix: str = "") -> tuple[str, ...]:
        return self.store.folders(prefix)

    def write(self, path: str, content: bytes) -> None:
        self._change(lambda: self.store.write(path, content))

    def create(self, path: str, content: bytes) -> bool:
        raise NotImplementedError("the lake creates nothing")

    def delete(self, path: str) -> None:
        self._change(lambda: self.store.delete(path))

    def sweep(self, older_than_s: float) -> tuple[str, ...]:
        return self.store.sweep(older_than_s)

    def _change(self, change: Callable[[], None]) -> None:
        self.changes_left -= 1
        if self.changes_left > 0 or self.is_last_done:
            change()
        if self.changes_left <= 0:
            raise PowerCutError
