"""How well each person was gathered into one identity, worst first: where to look when the figures disappoint."""

import numpy as np
import pyarrow as pa

from analytics.contracts import Column, Contract, within
from analytics.evaluation.whose import as_arrays
from analytics.geometry import IntArray

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
    is_somebody = linked.people >= 0
    people, identities = linked.people[is_somebody], linked.identities[is_somebody]
    rows = np.flatnonzero(is_somebody)
    pairs, first, right = np.unique(np.stack([people, identities]), axis=1, return_index=True, return_counts=True)
    size = np.bincount(linked.identities, minlength=1)[pairs[1]]
    order = np.lexsort((pairs[1], size, -right, pairs[0]))
    best = order[np.unique(pairs[0][order], return_index=True)[1]]
    own = np.bincount(people)[pairs[0][best]]
    wrong, missing = size[best] - right[best], own - right[best]
    overlap = right[best] / (right[best] + wrong + missing)
    table = PEOPLE_SCORES.from_columns(
        {
            "person_id": compared["person_id"].take(rows[first[best]]),
            "identity_id": compared["identity_id"].take(rows[first[best]]),
            "tracklets": own,
            "cameras": _distinct(people, linked.cameras[is_somebody])[pairs[0][best]],
            "identities": _distinct(people, identities)[pairs[0][best]],
            "right": right[best],
            "wrong": wrong,
            "missing": missing,
            "overlap": overlap,
        }
    )
    return table.take(np.lexsort((pairs[0][best], -own, overlap)))


def _distinct(groups: IntArray, values: IntArray) -> IntArray:
    """Return (max(groups) + 1,) how many different values each group has."""
    return np.bincount(np.unique(np.stack([groups, values]), axis=1)[0])
