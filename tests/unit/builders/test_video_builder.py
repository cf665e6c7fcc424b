"""The tests' own videos: truth that fits to the pixel, and files that say what they were asked to say."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from analytics.tables import DETECTIONS
from tests.builders.scenes import Scene, Walk, background
from tests.builders.video import (
    crossing_scene,
    detections_table,
    instant,
    site_scenes,
    uneven_times,
    write_footage,
    write_motchallenge,
    write_video,
)


@pytest.mark.parametrize("identity", range(1, 8))
@pytest.mark.parametrize("t_s", [0.0, 0.13, 0.31, 0.44])
def test_a_figure_fills_its_box_to_the_pixel(identity: int, t_s: float) -> None:
    """What differs from the background spans exactly the box, in every step of its walk."""
    scene = Scene("cam1", 1.0, (Walk(identity, 80, ((0.0, 100.0, 150.0), (1.0, 140.0, 160.0))),))
    (box,) = scene.truth_at(t_s)
    rows, columns = np.nonzero((scene.draw(t_s) != background(320, 240, 0)).any(axis=2))
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (
        box.x_min,
        box.y_min,
        box.x_max,
        box.y_max,
    )
    assert box.visibility == 1.0


def test_the_nearer_figure_covers_the_farther_one() -> None:
    """Its box stays, its visibility falls; a figure half outside the image shows about half."""
    ahead = Walk(1, 80, ((0.0, 100.0, 150.0), (1.0, 100.0, 150.0)))
    behind = Walk(2, 80, ((0.0, 104.0, 145.0), (1.0, 104.0, 145.0)))
    edge = Walk(3, 80, ((0.0, 0.0, 150.0), (1.0, 0.0, 150.0)))
    seen = {box.identity: box.visibility for box in Scene("c", 1.0, (ahead, behind, edge)).truth_at(0.5)}
    assert seen[1] == 1.0
    assert 0.05 < seen[2] < 0.5
    assert 0.4 < seen[3] < 0.6


def test_a_scene_is_a_function_of_its_seed() -> None:
    """The same seed draws the same, another one something else."""
    assert np.array_equal(crossing_scene(seed=1).draw(2.0), crossing_scene(seed=1).draw(2.0))
    assert crossing_scene(seed=1).walks != crossing_scene(seed=2).walks


def test_people_enter_cross_and_leave() -> None:
    """Everybody is seen, nobody all the time, and some boxes overlap."""
    scene = crossing_scene(people=5, duration_s=8.0, seed=3)
    truth = scene.truth([number * 100_000 for number in range(80)])
    assert {box.identity for box in truth} == {1, 2, 3, 4, 5}
    assert any(box.visibility < 0.9 and box.x_min > 10 and box.x_max < 310 for box in truth)


def test_people_of_a_site_are_never_in_two_cameras_at_once() -> None:
    """They walk from one to the other, and everyone is seen in at least one."""
    scenes = site_scenes(["a", "b", "c"], people=4, duration_s=60.0, seed=2)
    for t_s in np.arange(0, 60, 0.5):
        seen = [box.identity for scene in scenes for box in scene.truth_at(float(t_s))]
        assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("name", "degrees"),
    [
        ("a.mp4", 0),
        ("a.mp4", 90),
        ("a.mp4", 180),
        ("a.mp4", 270),
        ("a.mkv", 0),
        ("a.ts", 0),
        ("a.264", 0),
        ("a.avi", 0),
    ],
)
def test_the_decoded_frames_are_the_drawn_ones(tmp_path: Path, name: str, degrees: int) -> None:
    """Upright after the display matrix, at the times that are stated."""
    scene = crossing_scene(people=2, duration_s=2.0, seed=4)
    video = write_video(scene, tmp_path / name, rotation_deg=degrees)
    with av.open(str(video.path)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == len(video.offsets_us) == 20
    upright = np.rot90(frames[13].to_ndarray(format="bgr24"), round(frames[13].rotation / 90) % 4)
    drawn = scene.draw(video.offsets_us[13] / 1e6)
    assert upright.shape == drawn.shape
    assert np.abs(upright.astype(int) - drawn.astype(int)).mean() < 12


def test_a_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    """To the millisecond of Matroska's clock."""
    times = uneven_times(3.0, 25, seed=1)
    video = write_video(crossing_scene(people=1, duration_s=3.0), tmp_path / "a.mkv", times_s=times)
    assert [offset_us / 1e6 for offset_us in video.offsets_us] == pytest.approx(times, abs=0.0011)
    assert len({round(b - a, 3) for a, b in pairwise(times)}) > 1


