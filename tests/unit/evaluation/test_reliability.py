"""Reliability bins, error rates and coverage against counting by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation.reliability import ErrorRates, error_rates, reliability, score_counts

CASES = st.lists(st.tuples(st.sampled_from([0, 0.1, 0.25, 0.3, 0.5, 0.75, 0.999, 1]), st.booleans()), max_size=30)


def arrays(cases: list[tuple[float, bool]]) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities and truths as arrays."""
    return np.array([case[0] for case in cases], float), np.array([case[1] for case in cases], bool)


def test_bins_hold_their_lower_edge_and_the_last_one_holds_one() -> None:
    """Of four bins, .25 is in the second and 1 in the fourth."""
    found = reliability(np.array([0.0, 0.25, 0.5, 1.0]), np.array([False, True, False, True]), bins=4)
    assert found.low.tolist() == [0, 0.25, 0.5, 0.75]
    assert found.high.tolist() == [0.25, 0.5, 0.75, 1]
    assert found.count.tolist() == [1, 1, 1, 1]
    assert found.stated.tolist() == [0, 0.25, 0.5, 1]
    assert found.observed.tolist() == [0, 1, 0, 1]
    assert found.brier == pytest.approx((0.75**2 + 0.5**2) / 4)
    assert (found.expected_error, found.largest_error) == (pytest.approx((0.75 + 0.5) / 4), 0.75)


def test_honest_probabilities_have_no_calibration_error() -> None:
    """Of ten cases at .3, three come true."""
    found = reliability(np.full(10, 0.3), np.arange(10) < 3)
    assert found.expected_error == pytest.approx(0)
    assert found.brier == pytest.approx(0.3 * 0.7)


def test_without_cases_there_are_no_errors() -> None:
    """Nothing stated: no bins, no errors."""
    found = reliability(np.array([]), np.array([], bool))
    assert (len(found.count), found.brier, found.expected_error, found.largest_error) == (0, None, None, None)


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan")])
def test_what_is_no_probability_is_refused(value: float) -> None:
    """Outside [0, 1], or not a number."""
    with pytest.raises(ValueError, match=r"probabilities in \[0, 1\], got .* and 0 more"):
        reliability(np.array([0.5, value]), np.array([True, True]))
    with pytest.raises(ValueError, match="as many probabilities"):
        reliability(np.array([0.5]), np.array([True, True]))


@given(CASES, st.integers(1, 12))
def test_bins_are_counted_by_hand(cases: list[tuple[float, bool]], bins: int) -> None:
    """Each bin's figures are those of the cases between its edges, and no case is lost."""
    found = reliability(*arrays(cases), bins)
    assert found.count.sum() == len(cases)
    error = 0.0
    for low, high, count, stated, observed in zip(
        found.low, found.high, found.count, found.stated, found.observed, strict=True
    ):
        own = [case for case in cases if low <= case[0] < high or (high == 1 and case[0] == 1)]
        assert count == len(own) > 0
        assert stated == pytest.approx(sum(p for p, _ in own) / len(own))
        assert observed == pytest.approx(sum(truth for _, truth in own) / len(own))
        error += len(own) / len(cases) * abs(stated - observed)
    if cases:
        assert found.expected_error == pytest.approx(error)
        assert found.brier == pytest.approx(sum((p - truth) ** 2 for p, truth in cases) / len(cases))


def test_error_rates_divide_by_strangers_by_pairs_of_one_and_by_what_was_accepted() -> None:
    """Of three strangers one is accepted, of two pairs of one person one is missed, of two accepted one is wrong."""
    accepted = np.array([True, False, False, True, False])
    same = np.array([False, False, False, True, True])
    assert error_rates(accepted, same) == ErrorRates(5, 2, 1 / 3, 0.5, 0.5)


def test_error_rates_of_nothing_are_none() -> None:
    """No pairs at all, or none of one kind."""
    none, one = np.zeros(0, bool), np.ones(1, bool)
    assert error_rates(none, none) == ErrorRates(0, 0, None, None, None)
    assert error_rates(~one, one) == ErrorRates(1, 0, None, 1, None)
    assert error_rates(one, ~one) == ErrorRates(1, 1, 1, None, 1)
    with pytest.raises(ValueError, match="as many verdicts"):
        error_rates(one, none)


def test_interval_holds_its_ends() -> None:
    """Truth at the lower and at the upper end is covered, outside it is not."""
    scores = score_counts(
        estimate=np.array([10.0, 10, 10, 10]),
        lower=np.array([8.0, 8, 8, 8]),
        upper=np.array([12.0, 12, 12, 12]),
        truth=np.array([8.0, 12, 5, 20]),
    )
    assert (scores.nights, scores.coverage) == (4, 0.5)
    assert scores.mean_error == pytest.approx((0.25 - 1 / 6 + 1 - 0.5) / 4)
    assert scores.mean_absolute_error == pytest.approx((0.25 + 1 / 6 + 1 + 0.5) / 4)
    assert scores.mean_width == pytest.approx((4 / 8 + 4 / 12 + 4 / 5 + 4 / 20) / 4)


def test_nights_without_people_have_coverage_but_no_relative_error() -> None:
    """An empty night is covered by an interval that begins at 0."""
    zero, one = np.zeros(1), np.ones(1)
    scores = score_counts(zero, zero, one, zero)
    assert (scores.coverage, scores.mean_error, scores.mean_width) == (1, None, None)
    assert score_counts(np.array([]), np.array([]), np.array([]), np.array([])).coverage is None


def test_broken_intervals_are_refused() -> None:
    """An interval that ends before it begins, or lengths that differ."""
    one = np.ones(1)
    with pytest.raises(ValueError, match="1 intervals that end before"):
        score_counts(one, one * 2, one, one)
    with pytest.raises(ValueError, match="four arrays of one length"):
        score_counts(one, one, one, np.ones(2))
