"""Decisions made on the page, and the page of the audit log that keeps them."""

from pathlib import Path

import pytest

from analytics.audit_log import AuditLog
from analytics.tables import DECISIONS
from tests.builders.dashboards import page, words, write_seen_lake


def test_a_decision_is_kept_logged_shown_and_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is marked as staff is in the decisions with who and why, in the audit log, and on the page, to be undone."""
    seen = write_seen_lake(tmp_path)
    app = page("journeys", seen.location, monkeypatch, site=tmp_path / "site.yaml", query={"identity": "i1"})
    app = app.get("button_group")[0].set_value("staff").run()
    by, reason = (next(each for each in app.text_input if each.label == label) for label in ("Who decides", "Why"))
    by.set_value("ada")
    reason.set_value("wears the shirt")
    app = next(each for each in app.button if each.label == "Decide").click().run()
    assert not app.error
    row = seen.lake.read(DECISIONS).to_pylist()[0]
    assert (row["kind"], row["tracklet_ids"], row["made_by"], row["reason"]) == (
        "staff",
        ["gate0-1"],
        "ada",
        "wears the shirt",
    )
    entries = AuditLog(seen.lake.store).entries()
    assert [(entry.action, entry.by, entry.facts["decision"]) for entry in entries] == [
        ("decide", "ada", row["decision_id"])
    ]
    told = words(app)
    assert f"Kept as {row['decision_id']}" in told
    assert "crosscam link --lake" in told
    assert "by ada" in told
    app = next(each for each in app.button if each.label == "Undo").click().run()
    assert seen.lake.read(DECISIONS)["undone_at"][0].as_py() is not None
    assert AuditLog(seen.lake.store).entries()[-1].action == "undo-decision"


def test_a_decision_that_contradicts_another_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written, not even in the log, and the page says what is wrong."""
    seen = write_seen_lake(tmp_path)
    app = page("journeys", seen.location, monkeypatch, query={"identity": "i1"})
    app = app.get("button_group")[0].set_value("merge").run()
    next(each for each in app.multiselect if each.label == "These sightings").set_value(["gate0-1"])
    app = next(each for each in app.button if each.label == "Decide").click().run()
    assert "at least 2 different tracklets" in app.error[0].value
    assert not seen.lake.read(DECISIONS).num_rows
    assert AuditLog(seen.lake.store).entries() == ()


def test_a_merge_holds_all_sightings_of_the_journey_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was linked before must not be lost to the other identity, of which the likeliest sighting is named."""
    seen = write_seen_lake(tmp_path)
    app = page("journeys", seen.location, monkeypatch, query={"identity": "i0"})
    app = app.get("button_group")[0].set_value("merge").run()
    others = next(each for each in app.multiselect if each.label.startswith("are the same person"))
    assert others.options == ["i1 · 30.0%, not likely enough"]
    others.set_value(["gate0-1"])
    app = next(each for each in app.button if each.label == "Decide").click().run()
    assert not app.error
    assert seen.lake.read(DECISIONS)["tracklet_ids"][0].as_py() == ["gate0-0", "gate1-0", "gate2-0", "gate0-1"]


def test_the_audit_page_tells_whether_the_log_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that was edited is named; a digest that was noted elsewhere must still be there."""
    seen = write_seen_lake(tmp_path)
    log = AuditLog(seen.lake.store)
    first = log.record(at=1, by="ada", action="search", facts={"purpose": "a lost child"})
    log.record(at=2, by="bob", action="decide", facts={"kind": "staff"})
    app = page("audit", seen.location, monkeypatch, query={"noted": first.digest})
    assert "The log is whole" in words(app)
    assert app.dataframe[0].value["purpose"].tolist() == ["", "a lost child"]
    path = tmp_path / "lake" / "_audit" / "000000001.json"
    path.write_text(path.read_text(encoding="utf-8").replace("child", "coat"), encoding="utf-8")
    told = words(page("audit", seen.location, monkeypatch, query={"noted": first.digest}))
    assert "not whole" in told
    assert "entry 1 was edited" in told
