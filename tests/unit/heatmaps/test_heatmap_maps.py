"""Heatmaps for map software: where pixels, squares and cells lie on a map, and that they agree."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import ConfigError
from analytics.georeference import PLAN_ITSELF, Georeference, applied, of_pixels, world_file
from analytics.heatmaps.heatmap import Heatmap, heatmap_of, presence_of
from analytics.heatmaps.maps import geojson, write_geotiff
from analytics.heatmaps.periods import period_of
from analytics.heatmaps.views import floor_view
from analytics.settings import Settings
from tests.builders.answers import NIGHT, Seen, Story, open_new, write_story
from tests.builders.floors import SHOP_FLOOR, floor_points, standing

HAMBURG = Georeference(crs="EPSG:25832", origin=(565_000.0, 5_934_000.0), rotation_deg=30.0)


@pytest.fixture(scope="module")
def dwell(tmp_path_factory: pytest.TempPathFactory) -> Heatmap:
    """Return a floor heatmap: somebody stands for 20 s at x = 2.6 m, y = 1.6 m, another for 10 s at 7.1, 6.1."""
    lake = open_new(tmp_path_factory.mktemp("maps"))
    places = {("a", "left"): standing(2.6, 1.6, 0, 20), ("b", "right"): standing(7.1, 6.1, 5, 15)}
    seen = (Seen("a", "left", "anna", 0, 20), Seen("b", "right", "bert", 5, 15))
    write_story(lake, Story(seen=seen, points=floor_points(places), site=SHOP_FLOOR))
    view = floor_view(SHOP_FLOOR, {}, cell_m=0.5, sigma_m=0.0)
    return heatmap_of(presence_of(lake, SHOP_FLOOR, view, period_of(SHOP_FLOOR, [NIGHT]), Settings()), "dwell", 1, 10.0)


@given(st.floats(-180, 180), st.floats(0, 50), st.floats(0, 50))
def test_a_world_file_puts_pixels_where_the_plan_lies(turn: float, x_m: float, y_m: float) -> None:
    """The six lines, read as their definition says, give the place of any pixel's middle; distances are kept."""
    georeference = Georeference(crs="EPSG:25832", origin=(1000.0, 2000.0), rotation_deg=turn)
    a, d, b, e, c, f = map(float, world_file(of_pixels(georeference.affine, 0.02, 0.04)).split())
    column, row = x_m / 0.02 - 0.5, y_m / 0.04 - 0.5
    east, north = a * column + b * row + c, d * column + e * row + f
    place = applied(georeference.affine, np.array([[x_m, y_m]]))[0]
    assert (east, north) == pytest.approx(tuple(place), abs=1e-4)
    assert np.hypot(east - 1000, north - 2000) == pytest.approx(np.hypot(x_m, y_m), abs=1e-4)


def test_turning_a_plan_turns_it_against_the_clock() -> None:
    """By 90 degrees x points north, and y, which points down, to the east."""
    turned = Georeference(crs="EPSG:25832", origin=(0.0, 0.0), rotation_deg=90.0)
    np.testing.assert_allclose(applied(turned.affine, np.array([[1.0, 0.0], [0.0, 1.0]])), [[0, 1], [1, 0]], atol=1e-12)
    assert Georeference(crs="EPSG:25832", origin=(0.0, 0.0)).affine == PLAN_ITSELF


def test_geojson_has_a_square_for_each_cell_above_zero(dwell: Heatmap) -> None:
    """Two squares of half a metre, closed, against the clock, in plan metres with y up, with their seconds."""
    found = json.loads(geojson(dwell, None))
    assert "crs" not in found
    values = {(each["properties"]["x_m"], each["properties"]["y_m"]): each for each in found["features"]}
    assert {place: each["properties"]["value"] for place, each in values.items()} == {
        (2.75, 1.75): 20,
        (7.25, 6.25): 10,
    }
    [ring] = values[2.75, 1.75]["geometry"]["coordinates"]
    assert ring == [[2.5, -1.5], [2.5, -2.0], [3.0, -2.0], [3.0, -1.5], [2.5, -1.5]]
    area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring)) / 2
    assert area == pytest.approx(0.25)  # positive: against the clock


def test_geojson_names_the_coordinate_system_of_the_plan(dwell: Heatmap) -> None:
    """Corners are eastings and northings, half a metre apart."""
    found = json.loads(geojson(dwell, HAMBURG))
    assert found["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::25832"
    ring = np.array(found["features"][0]["geometry"]["coordinates"][0])
    np.testing.assert_allclose(ring[0], applied(HAMBURG.affine, np.array([[2.5, 1.5]]))[0], atol=1e-4)
    np.testing.assert_allclose(np.hypot(*np.diff(ring, axis=0).T), 0.5, atol=1e-3)


def test_geotiff_lies_where_geojson_lies(dwell: Heatmap, tmp_path: Path) -> None:
    """The value at the place of a square's middle is the square's; the code and the period are in the file."""
    rasterio = pytest.importorskip("rasterio")
    write_geotiff(tmp_path / "a.tif", dwell, HAMBURG)
    with rasterio.open(tmp_path / "a.tif") as file:
        assert file.crs.to_epsg() == 25832
        assert file.tags()["period"] == "Mon 5 Jan 2026"
        [anna, bert] = applied(HAMBURG.affine, np.array([[2.75, 1.75], [7.25, 6.25]])).tolist()
        assert [band.tolist() for band in file.sample([anna, bert])] == [[20, 20], [10, 10]]


@pytest.mark.parametrize("code", ["EPSG:4326", "EPSG:999999"])
def test_geotiff_wants_metres(dwell: Heatmap, tmp_path: Path, code: str) -> None:
    """Degrees, and codes that nobody knows, are refused by name."""
    pytest.importorskip("rasterio")
    wrong = Georeference(crs=code, origin=(0.0, 0.0))
    with pytest.raises(ConfigError, match=r"floor_plan\.georeference\.crs.*" + code):
        write_geotiff(tmp_path / "a.tif", dwell, wrong)
