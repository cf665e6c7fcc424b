"""A whole lake against the truth: boxes, identities, counts, links, notes."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.errors import ConfigError
from analytics.evaluation.counts import COUNT_SCORES, summarise_counts
from analytics.evaluation.evaluate import Evaluation, evaluate
from analytics.evaluation.links import calibration_tables
from analytics.evaluation.tracking import ALL_CAMERAS, LINKED, ORACLE
from analytics.simulation.true_movements import TRUE_CAST
from analytics.simulation.true_tables import TRUE_IDENTITIES, TRUE_STOPS
from tests.builders.linked import NIGHT, LinkedLake, write_linked_lake


def rows(table: pa.Table, key: str) -> dict[str, dict[str, object]]:
    """Return a table's rows by a column."""
    return {row[key]: row for row in table.to_pylist()}


def judged(linked: LinkedLake, **options: object) -> Evaluation:
    """Evaluate a lake against its boxes."""
    return evaluate(linked.lake, linked.truth, **options)


def test_faultless_identities(tmp_path: Path) -> None:
    """Everybody in one identity over all cameras: every share is 1, in boxes and in tracklets."""
    found = judged(write_linked_lake(tmp_path))
    tracking, linking = rows(found.tracking, "camera_id"), rows(found.linking, "identities_of")
    assert list(tracking) == ["gate0", "gate1", "gate2", ALL_CAMERAS, LINKED, ORACLE]
    for name in (LINKED, ORACLE):
        assert [tracking[name][figure] for figure in ("hota", "mota", "idf1", "found_ids")] == pytest.approx(
            [1, 1, 1, 4]
        )
    assert [linking["found"][name] for name in ("idf1", "bcubed_f1", "exact_journeys", "move_f1")] == [1, 1, 1, 1]
    assert (found.people["overlap"].to_pylist(), found.notes) == ([1] * 4, ())


def test_torn_person_shows_in_every_table(tmp_path: Path) -> None:
    """Person 1 has another identity in the third camera."""
    found = judged(
        write_linked_lake(tmp_path, identity=lambda person, camera: f"i{person}{camera // 2 * (person == 1)}")
    )
    tracking, linking = rows(found.tracking, "camera_id"), rows(found.linking, "identities_of")
    assert tracking[ALL_CAMERAS]["idf1"] == tracking[ORACLE]["idf1"] == 1
    assert tracking[LINKED]["idf1"] == linking["found"]["idf1"] == pytest.approx(11 / 12)
    assert (tracking[LINKED]["switches"], linking["found"]["exact_journeys"]) == (1, 3 / 4)
    assert found.people.to_pylist()[0]["person_id"] == "1"
    assert linking["found"]["cross_camera_recall"] == pytest.approx(10 / 12)


def test_lake_that_was_not_linked_says_so(tmp_path: Path) -> None:
    """Only boxes are judged, and the note says why."""
    found = judged(write_linked_lake(tmp_path, identity=None))
    assert [table.num_rows for table in (found.tracking, found.linking, found.people, found.counts)] == [4, 0, 0, 0]
    assert found.notes == ("the lake has no identities: nothing is said across cameras",)


def test_cameras_and_nights_choose(tmp_path: Path) -> None:
    """Two of three cameras are two of three cameras everywhere; another night has no tracks."""
    linked = write_linked_lake(tmp_path, visitors={"site": (4, 4, 4), "gate1": (4, 3, 5)})
    found = judged(linked, cameras=["gate0", "gate1"])
    assert rows(found.linking, "identities_of")["found"]["tracklets"] == 8
    assert found.tracking.num_rows == 5
    assert found.counts["scope_id"].to_pylist() == ["gate1"], "the site's count needs the truth of all cameras"
    with pytest.raises(ConfigError, match="got that of gate0"):
        judged(linked, nights=[date(2026, 1, 6)])


def test_counts_are_compared_with_who_was_there(tmp_path: Path) -> None:
    """The site's interval misses its four people, one camera's holds them; zones are not judged."""
    visitors = {"site": (5.5, 4.5, 6.0), "gate1": (4.0, 3.5, 4.5), "hall": (1.0, 1.0, 1.0)}
    counts = judged(write_linked_lake(tmp_path, visitors=visitors)).counts
    COUNT_SCORES.check(counts)
    told = [tuple(row[name] for name in ("scope", "truth", "error", "is_inside")) for row in counts.to_pylist()]
    assert told == [("site", 4, pytest.approx(0.375), False), ("camera", 4, 0, True)]
    assert summarise_counts(counts, "camera").coverage == 1


def test_links_are_judged_by_who_their_ends_are(tmp_path: Path) -> None:
    """Right and wrong links, of one camera and across; those to tracklets that are not judged are left out."""
    links = [
        ("gate0-1", "gate1-1", 0.9, "accepted"),
        ("gate0-1", "gate1-2", 0.8, "accepted"),
        ("gate0-2", "gate2-2", 0.2, "below"),
        ("gate0-0", "gate0-3", 0.1, "infeasible"),
    ]
    linked = write_linked_lake(tmp_path, links=links)
    found = judged(linked).links
    assert sorted(zip(found.probability, found.is_same, found.is_accepted, found.is_across, strict=True)) == [
        (0.1, False, False, False),
        (0.2, True, False, True),
        (0.8, False, True, True),
        (0.9, True, True, True),
    ]
    scores, bins = calibration_tables(found)
    assert scores.to_pylist()[0] == {
        "pairs": 4,
        "expected_error": pytest.approx((0.1 + 0.8 + 0.8 + 0.1) / 4),
        "largest_error": pytest.approx(0.8),
        "brier": pytest.approx((0.01 + 0.64 + 0.64 + 0.01) / 4),
        "accepted": 2,
        "stated_false": pytest.approx(0.15),
        "false": 0.5,
        "rejected_true": 0.5,
    }
    assert bins["count"].to_pylist() == [1, 1, 1, 1]
    assert len(judged(linked, cameras=["gate0", "gate1"]).links.probability) == 3


