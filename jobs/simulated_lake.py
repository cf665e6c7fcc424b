"""A world of tables on disk: a published lake as perceiving would have left it, its site file, and the truth.

    OUT/lake           recordings, tracklets, track points, boundary points, embeddings and coverage
    OUT/site.yaml      cameras, zones and lines
    OUT/world.yaml     the parameters; the same ones give the same tables
    OUT/truth          <contract>.parquet of `analytics.simulation.true_tables`

One camera's night of rows is in memory at a time, one night of tracklets, and the looks of the people of all nights.
"""

import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from analytics import ids
from analytics.contracts import Contract
from analytics.errors import ConfigError, LakeError
from analytics.lake.lake import Lake
from analytics.lake.ledger import Entry
from analytics.lake.ownership import claim, site_of
from analytics.lake.store import open_store
from analytics.simulation import true_rows
from analytics.simulation.camera_tables import SegmentTables, segment_names, segments_of
from analytics.simulation.nights import SITE_ID, Cast, Night, build_cast, simulate_nights
from analytics.simulation.table_site import build_site, coverage_of, recordings_of
from analytics.simulation.true_tables import (
    TRUE_CLOCKS,
    TRUE_IDENTITIES,
    TRUE_PEOPLE,
    TRUE_STOPS,
    TRUE_TRANSITS,
    TRUTH,
)
from analytics.simulation.world import World
from analytics.tables import COVERAGE, RECORDINGS
from jobs.night import ACCOUNT, record_planned_keys
from jobs.plan import STAGE

LAKE, TRUTH_FOLDER, SITE_FILE, WORLD_FILE = "lake", "truth", "site.yaml", "world.yaml"
_WRITERS = 4  # a disk confirms files of several threads together
_WAITING = 64  # segments that are made but not yet written

Progress = Callable[[int, int], None]
"""Told how many segments of how many were made."""

WriteTruth = Callable[[Contract, pa.Table], None]


@dataclass(frozen=True, slots=True)
class WrittenTables:
    """How much was written.

    Attributes:
        nights: number of nights.
        cameras: number of cameras.
        people: different people over all nights, staff included.
        staff: how many of them are staff.
        stops: true stays in a view.
        tracklets: rows of the tracklets table.
        switched: tracklets that show two people.
    """

    nights: int
    cameras: int
    people: int
    staff: int
    stops: int
    tracklets: int
    switched: int


