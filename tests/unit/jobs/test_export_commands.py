"""`crosscam export`, as a user calls it."""

import csv
from pathlib import Path

import pytest

from analytics.audit_log import AuditLog
from analytics.settings import Linking, Settings
from jobs.summarising import summarise_night
from tests.builders.answers import NIGHT, Filmed, Story, open_new, write_story
from tests.builders.mall import SITE, write_mall, write_mall_site
from tests.builders.nights import command
from tests.unit.evaluation.report.html_tables import Reader


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with lake and site.yaml."""
    folder = tmp_path_factory.mktemp("mall")
    write_mall(folder)
    write_mall_site(folder)
    return folder


def options(mall: Path, out: Path) -> tuple[str, ...]:
    return ("--lake", str(mall / "lake"), "--site", str(mall / "site.yaml"), "--out", str(out))


def test_tables(mall: Path, tmp_path: Path) -> None:
    """Figures alone, unless people are asked for; the folder is made, and the README defines the columns."""
    code, out, err = command("export", "tables", *options(mall, tmp_path / "new" / "folder"))
    assert code == 0
    names = [Path(line).name for line in out.splitlines()]
    assert names[:2] == ["README.txt", "nights.csv"]
    assert "visits.csv" not in names
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == sorted(names)
    assert "hide small numbers" in err
    readme = (tmp_path / "new" / "folder" / "README.txt").read_text()
    assert "Europe/Berlin" in readme
    assert "times people crossed it" in readme
    with (tmp_path / "new" / "folder" / "footfall_hourly.csv").open(newline="") as file:
        assert [row["crossings"] for row in csv.DictReader(file) if row["direction"] == "in"] == ["12", "", "", ""]


def test_one_table_of_people_in_a_workbook(mall: Path, tmp_path: Path) -> None:
    """Excel has one file, and nothing was hidden in it."""
    asked = ("--table", "visits", "--format", "xlsx", "--night", str(NIGHT))
    code, out, err = command("export", "tables", *options(mall, tmp_path), *asked)
    assert (code, out, err) == (0, f"{tmp_path / 'crosscam-tables-shop.xlsx'}\n", "")


def test_journeys(mall: Path, tmp_path: Path) -> None:
    """Rows of people, and flows and paths beside them."""
    code, out, _ = command("export", "journeys", *options(mall, tmp_path), "--min-people", "3", "--from", "2026-01-05")
    assert code == 0
    names = {Path(line).stem for line in out.splitlines()}
    assert names == {"README", "nights", "routes", "journeys", "flows", "paths"}


def test_who_took_rows_of_people_is_in_the_audit_log_and_figures_are_not(tmp_path: Path) -> None:
    """What, of which nights, where to and by whom; tables of figures and reports speak of nobody."""
    lake = write_mall(tmp_path)
    write_mall_site(tmp_path)
    log, out = AuditLog(lake.store), tmp_path / "out"
    assert command("export", "tables", *options(tmp_path, out), "--table", "footfall_hourly")[0] == 0
    assert log.entries() == ()
    asked = ("--table", "footfall_hourly", "--table", "visits", "--table", "identities", "--by", "ann")
    assert command("export", "tables", *options(tmp_path, out), *asked)[0] == 0
    assert command("export", "journeys", *options(tmp_path, out), "--by", "bob")[0] == 0
    shared = {"nights": [str(NIGHT)], "out": str(out)}
    assert [(entry.by, entry.action, entry.facts) for entry in log.entries()] == [
        ("ann", "export", {"what": "tables", "tables": ["visits", "identities"], **shared}),
        ("bob", "export", {"what": "journeys", "tables": ["routes", "journeys"], **shared}),
    ]
    assert log.verify() == ()


@pytest.mark.parametrize("words", [("tables", "--table", "visits"), ("journeys",)])
def test_rows_of_people_are_not_written_without_an_entry(mall: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Nobody is named: nothing lies in the folder."""
    code, out, err = command("export", *words, *options(mall, tmp_path / "out"), "--by", " ")
    assert (code, out) == (2, "")
    assert "--by: expected who exports, for the audit log, got nothing" in err
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("--table", "visitors"), "--table: expected one of unique_visitors, "),
        (("--from", "yesterday"), "--from: expected a date"),
        (("--night", "2026-01-05", "--to", "2026-01-06"), "expected --night, or --from and --to, got both"),
    ],
)
def test_wrong_options_write_nothing(mall: Path, tmp_path: Path, asked: tuple[str, ...], message: str) -> None:
    """The message names the option, and the folder stays empty."""
    code, out, err = command("export", "tables", *options(mall, tmp_path / "out"), *asked)
    assert (code, out) == (2, "")
    assert message in err
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_written_to(mall: Path, tmp_path: Path) -> None:
    """Each command says so first."""
    (tmp_path / "file").write_text("x")
    for name in ("tables", "journeys", "report"):
        code, _, err = command("export", name, *options(mall, tmp_path / "file"))
        assert code == 2
        assert "--out: expected a folder that can be written to" in err


