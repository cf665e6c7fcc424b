"""Links against the truth: whether their probabilities hold, and what the accepted ones get wrong."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import Column, Contract, within
from analytics.evaluation.agreement import share
from analytics.evaluation.reliability import error_rates, reliability
from analytics.evaluation.whose import as_arrays
from analytics.geometry import BoolArray, FloatArray, read_only

ACCEPTED = "accepted"
"""The verdict of links that made identities."""

CALIBRATION_SCORES = Contract(
    name="calibration_scores",
    version=1,
    key=("pairs",),
    columns=(
        Column("pairs", pa.int64(), "links that state a probability, between tracklets that the truth judges"),
        Column("expected_error", pa.float64(), "mean distance of stated and observed over the bins, in [0, 1]", True),
        Column("largest_error", pa.float64(), "the largest of any bin, in [0, 1]", True),
        Column("brier", pa.float64(), "mean squared distance of probability and truth, in [0, 1]", True),
        Column("accepted", pa.int64(), "links that were accepted"),
        Column("stated_false", pa.float64(), "mean of 1 - probability over the accepted ones, in [0, 1]", True),
        Column("false", pa.float64(), "accepted links that are of different people, in [0, 1]", True),
        Column("rejected_true", pa.float64(), "links that were not accepted, of one person all the same", True),
    ),
)
"""One row: calibration of all links, and errors of those accepted; an answer, not a table of the lake.

The links are those that linking keeps: merges that made identities, and likely ones that made none. What was never a
candidate is not among them, so that there is no rate over all pairs of different people here.
"""

RELIABILITY_BINS = Contract(
    name="reliability_bins",
    version=1,
    key=("low",),
    columns=(
        Column("low", pa.float64(), "lower edge of the bin, which holds it"),
        Column("high", pa.float64(), "upper edge, which the next bin holds; 1 is in the last"),
        Column("count", pa.int64(), "links with such a probability; bins of none are left out"),
        Column("stated", pa.float64(), "mean of their probabilities"),
        Column("observed", pa.float64(), "share of them that are one person"),
    ),
    rules=(within("stated", 0, 1), within("observed", 0, 1)),
)
"""How often links of a probability are right; an answer, not a table of the lake."""


@dataclass(frozen=True, slots=True, eq=False)
class JudgedLinks:
    """Links that state a probability, between tracklets that are judged.

    Attributes:
        probability: (n,) as stated, in [0, 1].
        is_same: (n,) whether both are one person's.
        is_accepted: (n,) whether linking took them for one.
        is_across: (n,) whether they are in two cameras.
    """

    probability: FloatArray
    is_same: BoolArray
    is_accepted: BoolArray
    is_across: BoolArray

    def __post_init__(self) -> None:
        for name in ("probability", "is_same", "is_accepted", "is_across"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def judge_links(links: pa.Table, compared: pa.Table) -> JudgedLinks:
    """Tell which links are right.

    Args:
        links: LINKS: tracklet_a, tracklet_b, probability and verdict. Those without a probability, refused by a rule
            before anything was stated, are left out, as are those to tracklets that are not judged.
        compared: COMPARED_TRACKLETS.
    """
    ids, arrays = compared["tracklet_id"].combine_chunks(), as_arrays(compared)
    ends = [pc.index_in(links[name], value_set=ids) for name in ("tracklet_a", "tracklet_b")]
    is_judged = pc.and_(pc.is_valid(links["probability"]), pc.and_(*map(pc.is_valid, ends)))
    a, b = (end.filter(is_judged).to_numpy() for end in ends)
    kept = links.filter(is_judged)
    return JudgedLinks(
        probability=kept["probability"].to_numpy().astype(np.float64),
        is_same=(arrays.people[a] == arrays.people[b]) & (arrays.people[a] >= 0),
        is_accepted=np.asarray(pc.equal(kept["verdict"], ACCEPTED).to_numpy(), np.bool_),
        is_across=arrays.cameras[a] != arrays.cameras[b],
    )


def calibration_tables(judged: JudgedLinks) -> tuple[pa.Table, pa.Table]:
    """Return CALIBRATION_SCORES and RELIABILITY_BINS."""
    found = reliability(judged.probability, judged.is_same)
    is_accepted = judged.is_accepted
    scores = {
        "pairs": len(is_accepted),
        "expected_error": found.expected_error,
        "largest_error": found.largest_error,
        "brier": found.brier,
        "accepted": int(is_accepted.sum()),
        "stated_false": share((1 - judged.probability[is_accepted]).sum(), is_accepted.sum()),
        "false": error_rates(is_accepted, judged.is_same).false_discovery,
        "rejected_true": share((judged.is_same & ~is_accepted).sum(), (~is_accepted).sum()),
    }
    bins = {name: getattr(found, name) for name in RELIABILITY_BINS.schema.names}
    return CALIBRATION_SCORES.from_rows([scores]), RELIABILITY_BINS.from_columns(bins)
