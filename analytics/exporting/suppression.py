"""Small-number suppression: which cells of a table of counts are hidden so that few people cannot be made out.

Protected. A cell of 1 to `min_people` - 1 different people is hidden (primary). A total that is shown beside its parts
must not give a hidden cell away by subtraction: every such sum hides nothing, or at least two of its cells, and where
the total itself is shown, the difference of what is shown stands for at least `min_people`: a cell of as many is among
those hidden, or all that are not zero are hidden (complementary). Sums that only together give a hidden cell away are
found by linear programs: every hidden cell has more than one value that fits all sums told here.

Not protected. Zeros stay: they describe nobody; therefore a hidden cell is known to be at least 1. Bounds stay: a
hidden cell is at most what its shown total leaves. Whoever knows some of the people in a cell, or holds figures that
are not among the sums (another export with another limit, a moved zone, other software), can learn more. After the
usual cell suppression of statistical offices (Hundepool et al., Statistical Disclosure Control, 2012, chapter 4), by a
greedy choice of the smallest cells: safe, and not always the fewest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analytics.geometry import BoolArray, FloatArray, IntArray

MIN_PEOPLE = 5
"""The usual limit of statistical offices and of health data for tables of counts is 3 to 10; 5 is the most common."""

_MOVES = 1e-7  # the solver's tolerance of feasibility: a change below it is none


@dataclass(frozen=True, slots=True)
class Sum:
    """A total that readers may know, and the cells that add up to it.

    Attributes:
        total: number of the total's cell.
        parts: (n,) numbers of its parts.
    """

    total: int
    parts: IntArray


def hidden_cells(
    people: IntArray, sums: Sequence[Sum], min_people: int = MIN_PEOPLE, withheld: BoolArray | None = None
) -> BoolArray:
    """Choose the cells that are hidden.

    Args:
        people: (n,) different people behind each cell, totals among them, >= 0. Of a sum, no part has more than the
            total, and the total is 0 where all parts are.
        sums: what readers may add up or subtract.
        min_people: fewest people of a cell that is shown; 0 and 1 hide nothing.
        withheld: (n,) cells that are hidden for another reason; None: none.

    Returns:
        (n,) True where hidden; the same input gives the same answer.
    """
    hidden: BoolArray = (people > 0) & (people < min_people)
    if withheld is not None:
        hidden |= withheld
    if not hidden.any():
        return hidden
    pending = list(sums)
    while pending:
        for each in pending:
            _protect(each, people, hidden, min_people)
        pending = [each for each in sums if _exposed(each, people, hidden, min_people)]
        if not pending:
            _hide_more(derivable(people, hidden, sums), people, hidden, sums)
            pending = [each for each in sums if _exposed(each, people, hidden, min_people)]
    return hidden


def derivable(people: IntArray, hidden: BoolArray, sums: Sequence[Sum]) -> BoolArray:
    """Tell which hidden cells follow from the shown ones, for somebody who knows that a hidden cell is at least 1.

    A cell does not follow if the hidden ones can be changed so that it changes too, every sum holds and no cell of 1
    becomes less: linear programs look for such changes, each for all cells that no earlier one changed.

    Args:
        people: (n,) different people behind each cell.
        hidden: (n,) which cells are hidden.
        sums: what is known to add up.

    Returns:
        (n,) True where a hidden cell has one solution only.
    """
    found = np.zeros(len(hidden), np.bool_)
    for cells, matrix in _components(hidden, sums):
        found[cells] = _fixed(people[cells], matrix)
    return found


def _fixed(people: IntArray, matrix: coo_array) -> BoolArray:
    """Return which cells (columns) of one set of equations cannot change."""
    if matrix.shape[0] == 1:
        can_change = matrix.shape[1] > 1 and (bool((matrix.data < 0).any()) or bool((people > 1).any()))
        return np.full(len(people), not can_change)
    fixed = np.ones(len(people), np.bool_)
    for sign in (1.0, -1.0):
        fixed &= _change(people, matrix, np.where(fixed, sign, 0.0)) == 0
    for cell in np.flatnonzero(fixed):
        for sign in (1.0, -1.0):
            if fixed[cell]:
                fixed &= _change(people, matrix, np.where(np.arange(len(people)) == cell, sign, 0.0)) == 0
    return fixed


def _change(people: IntArray, matrix: coo_array, wanted: FloatArray) -> FloatArray:
    """Return the change that keeps all sums and goes furthest in a direction; no cell's exceeds 1."""
    limits = Bounds(np.where(people > 1, -1.0, 0.0), np.ones(len(people)))
    solved = milp(-wanted, constraints=LinearConstraint(matrix.tocsr(), 0.0, 0.0), bounds=limits)  # no whole numbers
    # no change at all is a solution: without any the solver gave up, and the cells count as fixed
    change = np.zeros(len(people)) if solved.x is None else solved.x
    return np.where(np.abs(change) > _MOVES, change, 0.0)


