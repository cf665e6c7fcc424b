"""What there is to do: the segments of the nights, each with the key of its result, and what the ledger knows of them.

A key is a hash of everything that decides what perceiving the segment gives, so that a result is made once for
each footage, configuration and version of the code. Nothing is decoded and no model is loaded here.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from analytics import ids
from analytics.lake.ledger import Entry, Ledger, Status
from analytics.perception import plugins
from analytics.perception.models import ModelFolder
from analytics.perception.segments import Segment, Source, cut
from analytics.settings import Perception, PluginChoice
from analytics.sites import Camera, Site
from analytics.tables import PERCEIVED
from analytics.timebase import to_datetime

STAGE = "perceive"
STAGE_VERSION = 1
"""Goes up when the code that perceives a segment changes what comes out; every segment is then perceived anew."""

TRIED_AGAIN: frozenset[Status] = frozenset({"failed"})
"""A worker may die of bad luck; a broken recording stays broken until it is replaced, which changes its key."""


@dataclass(frozen=True, slots=True)
class Task:
    """One segment to perceive.

    Attributes:
        segment: the stretch of one recording.
        camera: the camera that recorded it.
        key: hash of everything that decides the result.
    """

    segment: Segment
    camera: Camera
    key: str

    def __str__(self) -> str:
        return f"{self.segment.path} from {to_datetime(self.segment.starts_at):%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True)
class Plan:
    """All segments of the nights, and the ledger's entries of those that were tried.

    Attributes:
        tasks: by night, camera and time.
        entries: by key.
    """

    tasks: tuple[Task, ...]
    entries: Mapping[str, Entry]

    @property
    def nights(self) -> tuple[date, ...]:
        """The nights that have a segment, in order."""
        return tuple(sorted({task.segment.night for task in self.tasks}))

    def of_night(self, night: date) -> tuple[Task, ...]:
        """Return the tasks of one night."""
        return tuple(task for task in self.tasks if task.segment.night == night)

    def to_do(self, tried_again: Collection[Status] = TRIED_AGAIN) -> tuple[Task, ...]:
        """Return the tasks that have no entry, or one of a status that is tried again."""
        return tuple(
            task for task in self.tasks if task.key not in self.entries or self.entries[task.key].status in tried_again
        )


def make_plan(
    sources: Iterable[Source],
    site: Site,
    perception: Perception,
    models: ModelFolder,
    ledger: Ledger | None,
    nights: Collection[date] | None = None,
) -> Plan:
    """Cut recordings into segments and look each up in the ledger.

    Args:
        sources: the recordings that can be used.
        site: cameras and clocks.
        perception: the settings that decide what comes out.
        models: where the weights' digests are found.
        ledger: what was done before; None: nothing.
        nights: nights wanted; None: all.

    Raises:
        ConfigError: a plug-in's setting is wrong.
        ModelError: weights are missing; nothing ran.
        LakeError: the ledger is damaged.
    """
    fixed = key_of_settings(perception, models)
    segments = [
        segment
        for source in sources
        for segment in cut(source, perception.sampling.segment_s, site.zone_info, site.day_starts_at)
        if nights is None or segment.night in nights
    ]
    segments.sort(key=lambda segment: (segment.night, segment.camera_id, segment.starts_at, segment.segment_id))
    cameras = {camera.camera_id: camera for camera in site.cameras}
    tasks = tuple(
        Task(segment, camera, task_key(segment, camera, fixed))
        for segment in segments
        for camera in (cameras[segment.camera_id],)
    )
    wanted = {task.key for task in tasks}
    found = sorted({segment.night for segment in segments}) if ledger else []
    entries = {
        entry.key: entry for night in found if ledger for entry in ledger.entries(night, STAGE) if entry.key in wanted
    }
    return Plan(tasks, MappingProxyType(entries))


def task_key(segment: Segment, camera: Camera, fixed: str) -> str:
    """Return the hash of everything that decides a segment's tables.

    The file's path is left out: a renamed file is not perceived again. `clock_offset_s` is in the recording's start.
    """
    return ids.digest(
        {
            "fixed": fixed,
            "segment": segment.segment_id,
            "site": segment.site_id,
            "camera": segment.camera_id,
            "night": segment.night.isoformat(),
            "content": segment.content_key,
            "recording": [segment.recording.starts_at, segment.recording.ends_at],
            "interval": [segment.starts_at, segment.ends_at, segment.is_last],
            "masks": [[camera.width_px, camera.height_px], *camera.masks] if camera.masks else [],
            "frame_rate_hz": camera.frame_rate_hz,
        }
    )


def key_of_settings(perception: Perception, models: ModelFolder) -> str:
    """Return the hash of what all segments have in common: settings, plug-ins and weights, contracts, code.

    Plug-ins count by their identity alone, so that a default that is spelled out is no other setting.
    """
    plugin_fields = {"detector", "tracker", "embedder"}
    return ids.digest(
        {
            "version": STAGE_VERSION,
            "contracts": {contract.name: contract.version for contract in PERCEIVED},
            "perception": perception.model_dump(mode="json", exclude=plugin_fields),
            "detector": plugins.identity("detectors", perception.detector.name, perception.detector.params, models),
            "tracker": plugins.identity("trackers", perception.tracker.name, perception.tracker.params, models),
            "embedder": plugins.identity("embedders", perception.embedder.name, perception.embedder.params, models),
        }
    )


def models_of(perception: Perception) -> tuple[str, ...]:
    """Return the names of the models that the settings ask for."""
    chosen: tuple[tuple[plugins.Kind, PluginChoice], ...] = (
        ("detectors", perception.detector),
        ("embedders", perception.embedder),
    )
    names = (getattr(plugins.parse(kind, choice.name, choice.params), "model", None) for kind, choice in chosen)
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))