def test_footage_cut_into_files_shows_the_same_as_one_file(tmp_path: Path) -> None:
    """Each file goes on where the one before ended, under the name of its own start."""
    scene = crossing_scene("cam1", people=2, duration_s=5.0, seed=6)
    videos = write_footage(tmp_path, [scene], datetime(2026, 1, 5, 9, tzinfo=UTC), file_s=2.0)
    assert [video.path.name for video in videos] == [
        "20260105T090000Z.mp4",
        "20260105T090002Z.mp4",
        "20260105T090004Z.mp4",
    ]
    assert [len(video.offsets_us) for video in videos] == [20, 20, 10]
    with av.open(str(videos[1].path)) as container:
        first = next(container.decode(video=0)).to_ndarray(format="bgr24")
    assert np.abs(first.astype(int) - scene.draw(2.0).astype(int)).mean() < 12


def test_truth_is_written_as_motchallenge_text(tmp_path: Path) -> None:
    """Frames from 1, left, top, width, height; every box once."""
    scene = crossing_scene(people=2, duration_s=1.0, seed=1)
    offsets = [0, 500_000]
    truth = scene.truth(offsets)
    write_motchallenge(tmp_path / "cam1.txt", truth, offsets)
    lines = [line.split(",") for line in (tmp_path / "cam1.txt").read_text().splitlines()]
    assert len(lines) == len(truth) > 0
    for line, box in zip(lines, truth, strict=True):
        assert int(line[0]) == offsets.index(box.offset_us) + 1
        assert [float(part) for part in line[2:6]] == [
            box.x_min,
            box.y_min,
            box.x_max - box.x_min,
            box.y_max - box.y_min,
        ]


def test_truth_becomes_detections_as_bad_as_asked_for() -> None:
    """Perfect ones are the truth; misses and jitter take away and move, the same each time."""
    scene = crossing_scene(people=3, duration_s=4.0, seed=1)
    truth = scene.truth([number * 100_000 for number in range(40)])
    starts_at = instant("20260105T090000Z")
    perfect = detections_table(truth, scene, starts_at=starts_at)
    DETECTIONS.check(perfect)
    assert sorted(zip(perfect["x_min"].to_pylist(), perfect["y_max"].to_pylist(), strict=True)) == sorted(
        (box.x_min, box.y_max) for box in truth
    )
    poor = detections_table(truth, scene, starts_at=starts_at, drop_share=0.3, jitter_px=2.0, seed=5)
    assert 0.5 * len(truth) < poor.num_rows < 0.9 * len(truth)
    assert poor.equals(detections_table(truth, scene, starts_at=starts_at, drop_share=0.3, jitter_px=2.0, seed=5))
    assert detections_table((), scene, starts_at=starts_at).num_rows == 0


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.264", "a.avi", "a.webm", "a.flv"])
def test_a_video_is_the_same_bytes_each_time(tmp_path: Path, name: str) -> None:
    """Content keys, and with them every id of a test, are the same tomorrow."""
    scene = crossing_scene(people=2, duration_s=1.0, seed=4)
    first, second = (write_video(scene, tmp_path / folder / name).path for folder in "ab")
    assert first.read_bytes() == second.read_bytes()
