"""What `crosscam sql` tells of itself: tables and columns, the cookbook, and the views as a file."""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import pyarrow as pa
import typer

from analytics.errors import ConfigError
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.sites import Site
from jobs.sql_output import SqlFormat, write_result
from jobs.sql_prompt import HELP

_HOW_TO_USE = """\
-- The tables and views of {location}, for any DuckDB from 2.0 on:
--     duckdb -init {name}        or in Python: connection.execute(open("{name}").read())
-- It names the files that were published when it was written; write it anew after a new night. The folder must stay
-- where it is. Unlike `crosscam sql`, DuckDB by itself lets a query read and write whatever its user may.
"""


def write_schema(name: str | None, form: SqlFormat, out: Path | None) -> None:
    """Write every relation's columns with type and meaning, or one's.

    Raises:
        ConfigError: there is no such relation.
    """
    from analytics.warehouse.connection import connect
    from analytics.warehouse.describing import described, find

    with connect(Lake(open_store("memory://"))) as warehouse:
        relations = described(warehouse)
    chosen = relations if name is None else (find(relations, name),)
    if form is SqlFormat.TABLE and out is None:
        for relation in chosen:
            typer.echo(f"\n{relation.name} ({relation.kind}): {relation.note}")
            rows = [{"column": each.name, "type": each.type, "note": each.note} for each in relation.columns]
            write_result(pa.Table.from_pylist(rows), form, None, None, None)
        return
    flat = [
        {"relation": relation.name, "kind": relation.kind, "column": each.name, "type": each.type, "note": each.note}
        for relation in chosen
        for each in relation.columns
    ]
    write_result(pa.Table.from_pylist(flat), form, out, None, None)


def write_tables(form: SqlFormat) -> None:
    """Write the names of all relations and what their rows are."""
    from analytics.warehouse.connection import connect
    from analytics.warehouse.describing import described

    with connect(Lake(open_store("memory://"))) as warehouse:
        rows = [{"name": each.name, "kind": each.kind, "rows": each.note} for each in described(warehouse)]
    write_result(pa.Table.from_pylist(rows), form, None, None, None)


def write_cookbook(name: str | None, form: SqlFormat, out: Path | None) -> None:
    """Write the list of queries, or the text of one. Raises ConfigError when there is no such query."""
    from analytics.warehouse.cookbook import recipe, recipes

    if name is not None:
        typer.echo(recipe(name).sql, nl=False)
        return
    rows = [{"name": each.name, "answers": each.title} for each in recipes()]
    write_result(pa.Table.from_pylist(rows), form, out, None, None)


def write_views(path: Path, lake: Lake, site: Site | None, nights: Collection[date] | None, with_staff: bool) -> None:
    """Write the statements that make the lake's relations in anybody's DuckDB.

    Raises:
        ConfigError: the file cannot be written.
        LakeError: the lake cannot be read.
    """
    from analytics.warehouse.connection import connect, opening

    connect(lake, site, nights=nights).close()  # of another version, or missing, is told here and not to somebody else
    statements = opening(lake.files_of_all(nights), site, with_staff)
    head = _HOW_TO_USE.format(location=lake.store.location, name=path.name)
    try:
        path.write_text(head + "\n" + "\n\n".join(statements) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror or error}", field="--write-views") from error
    typer.echo(f"wrote {path}", err=True)


def answer_dot(word: str, rest: str) -> str | None:
    """Do what was asked for behind a dot; return a statement that is to be run, or None.

    Raises:
        ConfigError: there is no such word, table or query.
    """
    from analytics.warehouse.cookbook import recipe

    match word, rest:
        case "help", _:
            typer.echo(HELP)
        case "tables", _:
            write_tables(SqlFormat.TABLE)
        case "schema", _:
            write_schema(rest or None, SqlFormat.TABLE, None)
        case "cookbook", "":
            write_cookbook(None, SqlFormat.TABLE, None)
        case "cookbook", _:
            typer.echo(recipe(rest).sql)
            return recipe(rest).sql
        case _:
            raise ConfigError(f"expected .tables, .schema, .cookbook, .help or .quit, got .{word}", field="SQL")
    return None
