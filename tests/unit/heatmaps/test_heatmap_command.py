"""`crosscam heatmap` as a user calls it: files, pictures, and what it says when there is nothing to show."""

import csv
import io
import json
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from analytics.heatmaps.cells import HEATMAP_CELLS
from tests.builders.answers import Seen, Story, open_new, write_story
from tests.builders.floors import SHOP_FLOOR, floor_points, standing
from tests.builders.nights import command


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a lake and a site.yaml: six people stand in one place, one in another."""
    folder = tmp_path_factory.mktemp("shop")
    names = [f"t{number}" for number in range(7)]
    places = {
        (name, "left"): standing(2.6, 1.6, 60 * number, 60 * number + 20) for number, name in enumerate(names[:-1])
    }
    places["t6", "right"] = standing(8.1, 6.1, 0, 30)
    seen = [Seen(name, camera, f"i{name}", of[0][0], of[-1][0] + 0.5) for ((name, camera), of) in places.items()]
    write_story(open_new(folder), Story(seen=seen, points=floor_points(places), site=SHOP_FLOOR))
    described = SHOP_FLOOR.model_dump(mode="json", exclude_defaults=True)
    described["floor_plan"]["image"] = "plan.png"
    cv2.imwrite(str(folder / "plan.png"), np.full((320, 400, 3), 250, np.uint8))
    (folder / "site.yaml").write_text(yaml.safe_dump(described))
    return folder


def heatmap(shop: Path, out: Path, *options: str) -> tuple[int, str, str]:
    """Run the command."""
    return command(
        *("heatmap", "--lake", str(shop / "lake"), "--site", str(shop / "site.yaml"), "--out", str(out), *options)
    )


def test_everything_that_is_promised_is_written(shop: Path, tmp_path: Path) -> None:
    """Floor and camera: pictures that open, a layer that is transparent where nobody was, cells in two formats."""
    code, out, err = heatmap(
        shop, tmp_path, "--floor", "--camera", "left", "--measure", "dwell", "--by-week", "--format", "csv"
    )
    assert (code, err) == (0, "")
    written = {Path(row["file"]).name for row in csv.DictReader(io.StringIO(out))}
    assert written == {path.name for path in tmp_path.iterdir()}
    floor = {
        f"floor-dwell{end}" for end in (".png", ".csv", ".parquet", ".json", ".geojson", "-layer.png", "-layer.pgw")
    }
    assert written >= floor | {"floor-dwell-plan.png", "floor-dwell-plan.pgw", "floor-dwell-week.png"}
    assert "camera-left-dwell.png" in written
    picture = cv2.imread(str(tmp_path / "floor-dwell.png"))
    assert picture.shape[1] > 1800
    layer = cv2.imread(str(tmp_path / "floor-dwell-layer.png"), cv2.IMREAD_UNCHANGED)
    per_m = layer.shape[1] / 10
    assert layer[round(1.6 * per_m), round(2.6 * per_m), 3] > 200
    assert layer[round(6.0 * per_m), round(2.0 * per_m), 3] == 0
    table = pq.read_table(tmp_path / "floor-dwell.parquet")
    HEATMAP_CELLS.check(table)
    lines = list(csv.DictReader(io.StringIO((tmp_path / "floor-dwell.csv").read_text())))
    assert len(lines) == table.num_rows == 40 * 32
    assert sum(float(line["value"] or 0) for line in lines) == pytest.approx(120)


def test_few_people_are_left_out_unless_all_are_asked_for(shop: Path, tmp_path: Path) -> None:
    """By default the lonely person's half minute is missing, and the facts say how much is; 1 shows it."""
    for options, total, share in (((), 120, 0.2), (("--min-people", "1"), 150, 0.0)):
        assert heatmap(shop, tmp_path, "--floor", "--measure", "dwell", *options)[0] == 0
        facts = json.loads((tmp_path / "floor-dwell.json").read_text())
        assert facts["total"] == pytest.approx(total)
        assert facts["left_out_share"] == share
        assert (facts["people"], facts["people_are"], facts["coverage"]) == (7, "identities", 1.0)


