"""No hidden count can be computed from what is shown beside it."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analytics.exporting.suppression import Sum, derivable, hidden_cells
from analytics.geometry import BoolArray, IntArray

K = 5


def with_marginals(counts: IntArray) -> tuple[IntArray, list[Sum]]:
    """All cells of a table and all of its marginals, and every sum among them."""
    whole = counts
    for axis in range(counts.ndim):
        whole = np.concatenate([whole, whole.sum(axis=axis, keepdims=True)], axis=axis)
    numbers = np.arange(whole.size).reshape(whole.shape)
    sums = []
    for axis in range(counts.ndim):
        lines = np.moveaxis(numbers, axis, -1).reshape(-1, whole.shape[axis])
        sums += [Sum(int(line[-1]), line[:-1]) for line in lines]
    return whole.ravel(), sums


def bounds(cell: int, people: IntArray, hidden: BoolArray, sums: Sequence[Sum]) -> tuple[float, float]:
    """The least and the greatest value that somebody can give a hidden cell who sees the others: linear programs."""
    equations = np.zeros((len(sums), len(people)))
    for row, each in enumerate(sums):
        equations[row, each.parts] = 1
        equations[row, each.total] = -1
    limits = [(1, None) if away else (count, count) for count, away in zip(people, hidden, strict=True)]
    found = []
    for sign in (1, -1):
        aim = np.zeros(len(people))
        aim[cell] = sign
        solved = linprog(aim, A_eq=equations, b_eq=np.zeros(len(sums)), bounds=limits)
        found.append(np.inf * sign * -1 if solved.status == 3 else sign * solved.fun)
    return found[0], found[1]


tables = st.sampled_from([(6,), (2, 4), (3, 3), (2, 2, 2)]).flatmap(
    lambda shape: st.lists(
        st.sampled_from([0, 0, 1, 2, 4, 5, 6, 9, 30]), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))
    ).map(lambda values: np.array(values).reshape(shape))
)


@settings(max_examples=25, deadline=None)
@given(tables)
def test_no_hidden_cell_follows_from_the_tables_own_sums(counts: IntArray) -> None:
    """Whoever sees the shown cells and totals, and knows that zeros are shown, has more than one value for each."""
    people, sums = with_marginals(counts)
    hidden = hidden_cells(people, sums, K)
    assert hidden[(people > 0) & (people < K)].all()
    assert not hidden[people == 0].any()
    for cell in np.flatnonzero(hidden):
        low, high = bounds(int(cell), people, hidden, sums)
        assert high - low > 0.5, (counts.tolist(), hidden.tolist(), int(cell))


@settings(max_examples=50, deadline=None)
@given(tables)
def test_what_one_sum_leaves_is_never_few_people(counts: IntArray) -> None:
    """A shown total less its shown parts is nothing, or at least the limit."""
    people, sums = with_marginals(counts)
    hidden = hidden_cells(people, sums, K)
    for each in sums:
        if not hidden[each.total]:
            left = people[each.total] - people[each.parts][~hidden[each.parts]].sum()
            assert left == 0 or left >= K


def test_a_single_small_cell_takes_the_smallest_large_one_with_it() -> None:
    """7 goes with 3, not 40."""
    people, sums = with_marginals(np.array([3, 40, 7, 0]))
    assert hidden_cells(people, sums, K).tolist() == [True, False, True, False, False]


def test_two_small_cells_alone_hide_their_total() -> None:
    """Two people in all are as few as one and one."""
    people, sums = with_marginals(np.array([1, 1, 0]))
    assert hidden_cells(people, sums, K).tolist() == [True, True, False, True]


def test_a_large_total_is_shown_where_all_of_its_cells_are_small() -> None:
    """Seven people may be told, though not where."""
    people, sums = with_marginals(np.array([3, 4, 0]))
    assert hidden_cells(people, sums, K).tolist() == [True, True, False, False]


def test_a_total_that_is_one_each_is_hidden_as_well() -> None:
    """Five cells hidden and a total of five: each would be known to be 1."""
    people, sums = with_marginals(np.array([1, 1, 1, 1, 1]))
    assert hidden_cells(people, sums, K).all()


def test_what_is_withheld_is_protected_too() -> None:
    """A large cell that is hidden for another reason is not to be computed either."""
    people, sums = with_marginals(np.array([9, 40, 7, 0]))
    withheld = np.array([True, False, False, False, False])
    assert hidden_cells(people, sums, K, withheld).tolist() == [True, False, True, False, False]


def test_two_small_cells_do_not_protect_each_other() -> None:
    """Total less shown would be 2 people: a cell of at least five goes with them."""
    people, sums = with_marginals(np.array([1, 1, 8, 20]))
    assert hidden_cells(people, sums, K).tolist() == [True, True, True, False, False]


@pytest.mark.parametrize("limit", [0, 1])
def test_no_limit_hides_nothing(limit: int) -> None:
    """A limit of 0 or 1 is none."""
    people, sums = with_marginals(np.array([1, 2, 3]))
    assert not hidden_cells(people, sums, limit).any()


def test_sums_that_only_together_give_a_cell_away_are_found() -> None:
    """Two squares of hidden cells joined by one: every row and column hides two or more, and the joint follows."""
    numbers = np.arange(16).reshape(4, 4)
    away = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 1]], bool)
    totals = np.arange(16, 24)
    sums = [Sum(int(total), line) for total, line in zip(totals, (*numbers, *numbers.T), strict=True)]
    hidden = np.append(away.ravel(), np.zeros(8, bool))
    people = np.full(len(hidden), 9)
    assert np.flatnonzero(derivable(people, hidden, sums)).tolist() == [int(numbers[1, 2])]


def test_derivable_is_what_the_null_space_says() -> None:
    """Linear programs and the singular value decomposition agree, where no cell is at its least."""
    random = np.random.default_rng(5)
    for _ in range(20):
        people, sums = with_marginals(random.integers(0, 9, (3, 4)))
        hidden = (random.random(len(people)) < 0.5) & (people > 1)
        matrix = np.zeros((len(sums), len(people)))
        for row, each in enumerate(sums):
            matrix[row, each.parts], matrix[row, each.total] = 1, -1
        _, values, rows = np.linalg.svd(matrix[:, hidden])
        null_space = rows[int((values > 1e-9).sum()) :]
        expected = np.zeros(len(people), bool)
        expected[np.flatnonzero(hidden)] = (np.abs(null_space) < 1e-9).all(axis=0)
        assert derivable(people, hidden, sums).tolist() == expected.tolist()


def test_every_nonzero_cell_of_a_tiny_table_ends_hidden_rather_than_exposed() -> None:
    """All tables of two by two with none, few and many."""
    for values in product([0, 2, 6], repeat=4):
        people, sums = with_marginals(np.array(values).reshape(2, 2))
        hidden = hidden_cells(people, sums, K)
        assert not derivable(people, hidden, sums).any()
