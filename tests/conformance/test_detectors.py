"""What every detector keeps, whatever runs behind it. Needs the shared weights, except for `replay`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from analytics.errors import ConfigError, ModelError
from analytics.geometry import iou
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.perception import plugins
from analytics.perception.detectors.ultralytics import letterbox
from analytics.perception.frame import Detections, Frame
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Detector, Workplace, build_detector
from analytics.tables import DETECTIONS
from analytics.timebase import seconds_us
from tests.builders.perception import STARTS_AT
from tests.builders.video import crossing_scene, detections_table

SCENE = crossing_scene("cam1", people=4, duration_s=5, seed=2)
OFFSETS_US = [100_000 * number for number in range(50)]
WEIGHTS = "yolo26n-dequant.pt"
CASES = {
    "ultralytics-openvino": ("ultralytics", {"model": WEIGHTS, "precision": "f32", "object_features": True}),
    "ultralytics-torch": ("ultralytics", {"model": WEIGHTS, "runtime": "torch", "object_features": True}),
    "ultralytics-predictor": ("ultralytics", {"model": WEIGHTS, "runtime": "predictor"}),
    "replay": ("replay", {}),
}
NOT_RUN_HERE = {"rfdetr"}  # an extra whose weights nobody may ship; tested on its own with random ones


def synthetic_frames() -> list[Frame]:
    return [Frame("cam1", STARTS_AT + at, SCENE.draw(at / 1e6)) for at in OFFSETS_US]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest, cache: Path) -> tuple[Detector, list[Frame]]:
    """A detector and frames in which it finds something."""
    name, params = CASES[request.param]
    if name == "replay":
        location = str(cache / "lake")
        lake = Lake(open_store(location))
        truth = detections_table(SCENE.truth(OFFSETS_US), SCENE, starts_at=STARTS_AT)
        night = truth["night"][0].as_py()
        lake.write_item(
            stage="perceive", night=night, camera_id="cam1", item_id="a", key="k", tables=[(DETECTIONS, truth)]
        )
        lake.ledger.publish(night, "perceive", ["k"])
        return build_detector(name, {"lake": location}, Workplace(ModelFolder(None, cache))), synthetic_frames()
    shared: Path = request.getfixturevalue("shared")
    detector = build_detector(name, params, Workplace(ModelFolder(shared / "models", cache)))
    return detector, list(pets_frames(shared, 12))


def pets_frames(shared: Path, count: int) -> Iterator[Frame]:
    import av

    with av.open(str(next((shared / "footage/pets/cam1").glob("*.mp4")))) as container:
        for number, picture in enumerate(container.decode(video=0)):
            if number == count:
                return
            yield Frame("cam1", number * 100_000, picture.to_ndarray(format="bgr24"))


def same(a: Detections, b: Detections) -> bool:
    features = (a.features is None and b.features is None) or np.array_equal(a.features, b.features)
    return bool(np.array_equal(a.boxes, b.boxes) and np.array_equal(a.scores, b.scores) and features)


def test_every_detector_is_a_case_here() -> None:
    """A new file in the folder is tested without being asked."""
    assert {name for name, _ in CASES.values()} | NOT_RUN_HERE == set(plugins.names("detectors"))


def test_answers_keep_their_order_and_frames(case: tuple[Detector, list[Frame]]) -> None:
    """One answer a frame, boxes inside it, scores falling, class numbers known; something is found."""
    detector, frames = case

    answers = detector.detect(frames)

    assert len(answers) == len(frames)
    assert sum(map(len, answers)) > len(frames)
    for answer, frame in zip(answers, frames, strict=True):
        assert (answer.boxes[:, :2] >= 0).all()
        assert (answer.boxes[:, 2] <= frame.width_px).all()
        assert (answer.boxes[:, 3] <= frame.height_px).all()
        assert (np.diff(answer.scores) <= 0).all()
        assert set(answer.class_nos.tolist()) <= set(range(len(detector.class_names)))
        if answer.features is not None:
            assert np.linalg.norm(answer.features, axis=1) == pytest.approx(1, abs=1e-4)


def test_a_frame_is_answered_alike_in_any_company(case: tuple[Detector, list[Frame]]) -> None:
    """Neither the batch nor what was asked before changes an answer: bits for OpenVINO, within rounding for torch."""
    detector, frames = case

    together = detector.detect(frames)
    alone = [detector.detect([frame])[0] for frame in reversed(frames)][::-1]

    for a, b in zip(together, alone, strict=True):
        assert len(a) == len(b)
        assert a.boxes == pytest.approx(b.boxes, abs=0.01)
        assert a.scores == pytest.approx(b.scores, abs=1e-4)


def test_the_same_frames_get_the_same_bits(case: tuple[Detector, list[Frame]]) -> None:
    """Detecting is a function."""
    detector, frames = case

    assert all(same(a, b) for a, b in zip(detector.detect(frames), detector.detect(frames), strict=True))


def test_no_frames_get_no_answers(case: tuple[Detector, list[Frame]]) -> None:
    """An empty call is fine."""
    assert case[0].detect([]) == []


def test_frames_of_several_sizes_may_come_together(case: tuple[Detector, list[Frame]]) -> None:
    """A grey picture of any size has no people in it and disturbs nobody."""
    detector, frames = case
    grey = [
        Frame("cam1", -1, np.full((height, width, 3), 90, np.uint8)) for height, width in ((1, 1), (90, 64), (64, 700))
    ]

    answers = detector.detect([grey[0], frames[0], *grey[1:]])

    assert [len(answers[k]) for k in (0, 2, 3)] == [0, 0, 0]
    assert answers[1].boxes == pytest.approx(detector.detect([frames[0]])[0].boxes, abs=0.01)


@pytest.mark.shared
def test_openvino_finds_what_ultralytics_itself_finds(shared: Path, cache: Path) -> None:
    """Same boxes, scores and order as `YOLO.predict` on real footage, to a tenth of a pixel."""
    frames = list(pets_frames(shared, 40))
    place = Workplace(ModelFolder(shared / "models", cache))
    ours, theirs = (
        build_detector(*CASES[name], place).detect(frames) for name in ("ultralytics-openvino", "ultralytics-predictor")
    )

    assert [len(a) for a in ours] == [len(b) for b in theirs]
    for a, b in zip(ours, theirs, strict=True):
        assert a.boxes == pytest.approx(b.boxes, abs=0.1)
        assert a.scores == pytest.approx(b.scores, abs=1e-3)


@pytest.mark.shared
def test_half_precision_moves_no_box_far(shared: Path, cache: Path) -> None:
    """bf16 arithmetic finds the confident people of f32, at an overlap of at least .9."""
    import openvino

    if "BF16" not in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this CPU has no bf16")
    frames = list(pets_frames(shared, 40))
    place = Workplace(ModelFolder(shared / "models", cache))
    exact = build_detector("ultralytics", {"model": WEIGHTS, "precision": "f32"}, place).detect(frames)
    rough = build_detector("ultralytics", {"model": WEIGHTS, "precision": "bf16"}, place).detect(frames)

    for a, b in zip(exact, rough, strict=True):
        confident = a.boxes[a.scores > 0.5]
        assert not len(confident) or iou(confident, b.boxes).max(axis=1).min() > 0.9


@pytest.mark.shared
def test_features_come_from_each_detection_s_own_cell(shared: Path, cache: Path) -> None:
    """OpenVINO's and torch's features of a detection agree, and those of different people differ."""
    frames = list(pets_frames(shared, 4))
    place = Workplace(ModelFolder(shared / "models", cache))
    ours, theirs = (
        build_detector(*CASES[name], place).detect(frames) for name in ("ultralytics-openvino", "ultralytics-torch")
    )

    for a, b in zip(ours, theirs, strict=True):
        assert a.features is not None
        assert b.features is not None
        confident = a.scores > 0.5
        similarity = a.features[confident] @ b.features[b.scores > 0.5].T
        assert np.diag(similarity).min() > 0.999
        assert (similarity.argmax(axis=1) == np.arange(len(similarity))).all()


@pytest.mark.shared
def test_an_unknown_class_is_named(shared: Path, cache: Path) -> None:
    """A class that the weights lack is a ModelError that lists what they have."""
    with pytest.raises(ModelError, match=r"no class ghost.*person"):
        build_detector(
            "ultralytics",
            {"model": WEIGHTS, "class_names": ["ghost"]},
            Workplace(ModelFolder(shared / "models", cache)),
        )


@pytest.mark.shared
def test_several_classes_are_numbered_as_named(shared: Path, cache: Path) -> None:
    """Vehicles and people in one pass, each with its own class number."""
    place = Workplace(ModelFolder(shared / "models", cache))
    both = build_detector("ultralytics", {"model": WEIGHTS, "class_names": ["car", "person"]}, place)
    people = build_detector("ultralytics", {"model": WEIGHTS}, place)
    frames = list(pets_frames(shared, 1))

    (answer,), (expected,) = both.detect(frames), people.detect(frames)

    assert both.class_names == ("car", "person")
    assert set(answer.class_nos.tolist()) == {0, 1}
    is_person = (answer.class_nos == 1) & (answer.scores > 0.3)
    assert answer.boxes[is_person] == pytest.approx(expected.boxes[expected.scores > 0.3], abs=0.01)


@pytest.mark.shared
def test_an_exported_file_runs_too(shared: Path, tmp_path: Path) -> None:
    """A detector that Ultralytics exported to ONNX finds the people that the weights find."""
    export = (
        "from analytics.perception._ultralytics import quiet_ultralytics; quiet_ultralytics(); import sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from ultralytics import YOLO; YOLO(sys.argv[1]).export(format='onnx', imgsz=640, simplify=False)"
    )
    weights = tmp_path / "small.pt"
    weights.write_bytes((shared / "models" / WEIGHTS).read_bytes())
    subprocess.run([sys.executable, "-c", export, str(weights)], check=True, capture_output=True)
    frames = list(pets_frames(shared, 3))
    place = Workplace(ModelFolder(tmp_path, tmp_path / "cache"))

    exported = build_detector("ultralytics", {"model": "small.onnx"}, place).detect(frames)
    weights_own = build_detector("ultralytics", {"model": "small.pt"}, place).detect(frames)

    for a, b in zip(exported, weights_own, strict=True):
        assert iou(b.boxes[b.scores > 0.5], a.boxes).max(axis=1).min() > 0.9


def test_missing_weights_say_how_to_get_them(tmp_path: Path) -> None:
    """No weights is a ModelError before any work, with the command."""
    with pytest.raises(ModelError, match="yolo26n"):
        build_detector("ultralytics", {}, Workplace(ModelFolder(None, tmp_path)))


@pytest.mark.parametrize(
    "params",
    [{"image_size_px": 650}, {"class_names": []}, {"class_names": ["a", "a"]}, {"min_score": 0}, {"minscore": 1}],
)
def test_wrong_parameters_are_refused(params: dict[str, object]) -> None:
    """A typo or a value out of range is a ConfigError that names the field."""
    with pytest.raises(ConfigError, match=r"detector\.params"):
        plugins.parse("detectors", "ultralytics", params)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (1920, 1080), (31, 17), (640, 640)])
def test_letterbox_keeps_points(width: int, height: int) -> None:
    """A pixel's place in the picture, divided by the factors, is its place in the frame; sides are multiples of 32."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[height // 2 :, width // 2 :] = 255

    picture, factors = letterbox(pixels, 640)

    assert picture.shape[0] % 32 == 0
    assert picture.shape[1] % 32 == 0
    assert max(picture.shape[:2]) == 640
    bright = picture[..., 0] > 200
    assert bright.any(axis=0).argmax() == pytest.approx(width // 2 * factors[0], abs=float(factors[0]))
    assert bright.any(axis=1).argmax() == pytest.approx(height // 2 * factors[1], abs=float(factors[1]))


def test_replay_needs_a_lake_with_detections(tmp_path: Path) -> None:
    """An empty lake is a ModelError; instants that were not analysed have no detections."""
    with pytest.raises(ModelError, match="no published detections"):
        build_detector("replay", {"lake": str(tmp_path)}, Workplace(ModelFolder(None, tmp_path)))


def test_replay_gives_back_what_was_stored(cache: Path, tmp_path: Path) -> None:
    """Box for box and score for score, filtered by score and class; an instant in between has none."""
    table = detections_table(SCENE.truth(OFFSETS_US), SCENE, starts_at=STARTS_AT)
    night = table["night"][0].as_py()
    lake = Lake(open_store(str(tmp_path)))
    lake.write_item(stage="perceive", night=night, camera_id="cam1", item_id="a", key="k", tables=[(DETECTIONS, table)])
    lake.ledger.publish(night, "perceive", ["k"])
    place = Workplace(ModelFolder(None, cache))
    frames = synthetic_frames()

    answers = build_detector("replay", {"lake": str(tmp_path)}, place).detect(frames)
    strong = build_detector("replay", {"lake": str(tmp_path), "min_score": 0.9}, place).detect(frames)
    cars = build_detector("replay", {"lake": str(tmp_path), "class_names": ["car"]}, place).detect(frames)
    between = Frame("cam1", STARTS_AT + seconds_us(0.05), frames[0].pixels)

    assert sum(map(len, answers)) == table.num_rows
    assert sum(map(len, strong)) == sum(score.as_py() >= np.float32(0.9) for score in table["score"])
    assert not any(map(len, cars))
    assert len(build_detector("replay", {"lake": str(tmp_path)}, place).detect([between])[0]) == 0


@pytest.mark.shared
def test_features_that_cannot_be_had_are_refused(shared: Path, cache: Path) -> None:
    """Asked for from a runtime that has none: a ModelError that says what to set."""
    with pytest.raises(ModelError, match="object_features: false"):
        build_detector(
            "ultralytics",
            {"model": WEIGHTS, "runtime": "predictor", "object_features": True},
            Workplace(ModelFolder(shared / "models", cache)),
        )
