"""Two hundred broken files: each is told with its reason, and the sound ones beside them are found."""

import json
import resource
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analytics.discovery.discover import discover, sources
from analytics.errors import RecordingError
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.perception.segments import Source, cut
from analytics.perception.video import read
from analytics.settings import Sampling
from analytics.sites import Camera, Site
from analytics.tables import RECORDINGS
from tests.builders.bad_files import CAMERAS, BadFile, write_bad_files
from tests.builders.nights import command, small_site
from tests.builders.video import crossing_scene, write_footage

COUNT = 200
SITE = Site(site_id="s", cameras=tuple(Camera(camera_id=camera_id) for camera_id in CAMERAS))


def test_every_bad_file_is_a_row_with_its_reason_and_the_good_ones_are_complete(tmp_path: Path) -> None:
    """None is dropped, none stops the others, all within a minute and without large frames in memory."""
    footage = tmp_path / "footage"
    bad = write_bad_files(footage, COUNT)
    scenes = [crossing_scene(camera_id, people=2, duration_s=3.0, seed=7) for camera_id in CAMERAS]
    good = write_footage(footage, scenes, datetime(2026, 1, 6, 9, tzinfo=UTC))
    assert len({each.path for each in bad}) == COUNT
    before_kib, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    found = discover(footage, SITE)
    assert time.monotonic() - began < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 100 * 1024
    rows = {row["path"]: row for row in found.recordings.to_pylist()}
    wrong = {
        each.path: (each.kind, rows.get(each.path))
        for each in bad
        if each.path not in rows or rows[each.path]["status"] not in each.expected
    }
    assert wrong == {}
    assert all(row["reason"] for row in rows.values() if row["status"] != "complete")
    for video in good:
        assert rows[video.path.relative_to(footage).as_posix()]["status"] == "complete"
    assert {source.path for source in sources(found.recordings)} == {
        path for path, row in rows.items() if row["status"] in ("complete", "partial")
    }


def test_a_run_survives_every_bad_file_and_status_tells_each(tmp_path: Path) -> None:
    """The whole command exits 3; each bad file has a row with its reason, the good ones beside them are perceived."""
    site = small_site(tmp_path, seconds=2.0, segment_s=300)
    bad = {each.path: each for each in write_bad_files(site.footage, COUNT)}
    cameras = [{"camera_id": camera_id} for camera_id in CAMERAS]
    (tmp_path / "site.yaml").write_text(json.dumps({"site_id": "site", "cameras": cameras}))
    lake = str(tmp_path / "lake")
    words = (str(site.footage), "--lake", lake, "--site", str(tmp_path / "site.yaml"), "--settings", str(site.settings))
    code, _, err = command("run", *words, "--executor", "local")
    assert (code, "Traceback" in err) == (3, False)
    rows = {row["path"]: row for row in Lake(open_store(lake)).read(RECORDINGS).to_pylist()}
    assert {path: rows[path]["status"] for path in bad if not _is_told(rows[path], bad[path])} == {}
    good = rows.keys() - bad.keys()
    assert {(rows[path]["status"], rows[path]["decoded_s"]) for path in good} == {("complete", 2.0)}
    assert len(good) == 4
    shown = json.loads(command("status", "--lake", lake, "--format", "json")[1])
    told = [*shown["problems"], *shown["worth_knowing"]]
    assert {row["path"] for row in told} == {path for path, row in rows.items() if row["status"] != "complete"}
    assert all(row["reason"] and row["repair"] for row in told)
    assert not any(row["repair"].startswith("nothing") for row in shown["problems"])


def _is_told(row: Mapping[str, Any], bad: BadFile) -> bool:
    """Tell whether a row may stand for a bad file: flaws that only decoding shows make any file partial or refused."""
    if row["status"] == "complete":  # flipped bits that hit nothing that is needed, or a wrong ending
        return "complete" in bad.expected and bool(row["decoded_s"])
    return bool(row["reason"]) and (row["status"] in bad.expected or "complete" in bad.expected)


def test_what_is_left_of_bad_files_decodes_or_is_refused_with_a_reason(tmp_path: Path) -> None:
    """Flipped bits that no look into the file has found never end in another error than the recording's own."""
    footage = tmp_path / "footage"
    write_bad_files(footage, 300)
    outcomes = [_decode(footage, source) for source in sources(discover(footage, SITE).recordings)]
    assert len(outcomes) > 100
    assert outcomes.count("decoded") > len(outcomes) / 2


def _decode(footage: Path, source: Source) -> str:
    """Decode a recording to its end; only a RecordingError is an answer."""
    try:
        for segment in cut(source, 300.0, SITE.zone_info):
            deque(read(footage / source.path, segment, SITE.camera(source.camera_id), Sampling(), 1), maxlen=0)
    except RecordingError as error:
        return error.reason
    return "decoded"


def test_bad_files_give_the_same_table_each_time(tmp_path: Path) -> None:
    """Broken input is no excuse for chance."""
    tables = []
    for name in ("one", "two"):
        write_bad_files(tmp_path / name, 120)
        tables.append(discover(tmp_path / name, SITE, threads=1 if name == "one" else 6).recordings)
    # the times at which folders, links and pipes were made are not ours to set
    columns = [column for column in tables[0].column_names if column != "modified_at"]
    assert tables[0].select(columns).equals(tables[1].select(columns))


def test_the_generator_makes_the_same_files_each_time(tmp_path: Path) -> None:
    """A failure can be looked into again."""
    first, second = (write_bad_files(tmp_path / name, 140) for name in ("one", "two"))
    assert first == second
    for each in first:
        one, two = tmp_path / "one" / each.path, tmp_path / "two" / each.path
        assert not one.is_file() or one.read_bytes() == two.read_bytes(), each.kind
