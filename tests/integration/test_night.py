"""A night in this process: what is done, what is not done again, and what readers see meanwhile."""

import os
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest

from analytics.configfile import load_settings
from analytics.errors import ConfigError, ModelError
from analytics.settings import PluginChoice, Settings
from analytics.tables import COVERAGE, DETECTIONS, EMBEDDINGS, RECORDINGS, TRACKLETS
from jobs.executors import LocalExecutor
from jobs.night import Order, run
from jobs.status import status
from tests.builders.nights import (
    NIGHT,
    Ears,
    SmallSite,
    Stops,
    Unlucky,
    add_bad_files,
    all_tables,
    published_files,
    small_site,
    write_settings,
)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> SmallSite:
    """Two cameras, two files of 3 s each, segments of 1 s: twelve segments."""
    return small_site(tmp_path_factory.mktemp("site"), seconds=3.0)


@pytest.fixture
def site(drawn: SmallSite, tmp_path: Path) -> SmallSite:
    """A copy that a test may change."""
    shutil.copytree(drawn.footage, tmp_path / "footage")
    shutil.copy(drawn.settings, tmp_path / "settings.yaml")
    return SmallSite(tmp_path / "footage", tmp_path / "settings.yaml", drawn.folder)


def test_first_run_writes_all_tables(site: SmallSite, tmp_path: Path) -> None:
    """Every segment is done once, the tables have its rows, and every expected second is covered."""
    order, ears = site.order(tmp_path / "lake"), Ears()
    summary = run(order, LocalExecutor(), ears)
    assert (summary.worked_on, dict(summary.segments), dict(summary.recordings)) == (12, {"done": 12}, {"complete": 4})
    assert not summary.has_problems
    assert len(ears.settled_entries) == 12
    for contract in (DETECTIONS, TRACKLETS, EMBEDDINGS):
        assert order.lake.read(contract).num_rows > 0
    recordings = order.lake.read(RECORDINGS)
    assert recordings["decoded_s"].to_pylist() == pytest.approx([3.0] * 4)
    coverage = order.lake.read(COVERAGE)
    assert pc.sum(coverage["analysed_s"]).as_py() == pytest.approx(12.0)


def test_second_run_changes_nothing(site: SmallSite, tmp_path: Path) -> None:
    """A second run has nothing to do, opens no worker and leaves every file as it was."""
    run(site.order(tmp_path / "lake"), LocalExecutor(), Ears())
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "lake").rglob("*") if path.is_file()}
    summary = run(site.order(tmp_path / "lake"), Stops(0), Ears())
    assert (summary.worked_on, summary.wrote) == (0, False)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "lake").rglob("*") if path.is_file()} == before


def test_two_lakes_of_the_same_footage_are_byte_for_byte_equal(site: SmallSite, tmp_path: Path) -> None:
    """The same footage and settings give the same files, names and bytes."""
    add_bad_files(site)
    for name in ("one", "two"):
        run(site.order(tmp_path / name), LocalExecutor(), Ears())
    assert published_files(tmp_path / "one") == published_files(tmp_path / "two")


@pytest.mark.parametrize("after", [0, 1, 5, 11])
def test_interrupted_run_goes_on_where_it_was(site: SmallSite, tmp_path: Path, after: int) -> None:
    """After Ctrl-C, nothing of a new night shows but its recordings; the next run does only what is left."""
    run(site.order(tmp_path / "whole"), LocalExecutor(), Ears())
    order = site.order(tmp_path / "lake")
    with pytest.raises(KeyboardInterrupt):
        run(order, Stops(after), Ears())
    assert order.lake.read(TRACKLETS).num_rows == 0
    assert order.lake.read(RECORDINGS).num_rows == 4
    shown = status(order.lake).cameras
    assert sum(row["segments_done"] for row in shown) == after
    assert sum(row["segments_missing"] for row in shown) == 12 - after
    assert run(order, LocalExecutor(), Ears()).worked_on == 12 - after
    assert published_files(tmp_path / "lake") == published_files(tmp_path / "whole")


