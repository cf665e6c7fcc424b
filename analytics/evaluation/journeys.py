"""How well each person was gathered into one identity, worst first: where to look when the figures disappoint."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analytics.contracts import Column, Contract, within
from analytics.evaluation.agreement import LinkedTracklets
from analytics.evaluation.whose import as_arrays
from analytics.geometry import BoolArray, IntArray

PEOPLE_SCORES = Contract(
    name="people_scores",
    version=1,
    key=("person_id",),
    columns=(
        Column("person_id", pa.string(), "the true person"),
        Column(
            "identity_id", pa.string(), "identity with most of the person's tracklets; null: they stand alone", True
        ),
        Column("tracklets", pa.int64(), "tracklets of the person"),
        Column("cameras", pa.int64(), "cameras that they are in"),
        Column("identities", pa.int64(), "identities that they were spread over"),
        Column("right", pa.int64(), "tracklets of the person in the identity"),
        Column("wrong", pa.int64(), "tracklets of others in it"),
        Column("missing", pa.int64(), "tracklets of the person elsewhere"),
        Column("overlap", pa.float64(), "right over right, wrong and missing (Jaccard), in (0, 1]; 1: exact"),
    ),
    rules=(within("overlap", 0, 1),),
)
"""One row for each true person, worst overlap first; an answer, not a table of the lake."""


def judge_people(compared: pa.Table) -> pa.Table:
    """Return PEOPLE_SCORES of COMPARED_TRACKLETS.

    The identity of a person is the one that has most of their tracklets; of a tie, the one that is purer. Among equal
    overlaps the person of more tracklets comes first, since more was lost.
    """
    linked = as_arrays(compared)
    best = _best_identities(linked)
    is_somebody = linked.people >= 0
    people, identities = linked.people[is_somebody], linked.identities[is_somebody]
    own = np.bincount(people)[best.person]
    missing = own - best.right
    overlap = best.right / (own + best.wrong)
    table = PEOPLE_SCORES.from_columns(
        {
            "person_id": compared["person_id"].take(best.row),
            "identity_id": compared["identity_id"].take(best.row),
            "tracklets": own,
            "cameras": _distinct(people, linked.cameras[is_somebody])[best.person],
            "identities": _distinct(people, identities)[best.person],
            "right": best.right,
            "wrong": best.wrong,
            "missing": missing,
            "overlap": overlap,
        }
    )
    return table.take(np.lexsort((best.person, -own, overlap)))


def misplaced(compared: pa.Table) -> BoolArray:
    """Tell which tracklets are not in their person's identity, or are nobody's and not alone; (n,)."""
    linked = as_arrays(compared)
    best = _best_identities(linked)
    is_shared = np.bincount(linked.identities, minlength=1)[linked.identities] > 1
    identity_of = np.full(int(linked.people.max(initial=0)) + 1, -1)
    identity_of[best.person] = best.identity
    return np.where(linked.people < 0, is_shared, identity_of[linked.people] != linked.identities)


@dataclass(frozen=True, slots=True)
class _Best:
    """The identity of each person, and a row of the tracklets of both."""

    person: IntArray
    identity: IntArray
    right: IntArray
    wrong: IntArray
    row: IntArray


def _best_identities(linked: LinkedTracklets) -> _Best:
    rows = np.flatnonzero(linked.people >= 0)
    pairs = np.stack([linked.people[rows], linked.identities[rows]])
    (people, identities), first, right = np.unique(pairs, axis=1, return_index=True, return_counts=True)
    wrong = np.bincount(linked.identities, minlength=1)[identities] - right
    order = np.lexsort((identities, wrong, -right, people))
    best = order[np.unique(people[order], return_index=True)[1]]
    return _Best(people[best], identities[best], right[best], wrong[best], rows[first[best]])


def _distinct(groups: IntArray, values: IntArray) -> IntArray:
    """Return (max(groups) + 1,) how many different values each group has."""
    return np.bincount(np.unique(np.stack([groups, values]), axis=1)[0])
