"""A small site whose night can be run without weights: videos, their detections to replay, and settings."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import yaml

from analytics import tables
from analytics.configfile import load_settings
from analytics.lake.lake import Lake
from analytics.lake.ledger import Entry
from analytics.lake.store import open_store
from analytics.perception.models import ModelFolder
from analytics.sites import Site
from jobs.executors import BuildWorker, Cost, Crashed, Item, LocalExecutor, Outcome, Result
from jobs.night import Order
from jobs.plan import Plan, Task
from tests.builders.video import crossing_scene, detections_table, instant, set_modified, truncate, write_video

NIGHT = date(2026, 1, 5)
STARTS = ("20260105T090000Z", "20260105T095957Z")


@dataclass(frozen=True)
class SmallSite:
    """Footage of two cameras, two files each, and a settings file that replays their true boxes."""

    footage: Path
    settings: Path
    folder: Path

    def order(self, lake: Path, **changes: object) -> Order:
        """Return the order to run all of it."""
        values: dict[str, object] = {
            "footage": self.footage,
            "lake": Lake(open_store(str(lake))),
            "site": Site.inferred(self.footage),
            "settings": load_settings(self.settings),
            "models": ModelFolder(None, self.folder / "cache"),
            **changes,
        }
        return Order(**values)


def small_site(folder: Path, seconds: float = 6.0, segment_s: float = 1.0, cameras: int = 2) -> SmallSite:
    """Draw the footage and store its true boxes as detections."""
    truth = Lake(open_store(str(folder / "truth")))
    keys = []
    for number in range(cameras):
        camera_id, found = f"cam{number + 1}", []
        for part, start in enumerate(STARTS):
            seed = 2 * number + part
            scene = crossing_scene(camera_id, people=3, duration_s=seconds, seed=seed, width_px=160, height_px=120)
            video = write_video(scene, folder / "footage" / scene.camera_id / f"{start}.mp4", fps=10)
            found.append(detections_table(scene.truth(video.offsets_us), scene, starts_at=instant(start)))
        keys.append(f"truth-{camera_id}")
        truth.write_item(
            stage="truth",
            night=NIGHT,
            camera_id=camera_id,
            item_id=camera_id,
            key=keys[-1],
            tables=[(tables.DETECTIONS, pa.concat_tables(found))],
        )
    truth.ledger.publish(NIGHT, "truth", keys)
    settings = folder / "settings.yaml"
    write_settings(settings, folder / "truth", segment_s)
    return SmallSite(folder / "footage", settings, folder)


def add_bad_files(site: SmallSite) -> None:
    """Add a text named like a video to the first camera, and cut the second camera's last file in half."""
    text = site.footage / "cam1" / "20260105T110000Z.mp4"
    text.write_text("not a video")
    set_modified(text)  # or its reason would be, for a minute, that it is still being written
    scene = crossing_scene("cam2", people=2, duration_s=4.0, seed=9, width_px=160, height_px=120)
    path = site.footage / "cam2" / "20260105T110000Z.mkv"
    write_video(scene, path, fps=10)
    truncate(path, 0.5)


def write_settings(path: Path, truth: Path, segment_s: float = 1.0, **sampling: float) -> None:
    """Write a settings file that replays a lake's detections."""
    perception = {
        "sampling": {"segment_s": segment_s, "overlap_s": 1.0, **sampling},
        "detector": {"name": "replay", "params": {"lake": str(truth)}},
        "tracker": {"name": "botsort_centroid"},
        "embedder": {"name": "colour_histogram"},
        "tracking_features": "none",
        "crops": {"min_height_px": 10},
    }
    path.write_text(yaml.safe_dump({"perception": perception}))


def all_tables(lake: Path) -> dict[str, pa.Table]:
    """Return every published table of a lake."""
    opened = Lake(open_store(str(lake)))
    return {contract.name: opened.read(contract) for contract in tables.ALL}


def published_files(lake: Path) -> dict[str, bytes]:
    """Return the bytes of every published file by its path in the lake."""
    opened = Lake(open_store(str(lake)))
    urls = [Path(url) for contract in tables.ALL for url in opened.files(contract)]
    return {str(url.relative_to(lake.resolve())): url.read_bytes() for url in urls}


@dataclass
class Ears:
    """Remembers what a run told."""

    to_do: list[Task] = field(default_factory=list)
    settled_entries: list[Entry] = field(default_factory=list)

    def probed(self, done: int, total: int) -> None:
        """Forget it."""

    def planned(self, plan: Plan, to_do: Sequence[Task]) -> None:
        """Remember what there was to do."""
        self.to_do = list(to_do)

    def settled(self, task: Task, entry: Entry) -> None:
        """Remember how a segment ended."""
        self.settled_entries.append(entry)


@dataclass(frozen=True)
class Unlucky:
    """A local executor whose workers die on the first items that it is given."""

    crashes: int

    def map(
        self, build_worker: BuildWorker[Item, Result], items: Iterable[Item], *, cost: Cost[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """Yield Crashed for the first items, and work on the others."""
        queue = list(items)
        for item in queue[: self.crashes]:
            yield Crashed(item, "the worker died (killed)", 3)
        yield from LocalExecutor().map(build_worker, queue[self.crashes :], cost=cost)


@dataclass(frozen=True)
class Stops:
    """A local executor that is interrupted after some items."""

    after: int

    def map(
        self, build_worker: BuildWorker[Item, Result], items: Iterable[Item], *, cost: Cost[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        """Yield some outcomes, then what Ctrl-C does."""
        for number, outcome in enumerate(LocalExecutor().map(build_worker, items, cost=cost)):
            if number == self.after:
                raise KeyboardInterrupt
            yield outcome


def command(*words: str) -> tuple[int, str, str]:
    """Run the command line in this process; return its exit code, standard output and standard error."""
    import sys

    from jobs import cli

    out, err = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["crosscam", *words]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            cli.main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        sys.argv = before
    return code, out.getvalue(), err.getvalue()
