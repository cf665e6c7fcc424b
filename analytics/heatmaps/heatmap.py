"""Heatmaps of a lake: visits or seconds of people in each cell of a view, and the difference of two periods.

Never raw detections: whoever stands still for a minute is one visit and sixty seconds, whatever the frame rate. A cell
that no camera sees has no value, which is something else than nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from analytics.exporting.suppression import hidden_cells
from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.heatmaps import counting
from analytics.heatmaps.grids import smooth
from analytics.heatmaps.periods import Footage, Period, coverage_of, footage_of
from analytics.heatmaps.stays import Points, Stays, at_most_once, stays_of
from analytics.heatmaps.views import FLOOR, View
from analytics.heatmaps.whom import People, people_of
from analytics.lake.lake import Lake
from analytics.locating.locate import POINT_COLUMNS, sightings
from analytics.settings import Settings
from analytics.sites import Site
from analytics.tables import BOUNDARY_POINTS, TRACK_POINTS

Measure = Literal["visits", "dwell"]


@dataclass(frozen=True)
class Presence:
    """Everybody's stays in the cells of a view in a period, and the footage that tells of it.

    Attributes:
        view: the cells.
        period: the time.
        stays: of all cameras; one camera's person is another's where linking says so.
        seen: (rows, columns) cells that a camera with footage sees.
        hours: (rows, columns) hours of footage of each cell, of the camera that has most; 0 where nothing is seen.
        cell_coverage: (rows, columns) seconds analysed of those expected, of the cameras that see the cell, in [0, 1];
            NaN where no camera was expected to.
        footage: of each camera of the view.
        people: who is counted.
        site_id: the site.
    """

    view: View
    period: Period
    stays: Stays
    seen: BoolArray
    hours: FloatArray
    cell_coverage: FloatArray
    footage: Mapping[str, Footage]
    people: People
    site_id: str

    @property
    def coverage(self) -> float | None:
        """Seconds analysed of those expected, in [0, 1]; None: nothing was expected."""
        return coverage_of(self.footage.values())

    @property
    def footage_h(self) -> float:
        """Hours analysed, of all cameras together."""
        return sum(each.analysed_s for each in self.footage.values()) / 3600

    @property
    def person_count(self) -> int:
        """Different people who were in the view."""
        return len(np.unique(self.stays.person))

    @property
    def unplaced_share(self) -> float:
        """Share of the time of people whose place is not known, or lies outside the grid, in [0, 1]."""
        total = float(self.stays.seconds.sum())
        return float(self.stays.seconds[self.stays.cell < 0].sum()) / total if total else 0.0


@dataclass(frozen=True)
class Heatmap:
    """What was measured in each cell; all arrays (rows, columns).

    Attributes:
        presence: what it was counted of.
        measure: visits, or dwell (seconds).
        values: as counted, 0 in cells that are not published.
        smoothed: spread by the kernel, of the same sum.
        people: different people.
        is_small: somebody was there, but fewer people than are published; the cell counts as empty everywhere else.
        small_share: what lies in such cells, of everything, in [0, 1].
        min_people: fewest people of a cell that is published.
    """

    presence: Presence
    measure: Measure
    values: FloatArray
    smoothed: FloatArray
    people: IntArray
    is_small: BoolArray
    small_share: float
    min_people: int

    @property
    def per_hour(self) -> FloatArray:
        """The (rows, columns) smoothed values for each hour of a cell's footage; 0 where nothing is seen."""
        hours = self.presence.hours
        return np.divide(self.smoothed, hours, out=np.zeros_like(hours), where=hours > 0)


@dataclass(frozen=True)
class Difference:
    """How much more there was in one period than in another, for each hour of footage; arrays (rows, columns).

    Attributes:
        before: the period that is compared with.
        after: the period of interest.
        values: after minus before, for each hour of a cell's footage; 0 where either is not seen.
        seen: cells seen in both.
        is_small: cells with too few people in either.
    """

    before: Heatmap
    after: Heatmap
    values: FloatArray
    seen: BoolArray
    is_small: BoolArray


