"""Linking gives the same bytes on one core or many, and after it was killed; however a recording was cut, the same."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from analytics import tables
from analytics.configfile import load_settings
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.settings import Linking
from analytics.simulation.world import World
from jobs.executors import LocalExecutor
from jobs.linking import STAGE
from jobs.night import run
from jobs.simulated_lake import write_tables
from tests.builders.nights import NIGHT, STARTS, Ears, SmallSite, command, write_settings
from tests.builders.video import detections_table, instant, site_scenes, write_video

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0
WORLD = World(seed=8, people_per_night=60, cameras=4, hours=0.5, nights=2, vectors_per_tracklet=4, reid_noise=0.8)

NEAREST = """
import hashlib, os, sys
if sys.argv[1] == "one core":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import numpy as np
from analytics.linking.evidence import soon_after
from analytics.linking.neighbours import Search, nearest

random = np.random.default_rng(0)
crowd = np.repeat(random.normal(size=(60, 128)), 50, axis=0) + 3e-7 * random.normal(size=(3000, 128))
vectors = (crowd / np.linalg.norm(crowd, axis=1, keepdims=True)).astype(np.float32)
at = np.arange(3000) * 1_000_000
found = [
    nearest(vectors, at, at + 10, search).number
    for search in (Search(20), Search(20, horizon_us=300_000_000), Search(20, approximate_above=100, probes=8))
]
found += soon_after(vectors, at, at + 10, 600_000_000, 15)
print(hashlib.sha256(b"".join(each.tobytes() for each in found)).hexdigest())
"""


@pytest.fixture(scope="module")
def perceived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that was perceived and not linked."""
    out = tmp_path_factory.mktemp("perceived") / "out"
    write_tables(WORLD, out)
    return out / "lake"


@pytest.fixture(scope="module")
def undisturbed(perceived: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same lake linked at once, in this process."""
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    shutil.copytree(perceived, lake)
    assert command("link", "--lake", str(lake))[0] == 0
    return lake


def answers(lake: Path) -> Mapping[str, str]:
    """Return the digest of every published file of linking by its path in the lake."""
    opened = Lake(open_store(str(lake)))
    urls = [Path(url) for contract in tables.LINKED for url in opened.files(contract)]
    return {str(url.relative_to(lake.resolve())): hashlib.sha256(url.read_bytes()).hexdigest() for url in urls}


def test_neighbours_are_the_same_on_any_number_of_cores() -> None:
    """Of vectors so alike that rounding decides who is nearest, the same are found whatever threads there are."""
    found = {
        subprocess.run(
            [sys.executable, "-c", NEAREST, cores],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for cores, threads in (("one core", "1"), ("all cores", "2"), ("all cores", "5"))
    }
    assert len(found) == 1


@pytest.mark.parametrize("threads", ["1", "4"])
def test_a_lake_is_the_same_on_any_number_of_cores(
    perceived: Path, undisturbed: Path, tmp_path: Path, threads: str
) -> None:
    """Two lakes linked with other numbers of threads hold the same files, byte for byte."""
    shutil.copytree(perceived, tmp_path / "lake")
    subprocess.run(
        link_command(tmp_path / "lake"),
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
        capture_output=True,
        check=True,
    )
    assert answers(tmp_path / "lake") == answers(undisturbed)
    assert len(answers(undisturbed)) == WORLD.nights * len(tables.LINKED)


def link_command(lake: Path) -> list[str]:
    return [sys.executable, "-m", "jobs.cli", "link", "--lake", str(lake)]


def began(lake: Path) -> bool:
    """Tell whether a night's first table is written, and its entry perhaps not."""
    return any((lake / "links").rglob("*.parquet"))


def linked_one(lake: Path) -> bool:
    """Tell whether the first night is done, and the second perhaps not."""
    return any((lake / "_ledger").rglob(f"{STAGE}/*.json"))


@pytest.mark.parametrize("moment", [Path.exists, began, linked_one])
def test_killed_while_linking(
    perceived: Path, undisturbed: Path, tmp_path: Path, moment: Callable[[Path], bool]
) -> None:
    """Kill -9 at its start, between a night's files, or between two nights: nothing half-done shows; then the same."""
    lake = tmp_path / "lake"
    shutil.copytree(perceived, lake)
    with subprocess.Popen(link_command(lake), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as linking:
        wait_for(lambda: moment(lake))
        linking.kill()
        assert linking.wait() == -signal.SIGKILL
    left = answers(lake)
    assert left.items() <= answers(undisturbed).items()
    assert len(left) < len(answers(undisturbed))
    assert command("link", "--lake", str(lake))[0] == 0
    assert answers(lake) == answers(undisturbed)


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds, or fail after a while."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < PATIENCE_S, "waited in vain"
        time.sleep(0.001)


def test_one_segment_or_twenty_give_the_same_identities(tmp_path: Path) -> None:
    """However recordings are cut, the same boxes belong together, within and across cameras."""
    site = walked_site(tmp_path)
    found, pieces = [], []
    for segment_s, segments in ((300.0, 3), (2.0, 60)):
        write_settings(site.settings, tmp_path / "truth", segment_s=segment_s)
        linking = Linking(min_height_px=10)  # the pictures are small
        settings = load_settings(site.settings).model_copy(update={"linking": linking})
        order = site.order(tmp_path / f"lake{segment_s:g}", last="link", settings=settings)
        assert run(order, LocalExecutor(), Ears()).worked_on == segments
        found.append(together(order.lake))
        pieces.append(order.lake.read(tables.TRACKLETS).num_rows)
    assert found[0] == found[1]
    assert sum(len({camera for camera, *_ in boxes}) == 3 for boxes in found[0]) == 6
    assert pieces[1] > 3 * pieces[0]


def walked_site(folder: Path) -> SmallSite:
    """Draw six people who walk through three cameras, and store their true boxes as detections."""
    truth = Lake(open_store(str(folder / "truth")))
    scenes = site_scenes(("cam1", "cam2", "cam3"), people=6, duration_s=40.0, seed=1, width_px=160, height_px=120)
    for scene in scenes:
        video = write_video(scene, folder / "footage" / scene.camera_id / f"{STARTS[0]}.mp4", fps=5)
        boxes = detections_table(scene.truth(video.offsets_us), scene, starts_at=instant(STARTS[0]))
        name = scene.camera_id
        truth.write_item(
            stage="truth", night=NIGHT, camera_id=name, item_id=name, key=name, tables=[(tables.DETECTIONS, boxes)]
        )
    truth.ledger.publish(NIGHT, "truth", [scene.camera_id for scene in scenes])
    return SmallSite(folder / "footage", folder / "settings.yaml", folder)


def together(lake: Lake) -> set[frozenset[tuple[object, ...]]]:
    """Return the detected boxes of each identity."""
    members = lake.read(tables.IDENTITY_MEMBERS)
    identity = dict(zip(members["tracklet_id"].to_pylist(), members["identity_id"].to_pylist(), strict=True))
    boxes: dict[str, set[tuple[object, ...]]] = {}
    points = lake.read(tables.TRACK_POINTS)
    for row in points.filter(points["detection_no"].is_valid()).to_pylist():
        boxes.setdefault(identity[row["tracklet_id"]], set()).add((row["camera_id"], row["captured_at"], row["x_min"]))
    return {frozenset(own) for own in boxes.values()}
