"""The SQL that makes a relation of a table's published files, in types that do not depend on them. No I/O here."""

import re
from collections.abc import Sequence

import pyarrow as pa

from analytics.contracts import Column, Contract

_TYPES = {
    pa.string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.bool_(): "BOOLEAN",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float16(): "FLOAT",  # what DuckDB makes of half precision in Parquet
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
}


def view_of(contract: Contract, urls: Sequence[str]) -> str:
    """Return the statement that makes a table's view over its files; without files it has the columns and no rows.

    A column that is younger than a file is null there. No file is opened until a query needs it, and then only the
    columns that it needs are read.

    Args:
        contract: the table.
        urls: absolute names or URLs of its Parquet files.

    Raises:
        KeyError: a column has a type that no table had so far.
    """
    if not urls:
        nulls = ", ".join(f"NULL::{sql_type(column.type)} AS {quoted(column.name)}" for column in contract.columns)
        return f"CREATE VIEW {quoted(contract.name)} AS SELECT {nulls} WHERE false;"
    names = ", ".join(quoted(column.name) for column in contract.columns)
    schema = ", ".join(map(_field, contract.columns))
    files = ",\n    ".join(literal(pattern_of(url)) for url in urls)
    return (
        f"CREATE VIEW {quoted(contract.name)} AS SELECT {names} FROM read_parquet([\n    {files}],\n"
        f"    schema = MAP {{{schema}}}, hive_partitioning = false);"
    )


def table_of(contract: Contract, rows: pa.Table) -> str:
    """Return the statement that makes a relation of a few rows, with the rows in it.

    Args:
        contract: the table; its columns are texts, numbers and truth values.
        rows: rows that conform to it.
    """
    if not rows.num_rows:
        return view_of(contract, [])
    names = ", ".join(quoted(column.name) for column in contract.columns)
    typed = ", ".join(
        f"{quoted(column.name)}::{sql_type(column.type)} AS {quoted(column.name)}" for column in contract.columns
    )
    values = ",\n    ".join(f"({', '.join(map(_value, row.values()))})" for row in rows.to_pylist())
    return f"CREATE VIEW {quoted(contract.name)} AS SELECT {typed} FROM (VALUES\n    {values}) AS told({names});"


def sql_type(kind: pa.DataType) -> str:
    """Return DuckDB's name of an Arrow type that contracts use."""
    if pa.types.is_list(kind):
        return f"{sql_type(kind.value_type)}[]"
    if pa.types.is_struct(kind):
        return f"STRUCT({', '.join(f'{quoted(field.name)} {sql_type(field.type)}' for field in kind)})"
    return _TYPES[kind]


def quoted(name: str) -> str:
    """Return an identifier as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a string as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def pattern_of(url: str) -> str:
    """Return what DuckDB matches with just this file: it takes `*`, `?` and `[` of a folder's name for a pattern."""
    return re.sub(r"[*?\[]", r"[\g<0>]", url)


def _value(value: str | float | bool | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    return literal(value) if isinstance(value, str) else repr(value)


def _field(column: Column) -> str:
    name, kind = literal(column.name), literal(sql_type(column.type))
    return f"{name}: {{name: {name}, type: {kind}, default_value: NULL}}"
