"""Identities against true people: every figure, beside those of no linking and of faultless linking."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pyarrow as pa

from analytics.contracts import Column, Contract
from analytics.evaluation.agreement import (
    LinkedTracklets,
    bcubed_scores,
    compare_moves,
    everybody,
    exact_journeys,
    identity_scores,
    pair_numbers,
    pair_scores,
    share,
)
from analytics.geometry import IntArray

_COUNTS = ("tracklets", "people", "people_in_two_cameras", "identities", "true_moves", "found_moves")
_NOTES = {
    "tracklets": "tracklets scored, those of nobody included",
    "people": "people who have a tracklet",
    "people_in_two_cameras": "people who have tracklets in at least two cameras",
    "identities": "identities that the tracklets were given",
    "identities_per_person": "identities over people; 1 is right, more is too many",
    "idf1": "identity F1 (Ristani 2016), one identity for each person over all cameras, tracklets weighted, in [0, 1]",
    "idp": "identity precision, in [0, 1]",
    "idr": "identity recall, in [0, 1]",
    "pair_precision": "pairs of tracklets in one identity that are one person, in [0, 1]",
    "pair_recall": "pairs of tracklets of one person that are in one identity, in [0, 1]",
    "pair_f1": "harmonic mean of both",
    "cross_camera_precision": "pair_precision of pairs in two cameras, in [0, 1]",
    "cross_camera_recall": "pair_recall of pairs in two cameras, in [0, 1]",
    "cross_camera_f1": "harmonic mean of both",
    "bcubed_precision": "mean share of a tracklet's identity that is its person (Bagga 1998), in [0, 1]",
    "bcubed_recall": "mean share of a tracklet's person that is in its identity, in [0, 1]",
    "bcubed_f1": "harmonic mean of both",
    "exact_journeys": "share of people whose tracklets, all of them and no others, are one identity, in [0, 1]",
    "exact_journeys_in_two_cameras": "the same of people seen in at least two cameras, in [0, 1]",
    "true_moves": "times that a person went from one camera to another",
    "found_moves": "times that an identity did",
    "move_precision": "found moves that are true ones of the right person, in [0, 1]; a move found twice is right once",
    "move_recall": "true moves that were found with the right person, in [0, 1]",
    "move_f1": "harmonic mean of both",
}


@dataclass(frozen=True, slots=True)
class LinkingScores:
    """The figures of one set of identities; LINKING_SCORES says what each is. None: there was nothing to divide by."""

    tracklets: int
    people: int
    people_in_two_cameras: int
    identities: int
    identities_per_person: float | None
    idf1: float | None
    idp: float | None
    idr: float | None
    pair_precision: float | None
    pair_recall: float | None
    pair_f1: float | None
    cross_camera_precision: float | None
    cross_camera_recall: float | None
    cross_camera_f1: float | None
    bcubed_precision: float | None
    bcubed_recall: float | None
    bcubed_f1: float | None
    exact_journeys: float | None
    exact_journeys_in_two_cameras: float | None
    true_moves: int
    found_moves: int
    move_precision: float | None
    move_recall: float | None
    move_f1: float | None


LINKING_SCORES = Contract(
    name="linking_scores",
    version=1,
    key=("identities_of",),
    columns=(
        Column("identities_of", pa.string(), "whose identities: found, or one of the REFERENCES"),
        *(
            Column(f.name, pa.int64() if f.name in _COUNTS else pa.float64(), _NOTES[f.name], f.name not in _COUNTS)
            for f in fields(LinkingScores)
        ),
    ),
)
"""Scores of the identities found beside those of the references; an answer, not a table of the lake."""

FOUND = "found"
REFERENCES = {
    "unlinked": "every tracklet alone: what nobody linked",
    "cameras_apart": "each camera's tracklets linked without a mistake, nothing across cameras",
    "oracle": "all tracklets linked without a mistake: what linking cannot pass",
}


def score_linking(linked: LinkedTracklets) -> LinkingScores:
    """Return all figures of one set of identities."""
    pairs, across = pair_scores(linked)
    identity, bcubed, moves = identity_scores(linked), bcubed_scores(linked), compare_moves(linked)
    is_exact, is_in_two_cameras = exact_journeys(linked)
    people, identities = len(is_exact), len(np.unique(linked.identities))
    return LinkingScores(
        tracklets=len(linked),
        people=people,
        people_in_two_cameras=int(is_in_two_cameras.sum()),
        identities=identities,
        identities_per_person=share(identities, people),
        idf1=identity.f1,
        idp=identity.precision,
        idr=identity.recall,
        pair_precision=pairs.precision,
        pair_recall=pairs.recall,
        pair_f1=pairs.f1,
        cross_camera_precision=across.precision,
        cross_camera_recall=across.recall,
        cross_camera_f1=across.f1,
        bcubed_precision=bcubed.precision,
        bcubed_recall=bcubed.recall,
        bcubed_f1=bcubed.f1,
        exact_journeys=share(is_exact.sum(), people),
        exact_journeys_in_two_cameras=share((is_exact & is_in_two_cameras).sum(), is_in_two_cameras.sum()),
        true_moves=moves.true,
        found_moves=moves.found,
        move_precision=moves.scores.precision,
        move_recall=moves.scores.recall,
        move_f1=moves.scores.f1,
    )


def score_with_references(linked: LinkedTracklets) -> pa.Table:
    """Return LINKING_SCORES: the identities found, and what no linking and faultless linking would score."""
    people = everybody(linked)
    rows: Sequence[tuple[str, IntArray]] = (
        (FOUND, linked.identities),
        ("unlinked", np.arange(len(linked))),
        ("cameras_apart", pair_numbers(people, linked.cameras)),
        ("oracle", people),
    )
    return LINKING_SCORES.from_rows(
        {"identities_of": name, **asdict(score_linking(linked.given(identities)))} for name, identities in rows
    )
