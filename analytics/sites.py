"""A site: its cameras, clocks and file names, and what is drawn on its images. Loaded from site.yaml.

Values and their consistency only; nothing here opens a video. All px are those of the upright frame of the size that
the camera states.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import FiniteFloat, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from analytics.discovery.inferring import camera_folders
from analytics.discovery.naming import PRESETS, Clock, NamePattern, compile_template
from analytics.fields import FrozenModel, Id, LocalTime, Point, Polygon, wrong
from analytics.georeference import Georeference
from analytics.timebase import Interval, from_local, night_interval


class FootageNames(FrozenModel):
    """How the recorder names its files."""

    template: str = "default"
    """A preset (default, frigate, mediamtx, blueiris, ffmpeg) or a template of `discovery.naming`."""

    clock: Clock | None = None
    """What the times in the names show; null: the preset's own. Another template has to say it, unless it has %z."""

    settle_s: NonNegativeFloat = 30.0
    """A file that changed less than this long ago, and whose structure does not prove it closed, is being written."""

    @model_validator(mode="after")
    def _check(self) -> "FootageNames":
        try:
            pattern = self.pattern
        except ValueError as error:
            raise wrong("template", str(error)) from error
        if self.template not in PRESETS and pattern.start_format and not (pattern.has_offset or self.clock):
            raise wrong("clock", "expected utc or local beside a template of your own, got nothing")
        return self

    @property
    def pattern(self) -> NamePattern:
        """The compiled template."""
        preset = PRESETS.get(self.template)
        return compile_template(preset.template if preset else self.template)

    @property
    def names_clock(self) -> Clock:
        """The clock of the names, the preset's own when none is stated."""
        preset = PRESETS.get(self.template)
        return self.clock or (preset.clock if preset else "utc")


class LocalRange(FrozenModel):
    """A stretch of every local day, [starts_at, ends_at); past midnight when it ends before it starts.

    Equal ends mean the whole day.
    """

    starts_at: LocalTime
    ends_at: LocalTime


class PlanPoint(FrozenModel):
    """A point that is known in both the image and the floor plan."""

    image_px: Point
    plan_m: Point


class Camera(FrozenModel):
    """One camera."""

    camera_id: Id
    folder: str | None = None
    """Path below the footage folder of its files, or what the name template has at {camera}; null: its id."""

    clock_offset_s: FiniteFloat = 0.0
    """What the camera's clock shows minus true UTC, seconds; taken off every start that its clock wrote."""

    frame_rate_hz: PositiveFloat | None = None
    """Frames a second of raw streams (H.264 without a container), which carry no timestamps; other files ignore it."""

    width_px: PositiveInt | None = None
    """Width of the upright frame on which masks, zones and lines are drawn, px; masks need it. Recordings may be of
    another size but must have its shape."""

    height_px: PositiveInt | None = None
    """Height of the upright frame, px."""

    masks: tuple[Polygon, ...] = ()
    """Areas that are blackened before anything looks at the frame, px of width_px x height_px."""

    expected: tuple[LocalRange, ...] | None = None
    """When it should record; null: from its first to its last recording of the night."""

    floor_points: tuple[PlanPoint, ...] = ()
    """At least four points for the projection to the floor plan; none: not projected."""

    @model_validator(mode="after")
    def _check(self) -> "Camera":
        if (self.width_px is None) != (self.height_px is None):
            raise wrong("height_px", "expected width_px and height_px together, got one of them")
        if self.masks and self.width_px is None:
            reason = "expected width_px and height_px of the picture on which masks are drawn, got masks alone"
            raise wrong("width_px", reason)
        if 0 < len(self.floor_points) < 4:
            raise wrong("floor_points", f"expected at least 4 points, got {len(self.floor_points)}")
        for number, mask in enumerate(self.masks):
            _check_inside(f"masks.{number}", mask, self)
        folder = self.footage_folder
        if folder.startswith("/") or ".." in folder.split("/") or folder != folder.strip("/"):
            raise wrong("folder", f"expected a path below the footage folder such as hall/cam1, got {folder!r}")
        return self

    @property
    def footage_folder(self) -> str:
        """The folder below the footage folder, with forward slashes; "." is the footage folder itself."""
        return self.camera_id if self.folder is None else self.folder

    def expected_on(self, night: date, zone: ZoneInfo, day_starts: time = time(0)) -> tuple[Interval, ...] | None:
        """Return when it should record in a night, in order and without overlap; None when the site does not say."""
        if self.expected is None:
            return None
        whole = night_interval(night, zone, day_starts)
        days = [night + timedelta(days=shift) for shift in (-1, 0, 1)]
        stretches = [_on_day(stretch, day, zone) for day in days for stretch in self.expected]
        inside = sorted(part for stretch in stretches if (part := stretch.intersect(whole)))
        return tuple(_merged(inside))


