"""The nights of an export: which were recorded, how much of each was analysed, and under which settings it was made."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pyarrow as pa

from analytics import ids
from analytics.contracts import Column, Contract
from analytics.errors import ConfigError, LakeError
from analytics.exporting.sheets import Sheet
from analytics.lake.lake import Lake
from analytics.sites import Site
from analytics.warehouse.connection import Warehouse

STAGES = ("perceive", "link", "locate", "summarise")
_DIGITS = 12

NIGHTS = Contract(
    name="nights",
    version=1,
    key=("night",),
    columns=(
        Column("site_id", pa.string(), "the site"),
        Column("night", pa.date32(), "local date of the site"),
        Column(
            "is_recorded", pa.bool_(), "false: no footage of the night was analysed; its figures are unknown, not 0"
        ),
        Column("expected_s", pa.float64(), "seconds that its cameras should have recorded; null: not known", True),
        Column("analysed_s", pa.float64(), "seconds of them that were analysed", True),
        Column("coverage", pa.float64(), "analysed_s / expected_s; figures are not scaled up to 1", True),
        *(
            Column(f"{stage}_key", pa.string(), f"digest of what the {stage} stage worked with; null: not done", True)
            for stage in STAGES
        ),
        Column("site_key", pa.string(), "digest of the zones, lines and time zone behind its figures", True),
        Column(
            "is_of_this_site_file", pa.bool_(), "false: they were made under another site file; null: unknown", True
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Period:
    """Which nights are exported.

    Attributes:
        nights: in order.
        asked: how the user said so.
    """

    nights: tuple[date, ...]
    asked: str


def period_of(
    lake: Lake, nights: Collection[date] | None = None, first: date | None = None, last: date | None = None
) -> Period:
    """Return the nights that are meant; nights without footage are among them where they were asked for.

    Args:
        lake: whose nights are meant where an end is not given.
        nights: these alone.
        first: first night of a stretch.
        last: last night of it, included.

    Raises:
        ConfigError: nights are given both ways, or the stretch ends before it begins.
        LakeError: the lake has no nights.
    """
    if nights is not None and (first or last):
        raise ConfigError("expected --night, or --from and --to, got both", field="--night")
    if nights is not None:
        return Period(tuple(sorted(set(nights))), "nights that were named")
    known = lake.ledger.nights()
    if not known:
        raise LakeError(f"{lake.store.location} has no nights: run `crosscam run` first")
    if first is None and last is None:
        return Period(known, "all nights of the lake")
    begins, ends = first or min(known[0], last or known[0]), last or max(known[-1], first or known[-1])
    if ends < begins:
        raise ConfigError(f"expected a first night before the last, got {begins} and {ends}", field="--from")
    return Period(
        tuple(begins + timedelta(days=day) for day in range((ends - begins).days + 1)), f"from {begins} to {ends}"
    )


def nights_of(warehouse: Warehouse, lake: Lake, site: Site, nights: Sequence[date]) -> pa.Table:
    """Return NIGHTS, a row for each night, recorded or not.

    Raises:
        LakeError: a publication is damaged.
    """
    seen = warehouse.query(
        "select night, sum(expected_s) as expected_s, sum(analysed_expected_s) as analysed_s, "
        "sum(analysed_s) as total_s from coverage group by night"
    )
    by_night = {row["night"]: row for row in seen.to_pylist()}
    rows = []
    for night in nights:
        own = by_night.get(night)
        expected_s, analysed_s = (own["expected_s"], own["analysed_s"]) if own else (None, None)
        rows.append(
            {
                "site_id": site.site_id,
                "night": night,
                "is_recorded": bool(own and own["total_s"]),
                "expected_s": expected_s,
                "analysed_s": analysed_s,
                "coverage": analysed_s / expected_s if expected_s else (0.0 if own is None else None),
                **{f"{stage}_key": key_of(lake, night, stage) for stage in STAGES},
                "site_key": (made := _site_made_with(lake, night)),
                "is_of_this_site_file": None if made is None else made == _site_key(site.model_dump(mode="json")),
            }
        )
    return NIGHTS.from_rows(rows)


def check_summarised(lake: Lake, site: Site, nights: pa.Table) -> None:
    """Refuse nights that were recorded and have no answers: their figures would look as if nobody had come.

    Args:
        lake: the lake.
        site: every zone and line of it must have been located.
        nights: NIGHTS.

    Raises:
        LakeError: naming a night, and what it lacks.
    """
    drawn = {*(f"zone-{zone.zone_id}" for zone in site.zones), *(f"line-{line.line_id}" for line in site.lines)}
    for row in nights.to_pylist():
        if not row["is_recorded"]:
            continue
        located = {entry.item_id for entry in lake.ledger.published(row["night"], "locate")}
        lacking = [*sorted(drawn - located), *([] if row["summarise_key"] else ["its summary"])]
        if lacking:
            told = f"{lacking[0]}{f' and {len(lacking) - 1} more' if len(lacking) > 1 else ''}"
            raise LakeError(
                f"expected the answers of {row['night']} under this site file, {told} is not there: run "
                "`crosscam locate` and `crosscam summarise` first"
            )


def key_of(lake: Lake, night: date, stage: str) -> str | None:
    """Return a digest of the keys of a stage's published work: the site file, settings, models and inputs behind it."""
    keys = sorted(entry.key for entry in lake.ledger.published(night, stage))
    return ids.digest({stage: keys})[:_DIGITS] if keys else None