def test_no_footage_is_an_answer_that_says_so(shop: Path, tmp_path: Path) -> None:
    """A labelled picture, coverage 0, no value in any cell, no layer; exit code 0 and a line on standard error."""
    code, _, err = heatmap(shop, tmp_path, "--floor", "--measure", "visits", "--night", "2026-02-01")
    assert code == 0
    assert "floor: no footage in this period" in err
    facts = json.loads((tmp_path / "floor-visits.json").read_text())
    assert (facts["coverage"], facts["total"], facts["people"]) == (0.0, None, None)
    assert set(pq.read_table(tmp_path / "floor-visits.parquet")["value"].to_pylist()) == {None}
    assert (tmp_path / "floor-visits.png").is_file()
    assert not (tmp_path / "floor-visits-layer.png").exists()


def test_a_comparison_writes_the_change_alone(shop: Path, tmp_path: Path) -> None:
    """Two stretches of one night; both periods' coverage stands in the facts."""
    periods = ("--from", "09:03", "--to", "10:00", "--compare-from", "09:00", "--compare-to", "09:03")
    code, _, err = heatmap(shop, tmp_path, "--floor", "--measure", "visits", "--min-people", "1", *periods)
    assert (code, err) == (0, "")
    assert not (tmp_path / "floor-visits.png").exists()
    facts = json.loads((tmp_path / "floor-visits-difference.json").read_text())
    assert [facts[name]["coverage"] for name in ("before", "after")] == [1.0, 1.0]
    assert [facts[name]["people"] for name in ("before", "after")] == [4, 3]
    table = pq.read_table(tmp_path / "floor-visits-difference.parquet")
    assert np.nansum(table["difference"].to_numpy()) == pytest.approx(3 / 0.95 - 4 / 0.05, rel=1e-3)


def test_a_geotiff_is_written_where_the_plan_lies_on_a_map(shop: Path, tmp_path: Path) -> None:
    """With a georeference in the site file the floor comes as a GeoTIFF too."""
    pytest.importorskip("rasterio")
    described = yaml.safe_load((shop / "site.yaml").read_text())
    described["floor_plan"]["georeference"] = {"crs": "EPSG:25832", "origin": [565000, 5934000]}
    (shop / "mapped.yaml").write_text(yaml.safe_dump(described))
    words = ("--lake", str(shop / "lake"), "--site", str(shop / "mapped.yaml"), "--out", str(tmp_path), "--floor")
    code, out, _ = command("heatmap", *words, "--measure", "dwell")
    assert code == 0
    assert "GeoTIFF, EPSG:25832" in out
    assert (tmp_path / "floor-dwell.tif").stat().st_size > 0
    assert (tmp_path / "floor-dwell-plan.pgw").read_text().splitlines()[4].startswith("565000.")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--camera", "attic"], "--camera: expected one of left, right, got attic"),
        (["--from", "9 o'clock"], "--from: expected a local time such as 09:30"),
        (["--from", "09:00", "--to", "09:30", "--compare-from", "09:10"], "shares some of it"),
        (["--compare-night", "2026-01-05"], "shares some of it"),
        (["--cell", "0.5"], "--cell: expected one kind of view"),
        (["--camera", "left", "--cell", "0.5"], "--cell: expected cells of at least 1 px"),
        (["--night", "yesterday"], "--night: expected dates"),
    ],
)
def test_wrong_options_are_named(shop: Path, tmp_path: Path, options: list[str], message: str) -> None:
    """Exit code 2, a message, and nothing written."""
    code, out, err = heatmap(shop, tmp_path / "out", *options)
    assert (code, out) == (2, "")
    assert message in err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(shop: Path, tmp_path: Path) -> None:
    """A file lies where the folder should be."""
    (tmp_path / "taken").write_text("a file")
    code, _, err = heatmap(shop, tmp_path / "taken", "--floor", "--measure", "dwell")
    assert code == 2
    assert "--out: expected a folder that can be written to" in err