def test_crashed_segments_are_tried_again_by_the_next_run(site: SmallSite, tmp_path: Path) -> None:
    """A worker's death is a problem of today: the next run tries the segment again and the tables are whole."""
    run(site.order(tmp_path / "whole"), LocalExecutor(), Ears())
    order = site.order(tmp_path / "lake")
    first = run(order, Unlucky(2), Ears())
    assert first.has_problems
    assert dict(first.segments) == {"done": 10, "failed": 2}
    (problem, *_) = status(order.lake).problems
    assert "the worker died (killed), 3 times" in str(problem["reason"])
    assert "run again" in str(problem["repair"])
    second = run(order, LocalExecutor(), Ears())
    assert (second.worked_on, dict(second.segments)) == (2, {"done": 12})
    assert published_files(tmp_path / "lake") == published_files(tmp_path / "whole")


def test_bad_files_cost_only_themselves(site: SmallSite, tmp_path: Path) -> None:
    """A text named like a video and a cut file each have a reason; everything else is done."""
    add_bad_files(site)
    order = site.order(tmp_path / "lake")
    summary = run(order, LocalExecutor(), Ears())
    assert summary.has_problems
    rows = {row["path"]: row for row in order.lake.read(RECORDINGS).to_pylist()}
    assert rows["cam1/20260105T110000Z.mp4"]["status"] == "quarantined"
    assert rows["cam2/20260105T110000Z.mkv"]["status"] == "partial"
    assert rows["cam2/20260105T110000Z.mkv"]["decoded_s"] > 0
    assert [row["status"] for path, row in rows.items() if "11000" not in path] == ["complete"] * 4
    shown = status(order.lake)
    assert [row["path"] for row in shown.problems] == ["cam1/20260105T110000Z.mp4"]
    assert [row["path"] for row in shown.worth_knowing] == ["cam2/20260105T110000Z.mkv"]


def test_a_recording_that_is_used_in_part_is_a_problem(site: SmallSite, tmp_path: Path) -> None:
    """A cut file is used as far as it goes, and the run says so all the same."""
    add_bad_files(site)
    (site.footage / "cam1" / "20260105T110000Z.mp4").unlink()
    summary = run(site.order(tmp_path / "lake"), LocalExecutor(), Ears())
    assert dict(summary.recordings) == {"complete": 4, "partial": 1}
    assert summary.has_problems


@pytest.mark.parametrize("other_name", ["truth", "truth/../truth", "link"])
def test_replaying_the_lake_that_is_written_to_is_refused(site: SmallSite, other_name: str) -> None:
    """Whatever the lake is called: nothing is written, and the field is named."""
    if other_name == "link" and not (site.folder / "link").exists():
        (site.folder / "link").symlink_to(site.folder / "truth")
    before = published_files(site.folder / "truth")
    with pytest.raises(ConfigError, match="expected another lake") as caught:
        run(site.order(site.folder / other_name), Stops(0), Ears())
    assert caught.value.field == "perception.detector.params.lake"
    assert published_files(site.folder / "truth") == before


def test_another_tracker_on_stored_detections_keeps_them_and_their_embeddings(site: SmallSite, tmp_path: Path) -> None:
    """Detections are the same rows, and a detection that both runs embedded has the same vector."""
    first = site.order(tmp_path / "first")
    run(first, LocalExecutor(), Ears())
    again = replace_detector(site.order(tmp_path / "again"), tmp_path / "first", tracker="bytetrack")
    run(again, LocalExecutor(), Ears())
    assert again.lake.read(DETECTIONS).equals(first.lake.read(DETECTIONS))
    assert not again.lake.read(TRACKLETS).equals(first.lake.read(TRACKLETS))
    one, two = (
        {(row["segment_id"], row["captured_at"], row["detection_no"]): row["vector"] for row in rows.to_pylist()}
        for rows in (first.lake.read(EMBEDDINGS), again.lake.read(EMBEDDINGS))
    )
    shared = one.keys() & two.keys()
    assert len(shared) > len(one) / 2
    assert all(one[key] == two[key] for key in shared)


def replace_detector(order: Order, replayed: Path, tracker: str) -> Order:
    """Return an order that replays a lake under another tracker."""
    changes = {
        "detector": PluginChoice(name="replay", params={"lake": str(replayed)}),
        "tracker": PluginChoice(name=tracker),
    }
    perception = order.settings.perception.model_copy(update=changes)
    return replace(order, settings=order.settings.model_copy(update={"perception": perception}))