def _site_made_with(lake: Lake, night: date) -> str | None:
    """Return the digest of the site file that a night was summarised with; None where its entry does not tell."""
    for entry in lake.ledger.published(night, "summarise"):
        site = entry.facts.get("site")
        if isinstance(site, dict):
            return _site_key(site)
    return None


def _site_key(site: Mapping[str, Any]) -> str:
    """Return a digest of what decides figures; what zones and lines are called does not."""
    drawings = {
        group: [{name: value for name, value in each.items() if name != "name"} for each in site[group]]
        for group in ("zones", "lines")
    }
    return ids.digest({**drawings, **{name: site[name] for name in ("timezone", "day_starts_at")}})[:_DIGITS]


def other_site_lines(nights: pa.Table) -> list[str]:
    """Return what is to be said of nights whose figures were made under another site file."""
    others = [str(row["night"]) for row in nights.to_pylist() if row["is_of_this_site_file"] is False]
    if not others:
        return []
    return [
        f"Made under another site file, with other zones, lines or another time zone: {', '.join(others)}. "
        "`crosscam locate` and `crosscam summarise` make them anew under this one."
    ]


def about_lines(
    title: str, site: Site, period: Period, nights: pa.Table, min_people: int, with_staff: bool, with_people: bool
) -> list[str]:
    """Return what stands above the tables of a README: period, time zone, coverage, hiding, staff, versions."""
    missing = [str(row["night"]) for row in nights.to_pylist() if not row["is_recorded"]]
    return [
        f"# {title}",
        f"Site {site.site_id}, {period.asked}: {', '.join(map(str, period.nights[:40]))}"
        + (f" and {len(period.nights) - 40} more" if len(period.nights) > 40 else ""),
        f"Nights are local dates of {site.timezone}, each beginning at {site.day_starts_at:%H:%M}. Columns in _at are "
        f"UTC, columns in _local the site's clocks ({site.timezone}).",
        *([f"Not recorded, so that their figures are unknown and not 0: {', '.join(missing)}"] if missing else []),
        *other_site_lines(nights),
        "Figures are of what was analysed and are never scaled up: coverage beside them is the share of the expected "
        "time that was.",
        f"Staff are {'counted with everybody' if with_staff else 'left out'}.",
        *hiding_lines(min_people, with_people),
        f"crosscam {crosscam_version()}; the table nights has digests of the settings, the site file and the input "
        "that each night was made with: nights with other digests were made under other conditions.",
    ]


def hiding_lines(min_people: int, with_people: bool = False, mark: str = "null, is_suppressed true") -> list[str]:
    """Return what small-number suppression does to an export, in sentences.

    Args:
        min_people: fewest people of a figure that is shown.
        with_people: rows of single people are in it too.
        mark: how hidden figures look.
    """
    people = [
        "Tables of single people (one row for each visit, wait or journey) hide no small numbers: whoever has them can "
        "count again. Names of identities are new in every export and fit neither the lake nor another export; times "
        "can still be compared with the lake by whoever has it."
    ]
    if min_people <= 1:
        return ["No small numbers are hidden.", *(people if with_people else [])]
    return [
        f"Figures of 1 to {min_people - 1} different people are hidden ({mark}), and as many others as it takes that "
        "the night's totals do not give them away. Zeros are shown: they describe nobody. Not protected: what other "
        "totals, other exports (another limit, other zones) and knowledge from elsewhere add.",
        *(people if with_people else []),
    ]


def crosscam_version() -> str:
    """Return the version of crosscam; "from source" where it is not installed."""
    try:
        return version("crosscam")
    except PackageNotFoundError:
        return "from source"


def night_sheet(nights: pa.Table) -> Sheet:
    """Return NIGHTS as a sheet."""
    notes = {column.name: column.note for column in NIGHTS.columns}
    return Sheet(NIGHTS.name, "One row for each night: was it recorded, and how it was made.", nights, notes)
