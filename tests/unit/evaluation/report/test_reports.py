"""Whole reports: what the page shows is what the JSON and the Parquet files hold."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.documents.content import shown
from analytics.errors import ConfigError
from analytics.evaluation.appearance import judge_appearance
from analytics.evaluation.evaluate import evaluate
from analytics.evaluation.pictures import embed_folder
from analytics.evaluation.report.crops import best_crops
from analytics.evaluation.report.lake_report import write_lake_report
from analytics.evaluation.report.lake_sections import people_section
from analytics.evaluation.report.montage import Mark
from analytics.evaluation.report.reid_report import write_reid_report
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace, build_embedder
from tests.builders.linked import LinkedLake, write_linked_lake
from tests.unit.evaluation.report.html_tables import Reader


def decoded(picture: bytes) -> np.ndarray:
    """Return a picture's pixels, BGR."""
    return cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)


def red_share(picture: np.ndarray) -> float:
    """Return the share of pixels that have the colour of wrong tiles' outlines."""
    return float((np.abs(picture.astype(int) - Mark.WRONG.value).max(axis=-1) < 40).mean())


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> LinkedLake:
    """Return a lake in which persons 1 and 2 are one identity, and person 3 is torn."""
    links = [(f"gate0-{person}", f"gate1-{person}", 0.9, "accepted") for person in range(5)]
    links += [("gate0-1", "gate1-2", 0.6, "accepted"), ("gate0-3", "gate2-3", 0.3, "below")]
    return write_linked_lake(
        tmp_path_factory.mktemp("linked"),
        people=5,
        identity=lambda person, camera: "both" if person in (1, 2) else f"i{person}{camera // 2 * (person == 3)}",
        links=links,
        visitors={"site": (5, 4, 6), "gate0": (3, 2, 4)},
        noise=1.5,
    )


