"""The pages of zones and heatmaps: figures, comparison, drawing and what is saved, of two nights by hand."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from analytics.audit_log import AuditLog
from analytics.configfile import load
from analytics.errors import ConfigError
from analytics.lake.lake import Lake
from analytics.settings import Settings
from analytics.sites import Site
from dashboard import drafts, heat, zone_figures
from jobs.summarising import summarise_night
from tests.builders.answers import NIGHT, SHOP, START, Crossed, Present, Seen, Story, open_new, write_story
from tests.builders.dashboards import page, words

NEXT = NIGHT + timedelta(days=1)
SQUARE = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]


def _story(night: date, people: int) -> Story:
    """Return a night: each of some people stands in the entrance for 10 s, a person a minute, and comes in."""
    names = [f"{night:%d}-{number}" for number in range(people)]
    return Story(
        seen=[Seen(name, "door", f"i{name}", 60.0 * n, 60.0 * n + 30) for n, name in enumerate(names)],
        present=[Present(name, "entrance", 60.0 * n + 5, 60.0 * n + 15) for n, name in enumerate(names)],
        crossed=[Crossed(name, "gate", 60.0 * n + 10, "in") for n, name in enumerate(names)],
        night=night,
        start=START + (night - NIGHT),
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Path]:
    """Return a lake of two nights, of 4 and of 6 people, and its site file."""
    folder = tmp_path_factory.mktemp("shop")
    lake = open_new(folder)
    for night, people in ((NIGHT, 4), (NEXT, 6)):
        write_story(lake, _story(night, people))
        summarise_night(lake, SHOP, Settings(), night)
    site = folder / "site.yaml"
    site.write_text(yaml.safe_dump(SHOP.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
    return lake, site


def _page(shop: tuple[Lake, Path], monkeypatch: pytest.MonkeyPatch, name: str = "zones", **query: str) -> AppTest:
    lake, site = shop
    app = page(name, lake.store.location, monkeypatch, site=site, query=query)
    assert not app.exception
    return app


def test_figures_of_a_zone_are_those_that_were_written(
    shop: tuple[Lake, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six visits of 10 s; the queue, where nobody was, has none; all six came in over the line."""
    app = _page(shop, monkeypatch)
    rows = app.dataframe[0].value.set_index("name")
    assert rows.loc["entrance", ["visits", "people", "median_s", "max_people"]].tolist() == [6, 6, 10.0, 1]
    assert rows.loc["queue", "visits"] == 0
    assert rows["coverage"].tolist() == [1.0, 1.0, 1.0]
    captured = app.dataframe[1].value.set_index("name")
    assert captured.loc["gate", ["passing", "captured"]].tolist() == [6, 6]
    assert {each.label: each.value for each in app.metric}["Median dwell"] == "10.0 s"


