"""Small numbers of a whole table: its cells and totals counted in people, then hidden, night by night."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.exporting.catalogue import Figures, Measures
from analytics.exporting.suppression import Sum, hidden_cells
from analytics.geometry import BoolArray
from analytics.warehouse.connection import Warehouse

Cell = tuple[Any, ...]
"""Night and values of a table's `dims`; None where they are summed."""


@dataclass(frozen=True, slots=True)
class Released:
    """The rows of a table of figures as they may be given away.

    Attributes:
        figures: the table.
        rows: its columns without those left out; null where hidden, and a column `is_suppressed` at the end.
        left_out: hidden rows that are not among them, since their names tell what few people did.
        hidden: of each of `figures.measures` the cells that are hidden, totals among them.
    """

    figures: Figures
    rows: pa.Table
    left_out: int
    hidden: tuple[frozenset[Cell], ...]

    @property
    def hidden_rows(self) -> int:
        """Number of rows with something hidden."""
        return int(np.count_nonzero(self.rows["is_suppressed"].to_numpy()))


def release(warehouse: Warehouse, figures: Figures, min_people: int) -> Released:
    """Read a table of figures and hide its small numbers.

    Args:
        warehouse: opened for the nights wanted, with staff or without.
        figures: the table.
        min_people: fewest people of a figure that is shown; 0 and 1 hide nothing and leave nothing out.

    Raises:
        duckdb.Error: the lake's tables cannot be read.
    """
    contract = figures.contract
    rows = warehouse.query(figures.rows or f"select * from {contract.name}")
    rows = rows.sort_by([(name, "ascending") for name in ("night", *contract.key) if name in rows.column_names])
    own = rows.select([column.name for column in contract.columns if column.name in rows.column_names])
    if min_people <= 1 or not figures.measures:
        return Released(
            figures, own.append_column("is_suppressed", pa.array([False] * rows.num_rows, pa.bool_())), 0, ()
        )
    hidden: list[frozenset[Cell]] = []
    cells = _cells_of(figures, rows)
    is_any = np.zeros(rows.num_rows, np.bool_)
    for measures in figures.measures:
        withheld = hidden[-1] if hidden else frozenset()
        hidden.append(hidden_of(warehouse, figures, measures, min_people, withheld))
        is_hidden = np.fromiter((cell in hidden[-1] for cell in cells), np.bool_, rows.num_rows)
        own = _without(own, measures.columns, is_hidden)
        is_any |= is_hidden
    own = own.drop_columns([name for name in figures.left_out if name in own.column_names])
    own = own.append_column("is_suppressed", pa.array(is_any))
    left_out = int(is_any.sum()) if figures.is_rare_named else 0
    return Released(figures, own.filter(pa.array(~is_any)) if left_out else own, left_out, tuple(hidden))


def hidden_of(
    warehouse: Warehouse, figures: Figures, measures: Measures, min_people: int, withheld: frozenset[Cell]
) -> frozenset[Cell]:
    """Return the cells of some measures that are hidden, totals among them."""
    by_night: dict[Any, dict[Cell, int]] = defaultdict(dict)
    for cell, people in _counted(warehouse, figures, measures):
        by_night[cell[0]][cell] = people
    for cell in withheld:
        by_night[cell[0]].setdefault(cell, 0)
    found: set[Cell] = set()
    for people_of in by_night.values():
        cells = list(people_of)
        counts = np.fromiter(people_of.values(), np.int64, len(cells))
        others = np.fromiter((cell in withheld for cell in cells), np.bool_, len(cells))
        hidden = hidden_cells(counts, _sums(figures, people_of), min_people, others)
        found.update(cells[number] for number in np.flatnonzero(hidden))
    return frozenset(found)


def _counted(warehouse: Warehouse, figures: Figures, measures: Measures) -> Iterator[tuple[Cell, int]]:
    """Yield cells and totals with the people behind each: of several groups the smallest."""
    names = ("night", *figures.dims)
    part = ("part",) if " as part" in measures.people else ()
    sets = ", ".join(f"({', '.join(('night', *each, *part))})" for each in (figures.dims, *figures.totals))
    columns = ", ".join(names)
    counted = warehouse.query(
        f"with people as ({measures.people}), counted as (select {', '.join((*names, *part))}, "
        f"count(distinct person) as people from people group by grouping sets ({sets})) "
        f"select {columns}, min(people) as people from counted group by {columns} order by {columns}"
    )
    tables = [counted, warehouse.query(measures.totals)] if measures.totals else [counted]
    for table in tables:  # the second one's totals replace the first one's
        values = [table[name].to_pylist() for name in names]
        yield from zip(zip(*values, strict=True), table["people"].to_pylist(), strict=True)


def _sums(figures: Figures, people_of: Mapping[Cell, int]) -> list[Sum]:
    """Return every total with its parts: the cells, or the next finer totals."""
    number_of = {cell: number for number, cell in enumerate(people_of)}
    groupings = [frozenset(each) for each in (figures.dims, *figures.totals)]
    by_grouping: dict[frozenset[str], list[Cell]] = {each: [] for each in groupings}
    for cell in people_of:
        kept = frozenset(name for name, value in zip(figures.dims, cell[1:], strict=True) if value is not None)
        by_grouping[kept].append(cell)
    sums = []
    for coarse, fine in _steps(groupings):
        parts: dict[Cell, list[int]] = defaultdict(list)
        for cell in by_grouping[fine]:
            values = (value if name in coarse else None for name, value in zip(figures.dims, cell[1:], strict=True))
            parts[(cell[0], *values)].append(number_of[cell])
        sums += [Sum(number_of[total], np.array(numbers)) for total, numbers in parts.items() if total in number_of]
    return sums


def _steps(groupings: Sequence[frozenset[str]]) -> list[tuple[frozenset[str], frozenset[str]]]:
    """Return each total with each next finer one: none of the others lies between them."""
    return [
        (coarse, fine)
        for fine in groupings
        for coarse in groupings
        if coarse < fine and not any(coarse < other < fine for other in groupings)
    ]


def _cells_of(figures: Figures, rows: pa.Table) -> list[Cell]:
    values = [rows[name].to_pylist() for name in figures.dims]
    if figures.total_rows:
        column, mark = figures.total_rows
        is_total = [value == mark for value in rows[column].to_pylist()]
        for name, listed in zip(figures.dims, values, strict=True):
            if name not in figures.totals[0]:
                listed[:] = [None if total else value for total, value in zip(is_total, listed, strict=True)]
    return list(zip(rows["night"].to_pylist(), *values, strict=True))


def _without(rows: pa.Table, columns: Sequence[str], is_hidden: BoolArray) -> pa.Table:
    shown = pa.array(~is_hidden)
    for name in columns:
        place = rows.schema.get_field_index(name)
        field = rows.schema.field(place).with_nullable(True)
        rows = rows.set_column(place, field, pc.if_else(shown, rows[name], pa.scalar(None, field.type)))
    return rows