class Zone(FrozenModel):
    """An area whose visits are counted."""

    zone_id: Id
    name: str | None = None
    camera_id: Id | None
    """The camera on whose image it is drawn, px; null: on the floor plan, metres."""

    polygon: Polygon
    kind: Literal["area", "queue", "service", "entrance"] = "area"
    serves: Id | None = None
    """The queue zone whose people a service zone serves."""

    @model_validator(mode="after")
    def _check(self) -> "Zone":
        if (self.kind == "service") != (self.serves is not None):
            raise wrong("serves", "expected serves on zones of kind service and on no other")
        return self


class Line(FrozenModel):
    """A directed segment whose crossings are counted."""

    line_id: Id
    name: str | None = None
    camera_id: Id | None
    """The camera on whose image it is drawn, px; null: on the floor plan, metres."""

    start: Point
    end: Point
    in_from: Literal["left", "right"] = "left"
    """A crossing is "in" when it comes from this side, as seen looking from start to end."""

    @model_validator(mode="after")
    def _check(self) -> "Line":
        if self.start == self.end:
            raise wrong("end", f"expected a line of some length, it starts and ends at {self.start}")
        return self


class Transit(FrozenModel):
    """How long people take from one camera to another."""

    from_camera: Id
    to_camera: Id
    min_s: NonNegativeFloat
    max_s: PositiveFloat
    both_ways: bool = True

    @model_validator(mode="after")
    def _check(self) -> "Transit":
        if self.min_s > self.max_s:
            raise wrong("max_s", f"expected min_s <= max_s, got {self.min_s:g} and {self.max_s:g}")
        if self.from_camera == self.to_camera:
            raise wrong("to_camera", f"expected two cameras, got {self.to_camera} twice")
        return self


class FloorPlan(FrozenModel):
    """The plan that camera images are projected to; x to the right, y down, metres from its top left corner."""

    width_m: PositiveFloat
    height_m: PositiveFloat
    image: str | None = None
    georeference: Georeference | None = None
    """Where it lies on a map; null: not known."""


class Retention(FrozenModel):
    """After how many days what is known is deleted; null: never."""

    crops_days: PositiveInt | None = 30
    embeddings_days: PositiveInt | None = 30
    tables_days: PositiveInt | None = None