def test_another_sites_file(mall: Path, tmp_path: Path) -> None:
    """Zones of another site would give figures of nothing."""
    other = tmp_path / "site.yaml"
    other.write_text((mall / "site.yaml").read_text().replace("site_id: shop", "site_id: other"))
    code, _, err = command(
        "export", "tables", "--lake", str(mall / "lake"), "--site", str(other), "--out", str(tmp_path / "out")
    )
    assert code == 2
    assert "site_id: expected shop, whose lake this is, got other" in err


def test_nights_that_were_not_summarised(tmp_path: Path) -> None:
    """Recorded, and without answers: an error that says what to run, not figures of zero."""
    write_story(open_new(tmp_path), Story())
    write_mall_site(tmp_path)
    code, _, err = command("export", "report", *options(tmp_path, tmp_path / "out"))
    assert code == 1
    assert "run `crosscam locate` and `crosscam summarise` first" in err


def test_report(mall: Path, tmp_path: Path) -> None:
    """HTML that fetches nothing, and a PDF; small numbers, dark hours and what is known are all told."""
    code, out, err = command("export", "report", *options(mall, tmp_path))
    assert (code, err) == (0, "")
    html, pdf = map(Path, out.splitlines())
    assert (html.name, pdf.name) == (f"shop-{NIGHT}.html", f"shop-{NIGHT}.pdf")
    assert pdf.read_bytes().startswith(b"%PDF-")
    text = html.read_text(encoding="utf-8")
    page = Reader(text)
    assert all(address.startswith("data:image/") for address in page.addresses)
    assert "<script" not in text
    assert "Not recorded by any camera: 12:00 to 13:00" in text
    assert "75 % of the expected time was analysed" in text
    (footfall,) = page.tables["Footfall"]
    assert footfall.rows == [["gate", "20", "0", "75 %"]]
    zones, queues = page.tables["Dwell and waiting"]
    assert zones.rows[0][:3] == ["entrance", "20", "20 s"]
    assert queues.rows == [["queue", "8", "hidden", "32 s", "34 s", "hidden"]]
    ways, paths = page.tables["Ways"]
    assert ways.rows == [["door", "till", "20", "30 s", "0.95", "75 %"]]
    assert paths.rows == [["door > till", "20", "3 min 20 s"]]
    (cameras,) = page.tables["Cameras"]
    assert cameras.column("camera") == ["door", "till", "yard"]
    assert "1 of 4 files could not be used" in cameras.rows[0][-1]
    assert [len(page.pictures.get(title, [])) for title in ("Footfall", "How full it was", "Ways", "Cameras")] == [
        1
    ] * 4
    assert "summarise" in text


def test_report_of_a_night_in_the_dark(tmp_path: Path) -> None:
    """Files that cannot be used: figures are unknown, and no table holds a zero that looks like nobody."""
    lake = open_new(tmp_path)
    story = Story(site=SITE, filmed=[Filmed(camera, 0, 3600, "quarantined") for camera in ("door", "till", "yard")])
    write_story(lake, story)
    summarise_night(lake, SITE, Settings(linking=Linking(count_worlds=20)), NIGHT)
    write_mall_site(tmp_path)
    code, out, _ = command("export", "report", *options(tmp_path, tmp_path / "out"))
    assert code == 0
    text = Path(out.splitlines()[0]).read_text(encoding="utf-8")
    assert "Nothing of this night was recorded or analysed: all figures are unknown" in text
    tables = [table for title in ("Footfall", "Dwell and waiting") for table in Reader(text).tables[title]]
    figures = [cell for table in tables for row in table.rows for cell in row[1:]]
    assert set(figures) == {"\N{EN DASH}", "0 %"}


def test_report_of_a_night_that_the_lake_does_not_know(mall: Path, tmp_path: Path) -> None:
    """The message says which nights there are; no half report is left."""
    code, _, err = command("export", "report", *options(mall, tmp_path), "--night", "2026-02-01")
    assert code == 1
    assert "it has 2026-01-05 to 2026-01-05" in err
    assert list(tmp_path.iterdir()) == []