@pytest.fixture(scope="module")
def report(linked: LinkedLake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the lake's report."""
    found = evaluate(linked.lake, linked.truth)
    return write_lake_report(tmp_path_factory.mktemp("report") / "new", linked.lake, found, {"lake": "here"}).parent


def test_page_and_json_and_parquet_agree(report: Path) -> None:
    """Each figure on the page is the JSON's, to three digits, and the Parquet file's."""
    content = json.loads((report / "evaluation.json").read_text())
    reader = Reader((report / "report.html").read_text())
    places = {
        "tracking_scores": ("Tracks", 0, {"hota": "HOTA", "mota": "MOTA", "idf1": "IDF1", "found_ids": "tracks"}),
        "linking_scores": ("Identities across cameras", 0, {"idf1": "IDF1", "bcubed_f1": "B-cubed F1"}),
        "calibration_scores": ("Link probabilities", 0, {"brier": "Brier score", "accepted": "accepted"}),
        "count_scores": ("Counts", 0, {"estimate": "estimate", "truth": "truth", "error": "error"}),
        "retrieval_scores": ("Appearance", 0, {"rank_1": "Rank-1", "mean_ap": "mAP", "queries": "queries"}),
    }
    for name, (title, number, columns) in places.items():
        table = reader.tables[title][number]
        assert len(content[name]) == len(table.rows) > 0
        for column, heading in columns.items():
            assert table.column(heading) == [shown(row[column]) for row in content[name]], (name, column)
            assert pq.read_table(report / f"{name}.parquet")[column].to_pylist() == [
                row[column] for row in content[name]
            ]
    worst = [row for row in content["people_scores"] if row["overlap"] < 1]
    assert reader.tables["Worst identities"][0].column("overlap") == [shown(row["overlap"]) for row in worst]
    assert [row["person_id"] for row in worst] == ["1", "2", "3"]
    assert pq.read_table(report / "compared_tracklets.parquet").num_rows == 15


def test_page_needs_no_other_file_and_outlines_what_is_wrong(report: Path) -> None:
    """All pictures are in the page; the worst identities and queries have red outlines, the plots are there."""
    text = (report / "report.html").read_text()
    reader = Reader(text)
    assert all(address.startswith("data:image/") for address in reader.addresses)
    assert {title: len(pictures) for title, pictures in reader.pictures.items()} == {
        "Link probabilities": 2,
        "Worst identities": 1,
        "Appearance": 3,
        "Worst queries": 1,
    }
    assert red_share(reader.pictures["Worst identities"][0]) > 0.003
    assert red_share(reader.pictures["Worst queries"][0]) > 0.003
    assert "lake: here" in text


def test_report_is_written_again_in_the_same_bytes(linked: LinkedLake, report: Path, tmp_path: Path) -> None:
    """Nothing in it depends on the hour or on chance."""
    again = write_lake_report(tmp_path, linked.lake, evaluate(linked.lake, linked.truth), {"lake": "here"})
    assert again.read_bytes() == (report / "report.html").read_bytes()


def test_lake_without_identities_has_a_report_of_the_rest(tmp_path: Path) -> None:
    """Tracks and appearance, and a note that nobody was linked."""
    linked = write_linked_lake(tmp_path, identity=None)
    page = write_lake_report(tmp_path / "report", linked.lake, evaluate(linked.lake, linked.truth), {})
    reader = Reader(page.read_text())
    assert reader.titles == ["Tracks", "Appearance", "Worst queries"]
    assert "the lake has no identities" in page.read_text()


def test_one_camera_has_no_appearance_to_judge(tmp_path: Path) -> None:
    """Nobody can be found in another camera; the note says so."""
    linked = write_linked_lake(tmp_path, cameras=1)
    page = write_lake_report(tmp_path / "report", linked.lake, evaluate(linked.lake, linked.truth), {})
    assert "Appearance" not in Reader(page.read_text()).titles
    notes = json.loads((page.parent / "evaluation.json").read_text())["notes"]
    assert any("appearance is not judged" in note for note in notes)


def test_lake_without_crops_has_figures_but_no_empty_frames(tmp_path: Path) -> None:
    """Where retention has dropped the crops, the tables stay and the montages go."""
    linked = write_linked_lake(tmp_path, identity=lambda person, camera: f"i{person}{camera // 2}", with_crops=False)
    page = write_lake_report(tmp_path / "report", linked.lake, evaluate(linked.lake, linked.truth), {})
    reader = Reader(page.read_text())
    assert {title: len(pictures) for title, pictures in reader.pictures.items()} == {
        "Link probabilities": 1,
        "Appearance": 3,
    }
    assert len(reader.tables["Worst identities"][0].rows) == 4
    assert reader.tables["Worst queries"][0].column("first right at place") == ["1"] * 4


def test_crowded_identity_shows_some_of_each_kind(tmp_path: Path) -> None:
    """Of forty tracklets in one identity, the worst person's own are among the twelve that are drawn."""
    linked = write_linked_lake(tmp_path, people=20, cameras=2, identity=lambda person, camera: f"i{camera}")
    found = evaluate(linked.lake, linked.truth)
    section = people_section(found, partial(best_crops, linked.lake))
    picture = decoded(section.images[0].content)
    first_row = picture[: picture.shape[0] // 15]
    for mark in (Mark.RIGHT, Mark.WRONG, Mark.MISSING):
        assert (np.abs(first_row.astype(int) - mark.value).max(axis=-1) < 40).sum() > 50, mark


def test_smaller_gallery_is_told(linked: LinkedLake, report: Path, tmp_path: Path) -> None:
    """Where not all tracklets are judged by their looks, the report says so: Rank-k depends on how many there are."""
    whole = json.loads((report / "evaluation.json").read_text())["notes"]
    assert not any("appearance" in note for note in whole)
    found = evaluate(linked.lake, linked.truth)
    missing = found.compared.slice(0, 1).set_column(0, "tracklet_id", pa.array(["without a vector"]))
    more = replace(found, compared=pa.concat_tables([found.compared, missing.cast(found.compared.schema)]))
    page = write_lake_report(tmp_path, linked.lake, more, {})
    assert "appearance is judged on 15 of 16 tracklets" in page.read_text()


def test_folder_that_cannot_be_written_is_named(linked: LinkedLake, tmp_path: Path) -> None:
    """A file stands in the folder's place."""
    (tmp_path / "file").write_text("")
    found = evaluate(linked.lake, linked.truth)
    with pytest.raises(ConfigError, match="--report: expected a folder that can be written to"):
        write_lake_report(tmp_path / "file", linked.lake, found, {})


def test_report_of_a_folder_of_pictures(tmp_path: Path) -> None:
    """Two colours in two cameras: found at once; the page shows what the JSON says."""
    for person, colour in (("anna", (40, 40, 220)), ("bert", (40, 220, 40)), ("carl", (220, 40, 40))):
        (tmp_path / "people" / person).mkdir(parents=True)
        for number, camera in enumerate(("gate", "hall", "hall")):
            path = tmp_path / "people" / person / f"{camera}_{number}.png"
            cv2.imwrite(str(path), np.full((64, 32, 3), colour, np.uint8) + np.uint8(3 * number))
    embedder = build_embedder("colour_histogram", {}, Workplace(ModelFolder(None, tmp_path)))
    portraits = embed_folder(tmp_path / "people", embedder)
    assert (len(portraits), portraits.camera_names, portraits.person_names) == (
        9,
        ("gate", "hall"),
        ("anna", "bert", "carl"),
    )
    appearance = judge_appearance(portraits)
    page = write_reid_report(tmp_path / "report", portraits, appearance, {"embedder": "colours"}, tmp_path / "people")
    (content,) = [json.loads((page.parent / "evaluation.json").read_text())["retrieval_scores"]]
    table = Reader(page.read_text()).tables["Appearance"][0]
    assert table.column("mAP") == [shown(row["mean_ap"]) for row in content]
    assert (content[0]["rank_1"], content[0]["mean_ap"], content[0]["queries"]) == (1, 1, 9)
