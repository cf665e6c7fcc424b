"""A simulated site on disk is footage like any other, and its truth is exact."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from analytics.configfile import load, load_settings
from analytics.discovery.discover import discover
from analytics.errors import ConfigError
from analytics.evaluation import motchallenge
from analytics.evaluation.presentation import read_times
from analytics.evaluation.tracking import evaluate_tracking
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.perception.models import ModelFolder
from analytics.perception.video import first_frame
from analytics.simulation.behaviour import simulate
from analytics.simulation.filmed_site import film_site
from analytics.simulation.presets.choosing import premises_of
from analytics.simulation.scene import Figures, Picture
from analytics.simulation.sight import sight_of
from analytics.simulation.truth_files import read_boxes
from analytics.sites import Site
from analytics.timebase import to_instant
from jobs.executors import LocalExecutor
from jobs.night import Order, run
from tests.builders.figures import BoardRenderer
from tests.builders.filmed import ORDER, boards, film, store_detections
from tests.builders.nights import Ears, command


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small site, made by two processes."""
    folder = tmp_path_factory.mktemp("filmed") / "site"
    film(folder, workers=2)
    return folder


@pytest.fixture(scope="module")
def site(filmed: Path) -> Site:
    """Its site file."""
    return load(filmed / "site.yaml", Site)


def good_recordings(filmed: Path, site: Site) -> list[dict[str, object]]:
    """Return the rows of the recordings that can be used, by camera and time."""
    rows = discover(filmed / "footage", site).recordings.to_pylist()
    good = [row for row in rows if row["status"] == "complete"]
    return sorted(good, key=lambda row: (row["camera_id"], row["starts_at"]))


def frame_times(filmed: Path, site: Site) -> dict[str, np.ndarray]:
    """Return the instants of all frames of each camera, read from the videos."""
    times: dict[str, list[np.ndarray]] = {}
    for row in good_recordings(filmed, site):
        starts_at = to_instant(row["starts_at"])
        found = read_times(filmed / "footage" / row["path"], row["recording_id"], starts_at)
        times.setdefault(row["camera_id"], []).append(starts_at + found.offsets_us)
    return {camera_id: np.concatenate(parts) for camera_id, parts in times.items()}


def test_every_defect_is_found_and_nothing_else(filmed: Path, site: Site) -> None:
    """Discovery takes all recordings but the two that are broken on purpose, and the clock error off the starts."""
    rows = discover(filmed / "footage", site).recordings.to_pylist()
    assert sorted(row["status"] for row in rows if row["reason"]) == ["quarantined", "quarantined"]
    good = good_recordings(filmed, site)
    assert len(good) == 5 * 3 - 1
    (first, *_) = [row for row in good if row["camera_id"] == "checkout"]
    assert Path(first["path"]).stem == "20260105T100005Z"
    assert to_instant(first["starts_at"]) == to_instant(ORDER.starts_at) + 500_000


def test_frames_carry_exact_times(filmed: Path, site: Site) -> None:
    """Every true box lies at the instant that its frame has in the video."""
    times = frame_times(filmed, site)
    boxes = read_boxes(filmed)
    instants = boxes["captured_at"].cast("int64").to_pylist()
    rows = zip(boxes["camera_id"].to_pylist(), boxes["frame_no"].to_pylist(), instants, strict=True)
    for camera_id, frame_no, captured_at in rows:
        assert times[camera_id][frame_no - 1] == captured_at


def test_presence_equals_a_replay_of_the_walks(filmed: Path, site: Site) -> None:
    """Who is where follows from the walks, the videos' own times and the polygons of site.yaml, point by point."""
    premises = premises_of(ORDER.preset, ORDER.seed)
    timeline = simulate(premises, ORDER.minutes * 60, ORDER.people, ORDER.seed)
    times = frame_times(filmed, site)
    found = pq.read_table(filmed / "truth" / "true_presence.parquet").to_pylist()
    assert found
    for zone in site.zones:
        sight = sight_of(premises.layout, premises.views[zone.camera_id])
        instants = times[zone.camera_id]
        for person_no in range(timeline.people):
            places = timeline.places_at(person_no, (instants - to_instant(ORDER.starts_at)) / 1e6)
            is_here = np.isfinite(places[:, 0])
            expected = np.zeros(len(instants), np.bool_)
            expected[is_here] = sight.shows_floor(places[is_here])
            pixels = sight.feet_px(np.nan_to_num(places)).astype(np.float32)
            expected &= [_encloses(zone.polygon, float(x), float(y)) for x, y in pixels]
            claimed = np.zeros(len(instants), np.bool_)
            for row in found:
                if row["zone_id"] == zone.zone_id and row["person_id"] == person_no + 1:
                    claimed |= (instants >= to_instant(row["entered_at"])) & (instants < to_instant(row["left_at"]))
            assert (claimed == expected).all()


def test_the_truth_files_are_motchallenge(filmed: Path, site: Site) -> None:
    """They read back, count frames through all recordings, and the same person has the same id in all cameras."""
    times = frame_times(filmed, site)
    cameras_of: dict[int, set[str]] = {}
    for path in (filmed / "truth").glob("*.txt"):
        rows = motchallenge.read(path)
        assert rows.frames.max() <= len(times[path.stem])
        for person_id in np.unique(rows.ids).tolist():
            cameras_of.setdefault(person_id, set()).add(path.stem)
    assert max(map(len, cameras_of.values())) >= 2
    cast = {row["person_id"]: row for row in pq.read_table(filmed / "truth" / "true_cast.parquet").to_pylist()}
    assert set(cameras_of) <= set(cast)
    assert sum(row["is_staff"] for row in cast.values()) == len(premises_of(ORDER.preset, ORDER.seed).posts)