def test_renamed_file_is_not_perceived_again(site: SmallSite, tmp_path: Path) -> None:
    """Another name of the same content at the same time costs nothing; the table shows the new path."""
    order = site.order(tmp_path / "lake")
    run(order, LocalExecutor(), Ears())
    old = site.footage / "cam1" / "20260105T090000Z.mp4"
    old.rename(old.with_suffix(".m4v"))
    assert run(order, Stops(0), Ears()).worked_on == 0
    assert "cam1/20260105T090000Z.m4v" in order.lake.read(RECORDINGS)["path"].to_pylist()


def test_file_that_arrives_late_is_all_that_is_done(site: SmallSite, tmp_path: Path) -> None:
    """A recording that comes after the first run adds its own segments only."""
    late = site.footage / "cam2" / "20260105T095957Z.mp4"
    late.rename(tmp_path / "late.mp4")
    order = site.order(tmp_path / "lake")
    assert run(order, LocalExecutor(), Ears()).worked_on == 9
    (tmp_path / "late.mp4").rename(late)
    assert run(order, LocalExecutor(), Ears()).worked_on == 3
    run(site.order(tmp_path / "whole"), LocalExecutor(), Ears())
    assert published_files(tmp_path / "lake") == published_files(tmp_path / "whole")


def test_discovering_needs_no_weights(site: SmallSite, tmp_path: Path) -> None:
    """The recordings table is written though the detector's weights are missing; running is refused."""
    settings = Settings.model_validate({"perception": {"detector": {"name": "ultralytics"}}})
    order = site.order(tmp_path / "lake", settings=settings, last="discover")
    run(order, Stops(0), Ears())
    assert order.lake.read(RECORDINGS)["status"].to_pylist() == ["complete"] * 4
    with pytest.raises(ModelError, match="yolo26n"):
        run(replace(order, last="perceive"), Stops(0), Ears())


@pytest.mark.parametrize("whole_camera", [False, True])
def test_deleted_footage_keeps_what_was_perceived_of_it(site: SmallSite, tmp_path: Path, whole_camera: bool) -> None:
    """A recorder deletes old files, one or a camera's whole folder: the tables stay, the recordings say why."""
    order = site.order(tmp_path / "lake")
    run(order, LocalExecutor(), Ears())
    before = all_tables(tmp_path / "lake")
    files = sorted((site.footage / "cam2").iterdir())
    for path in files if whole_camera else files[:1]:
        path.unlink()
    if whole_camera:
        (site.footage / "cam2").rmdir()
    order = site.order(tmp_path / "lake")
    assert run(order, Stops(0), Ears()).worked_on == 0
    after = all_tables(tmp_path / "lake")
    assert {name: rows for name, rows in after.items() if name != "recordings"} == {
        name: rows for name, rows in before.items() if name != "recordings"
    }
    reasons = {row["path"]: row["reason"] for row in after["recordings"].to_pylist()}
    assert "is gone" in reasons[f"cam2/{files[0].name}"]
    assert not run(order, Stops(0), Ears()).wrote


def test_broken_files_that_are_deleted_are_no_problem_any_more(site: SmallSite, tmp_path: Path) -> None:
    """Nothing was perceived of them: the next run forgets them and has nothing to complain of."""
    bad = site.footage / "cam1" / "20260105T110000Z.mp4"
    bad.write_text("no video")
    order = site.order(tmp_path / "lake")
    assert run(order, LocalExecutor(), Ears()).has_problems
    bad.unlink()
    assert not run(order, Stops(0), Ears()).has_problems
    shown = status(order.lake)
    assert shown.problems == ()
    assert order.lake.read(RECORDINGS).num_rows == 4


def test_footage_deleted_before_it_was_perceived_holds_nothing_up(site: SmallSite, tmp_path: Path) -> None:
    """A recording that vanished before its turn is no longer waited for: the night of the others is published."""
    order = site.order(tmp_path / "lake")
    with pytest.raises(KeyboardInterrupt):
        run(order, Stops(1), Ears())
    assert order.lake.read(RECORDINGS).num_rows == 4
    sorted((site.footage / "cam2").iterdir())[0].unlink()
    run(order, LocalExecutor(), Ears())
    assert order.lake.read(RECORDINGS).num_rows == 3
    assert len(order.lake.ledger.published(NIGHT, "perceive")) == 9