class Site(FrozenModel):
    """The root of site.yaml."""

    site_id: Id
    timezone: str = "UTC"
    """IANA name, such as Europe/Berlin."""

    day_starts_at: LocalTime = time(0)
    """Local time at which a new night begins; 04:00 counts 03:59 to the day before."""

    footage: FootageNames = FootageNames()
    cameras: tuple[Camera, ...] = ()
    """Left out: inferred from the footage, see `with_cameras_of`."""

    zones: tuple[Zone, ...] = ()
    lines: tuple[Line, ...] = ()
    transits: tuple[Transit, ...] = ()
    floor_plan: FloorPlan | None = None
    retention: Retention = Retention()

    @model_validator(mode="after")
    def _check(self) -> "Site":
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise wrong("timezone", f"expected an IANA name such as Europe/Berlin, got {self.timezone!r}") from error
        self._check_listed()
        _check_unique("cameras", "camera_id", [camera.camera_id for camera in self.cameras])
        _check_unique("cameras", "folder", [camera.footage_folder for camera in self.cameras])
        _check_unique("zones", "zone_id", [zone.zone_id for zone in self.zones])
        _check_unique("lines", "line_id", [line.line_id for line in self.lines])
        self._check_drawings()
        self._check_transits()
        return self

    @property
    def zone_info(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)

    def camera(self, camera_id: str) -> Camera:
        """Return a camera by id. Raises KeyError when there is none."""
        return {camera.camera_id: camera for camera in self.cameras}[camera_id]

    @staticmethod
    def inferred(footage: Path) -> "Site":
        """Guess the site from its footage: UTC, default names, and every folder with videos is a camera."""
        return Site(site_id="site").with_cameras_of(footage)

    def with_cameras_of(self, footage: Path) -> "Site":
        """Return the site with the cameras that its footage has, unless it lists its own.

        With the default names every folder with videos is a camera, with others what the names have at {camera}.
        Without any video the footage folder itself is one, so that the result is a site in any case.

        Raises:
            ValueError: the names do not tell the camera, or none fits the template.
        """
        if self.cameras:
            return self
        names = None if self.footage.template == "default" else self.footage.pattern
        folders = camera_folders(footage, names)
        cameras = tuple(Camera(camera_id=name, folder=folder) for folder, name in folders.items())
        return self.model_copy(update={"cameras": cameras})

    def _check_listed(self) -> None:
        if self.cameras:
            return
        if "cameras" in self.model_fields_set:
            raise wrong("cameras", "expected at least one camera, or no such field, got none")
        drawn_on = [*(zone.camera_id for zone in self.zones), *(line.camera_id for line in self.lines)]
        if self.transits or any(drawn_on):
            raise wrong("cameras", "expected the cameras that zones, lines and transits name, the field is missing")
        if not self.footage.pattern.has_camera:
            template = self.footage.template
            raise wrong("cameras", f"expected the cameras, which names of the template {template!r} do not tell")

    def _check_drawings(self) -> None:
        drawings: list[tuple[str, str | None, str, tuple[Point, ...]]] = [
            (f"zones.{number}", zone.camera_id, "polygon", zone.polygon) for number, zone in enumerate(self.zones)
        ]
        drawings += [
            (f"lines.{number}", line.camera_id, "end", (line.start, line.end)) for number, line in enumerate(self.lines)
        ]
        for where, camera_id, field, points in drawings:
            if camera_id is not None:
                self._check_known(f"{where}.camera_id", camera_id)
                _check_inside(f"{where}.{field}", points, self.camera(camera_id))
            elif self.floor_plan is None:
                raise wrong(f"{where}.camera_id", "expected a camera, got null although there is no floor_plan")
        queues = {zone.zone_id for zone in self.zones if zone.kind == "queue"}
        for number, zone in enumerate(self.zones):
            if zone.serves is not None and zone.serves not in queues:
                raise wrong(f"zones.{number}.serves", f"expected a zone of kind queue, got {zone.serves!r}")

    def _check_transits(self) -> None:
        for number, transit in enumerate(self.transits):
            self._check_known(f"transits.{number}.from_camera", transit.from_camera)
            self._check_known(f"transits.{number}.to_camera", transit.to_camera)

    def _check_known(self, field: str, camera_id: str) -> None:
        known = sorted(camera.camera_id for camera in self.cameras)
        if camera_id not in known:
            raise wrong(field, f"expected one of {', '.join(known)}, got {camera_id!r}")


def _check_unique(group: str, field: str, values: list[str]) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            last = len(values) - 1 - values[::-1].index(value)
            raise wrong(f"{group}.{last}.{field}", f"expected different values, got {value!r} {count} times")


def _check_inside(field: str, points: Iterable[Point], camera: Camera) -> None:
    if camera.width_px is None or camera.height_px is None:
        return
    for x, y in points:
        if not (0 <= x <= camera.width_px and 0 <= y <= camera.height_px):
            size = f"{camera.width_px} x {camera.height_px} px"
            raise wrong(field, f"expected points inside the image of {camera.camera_id} ({size}), got {x:g}, {y:g}")


def _on_day(stretch: LocalRange, day: date, zone: ZoneInfo) -> Interval:
    until = day if stretch.ends_at > stretch.starts_at else day + timedelta(days=1)
    starts_at = from_local(datetime.combine(day, stretch.starts_at), zone).instant
    return Interval(starts_at, max(starts_at, from_local(datetime.combine(until, stretch.ends_at), zone).instant))


def _merged(intervals: list[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for interval in intervals:
        if merged and interval.starts_at <= merged[-1].ends_at:
            merged[-1] = Interval(merged[-1].starts_at, max(merged[-1].ends_at, interval.ends_at))
        else:
            merged.append(interval)
    return merged
