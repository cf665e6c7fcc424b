"""What a table promises: its columns with their units, its key, and named row rules.

The contracts themselves are in `tables`. No I/O here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import ContractError

INSTANT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Arrow type and a note that states unit, frame of reference and range."""

    name: str
    type: pa.DataType
    note: str
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A named promise about every row; the name is what the operator reads when it is broken.

    `holds` maps a table to one boolean per row; null counts as held, so that rules need not repeat nullability.
    """

    name: str
    holds: Callable[[pa.Table], pa.ChunkedArray]


@dataclass(frozen=True, slots=True)
class Contract:
    """A table's schema, key and row rules.

    `version` goes up when a column is renamed, removed or changes its meaning; it is part of every work
    item's key, so that tables of an older version are made again.
    """

    name: str
    version: int
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, with the contract's name and version as metadata."""
        fields = [pa.field(column.name, column.type, column.nullable) for column in self.columns]
        return pa.schema(fields, {"crosscam_table": self.name, "crosscam_version": str(self.version)})

    def empty(self) -> pa.Table:
        """Return the table with no rows."""
        return self.schema.empty_table()

    def from_columns(self, columns: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> pa.Table:
        """Build a checked table from arrays by column name; a missing nullable column is filled with null.

        Args:
            columns: values by column name; a scalar string, number, date or None is repeated for every row.
            metadata: more schema metadata, such as the model's digest of an embeddings table.

        Raises:
            ContractError: a column is unknown or missing, cannot be cast, or a rule is broken.
        """
        lengths = {len(values) for values in columns.values() if not _is_scalar(values)}
        if len(lengths) > 1:
            raise ContractError(self.name, [f"columns differ in length: {sorted(lengths)}"])
        row_count = lengths.pop() if lengths else 0
        arrays = {
            name: self._array(name, [values] * row_count if _is_scalar(values) else values)
            for name, values in columns.items()
        }
        table = self.conform(pa.table(arrays))
        if metadata:
            table = table.replace_schema_metadata({**self.schema.metadata, **metadata})
        self.check(table)
        return table

    def from_rows(self, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
        """Build a checked table from rows given as mappings; a missing nullable column becomes null.

        Raises:
            ContractError: a row does not fit the schema or breaks a rule.
        """
        listed = list(rows)
        # Arrow drops what the schema does not name
        unknown = {name for row in listed for name in row} - {column.name for column in self.columns}
        if unknown:
            raise ContractError(self.name, [f"unknown column {name}" for name in sorted(unknown)])
        try:
            table = pa.Table.from_pylist(listed, schema=self.schema)
        except pa.ArrowException as error:
            raise ContractError(self.name, [str(error)]) from error
        self.check(table)
        return table

    def conform(self, table: pa.Table) -> pa.Table:
        """Cast a table (a query's result, say) to the schema: order, types, and null for missing nullable columns.

        Raises:
            ContractError: a column is unknown, missing, or cannot be cast without loss.
        """
        known = {column.name for column in self.columns}
        problems = [f"unknown column {name}" for name in table.column_names if name not in known]
        arrays: list[pa.ChunkedArray | pa.Array] = []
        for column in self.columns:
            if column.name in table.column_names:
                try:
                    arrays.append(table[column.name].cast(column.type))
                except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                    problems.append(f"{column.name}: {error}")
            elif column.nullable:
                arrays.append(pa.nulls(table.num_rows, column.type))
            else:
                problems.append(f"missing column {column.name}")
        if problems:
            raise ContractError(self.name, problems)
        return pa.Table.from_arrays(arrays, schema=self.schema)

    def check(self, table: pa.Table) -> None:
        """Check schema, nulls, key and rules.

        Arrow itself accepts nulls in a non-nullable field, so they are counted here.

        Raises:
            ContractError: listing every violation, with the number of rows at fault.
        """
        if not table.schema.equals(self.schema, check_metadata=False):
            raise ContractError(self.name, [f"expected schema {_brief(self.schema)}, got {_brief(table.schema)}"])
        violations = [
            f"{column.name} is null in {table[column.name].null_count} rows"
            for column in self.columns
            if not column.nullable and table[column.name].null_count
        ]
        violations += _duplicate_keys(table, self.key)
        for rule in self.rules:
            broken = pc.sum(pc.invert(pc.fill_null(rule.holds(table), True))).as_py() or 0
            if broken:
                violations.append(f"{rule.name} does not hold in {broken} rows")
        if violations:
            raise ContractError(self.name, violations)

    def _array(self, name: str, values: Any) -> pa.Array:
        try:
            return pa.array(values)
        except pa.ArrowException as error:
            raise ContractError(self.name, [f"{name}: {error}"]) from error


def at_most(left: str, right: str) -> Rule:
    """Return the rule that one column never exceeds another; equality is allowed."""
    return Rule(f"{left}_at_most_{right}", lambda table: pc.less_equal(table[left], table[right]))


def within(column: str, low: float, high: float) -> Rule:
    """Return the rule that a column stays in [low, high]."""
    return Rule(
        f"{column}_within_{low:g}_and_{high:g}",
        lambda table: pc.and_(pc.greater_equal(table[column], low), pc.less_equal(table[column], high)),
    )


def one_of(column: str, values: Sequence[str]) -> Rule:
    """Return the rule that a column takes only the listed values, or null where it may be null."""
    choices = pa.array(values)
    return Rule(
        f"{column}_is_one_of_{'_'.join(values)}",
        # is_in is false for null, not null: a rule must not repeat nullability
        lambda table: pc.or_(pc.is_in(table[column], value_set=choices), pc.is_null(table[column])),
    )


def _duplicate_keys(table: pa.Table, key: tuple[str, ...]) -> list[str]:
    distinct = table.select(key).group_by(list(key)).aggregate([]).num_rows
    repeated = table.num_rows - distinct
    return [f"key ({', '.join(key)}) is repeated in {repeated} rows"] if repeated else []


def _is_scalar(values: object) -> bool:
    return values is None or isinstance(values, str) or not hasattr(values, "__len__")


def _brief(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}{'' if field.nullable else ' not null'}" for field in schema)
