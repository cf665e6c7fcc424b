"""A lake's detections against truth: numbered like its tracks, one row for each camera and one for all."""

from pathlib import Path

import pyarrow as pa
import pytest

from analytics.evaluation.detection import Rules
from analytics.evaluation.detection_tables import ALL_SETS, detection_scores, judge_lake
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.tables import DETECTIONS
from analytics.timebase import to_datetime
from tests.builders.tracks import write_tracks
from tests.builders.video import crossing_scene, instant, write_motchallenge

OFFSETS_US = tuple(range(0, 2_000_000, 100_000))
STARTS_AT = instant("20260105T090000Z")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with the truth of one camera, and a lake that holds its perfect tracks."""
    truth = crossing_scene(people=2, duration_s=2).truth(OFFSETS_US)
    write_motchallenge(tmp_path / "truth" / "cam1.txt", truth, OFFSETS_US)
    write_tracks(
        Lake(open_store(str(tmp_path / "lake"))),
        truth,
        camera_id="cam1",
        starts_at=STARTS_AT,
        frame_count=20,
        duration_s=2.0,
    )
    return tmp_path


def publish(site: Path, rows: list[tuple[int, tuple[float, float, float, float], float, str]]) -> Lake:
    """Write detections as offset, box, score and class, and return the lake."""
    lake = Lake(open_store(str(site / "lake")))
    night = to_datetime(STARTS_AT).date()
    table: pa.Table = DETECTIONS.from_rows(
        {
            "site_id": "site",
            "night": night,
            "camera_id": "cam1",
            "segment_id": f"rec-{0:012d}",
            "captured_at": to_datetime(STARTS_AT + offset_us),
            "detection_no": number,
            "class_name": class_name,
            **dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True)),
            "score": score,
        }
        for number, (offset_us, box, score, class_name) in enumerate(rows)
    )
    lake.write_item(stage="detect", night=night, camera_id="cam1", item_id="d", key="kd", tables=[(DETECTIONS, table)])
    lake.ledger.publish(night, "detect", ["kd"])
    return lake


def test_each_detection_meets_the_truth_of_its_frame(site: Path) -> None:
    """Perfect boxes are all true; one moved to another frame and one of another class are not."""
    truth = crossing_scene(people=2, duration_s=2).truth(OFFSETS_US)
    rows = [(b.offset_us, (b.x_min, b.y_min, b.x_max, b.y_max), 0.9, "person") for b in truth]
    lake = publish(site, [*rows[1:], (0, (0.0, 0.0, 5.0, 9.0), 0.3, "person"), (*rows[0][:3], "car")])

    (verdicts,) = judge_lake(lake, site / "truth", Rules()).values()

    assert verdicts.wanted == len(truth)
    assert int(verdicts.is_true.sum()) == len(truth) - 1
    assert len(verdicts.scores) == len(truth)
    (row,) = detection_scores({"cam1": verdicts}, Rules(), threshold=0.5).to_pylist()
    assert (row["judged_on"], row["people"], row["detections"]) == ("cam1", len(truth), len(truth))
    assert row["precision"] == 1
    assert row["recall"] == row["recall_at_precision"] == pytest.approx((len(truth) - 1) / len(truth))
    assert row["threshold_at_precision"] == pytest.approx(0.9)


def test_all_cameras_together_have_a_row_of_their_own(site: Path) -> None:
    """Thresholds are common to them; nothing found is no precision, but a recall of 0."""
    verdicts = judge_lake(publish(site, []), site / "truth", Rules())
    rows = {
        row["judged_on"]: row for row in detection_scores({**verdicts, "cam2": verdicts["cam1"]}, Rules()).to_pylist()
    }
    assert list(rows) == ["cam1", "cam2", ALL_SETS]
    assert rows[ALL_SETS]["people"] == 2 * rows["cam1"]["people"]
    assert rows["cam1"]["precision"] is None
    assert rows["cam1"]["recall"] == rows["cam1"]["average_precision"] == 0
    assert rows["cam1"]["threshold_at_precision"] is None
