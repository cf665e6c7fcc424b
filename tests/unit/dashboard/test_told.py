"""What pages tell, without Streamlit: sightings and links in words, stages of a night, commands to run."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from analytics.errors import CrosscamError
from analytics.lake.ledger import Entry, Ledger
from analytics.lake.store import open_store
from dashboard import identities, running, runs
from dashboard.options import Options

NIGHT = date(2026, 3, 29)
BERLIN = ZoneInfo("Europe/Berlin")


def stop(camera: str, zone: str | None, minute: int) -> dict[str, object]:
    at = datetime(2026, 3, 29, 0, minute, tzinfo=UTC)
    return {"camera_id": camera, "zone_id": zone, "arrived_at": at, "left_at": at.replace(second=30)}


def test_bars_are_on_the_sites_clocks_and_zones_below_their_cameras() -> None:
    """A chart is given the site's reading as if it were UTC, so that no browser shifts it."""
    stops = [stop("hall", None, 1), stop("till", None, 5), stop("hall", "queue", 2), stop("hall", None, 9)]
    bars = identities.bars_of(stops, BERLIN, {"queue": "Queue"})
    assert [bar["place"] for bar in bars] == ["hall", "hall", "↳ Queue", "till"]
    assert bars[0]["from_at"] == "2026-03-29T01:01:00.000Z"
    assert bars[2]["told"] == "01:02:00 to 01:02:30"
    assert bars[0]["lasted"] == "30 s"


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (5400, "1.5 h")]
)
def test_lengths_are_told_as_people_say_them(seconds: float, told: str) -> None:
    """Seconds, then minutes, then hours."""
    assert identities.told_length(seconds) == told


def link(
    a: str, b: str, identity_a: str, identity_b: str | None, probability: float, verdict: str
) -> dict[str, object]:
    return {
        "tracklet_a": a,
        "tracklet_b": b,
        "identity_a": identity_a,
        "identity_b": identity_b,
        "probability": probability,
        "verdict": verdict,
        "rule": None,
    }


def test_others_are_those_weighed_and_not_joined_each_once() -> None:
    """The likeliest sighting of each other identity stands for it, whichever end of the link it is."""
    links = [
        link("a", "b", "me", "me", 0.9, "accepted"),
        link("a", "c", "me", "x", 0.2, "below"),
        link("d", "b", "x", "me", 0.4, "below"),
        link("a", "e", "me", "y", 0.3, "infeasible"),
        link("a", "f", "me", None, 0.45, "below"),
    ]
    others = identities.others_of(links, "me", {"a", "b"})
    assert [(row["identity_id"], row["tracklet_id"], row["probability"]) for row in others] == [
        ("x", "d", 0.4),
        ("y", "e", 0.3),
    ]


def test_stages_tell_what_is_in_use_and_what_is_not_done(tmp_path: Path) -> None:
    """Only published items are in use; items of other settings are counted apart; reasons are listed."""
    ledger = Ledger(open_store(str(tmp_path)))
    ledger.record(Entry(stage="perceive", night=NIGHT, item_id="good", key="k1"))
    ledger.record(Entry(stage="perceive", night=NIGHT, item_id="bad", key="k2", status="quarantined", reason="cut off"))
    ledger.record(Entry(stage="perceive", night=NIGHT, item_id="good", key="k3"))
    ledger.publish(NIGHT, "perceive", ["k1", "k2"])
    rows, odd = runs.stages_of(ledger, NIGHT)
    told = next(row for row in rows if row["stage"] == "perceive")
    assert (told["in use"], told["quarantined"], told["of other settings"]) == (1, 1, 1)
    assert [(row["item"], row["reason"]) for row in odd] == [("bad", "cut off")]


def test_files_are_parted_by_whether_they_need_a_hand() -> None:
    """A whole file is not told of; a copy needs nothing; a broken one is told with its repair."""
    rows = [
        {"path": "a", "camera_id": "c", "status": "complete", "reason": None},
        {"path": "b", "camera_id": "c", "status": "quarantined", "reason": "is a copy of a"},
        {"path": "d", "camera_id": "c", "status": "quarantined", "reason": "no frame can be decoded"},
    ]
    broken, worth = runs.problems_of(rows)
    assert [(row["file"], row["what to do"].split(" ")[:2]) for row in broken] == [("d", ["put", "a"])]
    assert [row["file"] for row in worth] == ["b"]


def test_a_report_is_told_by_points_and_pairs_of_cameras() -> None:
    """Names of the report are taken apart; a pair with too little evidence of its own is marked."""
    report = [
        {"section": "points", "name": "person: strict identities", "value": 4.0, "note": None},
        {"section": "points", "name": "person: strict false_match_rate", "value": 0.01, "note": "stated"},
        {"section": "cameras", "name": "person: a b links", "value": 3.0, "note": None},
        {"section": "cameras", "name": "person: a b proven_strangers", "value": 9.0, "note": "too little evidence"},
        {"section": "cameras", "name": "car: a b links", "value": 8.0, "note": None},
    ]
    assert runs.points_of(report) == [
        {"class": "person", "point": "strict", "identities": 4.0, "links": None, "false matches": 0.01}
    ]
    assert runs.pairs_of(report) == [
        {"origin": "a", "destination": "b", "links": 3.0, "proven_strangers": 9.0, "is_scarce": True}
    ]


def test_commands_are_those_that_a_person_would_type(tmp_path: Path) -> None:
    """Without a site file there is nothing to locate; a command that fails is told with its last words."""
    bare = running.answering(Options("my lake"), NIGHT)
    assert [running.as_typed(command) for command in bare] == ["crosscam link --lake 'my lake' --night 2026-03-29"]
    whole = running.answering(Options("l", Path("site.yaml"), Path("settings.yaml")), NIGHT)
    assert [command[0] for command in whole] == ["link", "locate", "summarise"]
    assert whole[1][3:] == ("--night", "2026-03-29", "--site", "site.yaml", "--settings", "settings.yaml")
    with pytest.raises(CrosscamError, match=r"status failed: .*has none"):
        list(running.run_all((("status", "--lake", str(tmp_path)),)))
