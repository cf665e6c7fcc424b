"""Heatmaps of a lake as files: which views, over which pictures, and everything that is written of each."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

import cv2
import numpy as np

from analytics.errors import ConfigError
from analytics.geometry import FloatArray, ImageArray
from analytics.heatmaps.backgrounds import background_of
from analytics.heatmaps.captions import (
    NO_FOOTAGE,
    captions_of,
    change_captions_of,
    change_unit_of,
    unit_of,
    week_captions_of,
)
from analytics.heatmaps.cells import cells_of, differences_of
from analytics.heatmaps.files import Folder
from analytics.heatmaps.heatmap import Difference, Heatmap, Measure, Presence, difference_of, heatmap_of, presence_of
from analytics.heatmaps.layers import Style, dimmed, layer, over, scale_of, washed
from analytics.heatmaps.periods import Period, period_of
from analytics.heatmaps.pictures import Outline, picture
from analytics.heatmaps.views import FLOOR, View, camera_view, floor_view
from analytics.heatmaps.week import week_of, week_picture
from analytics.lake.lake import Lake
from analytics.settings import Settings
from analytics.sites import Site
from analytics.tables import RECORDINGS

_PLAIN_WIDTH_PX = 1600  # of a floor without a picture
_PLAIN_RGB = (247, 247, 245)
_DARK_RGB = (46, 46, 48)


@dataclass(frozen=True)
class Order:
    """What is wanted.

    Attributes:
        views: camera ids, or floor.
        measures: of each view.
        period: the time.
        compared: another period that is subtracted; None: none.
        by_week: when in the week, too.
        footage: folder of recordings for the empty pictures of cameras; None: a plain ground.
        site_folder: the folder that the plan's picture is named from.
        cell: side of a cell, metres on the floor and px of a camera; None: a size that suits.
        sigma_m: standard deviation of the kernel on the floor, metres.
        min_people: fewest people of what is published.
        class_name: class of the tracklets.
        with_staff: count staff too.
    """

    views: tuple[str, ...]
    measures: tuple[Measure, ...]
    period: Period
    compared: Period | None
    by_week: bool
    footage: Path | None
    site_folder: Path
    cell: float | None
    sigma_m: float
    min_people: int
    class_name: str
    with_staff: bool


def views_of(site: Site, cameras: Sequence[str], is_floor: bool) -> tuple[str, ...]:
    """Return the views that are asked for; all that there are when none is.

    Raises:
        ConfigError: a camera is not in the site.
    """
    known = [camera.camera_id for camera in site.cameras]
    if unknown := [name for name in cameras if name not in known]:
        raise ConfigError(f"expected one of {', '.join(known)}, got {unknown[0]}", field="--camera")
    if cameras or is_floor:
        return (*([FLOOR] if is_floor else []), *dict.fromkeys(cameras))
    has_floor = site.floor_plan is not None and any(camera.floor_points for camera in site.cameras)
    return (*([FLOOR] if has_floor else []), *known)


def chosen_period(
    lake: Lake, site: Site, nights: Sequence[date] | None, starts: time | None, ends: time | None
) -> Period:
    """Return the period of some nights; of all that the lake has when none is named.

    Raises:
        ConfigError: none is named and the lake has none.
    """
    wanted = nights or lake.ledger.nights()
    if not wanted:
        raise ConfigError("expected a lake with a night in it, it has none: run `crosscam run` first", field="--lake")
    return period_of(site, wanted, starts, ends)


def write_heatmaps(lake: Lake, site: Site, settings: Settings, order: Order, folder: Folder) -> Iterator[str]:
    """Write everything that is ordered; yield what a person should know, as it turns up.

    Raises:
        ConfigError: the periods overlap, a view is not possible, or the folder cannot be written.
    """
    if order.compared is not None and order.compared.overlaps(order.period):
        reason = f"expected another time than {order.period.label}, got {order.compared.label}, which shares some of it"
        raise ConfigError(reason, field="--compare-night, --compare-from or --compare-to")
    _check_cells(site, order)
    nights = {*order.period.nights, *(order.compared.nights if order.compared else ())}
    folder.prepare()
    sizes = sizes_of(lake, nights)
    for name in order.views:
        view = _view(site, name, sizes, order)
        if view is None:
            yield f"{name}: no recordings of these nights, and the site does not state its size: no picture"
            continue
        base, notes = _ground(lake, site, view, order)
        yield from notes
        now = _presence(lake, site, view, order.period, settings, order)
        if now.footage_h <= 0:
            yield f"{name}: {NO_FOOTAGE} ({order.period.label})"
        if now.people.unlinked:
            told = f"{len(now.people.unlinked)} of {len(order.period.nights)} nights not linked"
            yield f"{name}: {told}: there every tracklet counts as a person, staff too; run `crosscam link`"
        then = _presence(lake, site, view, order.compared, settings, order) if order.compared else None
        drawn = _Drawing(site, view, base, folder)
        for measure in order.measures:
            heatmap = heatmap_of(now, measure, order.min_people, settings.marts.visit_gap_s)
            if then is None:
                yield from drawn.heatmap(heatmap)
            else:
                before = heatmap_of(then, measure, order.min_people, settings.marts.visit_gap_s)
                drawn.difference(difference_of(before, heatmap))
            if order.by_week and now.footage_h > 0:
                drawn.week(now, measure, order.min_people)


@dataclass(frozen=True)
class _Drawing:
    """One view with its ground, and where its files go."""

    site: Site
    view: View
    base: ImageArray
    folder: Folder

    @property
    def style(self) -> Style:
        return "plan" if self.view.name == FLOOR else "camera"

    def heatmap(self, heatmap: Heatmap) -> Iterator[str]:
        """Write a heatmap; yield what could not be written."""
        unit, factor = unit_of(heatmap)
        values, seen = heatmap.smoothed * factor, heatmap.presence.seen
        scale = scale_of(values, seen, self.style)
        name = self._name(heatmap.measure)
        captions = captions_of(heatmap, unit)
        outlines = outlines_of(self.site, self.view)
        is_floor = self.view.name == FLOOR
        drawn = picture(self.base, values, seen, self.view.grid, scale, captions, outlines, has_metres=is_floor)
        self.folder.picture(f"{name}.png", drawn, "picture")
        if heatmap.presence.footage_h > 0:
            height, width = self.base.shape[:2]
            above = layer(values, seen, self.view.grid, scale, width, height)
            self.folder.layer(name, above, over(self.base, above), self._plan())
        self.folder.grid(name, cells_of(heatmap))
        self.folder.facts(name, heatmap, captions)
        if is_floor and heatmap.presence.footage_h > 0:
            yield from self.folder.maps(name, heatmap, self.site)

    def difference(self, difference: Difference) -> None:
        """Write a difference."""
        unit, factor = change_unit_of(difference)
        values = difference.values * factor
        scale = scale_of(values, difference.seen, "difference")
        name = f"{self._name(difference.after.measure)}-difference"
        captions = change_captions_of(difference, unit)
        outlines = outlines_of(self.site, self.view)
        is_floor = self.view.name == FLOOR
        drawn = picture(
            self.base, values, difference.seen, self.view.grid, scale, captions, outlines, has_metres=is_floor
        )
        self.folder.picture(f"{name}.png", drawn, "picture")
        if captions.warning is None:
            height, width = self.base.shape[:2]
            above = layer(values, difference.seen, self.view.grid, scale, width, height)
            self.folder.layer(name, above, over(self.base, above), self._plan())
        self.folder.grid(name, differences_of(difference))
        self.folder.change_facts(name, difference, captions)

    def week(self, presence: Presence, measure: Measure, min_people: int) -> None:
        """Write when in the week people are there."""
        week = week_of(presence, measure, min_people)
        captions = week_captions_of(presence, measure, min_people)
        name = f"{self._name(measure)}-week"
        self.folder.picture(f"{name}.png", week_picture(week, captions), "by hour of the week")
        self.folder.week(name, week, captions.unit)

    def _name(self, measure: Measure) -> str:
        return f"floor-{measure}" if self.view.name == FLOOR else f"camera-{self.view.name}-{measure}"

    def _plan(self) -> Site | None:
        return self.site if self.view.name == FLOOR else None


def _check_cells(site: Site, order: Order) -> None:
    """Raise ConfigError for cells whose size is meant for another view."""
    if order.cell is None:
        return
    if FLOOR in order.views and len(order.views) > 1:
        reason = "expected one kind of view: cells are metres on the floor and px of a camera; add --floor or --camera"
        raise ConfigError(reason, field="--cell")
    plan = site.floor_plan
    across = min(plan.width_m, plan.height_m) if plan and FLOOR in order.views else math.inf
    if order.cell > across or (FLOOR not in order.views and order.cell < 1):
        unit = "m" if FLOOR in order.views else "px"
        reason = f"expected cells of at least 1 px, and no larger than the plan, got {order.cell:g} {unit}"
        raise ConfigError(reason, field="--cell")


def outlines_of(site: Site, view: View) -> tuple[Outline, ...]:
    """Return the zones of a view: those drawn on it, and on the floor those of projected cameras too."""
    found = []
    for zone in site.zones:
        corners: FloatArray = np.array(zone.polygon, np.float64)
        if view.name != FLOOR:
            if zone.camera_id == view.name:
                found.append(Outline(zone.name or zone.zone_id, corners))
            continue
        if zone.camera_id is not None:
            own = view.cameras.get(zone.camera_id)
            if own is None or own.projection is None:
                continue
            corners = own.projection.project(corners)
        if np.isfinite(corners).all():
            found.append(Outline(zone.name or zone.zone_id, corners))
    return tuple(found)


def _presence(lake: Lake, site: Site, view: View, period: Period, settings: Settings, order: Order) -> Presence:
    return presence_of(lake, site, view, period, settings, class_name=order.class_name, with_staff=order.with_staff)


def sizes_of(lake: Lake, nights: Collection[date]) -> dict[str, list[tuple[int, int]]]:
    """Return the sizes of the recordings of some nights, px, by camera."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in lake.read(RECORDINGS, nights, columns=["camera_id", "width_px", "height_px"]).to_pylist():
        if row["camera_id"] is not None and row["width_px"] and row["height_px"]:
            found.setdefault(row["camera_id"], []).append((row["width_px"], row["height_px"]))
    return found


