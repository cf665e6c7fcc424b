"""Every page of the dashboard: of an empty lake, of one night, and of a lake that is damaged."""

from pathlib import Path

import pytest

from analytics.audit_log import AuditLog
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from tests.builders.dashboards import PAGES, page, words, write_seen_lake
from tests.builders.linked import LinkedLake


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> LinkedLake:
    """Return a lake of one night."""
    return write_seen_lake(tmp_path_factory.mktemp("seen"))


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> LinkedLake:
    """Return a lake whose files were all cut off."""
    lake = write_seen_lake(tmp_path_factory.mktemp("damaged"))
    for path in (lake.folder / "lake").rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:100])
    return lake


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_one_night_has_its_heading_and_no_error(
    name: str, seen: LinkedLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the night lacks (lines, zones, recordings) is told in words, not as an error."""
    app = page(name, seen.location, monkeypatch, site=seen.folder / "site.yaml")
    assert not app.exception
    assert not app.error
    assert app.title[0].value


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_an_empty_lake_says_what_to_do(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No figure of nothing is shown: the page says why it is empty."""
    Lake(open_store(str(tmp_path)))
    app = page(name, str(tmp_path), monkeypatch)
    assert not app.exception
    assert not app.error
    assert not app.metric
    assert app.info[0].value


@pytest.mark.parametrize("name", ["journeys", "overview", "runs"])
def test_a_page_of_a_damaged_lake_says_which_file(
    name: str, damaged: LinkedLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A published file that is cut off is named, with how to repair it; nothing is shown as if it were whole."""
    app = page(name, damaged.location, monkeypatch, site=damaged.folder / "site.yaml")
    assert not app.exception
    assert ".parquet" in app.error[0].value


def test_a_wrong_site_file_is_told_with_its_field(
    seen: LinkedLake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The page says which setting is wrong instead of showing figures without zones."""
    site = tmp_path / "site.yaml"
    site.write_text("site_id: site\ntimezone: Mars/Olympus\n", encoding="utf-8")
    app = page("overview", seen.location, monkeypatch, site=site)
    assert "timezone" in app.error[0].value


def test_journeys_show_flows_paths_and_people(seen: LinkedLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three people went the same way over three cameras; nobody is staff."""
    app = page("journeys", seen.location, monkeypatch, site=seen.folder / "site.yaml")
    assert {each.label: each.value for each in app.metric}["Journeys"] == "3"
    assert app.dataframe[0].value["path"].tolist() == ["gate0 > gate1 > gate2"]
    assert app.dataframe[1].value["identity"].tolist() == ["i0", "i1", "i2"]
    everybody = page("journeys", seen.location, monkeypatch, query={"who": "Staff"})
    assert "Nobody fits these filters." in words(everybody)


def test_one_journey_shows_its_sightings_and_the_evidence_of_its_links(
    seen: LinkedLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An identity is found by its id, and by that of one of its tracklets; what is not there is told."""
    app = page("journeys", seen.location, monkeypatch, query={"identity": "gate1-0"})
    assert "`i0`" in words(app)
    links = app.dataframe[0].value
    assert links["verdict"].tolist() == ["same person", "same person", "not likely enough"]
    assert links["probability"].tolist() == [0.9, 0.8, 0.3]
    gone = page("journeys", seen.location, monkeypatch, query={"identity": "i99"})
    assert "No identity or tracklet i99" in words(gone)


def test_runs_tell_stages_and_what_is_missing(seen: LinkedLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The night was never located: the figure says so, and so does the table of stages."""
    app = page("runs", seen.location, monkeypatch, query={"part": "Stages"})
    assert {each.label: each.value for each in app.metric}["Stages"] == "without locate"
    stages = app.dataframe[0].value.set_index("stage")["in use"]
    assert stages["perceive"] == 3
    assert stages["locate"] == 0


def test_sql_answers_explains_mistakes_and_offers_queries(seen: LinkedLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query of the URL is there to be run; a wrong one is explained; nothing but reading is allowed."""
    app = page("sql", seen.location, monkeypatch, query={"query": "select count(*) as n from tracklets"})
    app = app.button[0].click().run()
    assert app.dataframe[0].value["n"].tolist() == [9]
    app = app.text_area[0].set_value("select n from trackletz").run().button[0].click().run()
    assert "near it: tracklets" in app.code[0].value
    app = app.text_area[0].set_value("copy tracklets to 'x.csv'").run().button[0].click().run()
    assert app.error
    app = app.selectbox[0].set_value("top_paths").run()
    assert "paths" in app.text_area[0].value


def test_a_search_wants_a_purpose_and_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is searched without a purpose; with one, others than the sighting's own identity are shown and logged."""
    seen = write_seen_lake(tmp_path)
    app = page("search", seen.location, monkeypatch, query={"like": "gate0-0"})
    app = next(each for each in app.button if each.label == "Search").click().run()
    assert "purpose" in app.warning[0].value
    assert AuditLog(seen.lake.store).entries() == ()
    next(each for each in app.text_input if each.label == "Purpose").set_value("a lost child")
    app = next(each for each in app.button if each.label == "Search").click().run()
    told = words(app)
    assert "tracklets compared" in told
    assert "`i1`" in told
    assert "`i0`" not in told
    (entry,) = AuditLog(seen.lake.store).entries()
    assert (entry.action, entry.facts["purpose"]) == ("search", "a lost child")
    assert sorted(entry.facts["shown"]) == ["i1", "i2"]
