"""What there is to do, and which changes make a segment's key another."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analytics.lake.ledger import Entry, Ledger
from analytics.lake.store import FolderStore
from analytics.perception.models import ModelFolder
from analytics.perception.segments import Source
from analytics.perception.trackers import sort
from analytics.settings import Perception
from analytics.sites import Camera, Site
from analytics.timebase import Interval
from jobs.plan import STAGE, Plan, key_of_settings, make_plan
from tests.builders.video import instant

NIGHT = date(2026, 1, 5)
SITE = Site(site_id="site", cameras=(Camera(camera_id="cam1"), Camera(camera_id="cam2")))
PERCEPTION = Perception.model_validate(
    {
        "sampling": {"segment_s": 10},
        "detector": {"name": "ultralytics", "params": {"model": "weights.pt"}},
        "tracker": {"name": "botsort_centroid"},
        "embedder": {"name": "colour_histogram"},
    }
)


@pytest.fixture
def models(tmp_path: Path) -> ModelFolder:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "weights.pt").write_bytes(b"weights")
    return ModelFolder(tmp_path / "models", tmp_path / "cache")


def source(start: str = "20260105T090000Z", seconds: int = 25, **changes: Any) -> Source:
    begin = instant(start)
    values = {
        "recording_id": "r1",
        "site_id": "site",
        "camera_id": "cam1",
        "path": "cam1/a.mp4",
        "content_key": "c0ffee",
        "interval": Interval(begin, begin + seconds * 1_000_000),
        **changes,
    }
    return Source(**values)


def plan(models: ModelFolder, **changes: Any) -> Plan:
    values: dict[str, Any] = {
        "sources": [source()],
        "site": SITE,
        "perception": PERCEPTION,
        "models": models,
        "ledger": None,
        **changes,
    }
    return make_plan(**values)


def keys(made: Plan) -> list[str]:
    return [task.key for task in made.tasks]


def changed(path: str, value: Any) -> Perception:
    content = PERCEPTION.model_dump()
    *folders, name = path.split(".")
    place = content
    for folder in folders:
        place = place[folder]
    place[name] = value
    return Perception.model_validate(content)


def masked(camera_id: str, height_px: int = 12) -> Camera:
    return Camera(camera_id=camera_id, width_px=16, height_px=height_px, masks=(((0, 0), (9, 0), (9, 9)),))


def test_nothing_to_plan(models: ModelFolder) -> None:
    """Without recordings there are no tasks and no nights."""
    made = plan(models, sources=[])
    assert (made.tasks, made.nights, made.to_do()) == ((), (), ())


def test_segments_are_tasks_in_order_of_time(models: ModelFolder) -> None:
    """A recording of 25 s in segments of 10 s is three tasks with three keys."""
    made = plan(models)
    assert [task.segment.interval.duration_s for task in made.tasks] == [10, 10, 5]
    assert len(set(keys(made))) == 3


def test_same_inputs_same_keys(models: ModelFolder) -> None:
    """Planning twice gives the same keys, also when the file has another name."""
    assert keys(plan(models)) == keys(plan(models)) == keys(plan(models, sources=[source(path="cam1/renamed.mp4")]))


@pytest.mark.parametrize(
    "changes",
    [
        {"sources": [source(content_key="other")]},
        {"sources": [source(start="20260105T090001Z")]},
        {"sources": [source(camera_id="cam2")]},
        {"site": Site(site_id="site", cameras=(masked("cam1"),))},
        {"site": Site(site_id="site", cameras=(Camera(camera_id="cam1", frame_rate_hz=25),))},
        {"perception": changed("sampling.analysis_fps", 5)},
        {"perception": changed("crops.jpeg_quality", 80)},
        {"perception": changed("detector.params", {"model": "weights.pt", "min_score": 0.2})},
        {"perception": changed("tracker", {"name": "bytetrack", "params": {}})},
    ],
    ids=["content", "start", "camera", "masks", "frame rate", "sampling", "crops", "detector", "tracker"],
)
def test_what_decides_the_result_changes_every_key(models: ModelFolder, changes: dict[str, Any]) -> None:
    """Footage, camera and settings are in the key."""
    assert not set(keys(plan(models))) & set(keys(plan(models, **changes)))


def test_the_size_that_masks_are_drawn_on_is_in_the_key_and_a_size_without_masks_is_not(models: ModelFolder) -> None:
    """The same corners on another picture hide another place; without masks the size changes nothing."""
    plans = [plan(models, site=Site(site_id="site", cameras=(masked("cam1", height),))) for height in (12, 9)]
    assert not set(keys(plans[0])) & set(keys(plans[1]))
    sized = Camera(camera_id="cam1", width_px=16, height_px=12)
    assert keys(plan(models)) == keys(plan(models, site=Site(site_id="site", cameras=(sized,))))


def test_a_default_that_is_spelled_out_changes_no_key(tmp_path: Path) -> None:
    """A night is not perceived anew because a settings file states what applied already; another value is."""
    folder = ModelFolder(tmp_path, tmp_path / "cache")

    def key(max_gap_s: float | None) -> str:
        tracker = {"name": "sort", "params": {} if max_gap_s is None else {"max_gap_s": max_gap_s}}
        chosen = {"detector": {"params": {"model": "own.pt"}}, "embedder": {"name": "colour_histogram"}}
        return key_of_settings(Perception.model_validate({**chosen, "tracker": tracker}), folder)

    (tmp_path / "own.pt").write_bytes(b"weights")
    default = sort.Params().max_gap_s
    assert key(None) == key(default) != key(default + 1)


def test_other_weights_change_every_key(models: ModelFolder) -> None:
    """The same name with other weights is another model."""
    before = keys(plan(models))
    (models.folder or Path()).joinpath("weights.pt").write_bytes(b"weights of another training")
    assert not set(before) & set(keys(plan(models)))


def test_other_camera_of_the_site_changes_nothing(models: ModelFolder) -> None:
    """A mask on one camera does not perceive the other's footage again."""
    other = Site(site_id="site", cameras=(Camera(camera_id="cam1"), masked("cam2")))
    assert keys(plan(models)) == keys(plan(models, site=other))


def test_only_nights_asked_for(models: ModelFolder) -> None:
    """A recording across midnight gives each night its own segments."""
    across = [source(start="20260105T235950Z", seconds=30)]
    assert plan(models, sources=across).nights == (NIGHT, date(2026, 1, 6))
    only = plan(models, sources=across, nights=[NIGHT])
    assert [task.segment.interval.duration_s for task in only.tasks] == [10]


def test_what_the_ledger_has_is_not_done_again(models: ModelFolder, tmp_path: Path) -> None:
    """Done and quarantined segments rest, failed ones are tried again, and --retry adds the quarantined."""
    ledger = Ledger(FolderStore(tmp_path / "lake"))
    tasks = plan(models).tasks
    for task, status in zip(tasks, ("done", "quarantined", "failed"), strict=True):
        ledger.record(Entry(STAGE, NIGHT, task.segment.segment_id, task.key, status, "why"))
    made = plan(models, ledger=ledger)
    assert made.to_do() == tasks[2:]
    assert made.to_do({"failed", "quarantined"}) == tasks[1:]
