"""The site file of a world of tables, and the accounts of its nights: recordings and coverage, all complete."""

import numpy as np
import pyarrow as pa

from analytics.simulation.nights import SITE_ID, Cast, Night, frame_instants, recording_name
from analytics.simulation.views import CENTRE_PX, FLOOR_PX, HEIGHT_PX, WIDTH_PX, gates
from analytics.sites import Camera, Line, Site, Transit, Zone
from analytics.tables import COVERAGE, RECORDINGS
from analytics.timebase import Interval, hours_of, to_datetime

_LINE_AT = 0.8  # of the way from the middle of the image to the gate
_LINE_HALF_PX = 150.0
_TRANSIT_SIGMAS = 3.0  # the stated shortest and longest ways leave out 0.3 % of them


def build_site(cast: Cast) -> Site:
    """Return the site: cameras without clock offsets, and on each image the floor and a line where people come in."""
    (left, top), (right, bottom) = FLOOR_PX
    floor = ((left, top), (right, top), (right, bottom), (left, bottom))
    outer = gates(cast.world, cast.graph)[:, -1]
    return Site(
        site_id=SITE_ID,
        cameras=tuple(Camera(camera_id=name, width_px=WIDTH_PX, height_px=HEIGHT_PX) for name in cast.camera_ids),
        zones=tuple(Zone(zone_id=f"{name}-floor", camera_id=name, polygon=floor) for name in cast.camera_ids),
        lines=tuple(
            _door(name, (float(x), float(y))) for name, (x, y) in zip(cast.camera_ids, outer.tolist(), strict=True)
        ),
        transits=_transits(cast) if cast.world.states_transits else (),
    )


def recordings_of(cast: Cast, night: Night) -> pa.Table:
    """Return a night's recordings; contract RECORDINGS. There are no files: sizes are 0, codecs unknown."""
    grid = cast.grid
    ends_at = frame_instants(cast.world, night.opens_at, grid.recording_ends).tolist()
    rows = []
    for camera, camera_id in enumerate(cast.camera_ids):
        for number, end in enumerate(ends_at):
            name = recording_name(cast, night, camera, number)
            length_s = round((end - name.starts_at) / 1e6, 6)
            starts_at = to_datetime(name.starts_at)
            rows.append(
                {
                    "recording_id": name.recording_id,
                    "site_id": SITE_ID,
                    "night": night.on,
                    "camera_id": camera_id,
                    "path": f"{camera_id}/{starts_at:%Y%m%dT%H%M%SZ}.mp4",
                    "starts_at": starts_at,
                    "ends_at": to_datetime(end),
                    "clock_source": "name",
                    "time_ambiguous": False,
                    "width_px": WIDTH_PX,
                    "height_px": HEIGHT_PX,
                    "size_bytes": 0,
                    "modified_at": to_datetime(end),
                    "content_key": name.content_key,
                    "declared_s": length_s,
                    "decoded_s": length_s,
                    "gap_before_s": 0.0 if number else None,
                    "status": "complete",
                }
            )
    return RECORDINGS.from_rows(rows)


def coverage_of(cast: Cast, night: Night) -> pa.Table:
    """Return a night's coverage; contract COVERAGE. Every second is expected and analysed."""
    first, end = frame_instants(cast.world, night.opens_at, np.array([0, cast.world.frames_per_night])).tolist()
    hours = [
        (hour.starts_at // 3_600_000_000 * 3_600_000_000, hour.duration_s) for hour in hours_of(Interval(first, end))
    ]
    lengths = ("expected_s", "decoded_s", "analysed_s", "analysed_expected_s")
    return COVERAGE.from_rows(
        {
            "site_id": SITE_ID,
            "night": night.on,
            "camera_id": camera_id,
            "hour_at": to_datetime(hour_at),
            **dict.fromkeys(lengths, length_s),
            "corrupt_frames": 0,
            "skipped_s": 0.0,
        }
        for camera_id in cast.camera_ids
        for hour_at, length_s in hours
    )


def _door(camera_id: str, gate: tuple[float, float]) -> Line:
    """Return the line between the gate to outside and the middle; who comes from the gate comes in."""
    out_x, out_y = gate[0] - CENTRE_PX[0], gate[1] - CENTRE_PX[1]
    length = float(np.hypot(out_x, out_y))
    x, y = CENTRE_PX[0] + _LINE_AT * out_x, CENTRE_PX[1] + _LINE_AT * out_y
    along_x, along_y = -out_y / length * _LINE_HALF_PX, out_x / length * _LINE_HALF_PX  # the gate is on its left

    def inside(point_x: float, point_y: float) -> tuple[float, float]:
        return round(min(max(point_x, 0), WIDTH_PX), 1), round(min(max(point_y, 0), HEIGHT_PX), 1)

    return Line(
        line_id=f"{camera_id}-door",
        camera_id=camera_id,
        start=inside(x - along_x, y - along_y),
        end=inside(x + along_x, y + along_y),
        in_from="left",
    )


def _transits(cast: Cast) -> tuple[Transit, ...]:
    spread = float(np.exp(_TRANSIT_SIGMAS * cast.world.travel_sigma))
    found = []
    for camera, name in enumerate(cast.camera_ids):
        for neighbour, median_s in zip(cast.graph.neighbours[camera], cast.graph.median_s[camera], strict=True):
            if neighbour > camera:  # the way back takes as long
                other, median = cast.camera_ids[neighbour], float(median_s)
                found.append(
                    Transit(
                        from_camera=name,
                        to_camera=other,
                        min_s=round(median / spread, 1),
                        max_s=round(median * spread, 1),
                    )
                )
    return tuple(found)
