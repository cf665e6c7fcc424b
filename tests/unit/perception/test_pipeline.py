from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest

from analytics import tables
from analytics.errors import ConfigError, ModelError, RecordingError
from analytics.perception.pipeline import Perceived, Perceiver, build
from analytics.settings import Perception, PluginChoice, Sampling
from analytics.sites import Camera
from tests.builders.perception import CountingEmbedder, TruthDetector, histogram, perceiver, segments, workplace
from tests.builders.scenes import Scene, Walk
from tests.builders.video import crossing_scene, flip_bytes, truncate, write_video

CAMERA = Camera(camera_id="cam1")
SETTINGS = Perception(sampling=Sampling(analysis_fps=None, overlap_s=2.0))
SCENE = crossing_scene("cam1", people=3, duration_s=8, seed=5)


def table(perceived: Perceived, name: str) -> pa.Table:
    return next(rows for contract, rows in perceived.tables if contract.name == name)


@pytest.fixture(scope="module")
def perceived(tmp_path_factory: pytest.TempPathFactory) -> Perceived:
    folder = tmp_path_factory.mktemp("perceived")
    video = write_video(SCENE, folder / "a.mp4")
    return perceiver(SCENE, SETTINGS, histogram(folder)).perceive(segments(8)[0], video.path, CAMERA)


def test_all_tables_are_written_and_keep_their_contracts(perceived: Perceived) -> None:
    """Each contract of PERCEIVED has one table that satisfies it, and nothing else is written."""
    assert [contract for contract, _ in perceived.tables] == list(tables.PERCEIVED)
    for contract, rows in perceived.tables:
        contract.check(rows)
    assert table(perceived, "detections").num_rows > 100
    assert table(perceived, "embeddings").num_rows > 0


def test_points_belong_to_tracklets_and_detections(perceived: Perceived) -> None:
    """Every detected point has the box of the detection that it names; counts and ends agree."""
    boxes = {
        (row["captured_at"], row["detection_no"]): [row[side] for side in ("x_min", "y_min", "x_max", "y_max")]
        for row in table(perceived, "detections").to_pylist()
    }
    points = defaultdict(list)
    for row in table(perceived, "track_points").to_pylist():
        points[row["tracklet_id"]].append(row)
        if row["detection_no"] is not None:
            found = boxes[row["captured_at"], row["detection_no"]]
            assert found == [row[side] for side in ("x_min", "y_min", "x_max", "y_max")]

    for tracklet in table(perceived, "tracklets").to_pylist():
        own = points.pop(tracklet["tracklet_id"])
        assert tracklet["point_count"] == sum(row["detection_no"] is not None for row in own)
        assert (tracklet["starts_at"], tracklet["ends_at"]) == (own[0]["captured_at"], own[-1]["captured_at"])
    assert not points


def test_pictures_and_vectors_share_their_keys(perceived: Perceived) -> None:
    """Each embedding has its crop, of a detection of a tracklet, at most max_per_tracklet each."""
    keys = ["captured_at", "detection_no"]
    embedded = table(perceived, "embeddings").select(keys).to_pylist()
    owner = {
        (row["captured_at"], row["detection_no"]): row["tracklet_id"]
        for row in table(perceived, "track_points").to_pylist()
    }
    count: dict[str, int] = defaultdict(int)
    for key in embedded:
        count[owner[key["captured_at"], key["detection_no"]]] += 1

    assert table(perceived, "crops").select(keys).to_pylist() == embedded
    assert set(count.values()) <= set(range(1, SETTINGS.crops.max_per_tracklet + 1))
    assert set(count) == set(table(perceived, "tracklets")["tracklet_id"].to_pylist())


def test_crops_show_their_boxes(perceived: Perceived) -> None:
    """A stored JPEG has the size stated and looks like the scene at that place and time."""
    row = table(perceived, "crops").to_pylist()[0]
    detection = next(
        found
        for found in table(perceived, "detections").to_pylist()
        if (found["captured_at"], found["detection_no"]) == (row["captured_at"], row["detection_no"])
    )
    picture = cv2.imdecode(np.frombuffer(row["jpeg"], np.uint8), cv2.IMREAD_COLOR)
    at_s = (row["captured_at"].timestamp()) - segments(8)[0].starts_at / 1e6
    drawn = SCENE.draw(at_s)
    left, top, right, bottom = (int(detection[side]) for side in ("x_min", "y_min", "x_max", "y_max"))

    assert picture.shape[:2] == (row["height_px"], row["width_px"]) == (bottom - top, right - left)
    assert np.abs(picture.astype(int) - drawn[top:bottom, left:right].astype(int)).mean() < 25