def test_whoever_comes_back_is_another_unless_nights_are_one(tmp_path: Path) -> None:
    """Two nights of the same people, whose identities expire: faultless by night, torn across nights."""
    first = write_linked_lake(tmp_path, people=2, cameras=2, visitors={"site": (2, 2, 2)})
    write_linked_lake(tmp_path, people=2, cameras=2, visitors={"site": (3, 3, 3)}, night=date(2026, 1, 6))
    found, across = judged(first), judged(first, is_by_night=False)
    for evaluation, idf1, people in ((found, 1, 4), (across, 0.5, 2)):
        assert rows(evaluation.tracking, "camera_id")[LINKED]["idf1"] == idf1
        linking = rows(evaluation.linking, "identities_of")["found"]
        assert (linking["idf1"], linking["people"], evaluation.people.num_rows) == (idf1, people, people)
    assert [(row["truth"], row["is_inside"]) for row in found.counts.to_pylist()] == [(2, True), (2, False)]
    assert summarise_counts(found.counts).coverage == 0.5
    (only,) = judged(first, nights=[date(2026, 1, 5)], cameras=None).counts.to_pylist()
    assert only["night"] == NIGHT


def true_tables(folder: Path, linked: LinkedLake, people: int, staff: tuple[int, ...] = ()) -> Path:
    """Write the truth of a site simulated as tables."""
    folder.mkdir()
    place = {"site_id": "site", "night": NIGHT}
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    who = [(camera, number, person) for number, camera in enumerate(linked.cameras) for person in range(people)]
    identities = [
        {
            **place,
            "tracklet_id": f"{camera}-{person}",
            "person_id": f"p{person}",
            "stop_no": number,
            "share": 1.0,
            "is_staff": person in staff,
        }
        for camera, number, person in who
        if person < 4
    ]
    stops = [
        {
            **place,
            "person_id": f"p{person}",
            "stop_no": number,
            "visit_no": 0,
            "camera_id": camera,
            "arrived_at": at,
            "left_at": at,
            "is_staff": person in staff,
        }
        for camera, number, person in who
    ]
    pq.write_table(TRUE_IDENTITIES.from_rows(identities), folder / "true_identities.parquet")
    pq.write_table(TRUE_STOPS.from_rows(stops), folder / "true_stops.parquet")
    return folder


def test_truth_of_simulated_tables_needs_no_boxes(tmp_path: Path) -> None:
    """The same lake against tables: identities and counts, people that nobody tracked included; no boxes."""
    linked = write_linked_lake(tmp_path, visitors={"site": (4, 3, 5)})
    found = evaluate(linked.lake, true_tables(tmp_path / "tables", linked, people=6))
    assert found.tracking.num_rows == 0
    assert rows(found.linking, "identities_of")["found"]["idf1"] == 1
    assert [(row["truth"], row["is_inside"]) for row in found.counts.to_pylist()] == [(6, False)]


def test_staff_are_left_out_where_linking_was_told_of_them(tmp_path: Path) -> None:
    """Staff whom nobody marked are counted by linking, so they are people who were there."""
    linked = write_linked_lake(tmp_path, visitors={"site": (3, 3, 3)}, staff=("i0",))
    unmarked = write_linked_lake(tmp_path / "unmarked", visitors={"site": (3, 3, 3)})
    for lake, expected in ((linked, 3), (unmarked, 4)):
        tables = true_tables(lake.folder / "tables", lake, people=4, staff=(0,))
        assert evaluate(lake.lake, tables).counts["truth"].to_pylist() == [expected]


def test_staff_of_a_filmed_site_are_known_by_its_cast(tmp_path: Path) -> None:
    """Boxes do not say who works there; the cast beside them does."""
    linked = write_linked_lake(tmp_path, visitors={"site": (3, 3, 3)}, staff=("i1",))
    assert judged(linked).counts["truth"].to_pylist() == [4]
    cast = [
        {"person_id": person, "is_staff": person == 1, "group_id": person, "site_visits": 1, "cameras": 3}
        for person in range(4)
    ]
    pq.write_table(TRUE_CAST.from_rows(cast), linked.truth / "true_cast.parquet")
    assert judged(linked).counts["truth"].to_pylist() == [3]


def test_what_is_no_truth_is_named(tmp_path: Path) -> None:
    """No folder, an empty one, and a file that is no such table."""
    linked = write_linked_lake(tmp_path)
    (tmp_path / "empty").mkdir()
    for folder in ("nowhere", "empty"):
        with pytest.raises(ConfigError, match=r"expected a folder of <camera_id>\.txt files, or"):
            evaluate(linked.lake, tmp_path / folder)
    (tmp_path / "empty" / "true_identities.parquet").write_text("no table")
    with pytest.raises(ConfigError, match="expected the table true_identities, cannot read it"):
        evaluate(linked.lake, tmp_path / "empty")
    pq.write_table(pa.table({"tracklet_id": ["t"]}), tmp_path / "empty" / "true_identities.parquet")
    with pytest.raises(ConfigError, match="missing column person_id"):
        evaluate(linked.lake, tmp_path / "empty")