def _components(hidden: BoolArray, sums: Sequence[Sum]) -> list[tuple[IntArray, coo_array]]:
    """Return the equations over hidden cells, apart where they share none: cells, and (equations, cells) signs."""
    rows, columns, signs = [], [], []
    for row, each in enumerate(sums):
        cells = np.append(each.parts, each.total)
        own = hidden[cells]
        rows.append(np.full(int(own.sum()), row))
        columns.append(cells[own])
        signs.append(np.where(np.arange(len(cells))[own] == len(each.parts), -1.0, 1.0))
    if not rows or not (row_of := np.concatenate(rows)).size:
        return []
    column_of, sign_of = np.concatenate(columns), np.concatenate(signs)
    size = len(sums) + len(hidden)
    graph = coo_array((np.ones(len(row_of)), (row_of, len(sums) + column_of)), shape=(size, size))
    label_of = connected_components(graph, directed=False)[1][row_of]
    order = np.argsort(label_of, kind="stable")
    found = []
    for own in np.split(order, np.flatnonzero(np.diff(label_of[order])) + 1):
        _, row_at = np.unique(row_of[own], return_inverse=True)
        cells, cell_at = np.unique(column_of[own], return_inverse=True)
        found.append((cells, coo_array((sign_of[own], (row_at, cell_at)))))
    return found


def _exposed(each: Sum, people: IntArray, hidden: BoolArray, min_people: int) -> bool:
    """Tell whether one sum alone gives something away."""
    is_hidden = hidden[each.parts]
    own, others = people[each.parts[is_hidden]], people[each.parts[~is_hidden]]
    if hidden[each.total]:
        return len(own) == 0 and bool(people[each.total])
    # where all that is not zero is hidden, the difference is the total itself, which is shown for good reason
    return len(own) == 1 or (len(own) > 1 and int(own.max()) < min_people and bool(others.any()))


def _protect(each: Sum, people: IntArray, hidden: BoolArray, min_people: int) -> None:
    """Hide more of one sum until it alone gives nothing away: the smallest part that helps, else the total."""
    while _exposed(each, people, hidden, min_people):
        shown = each.parts[~hidden[each.parts] & (people[each.parts] > 0)]
        if len(shown):
            hidden[_smallest(shown, people)] = True
        else:
            hidden[each.total] = True


def _hide_more(exposed: BoolArray, people: IntArray, hidden: BoolArray, sums: Sequence[Sum]) -> None:
    """Hide one more cell beside every exposed one, or among all where its own sums show none."""
    if not exposed.any():
        return
    beside = [np.append(each.parts, each.total) for each in sums if exposed[np.append(each.parts, each.total)].any()]
    for cells in (*beside, np.arange(len(people))):
        shown = cells[~hidden[cells] & (people[cells] > 0)]
        if len(shown):
            hidden[_smallest(shown, people)] = True
            return


def _smallest(cells: IntArray, people: IntArray) -> int:
    return int(cells[np.argmin(people[cells])])
