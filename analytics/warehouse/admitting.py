"""Which statements of users may run: one that only reads, and only relations and functions that are no way out.

The judgement is on DuckDB's own parse tree, not on the text. It is the first of three walls; `sealing` has the others.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb

from analytics.errors import ConfigError

_READS = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_TABLE_FUNCTIONS = frozenset(
    {
        *("range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree"),
        *("duckdb_columns", "duckdb_functions", "duckdb_keywords", "duckdb_tables", "duckdb_types", "duckdb_views"),
        "pg_timezone_names",
    }
)
"""Functions that make tables and reach nothing outside."""

_EXPLAIN = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*explain(\s+analyze)?\b", re.IGNORECASE | re.DOTALL)
_INSTEAD = {
    "COPY": "write the rows of a query with --format and --out",
    "EXPORT": "write the rows of a query with --format and --out",
    "CREATE": "name a step inside the query: with step as (select ...) select ... from step",
    "CREATE_FUNC": "name a step inside the query: with step as (select ...) select ... from step",
    "SET": "the options of `crosscam sql` set what can be set",
    "VARIABLE_SET": "the options of `crosscam sql` set what can be set",
    "MULTI": "a pivot has to say its columns: pivot ... on column in ('a', 'b') using ...",
    "PREPARE": "run the query itself",
    "EXECUTE": "run the query itself",
    "TRANSACTION": "every query is a transaction of its own",
}
MAX_LENGTH = 100_000  # letters; what people write by hand is a hundredth of it


def admit(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Accept a statement that only reads.

    Args:
        connection: for its parser and the names of its own macros.
        sql: what a user wrote.

    Raises:
        ConfigError: it is no single SELECT (or EXPLAIN of one), or reads something besides the lake's relations.
        duckdb.ParserException: it is not SQL.
    """
    if len(sql) > MAX_LENGTH:
        raise _refused(f"expected at most {MAX_LENGTH} letters, got {len(sql)}")
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise _refused(f"expected one statement, got {len(statements) or 'none'}")
    kind, text = statements[0].type.name, sql
    if kind == "EXPLAIN" and (found := _EXPLAIN.match(sql)):
        text = sql[found.end() :]
        statements = connection.extract_statements(text)
        kind = statements[0].type.name
    if kind != "SELECT":
        raise _refused(f"expected a SELECT, got {kind}; {_INSTEAD.get(kind, 'SQL here only reads')}")
    tree = json.loads(connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [text]).fetchall()[0][0])
    if tree["error"]:
        raise _refused(f"expected a SELECT, got what cannot be judged: {tree['error_message']}")
    own_macros = {
        name
        for (name,) in connection.execute(
            "SELECT function_name FROM duckdb_functions() WHERE function_type = 'table_macro' AND NOT internal"
        ).fetchall()
    }
    for node in _nodes(tree["statements"]):
        _check(node, own_macros)


def _check(node: dict[str, Any], own_macros: set[str]) -> None:
    kind = node.get("type")
    if not isinstance(kind, str):
        return
    if kind.endswith("_NODE") and kind not in _READS:
        raise _refused(f"expected a SELECT, got {kind.split('_')[0]} inside it; SQL here only reads")
    if kind == "TABLE_FUNCTION":
        name = str(node["function"].get("function_name", "")).lower()
        if name not in _TABLE_FUNCTIONS | own_macros:
            raise _refused(f"{name}() is not for queries here: read the tables and views of the lake by their names")
    if kind == "BASE_TABLE" and re.search(r"[/\\:.]", str(node.get("table_name", ""))):
        raise _refused(
            f"{node['table_name']!r} is a file, and SQL here opens none: read the lake's tables by their names"
        )


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _refused(reason: str) -> ConfigError:
    return ConfigError(reason, field="SQL")