def presence_of(
    lake: Lake,
    site: Site,
    view: View,
    period: Period,
    settings: Settings,
    *,
    class_name: str = "person",
    with_staff: bool = False,
) -> Presence:
    """Read who was where. One camera's night of points is in memory at a time, and what became of all others.

    Args:
        lake: perceived, and linked or not.
        site: cameras and time zone.
        view: the cells.
        period: nights and the stretch of time.
        settings: how feet are found; see `locating.feet`.
        class_name: class of the tracklets.
        with_staff: count staff too.
    """
    cameras = sorted(view.cameras)
    footage = footage_of(lake, site, cameras, period)
    people = people_of(lake, period.nights, cameras, class_name, with_staff=with_staff)
    parts: list[Stays] = []
    visited: dict[str, BoolArray] = {}
    for camera_id in cameras:
        if footage[camera_id].analysed_s <= 0:
            continue
        own = [_stays(lake, view, camera_id, people, period, number, settings) for number in range(len(period.nights))]
        visited[camera_id] = _cells(own, view)
        parts += own
    joined = Stays.joined(parts)
    if view.name == FLOOR:
        joined = at_most_once(joined)
    seen, hours, coverage = _footage_of_cells(view, visited, footage)
    return Presence(view, period, joined, seen, hours, coverage, footage, people, site.site_id)


def heatmap_of(presence: Presence, measure: Measure, min_people: int, visit_gap_s: float) -> Heatmap:
    """Measure the cells.

    Args:
        presence: what to measure.
        measure: visits or dwell.
        min_people: cells with fewer different people, but not with nobody, are left empty before anything is spread.
        visit_gap_s: longest break of a visit that is bridged, seconds.
    """
    grid = presence.view.grid
    people = counting.people(presence.stays, grid)
    counted = (
        counting.dwell_s(presence.stays, grid)
        if measure == "dwell"
        else counting.visits(presence.stays, grid, visit_gap_s)
    )
    is_small = hidden_cells(people.ravel(), (), min_people).reshape(grid.shape)
    values = np.where(is_small, 0.0, counted)
    total = float(counted.sum())
    return Heatmap(
        presence,
        measure,
        values,
        smooth(values, presence.seen, presence.view.sigma_cells),
        people,
        is_small,
        1 - float(values.sum()) / total if total else 0.0,
        min_people,
    )


def difference_of(before: Heatmap, after: Heatmap) -> Difference:
    """Compare two periods of one view and measure.

    A cell that is too small to be published in one of them counts as empty there, as in the maps themselves.
    """
    seen = before.presence.seen & after.presence.seen
    values = after.per_hour - before.per_hour
    return Difference(before, after, np.where(seen, values, 0.0), seen, before.is_small | after.is_small)


def _footage_of_cells(
    view: View, visited: Mapping[str, BoolArray], footage: Mapping[str, Footage]
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Return which cells are seen, their hours of footage and their coverage; a camera without footage covers none."""
    hours, expected_s, covered_s = (np.zeros(view.grid.shape) for _ in range(3))
    for camera_id, each in footage.items():
        seen = view.seen_by(camera_id, visited.get(camera_id, np.zeros(view.grid.shape, bool)))
        hours[seen] = np.maximum(hours[seen], each.analysed_s / 3600)
        expected_s[seen] += each.expected_s
        covered_s[seen] += each.covered_s
    coverage = np.divide(covered_s, expected_s, out=np.full(view.grid.shape, np.nan), where=expected_s > 0)
    return hours > 0, hours, coverage


def _stays(
    lake: Lake, view: View, camera_id: str, people: People, period: Period, number: int, settings: Settings
) -> Stays:
    """Return the stays of one camera and night."""
    points = lake.read(TRACK_POINTS, [period.nights[number]], [camera_id], POINT_COLUMNS)
    known = people.numbers_of(points["tracklet_id"].combine_chunks())
    points = points.filter(pa.array(known >= 0))
    camera = view.cameras[camera_id]
    boundary = BOUNDARY_POINTS.empty()
    found = sightings(points, boundary, people.sizes, camera.canvas, settings.locating)
    places = found.feet if camera.projection is None else camera.projection.project(found.feet)
    numbers: Sequence[int] | IntArray = people.numbers_of(pa.array(found.tracklet_ids, pa.string()))
    tracklet = np.asarray(numbers, np.int64)[found.tracklet_nos]
    return stays_of(Points(tracklet, found.captured_at, places), people.whose, view.grid, period.windows)


def _cells(stays: Sequence[Stays], view: View) -> BoolArray:
    visited = np.zeros(view.grid.rows * view.grid.columns, bool)
    for each in stays:
        visited[each.cell[each.cell >= 0]] = True
    return visited.reshape(view.grid.shape)