def _view(site: Site, name: str, sizes: Mapping[str, Sequence[tuple[int, int]]], order: Order) -> View | None:
    if name == FLOOR:
        return floor_view(site, sizes, sigma_m=order.sigma_m, **({"cell_m": order.cell} if order.cell else {}))
    return camera_view(site.camera(name), sizes.get(name, ()), order.cell, order.sigma_m)


def _ground(lake: Lake, site: Site, view: View, order: Order) -> tuple[ImageArray, list[str]]:
    """Return the RGB picture that lies below, and what should be known of it."""
    if view.name == FLOOR:
        return plan_of(site, order.site_folder), []
    plain = np.full(
        (round(view.grid.height), round(view.grid.width), 3), _PLAIN_RGB if order.compared else _DARK_RGB, np.uint8
    )
    if order.footage is None:
        return plain, []
    found = background_of(lake, site.camera(view.name), order.footage, order.period)
    if found is None:
        return plain, [f"{view.name}: no recording of it could be read below {order.footage}: a plain ground instead"]
    notes = []
    if found.filled_share > 0.2:
        notes.append(
            f"{view.name}: people hide {100 * found.filled_share:.0f} % of the picture all the time: filled in"
        )
    return (washed if order.compared else dimmed)(found.pixels), notes


def plan_of(site: Site, folder: Path) -> ImageArray:
    """Return the RGB picture of the floor plan; a plain one where the site has no picture of it.

    Args:
        site: with its floor plan.
        folder: that the picture is named from.

    Raises:
        ConfigError: there is no plan, or its picture cannot be read.
    """
    plan = site.floor_plan
    if plan is None:
        raise ConfigError("expected a floor plan, the site has none", field="floor_plan")
    if plan.image is None:
        size = (round(_PLAIN_WIDTH_PX * plan.height_m / plan.width_m), _PLAIN_WIDTH_PX, 3)
        return np.full(size, _PLAIN_RGB, np.uint8)
    pixels = cv2.imread(str(folder / plan.image), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ConfigError(f"expected a picture, cannot read {folder / plan.image}", field="floor_plan.image")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