def test_deleted_footage_is_not_lost_to_new_settings(site: SmallSite, tmp_path: Path) -> None:
    """A night that cannot be made whole again under new settings keeps its former tables."""
    run(site.order(tmp_path / "lake"), LocalExecutor(), Ears())
    before = all_tables(tmp_path / "lake")
    sorted((site.footage / "cam2").iterdir())[0].unlink()
    write_settings(site.settings, site.folder / "truth", segment_s=2.0)
    run(site.order(tmp_path / "lake"), LocalExecutor(), Ears())
    assert all_tables(tmp_path / "lake") == before


def test_new_settings_show_only_when_the_night_is_whole(site: SmallSite, tmp_path: Path) -> None:
    """While a night is perceived anew, readers keep the former tables: never a mixture of two settings."""
    order = site.order(tmp_path / "lake")
    run(order, LocalExecutor(), Ears())
    before = all_tables(tmp_path / "lake")
    write_settings(site.settings, site.folder / "truth", segment_s=2.0)
    changed = site.order(tmp_path / "lake")
    with pytest.raises(KeyboardInterrupt):
        run(changed, Stops(3), Ears())
    assert all_tables(tmp_path / "lake") == before
    assert run(changed, LocalExecutor(), Ears()).worked_on == 8 - 3
    after = all_tables(tmp_path / "lake")
    assert after["tracklets"] != before["tracklets"]
    assert len(set(after["detections"]["segment_id"].to_pylist())) <= 8


def test_discover_under_new_settings_leaves_a_finished_night_as_it_is(site: SmallSite, tmp_path: Path) -> None:
    """Segments of other settings are missing now, but readers keep the accounts that fit the tables they see."""
    run(site.order(tmp_path / "lake"), LocalExecutor(), Ears())
    before = all_tables(tmp_path / "lake")
    write_settings(site.settings, site.folder / "truth", segment_s=2.0)
    run(site.order(tmp_path / "lake", last="discover"), LocalExecutor(), Ears())
    assert all_tables(tmp_path / "lake") == before


def test_only_the_night_asked_for_is_run(site: SmallSite, tmp_path: Path) -> None:
    """Another night of the same footage is left alone; a night without footage is no error."""
    shutil.copy(site.footage / "cam1" / "20260105T090000Z.mp4", site.footage / "cam1" / "20260106T090000Z.mp4")
    assert run(site.order(tmp_path / "lake", nights=frozenset({NIGHT})), LocalExecutor(), Ears()).worked_on == 12
    empty = run(site.order(tmp_path / "lake", nights=frozenset({date(2026, 3, 1)})), LocalExecutor(), Ears())
    assert (empty.nights, empty.worked_on) == ((), 0)
    assert run(site.order(tmp_path / "lake"), LocalExecutor(), Ears()).worked_on == 3


def test_discover_writes_recordings_and_perceives_nothing(site: SmallSite, tmp_path: Path) -> None:
    """The discover stage alone shows the recordings, with nothing analysed of what is expected."""
    order = site.order(tmp_path / "lake", last="discover")
    assert run(order, Stops(0), Ears()).worked_on == 0
    assert order.lake.read(RECORDINGS)["decoded_s"].null_count == 4
    coverage = order.lake.read(COVERAGE)
    assert pc.sum(coverage["analysed_s"]).as_py() == 0
    assert pc.sum(coverage["expected_s"]).as_py() > 0


def test_recording_that_cannot_be_decoded_is_tried_again_only_when_asked(site: SmallSite, tmp_path: Path) -> None:
    """A quarantined segment stays so until --retry; then its file is opened once more."""
    settings = load_settings(site.settings)
    order = site.order(tmp_path / "lake", settings=settings)
    victim = site.footage / "cam1" / "20260105T090000Z.mp4"
    content, times = victim.read_bytes(), victim.stat()
    run(site.order(tmp_path / "lake", last="discover"), LocalExecutor(), Ears())
    victim.write_bytes(b"\0" * len(content))  # the probe is remembered, the pictures are gone
    os.utime(victim, ns=(times.st_atime_ns, times.st_mtime_ns))
    first = run(order, LocalExecutor(), Ears())
    assert first.segments["quarantined"] >= 1
    victim.write_bytes(content)
    os.utime(victim, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert run(order, Stops(0), Ears()).worked_on == 0
    again = run(site.order(tmp_path / "lake", settings=settings, retry_quarantined=True), LocalExecutor(), Ears())
    assert again.worked_on == first.segments["quarantined"]
    assert again.segments["quarantined"] == 0
