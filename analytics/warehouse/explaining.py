"""What DuckDB says of a user's mistake, as an error that points at the place and names what was perhaps meant."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

import duckdb

from analytics.errors import ConfigError

_LOST_TABLE = re.compile(r"Table with name (.+?) does not exist")
_LOST_COLUMN = re.compile(r'(?:Referenced column "|does not have a column named ")([^"]+)"')


def explain(error: duckdb.Error, connection: duckdb.DuckDBPyConnection, sql: str) -> ConfigError:
    """Return a ConfigError for a statement that is wrong: DuckDB's reason, the place, and names that are near.

    Args:
        error: what DuckDB raised.
        connection: whose relations and columns could have been meant.
        sql: the statement.
    """
    told = str(error)
    if isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        told = _with_place(connection, sql) or told
    reason, _, place = told.partition("\nLINE ")
    reason = re.sub(r"\nCandidate bindings:.*|\nDid you mean.*", "", reason).strip()
    place, hint = f"\nLINE {place.rstrip()}" if place else "", ""
    if lost := _LOST_TABLE.search(told):
        reason = f"there is no table or view {lost[1]}"
        hint = _near(lost[1], _names(connection, "SELECT DISTINCT table_name FROM duckdb_columns() WHERE NOT internal"))
        hint = hint or "; `crosscam sql --schema` lists them"
    elif lost := _LOST_COLUMN.search(told):
        columns = _names(connection, "SELECT DISTINCT column_name FROM duckdb_columns() WHERE NOT internal")
        here = re.findall(r'"(\w+)"', told.split("Candidate bindings:")[1]) if "Candidate bindings:" in told else []
        reason = f"there is no column {lost[1]} here"
        hint = _near(lost[1], here) or f"; here are, among others, {', '.join(here)}"
        if elsewhere := _holding(connection, get_close_matches(lost[1], columns, 1, 0.8)):
            hint += f"; {elsewhere}"
    elif "maximum execution time" in told:
        reason = "the query took too long; ask for fewer nights or rows, or allow more with --time-limit-s"
    elif "Out of Memory" in told:
        reason = "the query needs more memory than it may have; ask for fewer rows, or allow more with --memory-gb"
    return ConfigError(f"{reason}{hint}{place}", field="SQL")


def _with_place(connection: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    """Return DuckDB's words with the line and a caret, which it leaves out where it returns a relation."""
    try:
        connection.execute(sql)
    except duckdb.Error as error:
        return str(error)
    return None


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name.lower(), list(dict.fromkeys(known)), 3, 0.5)
    return f"; near it: {', '.join(near)}" if near else ""


def _holding(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> str:
    if not columns:
        return ""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_columns() WHERE NOT internal AND column_name = ? ORDER BY table_name",
        [columns[0]],
    ).fetchall()
    names = [name for (name,) in rows]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{columns[0]} is in {', '.join(names[:5])}{more}" if names else ""


def _names(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [name for (name,) in connection.execute(query).fetchall()]