def test_the_same_segment_gives_the_same_tables(tmp_path: Path, perceived: Perceived) -> None:
    """Perceiving is a function: another perceiver and another file of the same content change nothing."""
    video = write_video(SCENE, tmp_path / "b.mp4")

    again = perceiver(SCENE, SETTINGS, histogram(tmp_path)).perceive(segments(8)[0], video.path, CAMERA)

    assert again == perceived


def test_batch_size_changes_nothing(tmp_path: Path, perceived: Perceived) -> None:
    """How many frames the detector gets at once is a matter of speed."""
    video = write_video(SCENE, tmp_path / "a.mp4")
    single = SETTINGS.model_copy(update={"batch_frames": 1})

    again = perceiver(SCENE, single, histogram(tmp_path)).perceive(segments(8)[0], video.path, CAMERA)

    assert again == perceived


def test_overlapping_the_steps_changes_nothing(tmp_path: Path, perceived: Perceived) -> None:
    """One after the other, in one thread, they give the same tables."""
    video = write_video(SCENE, tmp_path / "a.mp4")
    single = replace(perceiver(SCENE, SETTINGS, histogram(tmp_path)), is_overlapped=False)

    assert single.perceive(segments(8)[0], video.path, CAMERA) == perceived


def test_an_empty_scene_gives_empty_tables(tmp_path: Path) -> None:
    """Nobody there is an answer."""
    scene = Scene("cam1", 2.0, ())
    video = write_video(scene, tmp_path / "a.mp4")

    found = perceiver(scene, SETTINGS, CountingEmbedder()).perceive(segments(2)[0], video.path, CAMERA)

    assert all(rows.num_rows == 0 for _, rows in found.tables)
    assert found.facts["frames_analysed"] == 20
    assert table(found, "embeddings").schema.metadata[b"crosscam_embedder_digest"] == b"mean-colour"


def test_facts_add_up_by_hour(tmp_path: Path) -> None:
    """Decoded time is analysed or skipped, and lies in the UTC hours it belongs to."""
    video = write_video(SCENE, tmp_path / "a.mp4")
    late = replace(segments(8)[0])
    shift = 3_600_000_000 - 3_000_000
    recording = replace(late.recording, starts_at=late.starts_at + shift, ends_at=late.ends_at + shift)
    late = replace(late, recording=recording, starts_at=recording.starts_at, ends_at=recording.ends_at)
    detector = TruthDetector(SCENE, starts_at=late.starts_at)

    facts = Perceiver(SETTINGS, detector, CountingEmbedder(), 1).perceive(late, video.path, CAMERA).facts

    assert [hour["decoded_s"] for hour in facts["hours"].values()] == pytest.approx([3.0, 5.0])
    assert list(facts["hours"]) == ["2026-01-05T09:00:00+00:00", "2026-01-05T10:00:00+00:00"]
    assert facts["decoded_s"] == pytest.approx(8.0)
    assert not facts["is_partial"]


def test_damage_is_counted_and_named(tmp_path: Path) -> None:
    """Damaged frames are decoded but not analysed; the reason says how many."""
    video = write_video(SCENE, tmp_path / "a.mp4", key_frame_every=10)
    flip_bytes(video.path, 80, from_share=0.2, to_share=0.8)

    facts = perceiver(SCENE, SETTINGS).perceive(segments(8)[0], video.path, CAMERA).facts

    assert facts["corrupt_frames"] > 0
    assert facts["frames_analysed"] == facts["frames_decoded"] - facts["corrupt_frames"]
    assert facts["is_partial"]
    assert "damaged" in facts["reason"]


def test_a_recording_without_a_frame_is_refused(tmp_path: Path) -> None:
    """The first segment of a file that gives nothing raises; a later one says that the file ended."""
    video = write_video(SCENE, tmp_path / "a.ts")
    truncate(video.path, 0.002)
    long = write_video(SCENE, tmp_path / "b.ts")
    truncate(long.path, 0.4)

    with pytest.raises(RecordingError):
        perceiver(SCENE, SETTINGS).perceive(segments(8)[0], video.path, CAMERA)
    last = perceiver(SCENE, SETTINGS).perceive(segments(8, segment_s=4)[1], long.path, CAMERA)
    assert last.facts["is_partial"]
    assert "ends before" in last.facts["reason"]


