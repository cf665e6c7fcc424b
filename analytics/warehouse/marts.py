"""The answers of one night, made by the statements of `sql/`: visits, waits, journeys, occupancy, camera health.

Each statement's header says its grain and key; what its columns mean is in the contract. Views and checks read the same
names, so that what is checked before it is published can be checked again after.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files
from typing import Any

import duckdb
import pyarrow as pa

from analytics.contracts import Contract
from analytics.errors import ContractError
from analytics.linking.model import LinkModel
from analytics.locating.floor import floor_projection
from analytics.marts import CAMERA_HEALTH, JOURNEYS, LOCATED, OCCUPANCY_MINUTELY, QUEUE_WAITS, VISITS
from analytics.settings import Settings
from analytics.sites import Site
from analytics.tables import COVERAGE, IDENTITIES, IDENTITY_MEMBERS, LINKS, RECORDINGS, TRACKLETS, UNIQUE_VISITORS
from analytics.timebase import night_interval, seconds_us, to_datetime
from analytics.warehouse.connection import STORED, Warehouse, create_site_tables, set_variables, view_files
from analytics.warehouse.joining import join_probabilities
from analytics.warehouse.relations import view_of
from analytics.warehouse.visitors import count_visitors

MADE = "made"
"""The schema of what is being made: found before what is published."""


READ = (TRACKLETS, COVERAGE, RECORDINGS, LINKS, IDENTITY_MEMBERS, IDENTITIES, *LOCATED)
"""What the answers are made of."""


def summarise(
    tables: Iterable[tuple[Contract, pa.Table]], site: Site, settings: Settings, model: LinkModel, night: date
) -> tuple[tuple[Contract, pa.Table], ...]:
    """Work out the answers of one night.

    Args:
        tables: the night's rows of READ; a table that is not given has none.
        site: cameras, zones and lines.
        settings: which breaks are bridged, and how many worlds are drawn for a count.
        model: how far counts of visitors are off.
        night: the night.

    Returns:
        One table for each of `marts.SUMMARISED`, and UNIQUE_VISITORS of the zones.

    Raises:
        ConfigError: a camera's floor points fix no plane.
        ContractError: an answer breaks its contract or a check of `sql/checks`: a bug, or a table that is wrong.
    """
    with _opened(tables, site) as warehouse:
        connection = warehouse.connection
        connection.execute(f"CREATE SCHEMA {MADE}; SET search_path = '{MADE},main'")
        _make_all(connection, site, settings, model, night)
        if broken := broken_checks(connection):
            told = [f"{name} does not hold in {rows} rows" for name, rows in broken.items()]
            raise ContractError(f"answers of {night}", told)
        return tuple((contract, _made(connection, contract, name)) for contract, name in _ANSWERS)


def _opened(tables: Iterable[tuple[Contract, pa.Table]], site: Site) -> Warehouse:
    """Return a warehouse of tables in memory: a night is read through the lake, which may be an object store."""
    warehouse, given = Warehouse(duckdb.connect(":memory:")), {contract.name: rows for contract, rows in tables}
    connection = warehouse.connection
    connection.execute("SET TimeZone = 'UTC'")
    set_variables(connection, site, with_staff=False)
    for contract in STORED:
        if contract.name in given:
            _keep(connection, contract.name, given[contract.name])
        else:
            connection.execute(view_of(contract, []))
    create_site_tables(connection, site)
    for _, text in view_files():
        connection.execute(text)
    return warehouse


def _make_all(
    connection: duckdb.DuckDBPyConnection, site: Site, settings: Settings, model: LinkModel, night: date
) -> None:
    whole = night_interval(night, site.zone_info, site.day_starts_at)
    place = {"site_id": site.site_id, "night": night.isoformat()}
    starts_at, ends_at = (to_datetime(instant).isoformat() for instant in (whole.starts_at, whole.ends_at))
    gaps = settings.marts
    _make(connection, "visits", {"visit_gap_us": seconds_us(gaps.visit_gap_s)})
    _make(connection, "queue_waits", {"served_within_us": seconds_us(gaps.served_within_s)})
    _make(connection, "stay_parts", {"stay_gap_us": seconds_us(gaps.stay_gap_s)})
    _make_stay_joins(connection)
    _make(connection, "journeys")
    _make(connection, "occupancy_minutely", {**place, "starts_at": starts_at, "ends_at": ends_at})
    _keep(connection, f"{MADE}.floor_errors", _floor_errors(site))
    _make(connection, "camera_health", place)
    _make_visitors(connection, model, settings.linking.count_worlds)
    _make(connection, "zone_visitors", {**place, "starts_at": starts_at})


def broken_checks(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the checks of `sql/checks` that do not hold, with the number of rows at fault."""
    folder = files("analytics.warehouse") / "sql" / "checks"
    found = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            query = f"SELECT count(*) FROM ({file.read_text(encoding='utf-8')})"
            found[file.name.removesuffix(".sql")] = _one(connection, query)
    return {name: rows for name, rows in found.items() if rows}


_ANSWERS = (
    (VISITS, "visits"),
    (QUEUE_WAITS, "queue_waits"),
    (JOURNEYS, "journeys"),
    (OCCUPANCY_MINUTELY, "occupancy_minutely"),
    (CAMERA_HEALTH, "camera_health"),
    (UNIQUE_VISITORS, "zone_visitors"),
)


def _make_stay_joins(connection: duckdb.DuckDBPyConnection) -> None:
    _make(connection, "stay_links")
    count = _one(connection, "SELECT count(DISTINCT stay_id) FROM stay_parts")
    links = connection.table("stay_links").to_arrow_table()
    a, b, chance = (links[name].to_numpy() for name in ("stay_a", "stay_b", "probability"))
    joined = join_probabilities(count, a, b, chance)
    _keep(
        connection,
        f"{MADE}.stay_joins",
        pa.table({"stay_id": range(count), "probability": pa.array(joined, from_pandas=True)}),
    )


def _make_visitors(connection: duckdb.DuckDBPyConnection, model: LinkModel, worlds: int) -> None:
    for name in ("visitor_parts", "visitor_links", "visitor_spots"):
        _make(connection, name)
    parts = connection.sql("SELECT * FROM visitor_parts ORDER BY number").to_arrow_table()
    links, spots = (connection.table(name).to_arrow_table() for name in ("visitor_links", "visitor_spots"))
    _keep(connection, f"{MADE}.visitors_counted", count_visitors(parts, links, spots, model, worlds))


def _floor_errors(site: Site) -> pa.Table:
    found = [projection for camera in site.cameras if (projection := floor_projection(camera))]
    return pa.table(
        {
            "camera_id": pa.array([projection.camera_id for projection in found], pa.string()),
            "floor_error_m": pa.array([projection.mean_error_m for projection in found], pa.float64()),
        }
    )


def _make(connection: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, Any] | None = None) -> None:
    text = (files("analytics.warehouse") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    connection.execute(f"CREATE TABLE {MADE}.{name} AS {text}", parameters or {})


def _keep(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    connection.register("rows_to_keep", rows)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM rows_to_keep")
    connection.unregister("rows_to_keep")


def _made(connection: duckdb.DuckDBPyConnection, contract: Contract, name: str) -> pa.Table:
    table = contract.conform(connection.table(f"{MADE}.{name}").to_arrow_table())
    contract.check(table)
    return table.sort_by([(column, "ascending") for column in contract.key])


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])
