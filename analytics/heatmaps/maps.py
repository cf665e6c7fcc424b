"""Floor heatmaps for map software: GeoJSON, and GeoTIFF where the plan has a place on a map.

Without such a place coordinates are plan metres, x to the right and y up from the plan's top left corner (y is
negative); world files and GeoJSON agree on it.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from analytics.errors import ConfigError
from analytics.georeference import PLAN_ITSELF, Affine, Georeference, applied, of_pixels
from analytics.heatmaps.cells import UNITS
from analytics.heatmaps.heatmap import Heatmap

MISSING = "no GeoTIFF: it needs rasterio, which is not installed: pip install 'crosscam[geo]'"


def affine_of(georeference: Georeference | None) -> Affine:
    """Return the transform of plan metres to map coordinates, or to the plan's own."""
    return georeference.affine if georeference else PLAN_ITSELF


def geojson(heatmap: Heatmap, georeference: Georeference | None) -> str:
    """Return the cells of a floor heatmap with a value above zero as a GeoJSON FeatureCollection of squares.

    The coordinate system is named as GeoJSON 2008 did, which GDAL and QGIS read; the standard of 2016 knows WGS 84
    alone, which no shop's plan is drawn in.
    """
    grid, affine = heatmap.presence.view.grid, affine_of(georeference)
    features = [_feature(heatmap, row, column, affine) for row, column in np.argwhere(heatmap.values > 0).tolist()]
    found: dict[str, Any] = {"type": "FeatureCollection", "name": f"floor-{heatmap.measure}", "features": features}
    if georeference:
        code = georeference.crs.removeprefix("EPSG:")
        found["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}
    found["cell_size_m"] = grid.size
    return json.dumps(found, separators=(",", ":")) + "\n"


def _feature(heatmap: Heatmap, row: int, column: int, affine: Affine) -> dict[str, Any]:
    size = heatmap.presence.view.grid.size
    # against the clock where y points up, as RFC 7946 has it
    corners = np.array([(column, row), (column, row + 1), (column + 1, row + 1), (column + 1, row), (column, row)])
    ring = applied(affine, corners * size)
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [np.round(ring, 4).tolist()]},
        "properties": {
            "measure": heatmap.measure,
            "unit": UNITS[heatmap.measure],
            "value": round(float(heatmap.values[row, column]), 3),
            "smoothed": round(float(heatmap.smoothed[row, column]), 3),
            "people": int(heatmap.people[row, column]),
            "x_m": round((column + 0.5) * size, 4),
            "y_m": round((row + 0.5) * size, 4),
        },
    }


def can_write_geotiff() -> bool:
    """Tell whether rasterio is installed."""
    return find_spec("rasterio") is not None


def write_geotiff(path: Path, heatmap: Heatmap, georeference: Georeference) -> None:
    """Write a floor heatmap as a GeoTIFF of float32: band 1 smoothed, band 2 as counted; NaN where there is no value.

    Args:
        path: a .tif; replaced.
        heatmap: of the floor.
        georeference: where the plan lies.

    Raises:
        ConfigError: the code is unknown, or its coordinates are not metres.
    """
    import rasterio
    from rasterio.crs import CRS
    from rasterio.errors import CRSError
    from rasterio.transform import Affine as Transform

    field = "floor_plan.georeference.crs"
    try:
        crs = CRS.from_string(georeference.crs)
    except CRSError as error:
        raise ConfigError(f"expected a code that is known, got {georeference.crs}", field=field) from error
    if not crs.is_projected or crs.linear_units_factor[1] != 1.0:
        reason = f"expected a projected coordinate system in metres, such as EPSG:25832, got {georeference.crs}"
        raise ConfigError(reason, field=field)
    presence = heatmap.presence
    grid, seen = presence.view.grid, presence.seen
    bands = (
        np.where(seen, heatmap.smoothed, np.nan),
        np.where(seen & ~heatmap.is_small, heatmap.values, np.nan),
    )
    transform = Transform(*of_pixels(georeference.affine, grid.size, grid.size))
    shape = {"height": grid.rows, "width": grid.columns, "count": len(bands), "dtype": "float32"}
    with rasterio.open(
        path, "w", driver="GTiff", crs=crs, transform=transform, nodata=np.nan, compress="deflate", **shape
    ) as file:
        for number, (band, name) in enumerate(zip(bands, ("smoothed", "counted"), strict=True), 1):
            file.write(band.astype(np.float32), number)
            file.set_band_description(number, f"{heatmap.measure}, {name}, {UNITS[heatmap.measure]} per cell")
        file.update_tags(period=presence.period.label, site=presence.site_id)
