"""Answers beside the truth: what was found of footfall, visits, dwell and waits, and how far off it is."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from analytics.evaluation.answers import ANSWER_SCORES, TrueAnswers, compare_answers
from analytics.lake.lake import Lake
from analytics.simulation.true_movements import TRUE_CROSSINGS, TRUE_QUEUE_WAITS, TRUE_VISITS
from analytics.simulation.true_tables import TRUE_IDENTITIES, TRUE_STOPS
from analytics.tables import TRACKLETS
from tests.builders.answers import NIGHT, START
from tests.builders.mall import write_mall
from tests.builders.nights import command


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return write_mall(tmp_path_factory.mktemp("mall"))


def happened(night: date = NIGHT) -> TrueAnswers:
    """25 visitors come in, one of the staff, and one goes out; the first 10 visit the entrance, 4 queue."""
    place = {"site_id": "shop", "night": night}
    who = [{**place, "person_id": number, "is_staff": number == 26} for number in range(1, 27)]
    ways = [*((each, "in") for each in who), (who[0], "out")]
    crossings = [
        {
            **each,
            "line_id": "gate",
            "camera_id": "door",
            "crossed_at": START + timedelta(seconds=number),
            "direction": way,
        }
        for number, (each, way) in enumerate(ways)
    ]
    stay = {"camera_id": "door", "entered_at": START, "is_censored": False}
    visits = [
        {**each, **stay, "zone_id": "entrance", "left_at": START + timedelta(seconds=25), "dwell_s": 25.0}
        for each in [*who[:10], who[25]]
    ]
    visits.append({**who[0], **stay, "zone_id": "elsewhere", "left_at": START, "dwell_s": 0.0})
    waits = [
        {
            **each,
            **{name: stay[name] for name in ("entered_at", "is_censored")},
            "queue_zone_id": "queue",
            "left_at": START + timedelta(seconds=40),
            "served_at": None if number == 0 else START + timedelta(seconds=40),
            "wait_s": None if number == 0 else 40.0,
        }
        for number, each in enumerate(who[:4])
    ]
    return TrueAnswers(
        TRUE_CROSSINGS.from_rows(crossings), TRUE_VISITS.from_rows(visits), TRUE_QUEUE_WAITS.from_rows(waits)
    )


def scores(
    lake: Lake, truth: TrueAnswers, *, leaves_out_staff: bool = True
) -> dict[tuple[str, str], tuple[object, ...]]:
    table = compare_answers(lake, truth, None, leaves_out_staff=leaves_out_staff)
    ANSWER_SCORES.check(table)
    return {(row["place_id"], row["figure"]): (row["found"], row["truth"], row["error"]) for row in table.to_pylist()}


def test_each_figure_stands_beside_its_truth(mall: Lake) -> None:
    """Whoever left the queue unserved is no wait; what nobody was found at is 0, and a median of nothing is none."""
    found = scores(mall, happened())
    assert list(found)[:4] == [
        *(("gate", "crossings_in"), ("gate", "crossings_out")),
        *(("elsewhere", "visits"), ("elsewhere", "median_dwell_s")),
    ]
    assert found["gate", "crossings_in"] == (20.0, 25.0, pytest.approx(-0.2))
    assert found["gate", "crossings_out"] == (0.0, 1.0, -1.0)
    assert found["entrance", "visits"] == (20.0, 10.0, 1.0)
    assert found["entrance", "median_dwell_s"] == (20.0, 25.0, pytest.approx(-0.2))
    assert found["queue", "waits"] == (6.0, 3.0, 1.0)
    assert found["queue", "median_wait_s"] == (pytest.approx(32.5), 40.0, pytest.approx(-0.1875))
    assert found["queue", "visits"] == (8.0, 0.0, None)
    assert found["queue", "median_dwell_s"][1:] == (None, None)


def test_a_place_that_the_lake_does_not_know_is_unknown_and_not_empty(mall: Lake) -> None:
    """A zone that was drawn for the truth alone has no figure here."""
    found = scores(mall, happened())
    assert found["elsewhere", "visits"] == (None, 1.0, None)
    assert found["elsewhere", "median_dwell_s"] == (None, 0.0, None)


def test_staff_count_on_both_sides_when_nobody_told_who_they_are(mall: Lake) -> None:
    """As counts of visitors do."""
    found = scores(mall, happened(), leaves_out_staff=False)
    assert found["gate", "crossings_in"] == (21.0, 26.0, pytest.approx(-5 / 26))
    assert found["entrance", "visits"] == (21.0, 11.0, pytest.approx(10 / 11))


def test_nights_without_truth_or_answers_are_left_out(mall: Lake, tmp_path: Path) -> None:
    """Nothing to compare is no row."""
    assert scores(mall, happened(NIGHT + timedelta(days=1))) == {}
    true = happened()
    assert compare_answers(mall, true, [NIGHT + timedelta(days=1)], leaves_out_staff=True).num_rows == 0


def test_the_command_shows_them_where_the_truth_has_the_tables(mall: Lake, tmp_path: Path) -> None:
    """With some cameras alone the site's answers are not judged."""
    names = mall.read(TRACKLETS, columns=["tracklet_id"])["tracklet_id"].to_pylist()
    whose = [{"tracklet_id": name, "person_id": name[:-1], "other_person_id": None} for name in names]
    place = {"site_id": "shop", "night": NIGHT, "stop_no": 0, "share": 1.0, "is_staff": False}
    identities = TRUE_IDENTITIES.from_rows([{**place, **each} for each in whose])
    for table, contract in ((identities, TRUE_IDENTITIES), (TRUE_STOPS.empty(), TRUE_STOPS)):
        pq.write_table(table, tmp_path / f"{contract.name}.parquet")
    words = ("evaluate", "--lake", mall.store.location, "--truth", str(tmp_path), "--only", "answers", "--format")
    header, first = "night,place_id,figure,found,truth,error", "2026-01-05,gate,crossings_in,20.0,25.0,-0.2"
    assert command(*words, "csv")[:2] == (0, f"{header}\n")
    true = happened()
    pq.write_table(true.crossings, tmp_path / "true_crossings.parquet")
    pq.write_table(true.visits, tmp_path / "true_visits.parquet")
    pq.write_table(true.waits, tmp_path / "true_queue_waits.parquet")
    code, out, err = command(*words, "csv")
    assert code == 0, err
    assert out.splitlines()[:2] == [header, first]
    assert command(*words, "csv", "--camera", "door")[:2] == (0, f"{header}\n")
