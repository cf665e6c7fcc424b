"""One crop for each tracklet, from a lake's tables."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from analytics.evaluation.report.crops import best_crops
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.tables import CROPS, TRACK_POINTS, TRACKLETS
from tests.builders.lake import NIGHT, tracklets

START = datetime(NIGHT.year, NIGHT.month, NIGHT.day, 9, tzinfo=UTC)


def points(segment: str, rows: list[tuple[int, int, int | None]], camera: str) -> pa.Table:
    """Return track points: number of the tracklet, second, and detection or None."""
    return TRACK_POINTS.from_rows(
        {
            "site_id": "shop",
            "night": NIGHT,
            "tracklet_id": f"{segment}-{number:05d}",
            "camera_id": camera,
            "captured_at": START + timedelta(seconds=second),
            "detection_no": detection,
            **dict.fromkeys(("x_min", "y_min", "x_max", "y_max", "foot_x", "foot_y"), 0.0),
        }
        for number, second, detection in rows
    )


def crops(segment: str, rows: list[tuple[int, int, int]], camera: str) -> pa.Table:
    """Return crops: second, detection, height; the picture is named by all three."""
    return CROPS.from_rows(
        {
            "site_id": "shop",
            "night": NIGHT,
            "segment_id": segment,
            "camera_id": camera,
            "captured_at": START + timedelta(seconds=second),
            "detection_no": detection,
            "jpeg": f"{segment} {second} {detection} {height}".encode(),
            "width_px": 10,
            "height_px": height,
        }
        for second, detection, height in rows
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return a lake of two cameras whose segments, instants and detection numbers are the same."""
    lake = Lake(open_store(str(tmp_path)))
    keys = []
    for camera, segment in (("gate", "a-0"), ("hall", "b-0")):
        own_points = [(0, 0, 0), (0, 1, 0), (0, 2, None), (1, 1, 1), (2, 0, 1)]
        own_crops = [(0, 0, 20), (1, 0, 30), (2, 0, 99), (1, 1, 10)]
        lake.write_item(
            stage="perceive",
            night=NIGHT,
            camera_id=camera,
            item_id=segment,
            key=f"key-{segment}",
            tables=[
                (TRACKLETS, tracklets(segment, 3, camera)),
                (TRACK_POINTS, points(segment, own_points, camera)),
                (CROPS, crops(segment, own_crops, camera)),
            ],
        )
        keys.append(f"key-{segment}")
    lake.ledger.publish(NIGHT, "perceive", keys)
    return lake


def test_largest_crop_of_a_tracklet_is_its_picture(lake: Lake) -> None:
    """The taller of two; a crop at an interpolated point is another detection's, and no crop is no entry."""
    found = best_crops(lake, {"a-0-00000", "a-0-00001", "a-0-00002", "b-0-00000"})
    assert found == {"a-0-00000": b"a-0 1 0 30", "a-0-00001": b"a-0 1 1 10", "b-0-00000": b"b-0 1 0 30"}


def test_nothing_wanted_is_nothing_read(lake: Lake) -> None:
    """No tracklets, unknown ones, or another night."""
    assert best_crops(lake, ()) == best_crops(lake, {"nobody"}) == {}
    assert best_crops(lake, {"a-0-00000"}, [date(2026, 1, 6)]) == {}
