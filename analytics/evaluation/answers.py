"""The answers of a night beside the truth: footfall of lines, visits and dwell of zones, waits of queues."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from analytics.contracts import Column, Contract, one_of
from analytics.lake.lake import Lake

FIGURES = ("crossings_in", "crossings_out", "visits", "median_dwell_s", "waits", "median_wait_s")
_MEDIANS = frozenset({"median_dwell_s", "median_wait_s"})
_ON_LINES = frozenset({"crossings_in", "crossings_out"})

ANSWER_SCORES = Contract(
    name="answer_scores",
    version=1,
    key=("night", "place_id", "figure"),
    columns=(
        Column("night", pa.date32(), "the night"),
        Column("place_id", pa.string(), "line or zone of the site file"),
        Column(
            "figure",
            pa.string(),
            "crossings_in and crossings_out of a line; visits of a zone and their median dwell, those whose begin or "
            "end was not seen among them; waits that ended in service, and their median; all of the whole night",
        ),
        Column(
            "found",
            pa.float64(),
            "as the lake answers; seconds in _s; null: no row to take a median of, or no such place in the lake",
            True,
        ),
        Column("truth", pa.float64(), "what happened, analysed or not; null: no row to take a median of", True),
        Column("error", pa.float64(), "(found - truth) / truth; null where one is null or the truth is 0", True),
    ),
    rules=(one_of("figure", FIGURES),),
)
"""Answers against the truth; itself an answer, not a table of the lake. A place that nobody used and nobody was found
in has no row."""

# the same statements of both sides; the figures of the lake are those of footfall_hourly, dwell_hourly and queue_hourly
_ASKED = """
    select night, line_id as place_id, 'crossings_' || direction as figure, count(*)::double as value
    from {crossings} group by all
    union all select night, zone_id, 'visits', count(*)::double from {visits} group by all
    union all select night, zone_id, 'median_dwell_s', median(dwell_s) from {visits} group by all
    union all select night, queue_zone_id, 'waits', count(wait_s)::double from {waits} group by all
    union all select night, queue_zone_id, 'median_wait_s', median(wait_s) from {waits} where wait_s is not null
    group by all
"""
_STAFF_TOO = "(not is_staff or {with_staff})"

Key = tuple[date, str, str]


@dataclass(frozen=True, slots=True)
class TrueAnswers:
    """What happened.

    Attributes:
        crossings: TRUE_CROSSINGS.
        visits: TRUE_VISITS.
        waits: TRUE_QUEUE_WAITS.
    """

    crossings: pa.Table
    visits: pa.Table
    waits: pa.Table


def compare_answers(
    lake: Lake, truth: TrueAnswers, nights: Collection[date] | None, *, leaves_out_staff: bool
) -> pa.Table:
    """Return ANSWER_SCORES of the nights that were summed up and have truth.

    Args:
        lake: located and summarised; nights that are not are left out.
        truth: of the whole site.
        nights: nights wanted; None: all.
        leaves_out_staff: somebody told linking who is staff, so that true staff are left out too.

    Raises:
        LakeError: the lake is damaged.
    """
    known = {night for table in (truth.crossings, truth.visits, truth.waits) for night in table["night"].to_pylist()}
    wanted = {
        night
        for night in lake.ledger.nights()
        if night in known and (nights is None or night in nights) and lake.ledger.published(night, "summarise")
    }
    if not wanted:
        return ANSWER_SCORES.empty()
    found, true = _ask(lake, truth, wanted, with_staff=not leaves_out_staff)
    located = {(night, entry.item_id) for night in wanted for entry in lake.ledger.published(night, "locate")}
    keys = sorted(found.keys() | true.keys(), key=_place_in_table)
    return ANSWER_SCORES.from_rows(_row(key, found, true, located) for key in keys)


def _ask(
    lake: Lake, truth: TrueAnswers, nights: Collection[date], *, with_staff: bool
) -> tuple[dict[Key, float], dict[Key, float]]:
    """Return the figures found and the true ones."""
    from analytics.warehouse.connection import connect

    counted = _STAFF_TOO.format(with_staff=with_staff)
    of_lake = {
        "crossings": f"(from crossings_with_identity where is_person and not is_repeat and {counted})",
        "visits": f"(from visits where {counted})",
        "waits": f"(from queue_waits where {counted})",
    }
    tables = {"crossings": truth.crossings, "visits": truth.visits, "waits": truth.waits}
    with connect(lake, nights=nights) as warehouse:
        for name, table in tables.items():
            warehouse.connection.register(f"happened_{name}", table)
        of_truth = {name: f"(from happened_{name} where {counted})" for name in tables}
        answers = [warehouse.query(_ASKED.format(**sources)).to_pylist() for sources in (of_lake, of_truth)]
    found, true = (
        {(row["night"], row["place_id"], row["figure"]): row["value"] for row in rows if row["night"] in nights}
        for rows in answers
    )
    return found, true


def _row(
    key: Key, found: dict[Key, float], true: dict[Key, float], located: Collection[tuple[date, str]]
) -> dict[str, object]:
    night, place_id, figure = key
    nothing = None if figure in _MEDIANS else 0.0
    is_known = (night, f"{'line' if figure in _ON_LINES else 'zone'}-{place_id}") in located
    answer, happened = found.get(key, nothing) if is_known else None, true.get(key, nothing)
    error = (answer - happened) / happened if answer is not None and happened else None
    return {"night": night, "place_id": place_id, "figure": figure, "found": answer, "truth": happened, "error": error}


def _place_in_table(key: Key) -> tuple[date, int, str, int]:
    """Lines, zones, queues; a place's figures together."""
    night, place_id, figure = key
    number = FIGURES.index(figure)
    return night, number // 2, place_id, number
