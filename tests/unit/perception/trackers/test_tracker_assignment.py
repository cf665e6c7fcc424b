"""Pairs of tracks and detections against trying every one."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.geometry import BoolArray, FloatArray
from analytics.perception.trackers._assignment import best_pairs


def greatest_gain_by_trying_all(gain: FloatArray, allowed: BoolArray) -> float:
    """The total gain of the best set of allowed pairs, found by trying every one-to-one map."""
    rows, columns = gain.shape
    worth = np.zeros((rows, columns + rows))  # the added columns leave a row alone
    worth[:, :columns] = np.where(allowed, gain, 0.0)
    return max(sum(worth[r, c] for r, c in enumerate(chosen)) for chosen in permutations(range(columns + rows), rows))


sizes = st.tuples(st.integers(1, 4), st.integers(1, 4))


@given(sizes.flatmap(lambda s: st.tuples(arrays(float, s, elements=st.floats(0, 1)), arrays(bool, s))))
def test_pairs_gain_as_much_as_trying_all(case: tuple[FloatArray, BoolArray]) -> None:
    """The chosen pairs are allowed, use nobody twice, and no other set gains more."""
    gain, allowed = case
    rows, columns = best_pairs(gain, allowed)
    assert allowed[rows, columns].all()
    assert len(set(rows.tolist())) == len(rows)
    assert len(set(columns.tolist())) == len(columns)
    assert gain[rows, columns].sum() == pytest.approx(greatest_gain_by_trying_all(gain, allowed), abs=1e-4)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 2)])
def test_nothing_allowed_pairs_nobody(shape: tuple[int, int]) -> None:
    """No tracks, no detections or no allowed pair give no pairs."""
    rows, columns = best_pairs(np.ones(shape), np.zeros(shape, np.bool_))
    assert len(rows) == len(columns) == 0


def test_a_pair_at_its_threshold_is_made() -> None:
    """An allowed pair that gains nothing is still made: thresholds belong to what they admit."""
    rows, columns = best_pairs(np.zeros((1, 1)), np.ones((1, 1), np.bool_))
    assert (rows.tolist(), columns.tolist()) == ([0], [0])


def test_one_good_pair_is_not_given_up_for_a_poor_one() -> None:
    """A forbidden pair does not count as half a success: the one good pair of two rows and columns stays."""
    gain = np.array([[0.9, 0.1], [0.2, 0.0]])
    rows, columns = best_pairs(gain, np.array([[True, True], [True, False]]))
    assert (rows.tolist(), columns.tolist()) == ([0], [0])


def test_rows_come_in_order() -> None:
    """The answer rises by row whatever the columns are."""
    rows, columns = best_pairs(np.array([[0.1, 0.9], [0.9, 0.1]]), np.ones((2, 2), np.bool_))
    assert rows.tolist() == [0, 1]
    assert columns.tolist() == [1, 0]
