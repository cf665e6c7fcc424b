"""What a person decided, as rules for linking: who is one, who is not, who works here, what is no person at all.

Decisions are rows that outlive every run; an undone one stays as a row and has no effect. Those that contradict each
other are an error that names them all: none is silently dropped.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from analytics import ids
from analytics.errors import ConfigError
from analytics.geometry import BoolArray, IntArray

KINDS = ("merge", "split", "staff", "not-person")
"""merge: all named tracklets are one person; split: each two of them are different people; staff, not-person: so is the
identity that holds any of them, whatever it grows to."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Decisions in force, as rows of the window's tracklets.

    Attributes:
        must: (d, 2) rows that are one person.
        cannot: (k, 2) rows that are not.
        is_staff: (n,) a person who works here.
        is_no_person: (n,) a mannequin, a poster, a reflection.
        is_spoken_of: (n,) some decision names it.
        unknown: tracklets that decisions name and the window does not have, sorted.
    """

    must: IntArray
    cannot: IntArray
    is_staff: BoolArray
    is_no_person: BoolArray
    is_spoken_of: BoolArray
    unknown: tuple[str, ...]


def decision_id(kind: str, tracklets: Sequence[str], made_by: str, made_at: int) -> str:
    """Return the id of a decision: 12 hexadecimal digits of what it says, who made it and when."""
    return ids.digest({"kind": kind, "tracklets": sorted(tracklets), "by": made_by, "at": made_at})[:12]


def in_force(decisions: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of decisions that are not undone, in order of time."""
    rows = [row for row in decisions.to_pylist() if row["undone_at"] is None]
    return sorted(rows, key=lambda row: (row["made_at"], row["decision_id"]))


def check_decisions(decisions: pa.Table) -> None:
    """Refuse decisions that contradict each other.

    Raises:
        ConfigError: tracklets that are joined, directly or by way of others, are told apart; all decisions on the way
            are named.
    """
    rows = in_force(decisions)
    ties: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for row in rows:
        if row["kind"] == "merge":
            names = row["tracklet_ids"]
            for one, other in pairwise(names):
                ties.setdefault(one, []).append((other, row))
                ties.setdefault(other, []).append((one, row))
    for row in rows:
        if row["kind"] != "split":
            continue
        for one, other in combinations(row["tracklet_ids"], 2):
            way = _way(ties, one, other)
            if way is not None:
                named = "; ".join(_told(step) for step in (*way, row))
                raise ConfigError(
                    f"expected decisions that agree, got {one} and {other} both joined and told apart: {named}. Undo "
                    "one of them with `crosscam decide undo`",
                    field="decisions",
                )


def rules_of(decisions: pa.Table, tracklet_ids: Sequence[str]) -> Rules:
    """Turn decisions into rules about the tracklets of a window.

    Args:
        decisions: contract DECISIONS; checked.
        tracklet_ids: the window's tracklets, by row.

    Raises:
        ConfigError: the decisions contradict each other.
    """
    check_decisions(decisions)
    row_of = {name: row for row, name in enumerate(tracklet_ids)}
    must: list[tuple[int, int]] = []
    cannot: list[tuple[int, int]] = []
    flags = {kind: np.zeros(len(row_of), bool) for kind in (*KINDS, "any")}
    unknown: set[str] = set()
    for row in in_force(decisions):
        known = [row_of[name] for name in row["tracklet_ids"] if name in row_of]
        unknown |= {name for name in row["tracklet_ids"] if name not in row_of}
        flags[row["kind"]][known] = True
        flags["any"][known] = True
        if row["kind"] == "merge":
            must += pairwise(known)
        elif row["kind"] == "split":
            cannot += combinations(known, 2)
    return Rules(
        _pairs(must), _pairs(cannot), flags["staff"], flags["not-person"], flags["any"], tuple(sorted(unknown))
    )


def _pairs(pairs: Iterable[tuple[int, int]]) -> IntArray:
    return np.array(sorted({(min(a, b), max(a, b)) for a, b in pairs if a != b}), np.int64).reshape(-1, 2)


def _way(ties: dict[str, list[tuple[str, dict[str, Any]]]], one: str, other: str) -> tuple[dict[str, Any], ...] | None:
    """Return the decisions on the shortest way of joins between two tracklets; None: there is no way."""
    ways: dict[str, tuple[dict[str, Any], ...]] = {one: ()}
    queue = deque([one])
    while queue:
        here = queue.popleft()
        if here == other:
            return ways[here]
        for there, row in ties.get(here, ()):
            if there not in ways:
                ways[there] = ways[here] if ways[here] and ways[here][-1] is row else (*ways[here], row)
                queue.append(there)
    return None


def _told(row: dict[str, Any]) -> str:
    return f"{row['kind']} {' '.join(row['tracklet_ids'])} ({row['decision_id']}, by {row['made_by']})"