def write_tables(world: World, out: Path, progress: Progress = lambda done, total: None) -> WrittenTables:
    """Simulate a world and write it.

    Args:
        world: the parameters.
        out: a folder that is empty, or will be made.
        progress: told after each segment.

    Raises:
        ConfigError: there is something in the folder, or a file in its place.
        LakeError: the lake cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        reason = f"expected an empty folder or a new one, {out} is none: choose another, or replace it by --overwrite"
        raise ConfigError(reason, field="OUT")
    try:
        return _write(world, out, progress)
    except OSError as error:
        told = error.strerror or str(error)
        raise LakeError(f"cannot write {out}: {told}; check the disk, or choose another folder") from error


def remove_tables(out: Path) -> None:
    """Remove what `write_tables` wrote earlier, whole or in part.

    Raises:
        ConfigError: the folder holds something else, or another site's lake; nothing is removed.
    """
    if not out.exists():
        return
    known = {LAKE, TRUTH_FOLDER, SITE_FILE, WORLD_FILE}
    others = sorted(path.name for path in out.iterdir() if path.name not in known) if out.is_dir() else [out.name]
    if others:
        reason = f"expected nothing but an earlier simulation in {out}, found {others[0]}: choose another folder"
        raise ConfigError(reason, field="OUT")
    if (out / LAKE).exists() and site_of(open_store(str(out / LAKE))) not in (None, SITE_ID):
        raise ConfigError(
            f"expected a simulated lake in {out}, found another site's: choose another folder", field="OUT"
        )
    for name in (LAKE, TRUTH_FOLDER):
        shutil.rmtree(out / name, ignore_errors=True)
    for name in (SITE_FILE, WORLD_FILE):
        (out / name).unlink(missing_ok=True)


def _write(world: World, out: Path, progress: Progress) -> WrittenTables:
    cast = build_cast(world)
    lake = Lake(open_store(str(out / LAKE)))
    claim(lake.store, SITE_ID)
    counted = _Counted(progress, world.nights * world.cameras * len(cast.grid.starts))
    stops = tracklets = switched = 0
    with _truth_files(out / TRUTH_FOLDER) as write_truth:
        write_truth(TRUE_CLOCKS, true_rows.true_clocks(cast))
        write_truth(TRUE_TRANSITS, true_rows.true_transits(cast))
        for night in simulate_nights(cast):
            _write_night(lake, cast, night, counted)
            write_truth(TRUE_IDENTITIES, true_rows.true_identities(cast, night))
            write_truth(TRUE_STOPS, true_rows.true_stops(cast, night))
            write_truth(TRUE_PEOPLE, true_rows.true_people(cast, night))
            stops += len(night.stops)
            tracklets += len(night.tracks)
            switched += int(night.tracks.is_switched.sum())
    _write_yaml(out / SITE_FILE, build_site(cast).model_dump(mode="json", exclude_defaults=True))
    _write_yaml(out / WORLD_FILE, world.model_dump(mode="json"))
    staff = int(cast.attendances[0].is_staff.sum())
    return WrittenTables(world.nights, world.cameras, cast.people, staff, stops, tracklets, switched)


@dataclass(slots=True)
class _Counted:
    progress: Progress
    total: int
    done: int = field(default=0)

    def one_more(self) -> None:
        self.done += 1
        self.progress(self.done, self.total)


def _write_night(lake: Lake, cast: Cast, night: Night, counted: _Counted) -> None:
    """Write a night's segments and accounts, and publish them together."""
    keys = {
        camera_id: [_key(cast, segment_id) for segment_id in segment_names(cast, night, camera)]
        for camera, camera_id in enumerate(cast.camera_ids)
    }
    record_planned_keys(lake, night.on, keys)
    with ThreadPoolExecutor(_WRITERS) as writers:
        waiting: deque[Future[Entry]] = deque()
        for camera in range(len(cast.camera_ids)):
            for segment in segments_of(cast, night, camera):
                waiting.append(writers.submit(_write_segment, lake, cast, segment))
                if len(waiting) > _WAITING:
                    waiting.popleft().result()
                counted.one_more()
        for writing in waiting:
            writing.result()
    lake.ledger.publish(night.on, STAGE, [key for of_camera in keys.values() for key in of_camera])
    accounts = ((RECORDINGS, recordings_of(cast, night)), (COVERAGE, coverage_of(cast, night)))
    key = ids.digest({"account": cast.digest, "night": night.number})
    lake.write_item(
        stage=ACCOUNT, night=night.on, camera_id=None, item_id=night.on.isoformat(), key=key, tables=accounts
    )
    lake.ledger.publish(night.on, ACCOUNT, [key])


def _write_segment(lake: Lake, cast: Cast, segment: SegmentTables) -> Entry:
    return lake.write_item(
        stage=STAGE,
        night=segment.night,
        camera_id=segment.camera_id,
        item_id=segment.segment_id,
        key=_key(cast, segment.segment_id),
        tables=segment.tables,
    )


def _key(cast: Cast, segment_id: str) -> str:
    return ids.digest({"simulated": cast.digest, "segment": segment_id})


@contextmanager
def _truth_files(folder: Path) -> Iterator[WriteTruth]:
    """Open the files of the truth, to which nights are added one after the other; they appear when all is written."""
    folder.mkdir(parents=True, exist_ok=True)
    staged = {contract.name: folder / f".{contract.name}.parquet" for contract in TRUTH}
    with ExitStack() as stack:
        files = {
            contract.name: stack.enter_context(
                pq.ParquetWriter(staged[contract.name], contract.schema, compression="zstd")
            )
            for contract in TRUTH
        }

        def write(contract: Contract, table: pa.Table) -> None:
            contract.check(table)
            files[contract.name].write_table(table)

        yield write
    for name, path in staged.items():
        path.replace(folder / f"{name}.parquet")


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
