"""Whether stated probabilities and intervals hold: calibration of links, false-match rates, coverage of counts."""

from dataclasses import dataclass

import numpy as np

from analytics.evaluation.agreement import share
from analytics.geometry import BoolArray, FloatArray, IntArray, read_only

BINS = 15
"""Bins of equal width, as Guo et al. 2017 (arXiv 1706.04599) measure calibration errors."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often what was given a probability came true, by bins of it; bins without a case are left out.

    Attributes:
        low: (b,) lower edge of each bin, rising; the bin is [low, high), and the last one includes 1.
        high: (b,) upper edges.
        count: (b,) cases in the bin, >= 1.
        stated: (b,) mean probability of its cases.
        observed: (b,) share of its cases that are true.
        brier: mean squared distance of probability and truth (Brier 1950), in [0, 1]; None without a case.
    """

    low: FloatArray
    high: FloatArray
    count: IntArray
    stated: FloatArray
    observed: FloatArray
    brier: float | None

    def __post_init__(self) -> None:
        for name in ("low", "high", "count", "stated", "observed"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def expected_error(self) -> float | None:
        """Expected calibration error: mean distance of stated and observed, cases weighted; None without a case."""
        return share(np.dot(self.count, np.abs(self.stated - self.observed)), self.count.sum())

    @property
    def largest_error(self) -> float | None:
        """Largest distance of stated and observed in any bin; None without a case."""
        return float(np.abs(self.stated - self.observed).max()) if len(self.count) else None


def reliability(probability: FloatArray, is_true: BoolArray, bins: int = BINS) -> Reliability:
    """Compare stated probabilities with what is true.

    Args:
        probability: (n,) in [0, 1].
        is_true: (n,) whether it came true.
        bins: number of bins of equal width over [0, 1], >= 1.

    Raises:
        ValueError: the arrays differ in length, or a probability is outside [0, 1] or not a number.
    """
    _check(probability, is_true)
    stated, truth = probability.astype(np.float64), is_true.astype(np.float64)
    edges = np.linspace(0, 1, bins + 1)
    own = np.clip(np.searchsorted(edges, stated, side="right") - 1, 0, bins - 1)
    count = np.bincount(own, minlength=bins)
    used = np.flatnonzero(count)
    return Reliability(
        low=edges[used],
        high=edges[used + 1],
        count=count[used],
        stated=np.bincount(own, stated, minlength=bins)[used] / count[used],
        observed=np.bincount(own, truth, minlength=bins)[used] / count[used],
        brier=share(np.sum((stated - truth) ** 2), len(stated)),
    )


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """What accepting some pairs of tracklets gets wrong. None: there is no such pair.

    Attributes:
        pairs: pairs judged.
        accepted: those of them that are taken for one person.
        false_match: share of the pairs of different people that are accepted (FMR of ISO/IEC 19795-1).
        false_non_match: share of the pairs of one person that are not accepted (FNMR).
        false_discovery: share of the accepted pairs that are of different people.
    """

    pairs: int
    accepted: int
    false_match: float | None
    false_non_match: float | None
    false_discovery: float | None


def error_rates(is_accepted: BoolArray, is_same: BoolArray) -> ErrorRates:
    """Return the error rates of accepting pairs, such as those with `probability >= threshold`.

    Args:
        is_accepted: (n,) whether the pair is taken for one person.
        is_same: (n,) whether it is.

    Raises:
        ValueError: the arrays differ in length.
    """
    if is_accepted.shape != is_same.shape:
        raise ValueError(f"expected as many verdicts as truths, got {is_accepted.shape} and {is_same.shape}")
    false = int((is_accepted & ~is_same).sum())
    accepted, same = int(is_accepted.sum()), int(is_same.sum())
    return ErrorRates(
        pairs=len(is_same),
        accepted=accepted,
        false_match=share(false, len(is_same) - same),
        false_non_match=share((~is_accepted & is_same).sum(), same),
        false_discovery=share(false, accepted),
    )


@dataclass(frozen=True, slots=True)
class CountScores:
    """How right counts with an interval are, over nights (or hours, zones, simulated sites). None: there is none.

    Attributes:
        nights: counts compared.
        coverage: share whose interval holds the truth, both ends included.
        mean_error: mean of (estimate - truth) / truth; positive counts too many. Nights without truth are left out.
        mean_absolute_error: mean of its size.
        mean_width: mean of (upper - lower) / truth.
    """

    nights: int
    coverage: float | None
    mean_error: float | None
    mean_absolute_error: float | None
    mean_width: float | None


def score_counts(estimate: FloatArray, lower: FloatArray, upper: FloatArray, truth: FloatArray) -> CountScores:
    """Compare counts and their intervals with the truth.

    Args:
        estimate: (n,) counts.
        lower: (n,) lower ends of the intervals.
        upper: (n,) upper ends.
        truth: (n,) true counts, >= 0.

    Raises:
        ValueError: the arrays differ in length, or an interval ends before it begins.
    """
    if not estimate.shape == lower.shape == upper.shape == truth.shape:
        shapes = [array.shape for array in (estimate, lower, upper, truth)]
        raise ValueError(f"expected four arrays of one length, got {shapes}")
    if np.any(upper < lower):
        raise ValueError(f"expected lower <= upper, got {int(np.sum(upper < lower))} intervals that end before it")
    is_some = truth > 0
    some = truth[is_some].astype(np.float64)
    errors, widths = (estimate[is_some] - some) / some, (upper - lower)[is_some] / some
    return CountScores(
        nights=len(truth),
        coverage=share(((lower <= truth) & (truth <= upper)).sum(), len(truth)),
        mean_error=share(errors.sum(), len(some)),
        mean_absolute_error=share(np.abs(errors).sum(), len(some)),
        mean_width=share(widths.sum(), len(some)),
    )


def _check(probability: FloatArray, is_true: BoolArray) -> None:
    if probability.shape != is_true.shape:
        raise ValueError(f"expected as many probabilities as truths, got {probability.shape} and {is_true.shape}")
    bad = ~((probability >= 0) & (probability <= 1))
    if bad.any():
        raise ValueError(f"expected probabilities in [0, 1], got {probability[bad][0]} and {int(bad.sum()) - 1} more")
