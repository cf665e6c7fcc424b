"""What a decision speaks of: tracklets by name, and all or the first of an identity's."""

from pathlib import Path

import pytest

from analytics.errors import ConfigError
from analytics.linking.deciding import decide
from analytics.tables import DECISIONS
from tests.builders.linked import write_linked_lake

WHO = {"made_by": "ann", "reason": None, "made_at": 1}


def test_a_merge_of_identities_keeps_each_whole(tmp_path: Path) -> None:
    """Naming the first tracklets alone would part them from the rest of their journeys."""
    lake = write_linked_lake(tmp_path, people=3).lake
    row = decide(lake, "merge", ["i0", "i2"], **WHO)
    assert row["tracklet_ids"] == [f"gate{gate}-{person}" for person in (0, 2) for gate in range(3)]
    assert lake.read(DECISIONS)["tracklet_ids"].to_pylist() == [row["tracklet_ids"]]


def test_tracklets_are_taken_as_they_are_named(tmp_path: Path) -> None:
    """A merge of a tracklet with an identity, a staff mark of an identity by its first."""
    lake = write_linked_lake(tmp_path, people=3).lake
    assert decide(lake, "merge", ["gate1-1", "i0"], **WHO)["tracklet_ids"] == [
        "gate1-1",
        "gate0-0",
        "gate1-0",
        "gate2-0",
    ]
    assert decide(lake, "staff", ["i2"], **WHO)["tracklet_ids"] == ["gate0-2"]


def test_one_identity_named_twice_is_no_merge(tmp_path: Path) -> None:
    """Two different ones are needed."""
    lake = write_linked_lake(tmp_path, people=3).lake
    with pytest.raises(ConfigError, match="at least 2 different"):
        decide(lake, "merge", ["i1", "i1"], **WHO)
    assert lake.read(DECISIONS).num_rows == 0
