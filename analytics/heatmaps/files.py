"""The files of a heatmap: pictures, layers with their world files, tables, maps, and the facts about each as JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from analytics.contracts import Contract
from analytics.errors import ConfigError
from analytics.geometry import ImageArray
from analytics.georeference import of_pixels, world_file
from analytics.heatmaps.captions import people_text
from analytics.heatmaps.cells import HEATMAP_CELLS, HEATMAP_DIFFERENCES, UNITS
from analytics.heatmaps.heatmap import Difference, Heatmap, Presence
from analytics.heatmaps.maps import MISSING, affine_of, can_write_geotiff, geojson, write_geotiff
from analytics.heatmaps.pictures import Captions
from analytics.heatmaps.week import Week
from analytics.sites import Site
from analytics.timebase import to_datetime


@dataclass(frozen=True)
class Written:
    """One file."""

    path: Path
    what: str


@dataclass(frozen=True)
class Folder:
    """Where the files go, and which there are by now.

    Raises (every method): ConfigError, when the folder cannot be written.
    """

    folder: Path
    written: list[Written] = field(default_factory=list)

    def prepare(self) -> None:
        """Make the folder and try to write to it, before any work is done."""
        trial = self.folder / ".crosscam-heatmap"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            trial.touch()
            trial.unlink()
        except OSError as error:
            raise self._unwritable(error) from error

    def picture(self, name: str, content: bytes, what: str) -> None:
        """Write a picture that is encoded already."""
        self._write(name, content, what)

    def layer(self, name: str, above: ImageArray, whole: ImageArray, plan_of: Site | None) -> None:
        """Write the transparent layer, and for the floor the plan below it, each with a world file.

        Args:
            name: beginning of the files' names.
            above: (height, width, 4) RGBA.
            whole: (height, width, 3) RGB, the layer over its ground.
            plan_of: the site, for the floor.
        """
        self._write(f"{name}-layer.png", _encoded(cv2.cvtColor(above, cv2.COLOR_RGBA2BGRA)), "transparent layer")
        if plan_of is None or plan_of.floor_plan is None:
            return
        self._write(f"{name}-plan.png", _encoded(cv2.cvtColor(whole, cv2.COLOR_RGB2BGR)), "layer on the plan")
        plan, (height, width) = plan_of.floor_plan, above.shape[:2]
        pixels = of_pixels(affine_of(plan.georeference), plan.width_m / width, plan.height_m / height)
        for kind in ("layer", "plan"):
            self._write(f"{name}-{kind}.pgw", world_file(pixels).encode(), "world file")

    def grid(self, name: str, table: pa.Table) -> None:
        """Write the cells as CSV and Parquet."""
        for kind in ("csv", "parquet"):
            sink = pa.BufferOutputStream()
            if kind == "csv":
                pyarrow.csv.write_csv(table, sink)
            else:
                pq.write_table(table, sink, compression="zstd")
            self._write(f"{name}.{kind}", bytes(sink.getvalue()), "cells")

    def maps(self, name: str, heatmap: Heatmap, site: Site) -> Iterator[str]:
        """Write what map software reads; yield why something is missing."""
        georeference = site.floor_plan.georeference if site.floor_plan else None
        self._write(f"{name}.geojson", geojson(heatmap, georeference).encode(), "cells above zero")
        if georeference is None:
            return
        if not can_write_geotiff():
            yield MISSING
            return
        write_geotiff(self._path(f"{name}.tif"), heatmap, georeference)
        self.written.append(Written(self._path(f"{name}.tif"), f"GeoTIFF, {georeference.crs}"))

    def week(self, name: str, week: Week, unit: str) -> None:
        """Write the hours of a week as CSV."""
        lines = ["weekday,hour,value,people,footage_h,unit\n"]
        for day, hour in np.ndindex(week.values.shape):
            told = week.is_told[day, hour]
            value = f"{week.values[day, hour]:.4f},{week.people[day, hour]}" if told else ","
            lines.append(f"{day + 1},{hour},{value},{week.hours[day, hour]:.3f},{unit}\n")
        self._write(f"{name}.csv", "".join(lines).encode(), "hours of the week, 1 = Monday")

    def facts(self, name: str, heatmap: Heatmap, captions: Captions) -> None:
        """Write what the picture says, and more, for programs."""
        self._json(name, {**_about(heatmap, captions), **_of_presence(heatmap), **_columns(HEATMAP_CELLS)})

    def change_facts(self, name: str, difference: Difference, captions: Captions) -> None:
        """Write the facts of a difference."""
        periods = {"after": _of_presence(difference.after), "before": _of_presence(difference.before)}
        self._json(name, {**_about(difference.after, captions), **periods, **_columns(HEATMAP_DIFFERENCES)})

    def _json(self, name: str, facts: dict[str, Any]) -> None:
        self._write(f"{name}.json", (json.dumps(facts, indent=1, ensure_ascii=False) + "\n").encode(), "facts")

    def _path(self, name: str) -> Path:
        return self.folder / name

    def _write(self, name: str, content: bytes, what: str) -> None:
        path = self._path(name)
        try:
            path.write_bytes(content)
        except OSError as error:
            raise self._unwritable(error) from error
        self.written.append(Written(path, what))

    def _unwritable(self, error: OSError) -> ConfigError:
        reason = f"expected a folder that can be written to, {self.folder} cannot: {error.strerror or error}"
        return ConfigError(reason, field="--out")


def _encoded(pixels: Any) -> bytes:
    return bytes(cv2.imencode(".png", pixels)[1].tobytes())


def _about(heatmap: Heatmap, captions: Captions) -> dict[str, Any]:
    presence = heatmap.presence
    return {
        "site_id": presence.site_id,
        "view": presence.view.name,
        "measure": heatmap.measure,
        "unit_of_values": UNITS[heatmap.measure],
        "unit_of_colours": captions.unit,
        "title": captions.title,
        "time_zone": presence.period.zone.key,
        "cell_size": presence.view.grid.size,
        "cell_unit": presence.view.unit,
        "kernel": f"Gaussian, standard deviation {presence.view.kernel}; mass kept; walls are not known",
        "min_people": heatmap.min_people,
        "staff": "included" if presence.people.with_staff else "left out",
    }


def _columns(contract: Contract) -> dict[str, Any]:
    return {"columns": {column.name: column.note for column in contract.columns}}


def _of_presence(heatmap: Heatmap) -> dict[str, Any]:
    presence = heatmap.presence
    return {
        "period": presence.period.label,
        "windows_utc": [
            [to_datetime(window.starts_at).isoformat(), to_datetime(window.ends_at).isoformat()]
            for window in presence.period.windows
        ],
        "coverage": 0.0 if presence.footage_h <= 0 else presence.coverage,
        "footage_h": {camera: round(each.analysed_s / 3600, 4) for camera, each in sorted(presence.footage.items())},
        "people_are": people_text(presence),
        **_totals(heatmap, presence),
        "floor_error_m": {
            camera_id: round(camera.projection.mean_error_m, 3)
            for camera_id, camera in sorted(presence.view.cameras.items())
            if camera.projection is not None
        },
    }


def _totals(heatmap: Heatmap, presence: Presence) -> dict[str, float | None]:
    if presence.footage_h <= 0:
        return {"people": None, "total": None, "left_out_share": None, "not_on_the_map_share": None}
    count = presence.person_count
    return {
        "people": count if count == 0 or count >= heatmap.min_people else None,
        "total": round(float(heatmap.values.sum()), 3),
        "left_out_share": round(heatmap.small_share, 2),
        "not_on_the_map_share": round(presence.unplaced_share, 4),
    }
