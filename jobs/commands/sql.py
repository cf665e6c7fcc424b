"""`crosscam sql`: questions to a lake in SQL."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import pyarrow as pa
import typer

from analytics.errors import ConfigError, LakeError
from analytics.lake.lake import Lake
from analytics.sites import Site
from jobs.options import NightOption, check_owner, load_site_file, open_lake, parse_nights
from jobs.sql_listing import answer_dot, write_cookbook, write_schema, write_views
from jobs.sql_output import SqlFormat, write_result
from jobs.sql_prompt import prompt

if TYPE_CHECKING:
    from analytics.warehouse.sealing import SealedWarehouse

_QueryArgument = Annotated[
    str | None,
    typer.Argument(metavar="[SQL]", help="One SELECT; - reads it from standard input. Without it: a prompt."),
]
_LakeOption = Annotated[
    str | None, typer.Option("--lake", help="Folder that holds the tables; --schema and --cookbook go without.")
]
_SiteOption = Annotated[
    Path | None, typer.Option("--site", help="site.yaml: for zones, lines, cameras and the site's time zone.")
]
_FileOption = Annotated[Path | None, typer.Option("--file", help="Read the query from a file.")]
_FormatOption = Annotated[
    SqlFormat, typer.Option("--format", help="table for people; csv, json and parquet (with --out) have all rows.")
]
_OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this file.")]
_LimitOption = Annotated[int, typer.Option("--limit", min=0, help="Most rows of a table for people; 0: all.")]
_LocalOption = Annotated[bool, typer.Option("--local", help="Tell instants by the site's clocks instead of UTC.")]
_StaffOption = Annotated[bool, typer.Option("--with-staff", help="Figures count staff too.")]
_TimeOption = Annotated[float, typer.Option("--time-limit-s", min=0.1, help="Seconds that a query may take.")]
_MemoryOption = Annotated[float, typer.Option("--memory-gb", min=0.1, help="Memory that a query may take, GB.")]
_SchemaOption = Annotated[
    bool, typer.Option("--schema", help="List tables, views and columns with their meaning; a name: only that one.")
]
_CookbookOption = Annotated[
    bool,
    typer.Option("--cookbook", help="List queries that people ask first; a name: run it, without --lake print it."),
]
_ViewsOption = Annotated[
    Path | None,
    typer.Option("--write-views", metavar="FILE", help="Write SQL that makes the same views in anybody's DuckDB."),
]


def sql(
    query: _QueryArgument = None,
    lake: _LakeOption = None,
    site: _SiteOption = None,
    night: NightOption = None,
    file: _FileOption = None,
    form: _FormatOption = SqlFormat.TABLE,
    out: _OutOption = None,
    limit: _LimitOption = 100,
    local: _LocalOption = False,
    with_staff: _StaffOption = False,
    time_limit_s: _TimeOption = 60.0,
    memory_gb: _MemoryOption = 2.0,
    schema: _SchemaOption = False,
    cookbook: _CookbookOption = False,
    views: _ViewsOption = None,
) -> None:
    """Ask a lake in SQL (DuckDB's): every table and figure is a view over what is published.

    Queries only read: no files, no network, no settings. Instants are UTC unless --local says otherwise.

    crosscam sql --lake lake "select camera_id, count(*) from tracklets group by all"

    crosscam sql --schema visits          what a visit is, column by column

    crosscam sql --cookbook               queries that people ask first

    crosscam sql --lake lake --site site.yaml --cookbook top_paths

    In Python, analytics.warehouse.connection.connect(lake, site).query("select ...") gives an Arrow table.
    """
    if schema:
        return write_schema(query, form, out)
    if cookbook and (query is None or lake is None):
        return write_cookbook(query, form, out)
    if form is SqlFormat.PARQUET and out is None:
        raise ConfigError("expected a file for Parquet, got nothing", field="--out")
    opened, described = _opened(lake, site, local)
    nights = parse_nights(night)
    if views is not None:
        return write_views(views, opened, described, nights, with_staff)
    text = _text(query, file, cookbook)

    from analytics.warehouse.sealing import Limits, SealedWarehouse

    limits = Limits(time_limit_s, round(memory_gb * 1e9))
    zone = described.zone_info if local and described else None
    with SealedWarehouse(opened, described, nights=nights, with_staff=with_staff, limits=limits) as warehouse:

        def run(statement: str) -> None:
            _tell(warehouse.query(statement), form, out, zone, limit)

        return run(text) if text is not None else _prompt(run, warehouse)


def _tell(table: pa.Table, form: SqlFormat, out: Path | None, zone: ZoneInfo | None, limit: int) -> None:
    write_result(table, form, out, zone, limit or None)
    if not table.num_rows:
        typer.echo("no rows", err=True)
    if form is SqlFormat.TABLE and limit and table.num_rows > limit:
        typer.echo(f"{limit} of {table.num_rows} rows; --limit 0 shows all", err=True)


def _prompt(run: Callable[[str], None], warehouse: "SealedWarehouse") -> None:
    def dot(word: str, rest: str) -> None:
        if (statement := answer_dot(word, rest)) is not None:
            run(statement)

    names = warehouse.query("select distinct table_name as name from duckdb_columns() where not internal")
    prompt(run, dot, sorted(names["name"].to_pylist()))


def _opened(location: str | None, path: Path | None, local: bool) -> tuple[Lake, Site | None]:
    if location is None:
        raise ConfigError("expected the folder of a lake, got nothing", field="--lake")
    if local and path is None:
        raise ConfigError("expected --site beside it, whose clocks are meant, got nothing", field="--local")
    lake, site = open_lake(location), load_site_file(path) if path else None
    if site is not None:
        check_owner(lake, site, path)
    if not lake.ledger.nights():
        raise LakeError(f"{lake.store.location} holds no lake with nights in it: run `crosscam run` first")
    return lake, site


def _text(query: str | None, file: Path | None, is_recipe: bool) -> str | None:
    """Return the query, or None for a prompt."""
    if query is not None and file is not None:
        raise ConfigError("expected a query or --file, got both", field="--file")
    if file is not None:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot be read: {error}", path=file) from error
    if query is not None and is_recipe:
        from analytics.warehouse.cookbook import recipe

        return recipe(query).sql
    if query == "-" or (query is None and not sys.stdin.isatty()):
        return sys.stdin.read()
    return query
