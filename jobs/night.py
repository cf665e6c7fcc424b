"""A run: discover, perceive, account for every night, link, locate and summarise it; the stages' order is only here.

A run is a pure function of footage and configuration. What the ledger holds is not done again; a run that is cut off
anywhere leaves the ledger's entries as its only trace, and the next one goes on from them. A night's tables show when
all of its segments have an entry. Footage that a recorder has deleted since keeps what was perceived of it; under
changed settings such a night keeps its former tables, since it cannot be made whole again.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Literal, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import JsonValue, TypeAdapter

from analytics.accounting import SegmentOutcome, coverage, fold_recordings
from analytics.discovery.cache import ProbeCache
from analytics.discovery.discover import Discovered, discover, sources
from analytics.discovery.rotation import gone
from analytics.errors import ConfigError, ModelError
from analytics.lake.lake import Lake
from analytics.lake.ledger import Entry, Status
from analytics.lake.ownership import claim, site_of
from analytics.lake.store import Store, open_store
from analytics.perception import plugins
from analytics.perception.models import ModelFolder
from analytics.settings import Settings
from analytics.sites import Camera, Site
from analytics.tables import COVERAGE, RECORDINGS
from jobs import plan as planning
from jobs.executors import Crashed, Done, Executor, Outcome, Quarantined
from jobs.locating import locate_night, nights_to_locate
from jobs.perceiving import PerceivingWorker, Written
from jobs.plan import TRIED_AGAIN, Plan, Task, make_plan

Stage = Literal["discover", "perceive", "link", "locate", "summarise"]
STAGES: tuple[Stage, ...] = ("discover", "perceive", "link", "locate", "summarise")
"""In the order they run. The accounts (`ACCOUNT`) are written after perceiving, or after what was asked for."""

ACCOUNT = "account"
PLAN = "plan"
_PLAN_KEY = "current"
_SEGMENTS = TypeAdapter(dict[str, list[str]])


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is asked to do.

    Attributes:
        footage: the footage folder.
        lake: where the tables go.
        site: cameras and clocks.
        settings: models, sampling, resources.
        models: where weights are found.
        nights: nights wanted; None: all that the footage has.
        last: the stage after which the run ends.
        retry_quarantined: try recordings again that could not be used before.
    """

    footage: Path
    lake: Lake
    site: Site
    settings: Settings
    models: ModelFolder
    nights: frozenset[date] | None = None
    last: Stage = "perceive"
    retry_quarantined: bool = False

    @property
    def tried_again(self) -> frozenset[Status]:
        """Statuses of ledger entries that are tried again."""
        return TRIED_AGAIN | {"quarantined"} if self.retry_quarantined else TRIED_AGAIN


class Listener(Protocol):
    """Hears how a run goes; it decides nothing."""

    def probed(self, done: int, total: int) -> None:
        """Hear that so many of the footage's files were looked at."""

    def planned(self, plan: Plan, to_do: Sequence[Task]) -> None:
        """Hear what there is, and what of it remains to be done."""

    def settled(self, task: Task, entry: Entry) -> None:
        """Hear what became of one segment."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended.

    Attributes:
        nights: the nights that it looked at.
        recordings: number of recordings by status.
        segments: number of segments by status, those of earlier runs included.
        worked_on: segments of this run.
        wrote: whether any published table changed.
    """

    nights: tuple[date, ...]
    recordings: Mapping[str, int]
    segments: Mapping[str, int]
    worked_on: int
    wrote: bool

    @property
    def has_problems(self) -> bool:
        """Whether a file could not be used, or not all of it, or a segment was given up."""
        lacking = sum(count for status, count in self.recordings.items() if status != "complete")
        return bool(lacking or self.segments.get("quarantined", 0) or self.segments.get("failed", 0))


def run(order: Order, executor: Executor, listener: Listener) -> Summary:
    """Run the stages up to the last one asked for, then the accounts.

    Raises:
        ConfigError: the lake is another site's, or the detections to replay are those of the very lake that is
            written to.
        CrosscamError: nothing more can be done; what was finished before stays.
    """
    _refuse_to_replay_itself(order)
    _refuse_other_site(order, site_of(order.lake.store))
    found = discover_footage(order, listener).recordings
    nights = _nights(found)
    if nights:
        _refuse_other_site(order, claim(order.lake.store, order.site.site_id))
    lost = gone(found, order.lake.read(RECORDINGS, nights))
    recordings = pa.concat_tables([found, lost])
    order = replace(order, site=_with_cameras(order.site, lost["camera_id"].to_pylist()))
    try:
        plan = plan_night(order, recordings)
    except ModelError:
        if order.last != "discover":
            raise
        return _listed(order, recordings, nights)
    for night in nights:
        _record_plan(order.lake, night, plan)
    without_file = frozenset(lost["recording_id"].to_pylist())
    pending = plan.to_do(order.tried_again) if order.last != "discover" else ()
    to_do = tuple(task for task in pending if task.segment.recording_id not in without_file)
    listener.planned(plan, to_do)
    if to_do:
        _show_what_is_discovered(order, recordings, plan, nights)
    entries = dict(plan.entries)
    for task, entry in perceive(order, to_do, executor):
        entries[task.key] = entry
        listener.settled(task, entry)
    plan = Plan(plan.tasks, entries)
    changed = [_close_night(order, recordings, plan, night) for night in nights]
    for stage in STAGES[STAGES.index("link") : STAGES.index(order.last) + 1]:
        changed += _follow(stage, order, nights)
    return _summary(order, nights, plan, len(to_do), any(changed))


