"""`crosscam search` and `crosscam audit`, as a user calls them."""

import csv
import io
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.builders.linked import LinkedLake, write_linked_lake
from tests.builders.nights import command

WHY = ("--purpose", "lost child", "--by", "ann")


@pytest.fixture
def linked(tmp_path: Path) -> LinkedLake:
    """Return a lake of twelve people, each seen by three cameras."""
    return write_linked_lake(tmp_path, people=12, noise=0.3)


def test_more_of_a_tracklet_in_every_format(linked: LinkedLake, tmp_path: Path) -> None:
    """Its own identity is left out; JSON has everything, CSV a row for each sighting, pictures lie in a folder."""
    search = ("search", "--lake", linked.location, "--like", "gate0-3", *WHY)
    code, out, err = command(*search, "--format", "json", "--crops", str(tmp_path / "found"))
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["searched_tracklets"] == 33
    assert answer["verdict"] == "probably not"
    assert answer["coverage"] is None
    assert "i3" not in [hit["identity_id"] for hit in answer["hits"]]
    sightings = [sighting["tracklet_id"] for hit in answer["hits"] for sighting in hit["sightings"]]
    assert len(sightings) == len(list((tmp_path / "found").glob("*.jpg"))) == 30
    _, text, _ = command(*search, "--format", "csv")
    assert [row["tracklet_id"] for row in csv.DictReader(io.StringIO(text))] == sightings
    _, table, _ = command(*search, "--top", "2")
    assert table.startswith("Elsewhere in this footage: probably not")
    assert "33 tracklets compared" in table


def test_every_search_is_in_the_log_and_an_edit_shows(linked: LinkedLake) -> None:
    """Who, why, for what, and what was shown; a search without a purpose is none."""
    search = ("search", "--lake", linked.location, "--like", "gate0-3")
    code, out, err = command(*search)
    assert (code, out) == (2, "")
    assert "--purpose" in err
    assert command(*search, *WHY, "--case", "7/26", "--top", "1")[0] == 0
    _, text, _ = command("audit", "list", "--lake", linked.location, "--format", "json")
    (entry,) = json.loads(text)
    facts = json.loads(entry["facts"])
    assert (entry["by"], entry["action"], facts["purpose"], facts["case"]) == ("ann", "search", "lost child", "7/26")
    assert (facts["like"], len(facts["shown"])) == ("gate0-3", 1)
    assert command("audit", "verify", "--lake", linked.location)[0] == 0
    path = linked.folder / "lake" / "_audit" / "000000001.json"
    path.write_text(path.read_text().replace("lost child", "nosiness"))
    code, _, err = command("audit", "verify", "--lake", linked.location)
    assert code == 1
    assert "entry 1 was edited" in err


def test_wrong_questions_are_answered_kindly_and_not_logged(linked: LinkedLake, tmp_path: Path) -> None:
    """No picture, two kinds of query, another embedder, an unknown night or camera, a time that is none."""
    crop = tmp_path / "crop.png"
    cv2.imwrite(str(crop), np.full((100, 40, 3), 90, np.uint8))
    settings = tmp_path / "settings.yaml"
    settings.write_text("perception:\n  embedder: {name: colour_histogram}\n", encoding="utf-8")
    here = ("--lake", linked.location, *WHY)
    for options, code, message in (
        ((), 2, "--like"),
        ((str(crop), "--like", "gate0-3"), 2, "not both"),
        ((str(crop), "--settings", str(settings)), 2, "--settings of that run"),
        (("--like", "nobody"), 2, "nobody"),
        (("--like", "gate0-3", "--night", "2026-02-01"), 1, "no night 2026-02-01"),
        (("--like", "gate0-3", "--camera", "roof"), 2, "gate0, gate1, gate2"),
        (("--like", "gate0-3", "--from", "noon"), 2, "2026-01-05T10:00"),
        ((str(crop), "--box", "1,2,3"), 2, "four numbers"),
        ((str(crop), str(crop), "--person", "1"), 2, "one picture"),
    ):
        got, out, err = command("search", *options, *here)
        assert (got, out) == (code, ""), options
        assert message in err
    assert json.loads(command("audit", "list", "--lake", linked.location, "--format", "json")[1]) == []