def test_nobody_is_in_two_pictures_at_once(filmed: Path) -> None:
    """At frames less than half a frame apart nobody has a box in two cameras."""
    boxes = read_boxes(filmed)
    boxes = boxes.filter(pc.greater(boxes["visibility"], 0))
    seen: dict[tuple[int, int], set[str]] = {}
    rows = zip(
        boxes["person_id"].to_pylist(),
        boxes["captured_at"].cast("int64").to_pylist(),
        boxes["camera_id"].to_pylist(),
        strict=True,
    )
    for person_id, captured_at, camera_id in rows:
        seen.setdefault((person_id, captured_at // 250_000), set()).add(camera_id)
    assert all(len(cameras) == 1 for cameras in seen.values())


def test_true_detections_track_nearly_without_error(filmed: Path, site: Site, tmp_path: Path) -> None:
    """The pipeline fed with the true boxes is scored near 1 on the truth: frames, times and ids fit together."""
    store_detections(filmed, tmp_path / "detections")
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        "perception:\n"
        "  sampling: {analysis_fps: null}\n"
        f"  detector: {{name: replay, params: {{lake: {tmp_path / 'detections'}}}}}\n"
        "  tracker: {name: sort}\n"
        "  embedder: {name: colour_histogram}\n"
    )
    lake = Lake(open_store(str(tmp_path / "lake")))
    models = ModelFolder(None, tmp_path / "cache")
    run(Order(filmed / "footage", lake, site, load_settings(settings), models), LocalExecutor(), Ears())
    scores = evaluate_tracking(lake, filmed / "truth", footage=filmed / "footage").to_pylist()
    total = next(row for row in scores if row["camera_id"] == "(all)")
    assert total["truth_boxes"] > 60
    assert total["false_positives"] == 0
    assert total["motp"] > 0.99


def test_running_again_renders_nothing(filmed: Path) -> None:
    """A finished site is left as it is."""
    before = _contents(filmed)
    made: list[BoardRenderer] = []

    def renderer() -> BoardRenderer:
        made.append(boards()())
        return made[-1]

    film_site(filmed, ORDER, 1, lambda done, total: None, renderer)
    assert not made
    assert _contents(filmed) == before


class Failing(BoardRenderer):
    """Breaks off after a number of pictures."""

    def __init__(self, limit: int) -> None:
        super().__init__(premises_of(ORDER.preset, ORDER.seed).views)
        self.limit = limit

    def render(self, camera_id: str, figures: Figures) -> Picture:
        """Draw, or fail."""
        if self.rendered == self.limit:
            raise KeyboardInterrupt
        return super().render(camera_id, figures)


def test_an_interrupted_run_goes_on_and_ends_with_the_same_bytes(filmed: Path, tmp_path: Path) -> None:
    """What is in place is whole; the rest is made by the next run, by one process as by two."""
    folder = tmp_path / "site"
    with pytest.raises(KeyboardInterrupt):
        film_site(folder, ORDER, 1, lambda done, total: None, partial(Failing, 30))
    whole = {path.name: path.read_bytes() for path in _videos(filmed, "aisle")}
    for path in _videos(folder, "aisle"):
        assert path.read_bytes() == whole[path.name]
    assert 0 < sum(1 for _ in (folder / "footage").rglob("*.mp4")) < 14
    film(folder)
    assert _contents(folder) == _contents(filmed)


def test_the_command_films_people(tmp_path: Path) -> None:
    """`crosscam simulate` with the real renderer: pictures that are not empty, the truth, and what to do next."""
    pytest.importorskip("anny")
    pytest.importorskip("moderngl")
    words = ("--minutes", "0.05", "--people", "6", "--seed", "7", "--workers", "1", "--format", "json")
    folder = tmp_path / "out"
    code, out, err = command("simulate", str(folder), *words, "--set", "frame_rate_hz=1", "--set", "file_s=3")
    assert code == 0, err
    (row,) = json.loads(out)
    assert (row["recordings"], row["frames"]) == (5, 15)
    assert row["visitors"] + row["staff"] >= 3
    assert "crosscam run" in err
    described = load(folder / "site.yaml", Site)
    frame = first_frame(folder / "footage" / "aisle" / "20260105T100000Z.mp4", described.camera("aisle"), 0)
    assert frame.pixels.std() > 15
    assert read_boxes(folder).num_rows >= 6


def test_another_order_needs_another_folder(filmed: Path, tmp_path: Path) -> None:
    """A folder keeps to the order that it was begun with, and a folder of other things is not touched."""
    with pytest.raises(ConfigError, match="choose another folder"):
        film(filmed, ORDER.model_copy(update={"seed": 5}))
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="holds other things"):
        film(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_preset_is_told(tmp_path: Path) -> None:
    """The message names those that there are, and nothing is made."""
    with pytest.raises(ConfigError, match="demo, station, street, random"):
        film_site(tmp_path / "site", ORDER.model_copy(update={"preset": "moon"}), 1, lambda done, total: None)
    assert not (tmp_path / "site").exists()


def _videos(folder: Path, camera_id: str) -> Iterator[Path]:
    return (folder / "footage" / camera_id).glob("*.mp4")


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _encloses(polygon: tuple[tuple[float, float], ...], x: float, y: float) -> bool:
    """Tell whether a ray to the right crosses the outline an odd number of times."""
    crossings = 0
    for (x0, y0), (x1, y1) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            crossings += 1
    return crossings % 2 == 1