def _refuse_to_replay_itself(order: Order) -> None:
    choice = order.settings.perception.detector
    replayed = getattr(plugins.parse("detectors", choice.name, choice.params), "lake", None)
    if isinstance(replayed, str) and _place(open_store(replayed)) == _place(order.lake.store):
        raise ConfigError(
            f"expected another lake than the one that is written to, got {replayed} for both: each run would change "
            "what the next one replays, and none would find nothing to do. Write to a new lake (--lake)",
            field="perception.detector.params.lake",
        )


def _refuse_other_site(order: Order, owner: str | None) -> None:
    if owner not in (None, order.site.site_id):
        raise ConfigError(
            f"expected {owner}, whose lake {order.lake.store.location} is, got {order.site.site_id}: a lake holds one "
            "site. Write to another lake (--lake), or give the site file (--site) of this one",
            field="site_id",
        )


def _place(store: Store) -> str:
    return store.location.rstrip("/") if "://" in store.location else str(Path(store.location).resolve())


def _listed(order: Order, recordings: pa.Table, nights: Sequence[date]) -> Summary:
    """Account for nights that were only discovered: without the models' digests no segment has a key."""
    plan = Plan((), {})
    fresh = [night for night in nights if not order.lake.ledger.published(night, planning.STAGE)]
    changed = [account(order, recordings, plan, night) for night in fresh]
    return _summary(order, nights, plan, 0, any(changed))


def _with_cameras(site: Site, camera_ids: Iterable[str | None]) -> Site:
    """Return the site with cameras that it no longer knows: an inferred site has none for a folder that is gone."""
    known = {camera.camera_id for camera in site.cameras}
    missing = sorted({camera_id for camera_id in camera_ids if camera_id and camera_id not in known})
    return site.model_copy(update={"cameras": (*site.cameras, *(Camera(camera_id=name) for name in missing))})


def discover_footage(order: Order, listener: Listener) -> Discovered:
    """List and probe the footage; what was probed before and has not changed is not opened again."""
    cache = ProbeCache(order.lake.store)
    return discover(order.footage, order.site, nights=order.nights, cache=cache, progress=listener.probed)


def plan_night(order: Order, recordings: pa.Table) -> Plan:
    """Cut recordings into segments and compare them with the ledger."""
    return make_plan(
        sources(recordings),
        order.site,
        order.settings.perception,
        order.models,
        order.lake.ledger,
        frozenset(_nights(recordings)),
    )


def perceive(order: Order, tasks: Sequence[Task], executor: Executor) -> Iterable[tuple[Task, Entry]]:
    """Perceive segments, the longest first, and record each as it ends; the entry is written after the files."""
    worker = PerceivingWorker(order.settings, order.models, order.footage.resolve(), order.lake.store.location)
    outcomes = executor.map(worker, tasks, cost=lambda task: task.segment.interval.duration_s)
    for outcome in outcomes:
        entry = _entry(outcome)
        order.lake.ledger.record(entry)
        yield outcome.item, entry


def _entry(outcome: Outcome[Task, Written]) -> Entry:
    segment = outcome.item.segment
    status: Status
    match outcome:
        case Done(_, written):
            reason = written.facts.get("reason")
            status, files, facts = "done", written.files, written.facts
        case Quarantined(_, reason):
            status, files, facts = "quarantined", (), {}
        case Crashed(_, reason, attempts):
            reason = f"{reason}, {attempts} times" if attempts > 1 else reason
            status, files, facts = "failed", (), {}
    return Entry(
        stage=planning.STAGE,
        night=segment.night,
        item_id=segment.segment_id,
        key=outcome.item.key,
        status=status,
        reason=str(reason) if reason else None,
        files=files,
        facts=facts,
    )


def _record_plan(lake: Lake, night: date, plan: Plan) -> None:
    tasks = groupby(plan.of_night(night), key=lambda task: task.camera.camera_id)
    record_planned_keys(lake, night, {camera_id: [task.key for task in of_camera] for camera_id, of_camera in tasks})


