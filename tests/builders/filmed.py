"""A small filmed site for tests, its people drawn as boards, and its true boxes as detections to replay."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.simulation.filmed_site import FilmedSite, FilmOrder, film_site
from analytics.simulation.presets.choosing import premises_of
from analytics.simulation.truth_files import read_boxes
from analytics.tables import DETECTIONS
from tests.builders.figures import BoardRenderer

ORDER = FilmOrder(minutes=0.2, people=14, seed=4, frame_rate_hz=2.0, file_s=4, defects=True, crf=40)
"""Twelve seconds of the demo's five cameras, three files each."""


def boards(order: FilmOrder = ORDER) -> Callable[[], BoardRenderer]:
    """Return what makes the renderer of an order, in whatever process."""
    return partial(BoardRenderer, premises_of(order.preset, order.seed).views)


def film(folder: Path, order: FilmOrder = ORDER, workers: int = 1) -> FilmedSite:
    """Film a site with boards for people."""
    return film_site(folder, order, workers, lambda done, total: None, boards(order))


def store_detections(site: Path, lake: Path, min_visibility: float = 0.1) -> None:
    """Write the true boxes as a lake of detections, one item for each camera."""
    boxes = read_boxes(site)
    boxes = boxes.filter(pc.greater_equal(boxes["visibility"], min_visibility))
    opened = Lake(open_store(str(lake)))
    night, keys = boxes["night"][0].as_py(), []
    for camera_id in sorted(set(boxes["camera_id"].to_pylist())):
        own = boxes.filter(pc.equal(boxes["camera_id"], camera_id)).sort_by("captured_at")
        counts: Counter[object] = Counter()
        numbers = [(counts.update([at]), counts[at] - 1)[1] for at in own["captured_at"].to_pylist()]
        table = DETECTIONS.from_columns(
            {
                **{name: own[name] for name in ("site_id", "night", "camera_id", "captured_at")},
                **{name: own[name] for name in ("x_min", "y_min", "x_max", "y_max")},
                "segment_id": "truth",
                "detection_no": pa.array(numbers, pa.int16()),
                "class_name": "person",
                "score": pa.array([0.9] * own.num_rows, pa.float32()),
            }
        )
        keys.append(f"truth-{camera_id}")
        opened.write_item(
            stage="truth",
            night=night,
            camera_id=camera_id,
            item_id=camera_id,
            key=keys[-1],
            tables=[(DETECTIONS, table)],
        )
    opened.ledger.publish(night, "truth", keys)
