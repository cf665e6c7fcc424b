"""Instances of frames against a slow count over the points, and where a track is between its points."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from analytics.annotating.instances import FRAME_INSTANCES
from analytics.annotating.tracks import Track
from analytics.audit_log import AuditLog
from analytics.lake.lake import Lake
from analytics.tables import IDENTITY_MEMBERS, TRACK_POINTS
from tests.builders.linked import START, write_linked_lake
from tests.builders.nights import command


def _by_counting(lake: Lake, camera: str, staff: frozenset[str]) -> list[dict[str, object]]:
    """Count frame by frame, remembering who was where."""
    who = {row["tracklet_id"]: row["identity_id"] for row in lake.read(IDENTITY_MEMBERS).to_pylist()}
    points = sorted(lake.read(TRACK_POINTS).to_pylist(), key=lambda row: row["captured_at"])
    rows = []
    for at in sorted({row["captured_at"] for row in points if row["camera_id"] == camera}):
        own = [who[row["tracklet_id"]] for row in points if row["captured_at"] == at and row["camera_id"] == camera]
        before = [(row["camera_id"], who[row["tracklet_id"]]) for row in points if row["captured_at"] < at]
        people = {person for person in own if person not in staff}
        here = {person for name, person in before if name == camera and person not in staff}
        elsewhere = {person for name, person in before if name != camera}
        rows.append(
            {
                "captured_at": at,
                "tracked": sum(person not in staff for person in own),
                "people": len(people),
                "new": len(people - here),
                "already_seen": len(people & here),
                "already_seen_elsewhere": len(people & elsewhere),
                "new_so_far": len(people | here),
                "staff": sum(person in staff for person in own),
            }
        )
    return rows


@pytest.mark.parametrize("camera", ["gate0", "gate1", "gate2"])
def test_instances_are_what_counting_frame_by_frame_gives(tmp_path: Path, camera: str) -> None:
    """Two people share an identity, one is staff, and everybody goes from camera to camera."""
    linked = write_linked_lake(
        tmp_path, people=6, identity=lambda person, number: f"i{max(person, 1)}", staff=("i4",), with_crops=False
    )
    out = tmp_path / "frames.parquet"
    words = ("--lake", linked.location, "--camera", camera, "--out", str(out), "--by", "ann")
    code, _, err = command("export", "instances", *words)
    assert code == 0, err
    (entry,) = AuditLog(linked.lake.store).entries()
    nights = [str(night) for night in linked.lake.ledger.nights()]
    assert (entry.by, entry.action) == ("ann", "export")
    assert entry.facts == {"what": "instances", "camera": camera, "nights": nights, "out": str(out)}
    table = pq.read_table(out)
    FRAME_INSTANCES.check(table)
    expected = _by_counting(linked.lake, camera, frozenset({"i4"}))
    assert table.select(list(expected[0])).to_pylist() == expected
    came = table["from_elsewhere_so_far"].to_pylist()
    assert came[-1] == (0 if camera == "gate0" else table["new_so_far"].to_pylist()[-1])


def test_staff_are_counted_when_asked_for_and_tracklets_when_nothing_is_linked(tmp_path: Path) -> None:
    """CSV has the same columns; without links everybody is new once and nobody was seen elsewhere."""
    linked = write_linked_lake(tmp_path / "a", people=3, staff=("i1",), with_crops=False)
    out = tmp_path / "frames.csv"
    words = ("export", "instances", "--camera", "gate0", "--out", str(out))
    sums = []
    for more in ((), ("--with-staff",)):
        assert command(*words, "--lake", linked.location, *more)[0] == 0
        sums.append(sum(pa_csv.read_csv(out)["new"].to_pylist()))
    assert sums == [2, 3]
    unlinked = write_linked_lake(tmp_path / "b", people=3, identity=None, with_crops=False)
    code, _, err = command(*words, "--lake", unlinked.location)
    table = pa_csv.read_csv(out)
    assert code == 0
    assert "every tracklet counts as somebody of its own" in err
    assert set(table["counted_by"].to_pylist()) == {"tracklet"}
    assert sum(table["already_seen_elsewhere"].to_pylist()) == 0


def test_whoever_comes_back_is_told(tmp_path: Path) -> None:
    """Somebody who was out of view for more than 10 s is seen again, once, and not new."""
    linked = write_linked_lake(
        tmp_path, people=6, identity=lambda person, number: "i0" if person in (0, 5) else f"i{person}", with_crops=False
    )
    out = tmp_path / "frames.parquet"
    assert command("export", "instances", "--lake", linked.location, "--camera", "gate0", "--out", str(out))[0] == 0
    table = pq.read_table(out)
    returns = table.filter(pa.compute.equal(table["seen_again_so_far"], 1))
    # person 5 comes in frame 16, 13 s after person 0 was last seen
    assert returns["captured_at"].to_pylist()[0] == START + timedelta(seconds=15)
    assert table["new_so_far"].to_pylist()[-1] == 5


def test_a_camera_without_analysed_footage_is_refused(tmp_path: Path) -> None:
    """The message names the cameras that there are."""
    linked = write_linked_lake(tmp_path, people=1, with_crops=False)
    out = tmp_path / "frames.csv"
    code, _, err = command("export", "instances", "--lake", linked.location, "--camera", "no", "--out", str(out))
    assert code == 2
    assert "one of gate0, gate1, gate2, got no" in err
    assert not out.exists()


def test_between_two_points_a_box_is_on_the_straight_line() -> None:
    """Not across a gap that is too long, and not after the hold; the end of the hold does not count."""
    boxes = np.array([[0.0, 0, 10, 20], [10.0, 0, 20, 20], [100.0, 0, 110, 20]])
    track = Track("t", True, np.array([0, 1_000_000, 5_000_000]), boxes)
    assert track.box_at(-1, 10**9, 10**9) is None
    assert track.box_at(250_000, 1_000_000, 0).tolist() == [2.5, 0, 12.5, 20]
    assert track.box_at(1_000_000, 1_000_000, 0).tolist() == boxes[1].tolist()
    assert track.box_at(3_000_000, 1_000_000, 0) is None
    assert track.box_at(3_000_000, 4_000_000, 0).tolist() == [55, 0, 65, 20]
    assert track.box_at(5_000_000, 1_000_000, 0).tolist() == boxes[2].tolist()
    assert track.box_at(5_099_999, 1_000_000, 100_000) is not None
    assert track.box_at(5_100_000, 1_000_000, 100_000) is None
