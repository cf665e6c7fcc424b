"""Counting people in drawn worlds, beside the obvious way to do it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.linking.counting import Cells, Doubts, draw

CELLS = 3


@st.composite
def doubts(draw_value: st.DrawFn) -> Doubts:
    """Return a few pieces and links, sure, doubtful and impossible ones."""
    count = draw_value(st.integers(1, 8))
    pieces = st.integers(0, count - 1)
    edges = draw_value(st.lists(st.tuples(pieces, pieces, st.sampled_from([0.0, 0.3, 0.9, 1.0])), max_size=10))
    flags = st.lists(st.booleans(), min_size=count, max_size=count)
    a, b, chance = (np.array(column) for column in zip(*edges, strict=True)) if edges else (np.zeros(0, np.int64),) * 3
    return Doubts(
        count, a, b, chance.astype(float), np.array(draw_value(flags)), np.array(draw_value(flags)) & (count > 2)
    )


def people_of(parts: list[set[int]], told: Doubts, spots: list[tuple[int, int]], cell: int) -> int:
    """Count the people of a cell: those who count, hold nobody that is left out, and were there."""
    return sum(
        any(told.counts[piece] for piece in part)
        and not any(told.is_left_out[piece] for piece in part)
        and any((piece, cell) in spots for piece in part)
        for part in parts
    )


def parts_of(told: Doubts, limit: float) -> list[set[int]]:
    """Join pieces whose links are at least as likely as a limit, one after the other."""
    parts = [{piece} for piece in range(told.count)]
    for one, two, chance in zip(told.a.tolist(), told.b.tolist(), told.probability.tolist(), strict=True):
        if chance >= limit:
            first, second = (next(part for part in parts if piece in part) for piece in (one, two))
            if first is not second:
                parts.remove(second)
                first |= second
    return parts


@settings(max_examples=60, deadline=None)
@given(doubts(), st.data())
def test_every_world_lies_between_all_links_and_the_sure_ones(told: Doubts, data: st.DataObject) -> None:
    """Links that are sure or impossible leave one world; doubtful ones let it come apart no further than that."""
    where = st.tuples(st.integers(0, told.count - 1), st.integers(0, CELLS - 1))
    spots = data.draw(st.lists(where, max_size=12))
    cells = Cells(
        np.array([piece for piece, _ in spots], np.int64),
        np.array([cell for _, cell in spots], np.int64),
        np.zeros(CELLS, np.int64),
    )
    drawn = draw(told, cells, 20)
    is_certain = not ((told.probability > 0) & (told.probability < 1)).any()
    for cell in range(CELLS):
        apart = people_of(parts_of(told, 1.0), told, spots, cell)
        if is_certain:
            assert (drawn[:, cell] == apart).all()
        elif not told.is_left_out.any() and told.counts.all():
            together = people_of(parts_of(told, 0.3), told, spots, cell)
            assert ((drawn[:, cell] >= together) & (drawn[:, cell] <= apart)).all()


def test_a_doubtful_link_is_true_as_often_as_its_probability_says() -> None:
    """Two pieces that are one person with .7: one person in seven of ten worlds, else two."""
    yes, no = np.ones(2, bool), np.zeros(2, bool)
    told = Doubts(2, np.array([0]), np.array([1]), np.array([0.7]), yes, no)
    cells = Cells(np.array([0, 1, 1]), np.array([0, 0, 1]), np.zeros(2, np.int64))
    drawn = draw(told, cells, 2000)
    assert (drawn[:, 1] == 1).all()
    assert abs((drawn[:, 0] == 1).mean() - 0.7) < 0.04
    assert set(drawn[:, 0].tolist()) == {1, 2}