def test_settings_build_a_perceiver(tmp_path: Path) -> None:
    """A plug-in's wrong parameter is found before any work."""
    wrong = SETTINGS.model_copy(update={"detector": PluginChoice(name="nobody")})

    with pytest.raises(ConfigError, match=r"detector.*nobody"):
        build(wrong, workplace(tmp_path))


Point = tuple[object, ...]


def points_of(perceived: Perceived, name: str) -> dict[Point, str]:
    """Return the tracklet of each box at each instant."""
    return {
        (row["captured_at"], row["x_min"], row["y_min"], row["x_max"], row["y_max"]): row["tracklet_id"]
        for row in table(perceived, name).to_pylist()
    }


def people(parts: list[Perceived]) -> set[frozenset[Point]]:
    """Join tracklets of neighbouring segments that share most points of the overlap; return the points of each person.

    The obvious way that linking will go: the same box at the same instant is the same person.
    """
    person: dict[str, str] = {}
    points: dict[str, set[Point]] = defaultdict(set)
    before: dict[Point, str] = {}
    for part in parts:
        own, boundary = points_of(part, "track_points"), points_of(part, "boundary_points")
        seen = {**own, **boundary}
        shared = Counter((seen[key], before[key]) for key in seen.keys() & before.keys())
        for (tracklet, earlier), _ in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])):
            if tracklet not in person and earlier not in {old for new, old in shared if new in person}:
                person[tracklet] = person.get(earlier, earlier)
        for key, tracklet in own.items():
            points[person.get(tracklet, tracklet)].add(key)
        before = seen
    return {frozenset(own) for own in points.values()}


@pytest.mark.parametrize("segment_s", [1.3, 2.0, 3.7])
@pytest.mark.parametrize("seed", [5, 6, 7])
def test_cutting_a_recording_gives_the_same_people(tmp_path: Path, segment_s: float, seed: int) -> None:
    """Joined by their boundary points, the tracklets of many segments are those of one."""
    scene = crossing_scene("cam1", people=3, duration_s=8, seed=seed)
    video = write_video(scene, tmp_path / "a.mp4")

    whole = [perceiver(scene, SETTINGS).perceive(segments(8)[0], video.path, CAMERA)]
    parts = [perceiver(scene, SETTINGS).perceive(s, video.path, CAMERA) for s in segments(8, segment_s)]

    assert people(whole) == people(parts)
    detections = pa.concat_tables([table(part, "detections") for part in parts]).drop_columns(["segment_id"])
    assert detections.equals(table(whole[0], "detections").drop_columns(["segment_id"]))


def test_who_is_in_view_at_a_cut_is_marked(tmp_path: Path) -> None:
    """A person who stands still through a cut ends by it and begins by it, with the same boxes as evidence."""
    scene = Scene("cam1", 4.0, (Walk(1, 80, ((0.0, 150.0, 200.0), (4.0, 150.0, 200.0))),))
    video = write_video(scene, tmp_path / "a.mp4")

    first, second = (perceiver(scene, SETTINGS).perceive(s, video.path, CAMERA) for s in segments(4, 2))

    assert table(first, "tracklets")["ended_by"].to_pylist() == ["segment_cut"]
    assert table(second, "tracklets")["began_by"].to_pylist() == ["segment_cut"]
    assert table(second, "boundary_points").num_rows == 20
    assert table(first, "boundary_points").num_rows == 20


def test_a_tracker_that_waits_for_features_in_vain_says_so(tmp_path: Path) -> None:
    """tracking_features: detector with a detector that gives none is a ModelError with what to set."""
    video = write_video(SCENE, tmp_path / "a.mp4")
    settings = SETTINGS.model_copy(update={"tracking_features": "detector"})

    with pytest.raises(ModelError, match="object_features: true"):
        perceiver(SCENE, settings).perceive(segments(8)[0], video.path, CAMERA)


def test_trackers_may_be_given_the_embedder_s_vectors(tmp_path: Path) -> None:
    """tracking_features: embedder embeds every box before tracking; the tables keep their contracts."""
    video = write_video(SCENE, tmp_path / "a.mp4")
    tracker = PluginChoice(name="botsort_centroid", params={"appearance": "features"})
    settings = SETTINGS.model_copy(update={"tracking_features": "embedder", "tracker": tracker})

    found = perceiver(SCENE, settings).perceive(segments(8)[0], video.path, CAMERA)

    assert table(found, "tracklets").num_rows >= 3
