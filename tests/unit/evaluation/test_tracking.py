"""A lake's tracklets against truth files."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics.errors import ConfigError
from analytics.evaluation.frames import sampled
from analytics.evaluation.tracking import ALL_CAMERAS, TRACKING_SCORES, evaluate_tracking
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from tests.builders.scenes import TruthBox
from tests.builders.tracks import Names, write_tracks
from tests.builders.video import crossing_scene, instant, uneven_times, write_motchallenge, write_video

START = instant("20260105T090000Z")
OFFSETS_US = tuple(range(0, 4_000_000, 100_000))
SCENE = crossing_scene(people=3, duration_s=4)
TRUTH = SCENE.truth(OFFSETS_US)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return an empty lake."""
    return Lake(open_store(str(tmp_path / "lake")))


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Return a truth folder with the scene's truth as cam1."""
    write_motchallenge(tmp_path / "truth" / "cam1.txt", TRUTH, OFFSETS_US)
    return tmp_path / "truth"


def follow(lake: Lake, names: Names = lambda box: f"t{box.identity}", **changes: object) -> None:
    """Write tracks of the scene as cam1, at ten frames a second."""
    given = {"camera_id": "cam1", "starts_at": START, "frame_count": 40, "duration_s": 4.0, "names": names, **changes}
    write_tracks(lake, given.pop("truth", TRUTH), **given)


def test_perfect_tracks_are_perfect(lake: Lake, truth: Path) -> None:
    """Tracklets on the truth have every share at 1, for the camera and for all, and nothing is left out."""
    follow(lake)
    table = evaluate_tracking(lake, truth)
    TRACKING_SCORES.check(table)
    camera, everything = table.to_pylist()
    assert [camera[name] for name in ("hota", "mota", "idf1")] == pytest.approx([1, 1, 1])
    assert (camera["truth_frames"], camera["evaluated_frames"], camera["truth_boxes"]) == (40, 40, len(TRUTH))
    assert camera["note"] is None
    assert everything == {**camera, "camera_id": ALL_CAMERAS}


def test_switch_and_miss_are_counted(lake: Lake, truth: Path) -> None:
    """A person with a new tracklet halfway is one switch; boxes that nobody follows are missed."""
    middle = sorted(box.offset_us for box in TRUTH if box.identity == 1)[5]
    last = max(box.offset_us for box in TRUTH)

    def names(box: TruthBox) -> str | None:
        if box.offset_us == last:
            return None
        return "late" if box.identity == 1 and box.offset_us > middle else f"t{box.identity}"

    follow(lake, names)
    camera = evaluate_tracking(lake, truth).to_pylist()[0]
    missed = sum(box.offset_us == last for box in TRUTH)
    assert (camera["switches"], camera["false_negatives"], camera["found_ids"]) == (1, missed, 4)
    assert camera["mota"] == pytest.approx(1 - (1 + missed) / len(TRUTH))


def test_frames_that_were_not_analysed_are_left_out_and_named(lake: Lake, truth: Path) -> None:
    """At 4 of 10 frames a second the tracks of the sampled frames are still perfect, and the note says how many."""
    analysed = {at for at, is_kept in zip(OFFSETS_US, sampled(np.array(OFFSETS_US), 4.0), strict=True) if is_kept}
    follow(lake, lambda box: f"t{box.identity}" if box.offset_us in analysed else None, analysis_fps=4.0)
    camera = evaluate_tracking(lake, truth).to_pylist()[0]
    assert (camera["mota"], camera["idf1"], camera["evaluated_frames"]) == (1, 1, len(analysed))
    assert camera["note"] == f"evaluated on the {len(analysed)} of 40 frames that were analysed"


def test_analysed_frames_without_tracks_count(lake: Lake, truth: Path) -> None:
    """A tracker that saw nobody has missed everybody: frames without tracks are not taken for frames not analysed."""
    follow(lake, lambda box: None)
    camera = evaluate_tracking(lake, truth).to_pylist()[0]
    assert (camera["mota"], camera["false_negatives"]) == (0, len(TRUTH))


def test_boxes_after_the_truths_last_are_false_and_named(lake: Lake, tmp_path: Path) -> None:
    """Who is found after the last true box is a false positive; the note lets one see that the truth may be cut."""
    early = [box for box in TRUTH if box.offset_us < 2_500_000]
    write_motchallenge(tmp_path / "short" / "cam1.txt", early, OFFSETS_US)
    follow(lake)
    camera = evaluate_tracking(lake, tmp_path / "short").to_pylist()[0]
    late = len(TRUTH) - len(early)
    assert (camera["false_positives"], camera["truth_frames"]) == (late, 40)
    assert camera["note"] == f"the truth's last box is in frame 25: {late} boxes found later count as false"


def test_other_classes_are_not_scored(lake: Lake, truth: Path) -> None:
    """Tracklets of cars are no tracks of people."""
    follow(lake, class_name="car")
    assert evaluate_tracking(lake, truth).to_pylist()[0]["found_boxes"] == 0
    assert evaluate_tracking(lake, truth, class_name="car").to_pylist()[0]["mota"] == 1