def record_planned_keys(lake: Lake, night: date, keys: Mapping[str, Sequence[str]]) -> None:
    """Write down which segments a night has, by camera, so that `status` can tell what is missing."""
    segments: dict[str, JsonValue] = {camera_id: list(of_camera) for camera_id, of_camera in keys.items()}
    entry = Entry(stage=PLAN, night=night, item_id=night.isoformat(), key=_PLAN_KEY, facts={"segments": segments})
    if lake.ledger.find(night, PLAN, _PLAN_KEY) != entry:
        lake.ledger.record(entry)


def planned_keys(lake: Lake, night: date) -> Mapping[str, Sequence[str]]:
    """Return the keys of a night's segments by camera, as the last run planned them."""
    entry = lake.ledger.find(night, PLAN, _PLAN_KEY)
    return _SEGMENTS.validate_python(entry.facts["segments"]) if entry else {}


def _show_what_is_discovered(order: Order, recordings: pa.Table, plan: Plan, nights: Sequence[date]) -> None:
    """Publish the accounts of nights that have none yet: a run that is cut off leaves its recordings visible."""
    for night in nights:
        if not order.lake.ledger.published(night, ACCOUNT):
            account(order, recordings, plan, night)


def _close_night(order: Order, recordings: pa.Table, plan: Plan, night: date) -> bool:
    """Publish a night's segments if all were tried, and its accounts; return whether anything changed."""
    tasks = plan.of_night(night)
    is_whole = all(task.key in plan.entries for task in tasks)
    ledger = order.lake.ledger
    if not is_whole and ledger.published(night, planning.STAGE):
        return False  # the night keeps its former tables and accounts until the new ones are whole
    changed = is_whole and ledger.publish(night, planning.STAGE, [task.key for task in tasks])
    return account(order, recordings, plan, night) or changed


def _follow(stage: Stage, order: Order, nights: Sequence[date]) -> list[bool]:
    """Link, locate or summarise the nights that are whole; return of each whether anything changed."""
    lake, site, settings = order.lake, order.site, order.settings
    if stage == "link":
        from analytics.linking.model import shipped  # compiled code: half a second that other stages need not wait for
        from jobs.linking import link_night, nights_to_link

        model = shipped()
        return [link_night(lake, site, settings.linking, model, each) for each in nights_to_link(lake, nights)]
    if stage == "locate":
        return [locate_night(lake, site, settings, each) for each in nights_to_locate(lake, nights)]
    from jobs.summarising import nights_to_summarise, summarise_night  # compiled code, too

    return [summarise_night(lake, site, settings, each) for each in nights_to_summarise(lake, nights)]


def account(order: Order, recordings: pa.Table, plan: Plan, night: date) -> bool:
    """Write and publish the recordings and the coverage of a night; return whether they changed."""
    of_night = recordings.filter(pc.equal(recordings["night"], pa.scalar(night)))
    outcomes = [_outcome(task, plan.entries.get(task.key)) for task in plan.of_night(night)]
    tables = (
        (RECORDINGS, fold_recordings(of_night, outcomes)),
        (COVERAGE, coverage(of_night, outcomes, order.site, night)),
    )
    key = _content_key(tables)
    ledger = order.lake.ledger
    if ledger.find(night, ACCOUNT, key) is None:
        order.lake.write_item(
            stage=ACCOUNT, night=night, camera_id=None, item_id=night.isoformat(), key=key, tables=tables
        )
    return ledger.publish(night, ACCOUNT, [key])


def _outcome(task: Task, entry: Entry | None) -> SegmentOutcome:
    return SegmentOutcome(
        recording_id=task.segment.recording_id,
        camera_id=task.segment.camera_id,
        interval=task.segment.interval,
        status=entry.status if entry else "missing",
        reason=entry.reason if entry else None,
        facts=entry.facts if entry else {},
    )


def _content_key(tables: Sequence[tuple[object, pa.Table]]) -> str:
    content = hashlib.sha256()
    for _, table in tables:
        content.update(repr((table.schema.metadata, table.to_pylist())).encode())
    return content.hexdigest()


def _nights(recordings: pa.Table) -> tuple[date, ...]:
    return tuple(sorted(pc.unique(recordings["night"]).to_pylist()))


def _summary(order: Order, nights: Collection[date], plan: Plan, worked_on: int, wrote: bool) -> Summary:
    statuses = order.lake.read(RECORDINGS, nights, columns=["status"])["status"].to_pylist() if nights else []
    found = (plan.entries[task.key].status if task.key in plan.entries else "missing" for task in plan.tasks)
    return Summary(tuple(nights), Counter(statuses), Counter(found), worked_on, wrote)
