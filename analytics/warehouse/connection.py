"""The lake and its site as relations of an in-memory DuckDB: tables as views over published files, marts, figures.

Nothing is copied: a query reads the columns that it needs from the files that were published when it was opened.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from tempfile import gettempdir
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from analytics.errors import LakeError
from analytics.lake.lake import Lake
from analytics.marts import LOCATED, SUMMARISED
from analytics.sites import Site
from analytics.tables import ALL, DECISIONS, LINKED
from analytics.warehouse.relations import literal, pattern_of, table_of, view_of
from analytics.warehouse.site_tables import SITE_TABLES, rows_of

STORED = (*ALL, *LINKED, DECISIONS, *LOCATED, *SUMMARISED)
"""Every table that has files."""


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A lake that answers SQL; a context manager that closes its connection.

    Attributes:
        connection: DuckDB, in memory, for our own statements. What users write goes through `sealing`.
    """

    connection: duckdb.DuckDBPyConnection

    def query(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> pa.Table:
        """Return the rows of a statement, a table of no columns where it has none; instants are UTC.

        Args:
            sql: one statement, `?` or `$name` where parameters go.
            parameters: their values, in order or by name.

        Raises:
            LakeError: a published file is missing or damaged.
            duckdb.Error: the statement is wrong or cannot be carried out.
        """
        with files_explained():
            relation = self.connection.sql(sql, params=parameters)
            return pa.table({}) if relation is None else relation.to_arrow_table()

    def close(self) -> None:
        """Close the connection; a second time is no error."""
        self.connection.close()

    def __enter__(self) -> "Warehouse":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def connect(
    lake: Lake, site: Site | None = None, *, nights: Collection[date] | None = None, with_staff: bool = False
) -> Warehouse:
    """Open a lake for SQL.

    Every table of `STORED` is a view over exactly its published files, and a relation without rows where there are
    none; `site`, `cameras`, `zones` and `lines` are what the site file says; the figures of `sql/views` stand on these.
    The session's time zone is UTC; the variables `timezone` (the site's, UTC without a site) and `with_staff`
    are there for `getvariable`.

    Args:
        lake: whose tables; published later, rows are not seen.
        site: for the relations that it describes, which have no rows without it.
        nights: nights wanted; None: all.
        with_staff: the figures count staff too.

    Raises:
        LakeError: the lake cannot be read, or holds tables of another version.
    """
    warehouse = Warehouse(duckdb.connect(":memory:"))
    try:
        connection = warehouse.connection
        connection.execute("SET enable_progress_bar_print = false")  # it goes to standard output, among the data
        # where large sorts go: not, as is DuckDB's way, below the user's current folder
        connection.execute(f"SET temp_directory = {literal(str(Path(gettempdir()) / f'crosscam-sql-{os.getpid()}'))}")
        connection.execute("SET python_enable_replacements = false")  # a mistyped table must not be a Python variable
        found = lake.files_of_all(nights)
        if found and "://" in lake.store.location:
            raise LakeError(f"SQL reads lakes in folders, not {lake.store.location}: copy the lake to a folder")
        with files_explained():
            _check_versions(connection, found)
            for statement in opening(found, site, with_staff):
                connection.execute(statement)
    except BaseException:
        warehouse.close()
        raise
    return warehouse


def opening(
    files_by_night: Mapping[str, Mapping[date, Sequence[str]]], site: Site | None, with_staff: bool
) -> tuple[str, ...]:
    """Return the statements that make a lake's relations in any DuckDB, in order.

    Args:
        files_by_night: URLs by table and night, as `Lake.files_of_all` tells them.
        site: for the relations that it describes.
        with_staff: the figures count staff too.
    """
    tables = [
        view_of(contract, [url for urls in files_by_night.get(contract.name, {}).values() for url in urls])
        for contract in STORED
    ]
    return (
        "SET TimeZone = 'UTC';",
        *variables(site, with_staff),
        *tables,
        *site_tables(site),
        *(text for _, text in view_files()),
    )


def set_variables(connection: duckdb.DuckDBPyConnection, site: Site | None, with_staff: bool) -> None:
    """Set what the views ask for by `getvariable`: `with_staff` and `timezone`."""
    for statement in variables(site, with_staff):
        connection.execute(statement)


def create_site_tables(connection: duckdb.DuckDBPyConnection, site: Site | None) -> None:
    """Make relations of what the site file says."""
    for statement in site_tables(site):
        connection.execute(statement)


def variables(site: Site | None, with_staff: bool) -> tuple[str, ...]:
    """Return the statements of `set_variables`."""
    return (
        f"SET VARIABLE with_staff = {str(with_staff).lower()};",
        f"SET VARIABLE timezone = {literal(site.timezone if site else 'UTC')};",
    )


def site_tables(site: Site | None) -> tuple[str, ...]:
    """Return the statements of `create_site_tables`."""
    told = rows_of(site) if site else tuple((contract, contract.empty()) for contract in SITE_TABLES)
    return tuple(table_of(contract, rows) for contract, rows in told)


@contextmanager
def files_explained() -> Iterator[None]:
    """Turn what DuckDB says of a file that is missing or damaged into a LakeError that says what to do."""
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.PermissionException) as error:
        # sealed, DuckDB looks for a missing file as a folder, which it then may not see
        told = str(error).splitlines()[0]
        if ".parquet" not in told:
            raise
        raise LakeError(
            f"a published file cannot be read ({told}): delete the entry that names it below _ledger and run "
            "`crosscam run` on its night, which makes it anew"
        ) from error


def view_files() -> tuple[tuple[str, str], ...]:
    """Return names and texts of the files of `sql/views`, in the order in which they are run."""
    folder = files("analytics.warehouse") / "sql" / "views"
    if not folder.is_dir():
        return ()
    found = {each.name: each for each in folder.iterdir() if each.name.endswith(".sql")}
    return tuple((name, found[name].read_text(encoding="utf-8")) for name in sorted(found))


def _check_versions(
    connection: duckdb.DuckDBPyConnection, files_by_night: Mapping[str, Mapping[date, Sequence[str]]]
) -> None:
    # one file of each night: a night's stage is published as a whole, by one version of the code
    for contract in STORED:
        firsts = [urls[0] for urls in files_by_night.get(contract.name, {}).values()]
        if not firsts:
            continue
        rows = connection.execute(
            "SELECT file_name, value FROM parquet_kv_metadata(?) WHERE key = 'crosscam_version' AND value <> ? LIMIT 1",
            [list(map(pattern_of, firsts)), str(contract.version).encode()],
        ).fetchall()
        if rows:
            name, version = rows[0]
            raise LakeError(
                f"{name}: expected version {contract.version} of {contract.name}, found {bytes(version).decode()}; run "
                "`crosscam run` again, which makes it anew"
            )
