"""`crosscam evaluate` on a linked lake, and `crosscam evaluate-reid`, as a user calls them."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.builders.linked import LinkedLake, write_linked_lake
from tests.builders.nights import command


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> LinkedLake:
    """Return a linked lake with a link and a count."""
    links = [("gate0-1", "gate1-1", 0.9, "accepted")]
    return write_linked_lake(tmp_path_factory.mktemp("lake"), links=links, visitors={"site": (4.25, 3, 5)})


def evaluate(linked: LinkedLake, *options: str) -> tuple[int, str, str]:
    """Run the command on the lake and its truth."""
    return command("evaluate", "--lake", linked.location, "--truth", str(linked.truth), *options)


def test_rows_across_cameras_stand_beside_those_of_cameras(linked: LinkedLake) -> None:
    """One table for boxes, with the identities' rows last, then identities, counts and probabilities."""
    code, out, err = evaluate(linked)
    assert (code, err) == (0, "")
    first_words = [line.split(maxsplit=1)[0] for line in out.splitlines() if line.strip()]
    assert [word for word in first_words if word[:1] in "(go"] == [
        *("gate0", "gate1", "gate2", "(all)", "(linked)", "(oracle)"),
        "oracle",
    ]
    assert "4.2  " in out or "4.3  " in out  # the estimate, to one digit
    assert "yes" in out


def test_json_is_one_object_and_csv_one_table(linked: LinkedLake) -> None:
    """JSON has all tables; CSV has the one asked for, with the JSON's columns."""
    _, out, _ = evaluate(linked, "--format", "json")
    tables = json.loads(out)
    assert {name: len(rows) for name, rows in tables.items()} == {
        "tracking": 6,
        "linking": 4,
        "counts": 1,
        "answers": 0,
        "calibration": 1,
    }
    _, text, _ = evaluate(linked, "--format", "csv", "--only", "linking")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [list(line) for line in lines] == [list(row) for row in tables["linking"]]
    assert [float(line["idf1"]) for line in lines] == [row["idf1"] for row in tables["linking"]]
    _, text, _ = evaluate(linked, "--format", "csv")
    assert text.startswith("camera_id,min_iou,")
    _, out, _ = evaluate(linked, "--only", "counts", "--format", "json")
    assert json.loads(out)["counts"][0]["night"] == "2026-01-05"


def test_report_is_written_where_it_is_wanted(linked: LinkedLake, tmp_path: Path) -> None:
    """The page's place is told, the data stay on standard output."""
    code, out, err = evaluate(linked, "--report", str(tmp_path / "report"), "--only", "linking", "--format", "json")
    assert code == 0
    assert json.loads(out)["linking"]
    assert err == f"report: {tmp_path / 'report' / 'report.html'}\n"
    assert {path.name for path in (tmp_path / "report").iterdir()} >= {"report.html", "evaluation.json"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--embedder", "colour_histogram", "--params", "{"], "--params: expected JSON"),
        (["--embedder", "colour_histogram", "--params", "[]"], "--params: expected an object"),
        (["--embedder", "no_such"], "expected one of"),
        (["--embedder", "colour_histogram"], "no pictures found"),
    ],
)
def test_wrong_options_of_reid_are_named(options: list[str], message: str, tmp_path: Path) -> None:
    """Exit code 2, a message, and nothing on standard output."""
    code, out, err = command("evaluate-reid", str(tmp_path), *options)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.shared
@pytest.mark.parametrize(
    ("embedder", "rank_1", "mean_ap", "normalised_rank_1"),
    [
        ("openvino_reid", 0.959, 0.887, 0.975),
        ("onnx_reid", 0.725, 0.593, 0.806),
        ("colour_histogram", 0.292, 0.216, 0.341),
    ],
)
def test_figures_of_pku_are_those_of_the_readme(
    embedder: str, rank_1: float, mean_ap: float, normalised_rank_1: float, shared: Path
) -> None:
    """Rank-1 and mAP on PKU-Reid, other camera only; machines differ in the last digits."""
    options = ["--embedder", embedder, "--models", str(shared / "models"), "--format", "json"]
    code, out, _ = command("evaluate-reid", str(shared / "crops" / "pku"), *options)
    stored, normalised = json.loads(out)
    assert code == 0
    assert (stored["queries"], stored["people"]) == (592, 37)
    assert (stored["rank_1"], stored["mean_ap"]) == pytest.approx((rank_1, mean_ap), abs=0.006)
    assert normalised["rank_1"] == pytest.approx(normalised_rank_1, abs=0.006)