def test_a_stretch_of_the_night_counts_what_began_in_it(
    shop: tuple[Lake, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of the six came in the first two minutes; of an hour without footage nobody says that nobody came."""
    app = _page(shop, monkeypatch, **{"from": "09:00", "until": "09:02"})
    assert app.dataframe[0].value.set_index("name").loc["entrance", "visits"] == 2
    dark = _page(shop, monkeypatch, **{"from": "20:00", "until": "21:00"})
    assert dark.dataframe[0].value["visits"].isna().all()
    assert dark.dataframe[0].value["coverage"].tolist() == [0.0, 0.0, 0.0]
    assert "Visits: not known" in words(dark)


def test_two_nights_are_compared(shop: tuple[Lake, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Six after four is half as many again; a zone that nobody visited before has no change."""
    app = _page(shop, monkeypatch, part="Compare")
    rows = app.dataframe[0].value.set_index("zone")
    assert rows.loc["entrance", ["visits", "visits before", "change"]].tolist() == [6, 4, 50.0]
    assert rows["change"].isna().sum() == 2
    same = _page(shop, monkeypatch, part="Compare", **{"with": f"{NEXT:%a} {NEXT.day} {NEXT:%b %Y}"})
    assert "Both periods are the same." in words(same)


def test_a_zone_is_renamed_saved_and_logged(
    shop: tuple[Lake, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site file has it, the file as it was lies beside it, the audit log says who; no figure changes."""
    lake, site = shop
    path = tmp_path / "site.yaml"
    path.write_bytes(site.read_bytes())
    app = page("zones", lake.store.location, monkeypatch, site=path, query={"part": "Draw", "canvas": "till"})
    assert "Nothing is changed." in words(app)
    chooser = next(each for each in app.selectbox if each.label == "Zone or line")
    app = chooser.set_value("zone-queue").run()
    app = next(each for each in app.text_input if each.label == "Name").set_value("Checkout queue").run()
    assert "changed: zone-queue" in words(app)
    next(each for each in app.text_input if each.label == "Who draws").set_value("ada")
    app = next(each for each in app.button if each.label == "Save").click().run()
    assert not app.exception
    assert not app.error
    assert [zone.name for zone in load(path, Site).zones] == [None, "Checkout queue", None]
    assert len(list(tmp_path.glob("site.yaml.*.bak"))) == 1
    entry = AuditLog(lake.store).entries()[-1]
    assert (entry.action, entry.by, entry.facts["changed"]) == ("draw-zones", "ada", ["zone-queue"])
    assert "Saved." in words(app)
    assert "crosscam locate" not in words(app)
    path.write_text(path.read_text(encoding="utf-8").replace("- 10.0", "- 9.0", 1), encoding="utf-8")
    moved = page("zones", lake.store.location, monkeypatch, site=path, query={"part": "Draw"})
    assert "crosscam locate --lake" in words(moved)


def test_what_is_not_ready_is_told_and_cannot_be_saved(
    shop: tuple[Lake, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its queue the till serves nothing; giving up brings the queue back."""
    app = _page(shop, monkeypatch, part="Draw", canvas="till")
    app = next(each for each in app.selectbox if each.label == "Zone or line").set_value("zone-queue").run()
    app = next(each for each in app.selectbox if each.label == "Kind").set_value("area").run()
    assert "Not ready to be saved" in words(app)
    assert "Save" not in [each.label for each in app.button]


def test_gestures_of_the_browser_become_zones_and_lines() -> None:
    """What moved moved, what is new is there, what is gone is gone; other pictures keep theirs; names make ids."""
    shapes = drafts.shapes_of(SHOP)
    queue = next(shape for shape in shapes if shape["id"] == "queue")
    new = {"key": "line-line-1", "type": "line", "id": "line-1", "points": [[1, 2], [3, 4]]}
    after = drafts.merged(shapes, [{**queue, "points": SQUARE, "kind": "entrance"}, new], "till")
    assert [shape["id"] for shape in after] == ["entrance", "queue", "gate", "line-1"]
    after = drafts.with_name(after, "line-line-1", "Über the Gate", is_new=True)
    zones, lines = drafts.drawings_of(after)
    assert [list(point) for point in zones[1].polygon] == SQUARE
    assert zones[1].kind == "queue"
    assert (lines[1].line_id, lines[1].name, lines[1].camera_id) == ("ber-the-gate", "Über the Gate", "till")
    crossed = [{**after[0], "points": [[0, 0], [9, 9], [9, 0], [0, 9]]}]
    with pytest.raises(ConfigError, match="edges do not cross"):
        drafts.drawings_of(crossed)


def test_dwell_is_counted_in_bins_that_can_be_told_apart() -> None:
    """Of an hour's stay a bin is no second; whole and censored visits are counted apart."""
    rows = [{"dwell_s": 3599.0, "is_censored": False}, {"dwell_s": 10.0, "is_censored": True}]
    bins = zone_figures.dwell_bins([*rows, rows[1]])
    assert [(each["from_s"], each["until_s"], each["visits"]) for each in bins] == [(0, 300, 2), (3300, 3600, 1)]
    assert zone_figures.dwell_bins([]) == []


def test_a_long_night_is_shown_by_hour() -> None:
    """Of 400 minutes the hours are shown, each with the mean of its minutes and the most people at once."""
    rows = [
        {
            "minute_at": START + timedelta(minutes=number),
            "mean_people": 2.0 if number < 60 else 0.0,
            "max_people": number % 60,
            "coverage": 1.0,
        }
        for number in range(400)
    ]
    grain, shown = zone_figures.occupancy(rows, SHOP.zone_info)
    assert (grain, len(shown)) == ("hour", 7)
    assert shown[0] == {"at": f"{datetime(2026, 1, 5, 9):%Y-%m-%dT%H:%M}", "mean": 2.0, "most": 59, "coverage": 1.0}
    assert zone_figures.occupancy(rows[:5], SHOP.zone_info)[0] == "minute"


def test_hidden_places_are_told() -> None:
    """Some of it, all of it, nothing of it."""
    assert heat.hidden_note({"left_out_share": 0.0, "min_people": 5}) is None
    some, everything = (heat.hidden_note({"left_out_share": share, "min_people": 5}) for share in (0.4, 1.0))
    assert some is not None
    assert everything is not None
    assert (some[0], everything[0]) == (False, True)
    assert some[1].startswith("40% is hidden")
    assert "Choose a longer time" in everything[1]


def test_figures_of_what_was_drawn_since_are_not_told(
    shop: tuple[Lake, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zone that moved and a line that is new have no figure until it is worked out: nought would be wrong."""
    lake, _ = shop
    content = SHOP.model_dump(mode="json")
    content["zones"][0]["polygon"][0] = [5.0, 5.0]
    content["lines"].append({"line_id": "new", "camera_id": "till", "start": [0, 0], "end": [9, 9]})
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    app = page("zones", lake.store.location, monkeypatch, site=path)
    assert not app.exception
    assert "zone-entrance, line-new" in app.warning[0].value
    rows = app.dataframe[0].value.set_index("name")
    assert rows["visits"].isna().tolist() == [True, False, False]


def test_the_overview_leaves_out_lines_that_were_drawn_since(
    shop: tuple[Lake, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that moved counts in no sum, and is named; without another one nothing is known of entries."""
    lake, _ = shop
    before = page("overview", lake.store.location, monkeypatch, site=shop[1])
    assert {metric.label: metric.value for metric in before.metric}["Entries over lines"] != "not known"
    content = SHOP.model_dump(mode="json")
    content["lines"][0]["start"] = [25.0, 0.0]
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    app = page("overview", lake.store.location, monkeypatch, site=path)
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric}["Entries over lines"] == "not known"
    assert any("drawn since: gate" in caption.value for caption in app.caption)