def test_truth_goes_on_through_a_cameras_recordings(lake: Lake, tmp_path: Path) -> None:
    """The first frame of the second recording follows the last of the first, whatever lies between them."""
    numbers = {at: number for number, at in enumerate(OFFSETS_US, 1)}
    early = [box for box in TRUTH if box.offset_us < 2_000_000]
    late = [box for box in TRUTH if box.offset_us >= 2_000_000]
    follow(lake, truth=early, frame_count=20, duration_s=2.0)
    shifted = [TruthBox(b.offset_us - 2_000_000, b.identity, b.x_min, b.y_min, b.x_max, b.y_max, 1.0) for b in late]
    follow(
        lake,
        truth=shifted,
        frame_count=20,
        duration_s=2.0,
        recording_id="later",
        starts_at=START + 3_600_000_000,
        names=lambda box: f"u{box.identity}",
    )
    write_motchallenge(tmp_path / "truth" / "cam1.txt", TRUTH, tuple(numbers))
    camera = evaluate_tracking(lake, tmp_path / "truth").to_pylist()[0]
    assert (camera["false_positives"], camera["false_negatives"], camera["evaluated_frames"]) == (0, 0, 40)
    both = {box.identity for box in early} & {box.identity for box in late}
    assert camera["switches"] == len(both) > 0


def test_nights_and_cameras_choose(lake: Lake, truth: Path) -> None:
    """Another night has no recordings; a camera without truth is not evaluated, one asked for in vain is an error."""
    follow(lake)
    follow(lake, camera_id="cam2", recording_id="rec2")
    assert [row["camera_id"] for row in evaluate_tracking(lake, truth).to_pylist()] == ["cam1", ALL_CAMERAS]
    assert evaluate_tracking(lake, truth, nights=[date(2026, 1, 5)], cameras=["cam1"]).num_rows == 2
    with pytest.raises(ConfigError, match=r"one of the lake.s cameras \(it has none\), got that of cam1"):
        evaluate_tracking(lake, truth, nights=[date(2026, 1, 6)])
    with pytest.raises(ConfigError, match="expected truth of cam2, found cam1"):
        evaluate_tracking(lake, truth, cameras=["cam2"])


def test_cameras_are_added_up(lake: Lake, truth: Path) -> None:
    """Two cameras, one perfect and one blind, have half the MOTA together."""
    write_motchallenge(truth / "cam2.txt", TRUTH, OFFSETS_US)
    follow(lake)
    follow(lake, lambda box: None, camera_id="cam2", recording_id="rec2")
    rows = evaluate_tracking(lake, truth).to_pylist()
    assert [(row["camera_id"], row["mota"]) for row in rows] == [("cam1", 1), ("cam2", 0), (ALL_CAMERAS, 0.5)]
    assert rows[2]["truth_frames"] == 80


def test_variable_rate_needs_the_footage(lake: Lake, tmp_path: Path) -> None:
    """Frames at uneven times cannot be numbered by the lake alone; with the footage they are exact."""
    video = write_video(SCENE, tmp_path / "footage" / "cam1" / "a.mp4", times_s=uneven_times(4, 10, seed=2))
    uneven = SCENE.truth(video.offsets_us)
    write_motchallenge(tmp_path / "truth" / "cam1.txt", uneven, video.offsets_us)
    follow(lake, truth=uneven, frame_count=len(video.offsets_us), duration_s=video.duration_s)
    with pytest.raises(ConfigError, match="--footage"):
        evaluate_tracking(lake, tmp_path / "truth")
    camera = evaluate_tracking(lake, tmp_path / "truth", footage=tmp_path / "footage").to_pylist()[0]
    assert (camera["mota"], camera["idf1"], camera["evaluated_frames"]) == (1, 1, len(video.offsets_us))


def test_truth_that_is_not_there_is_named(lake: Lake, tmp_path: Path) -> None:
    """No folder, a folder without truth, and a threshold out of range are configuration errors."""
    with pytest.raises(ConfigError, match="expected a folder"):
        evaluate_tracking(lake, tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="found no such file"):
        evaluate_tracking(lake, tmp_path / "empty")
    for min_iou in (0.0, 1.01):
        with pytest.raises(ConfigError, match="minimum IoU"):
            evaluate_tracking(lake, tmp_path / "empty", min_iou=min_iou)


def test_ignored_truth_does_not_count(lake: Lake, tmp_path: Path) -> None:
    """A true box marked as ignored is not missed; who is found there is a false positive, as MOT15 has it."""
    path = tmp_path / "truth" / "cam1.txt"
    write_motchallenge(path, TRUTH, OFFSETS_US)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0].replace(",1,1,", ",0,1,"), *lines[1:]]))
    follow(lake)
    camera = evaluate_tracking(lake, path.parent).to_pylist()[0]
    assert (camera["truth_boxes"], camera["false_positives"], camera["false_negatives"]) == (len(TRUTH) - 1, 1, 0)
