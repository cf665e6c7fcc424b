"""Each person's best identity, worst first."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation.journeys import PEOPLE_SCORES, judge_people, misplaced
from analytics.evaluation.whose import COMPARED_TRACKLETS

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
Triple = tuple[str | None, str | None, str]


def compared(rows: list[Triple]) -> pa.Table:
    """Return tracklets by identity, person and camera."""
    return COMPARED_TRACKLETS.from_rows(
        {
            "tracklet_id": f"t{number}",
            "night": NOON.date(),
            "camera_id": camera,
            "starts_at": NOON,
            "ends_at": NOON + timedelta(seconds=1),
            "identity_id": identity,
            "person_id": person,
        }
        for number, (identity, person, camera) in enumerate(rows)
    )


def judged(rows: list[Triple]) -> list[dict[str, object]]:
    """Return the rows that come out, checked."""
    table = judge_people(compared(rows))
    PEOPLE_SCORES.check(table)
    return table.to_pylist()


def test_worst_come_first() -> None:
    """Bert's identity has two strangers and lacks one of his four; anna's is exact; carl stands alone."""
    rows = judged(
        [
            ("x", "anna", "1"),
            ("x", "anna", "2"),
            *[("y", "bert", camera) for camera in "112"],
            ("y", None, "1"),
            ("y", "dora", "1"),
            ("z", "bert", "3"),
            (None, "carl", "1"),
        ]
    )
    assert [(row["person_id"], row["overlap"]) for row in rows] == [
        ("dora", 1 / 5),
        ("bert", 3 / 6),
        ("anna", 1),
        ("carl", 1),
    ]
    assert rows[1] == {
        "person_id": "bert",
        "identity_id": "y",
        "tracklets": 4,
        "cameras": 3,
        "identities": 2,
        "right": 3,
        "wrong": 2,
        "missing": 1,
        "overlap": 0.5,
    }
    assert rows[3]["identity_id"] is None


def test_of_a_tie_the_purer_identity_is_the_persons() -> None:
    """One tracklet each in an identity with a stranger and in one without."""
    assert judged([("x", "anna", "1"), ("x", "bert", "1"), ("y", "anna", "1")])[0]["identity_id"] == "y"


def test_nobody_has_no_row() -> None:
    """False tracks alone, or no tracklets, give no rows."""
    assert judged([("x", None, "1")]) == judged([]) == []


def test_misplaced_tracklets_are_elsewhere_or_not_alone() -> None:
    """Of a torn person the smaller part, a stranger in an identity, and a false track that was linked."""
    rows: list[Triple] = [
        *[("x", "anna", "1")] * 2,
        ("y", "anna", "1"),
        ("x", "bert", "1"),
        *[("z", "bert", "1")] * 2,
        ("x", None, "1"),
        ("w", None, "1"),
        (None, None, "1"),
        (None, "carl", "1"),
    ]
    assert misplaced(compared(rows)).tolist() == [False, False, True, True, False, False, True, False, False, False]
    assert misplaced(compared([])).tolist() == []


@given(
    st.lists(st.tuples(st.sampled_from([None, "x", "y"]), st.sampled_from([None, "a", "b"]), st.just("1")), max_size=9)
)
def test_overlap_is_that_of_the_sets(rows: list[Triple]) -> None:
    """Right, wrong and missing are counted set by set, and no identity has more of the person."""
    named = [(identity or f"alone{number}", person) for number, (identity, person, _) in enumerate(rows)]
    for row in judged(rows):
        own = {number for number, (_, person) in enumerate(named) if person == row["person_id"]}
        sets = [{n for n, (other, _) in enumerate(named) if other == identity} for identity in {i for i, _ in named}]
        assert row["right"] == max(len(own & members) for members in sets)
        assert row["right"] + row["missing"] == row["tracklets"] == len(own)
        assert row["overlap"] in {len(own & s) / len(own | s) for s in sets if len(own & s) == row["right"]}
