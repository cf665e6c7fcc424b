"""Link a night of a lake: read what its cameras saw, link it, and publish the answer; what was done before is found.

The result is a function of the window's published tables, the site, the settings, the decisions and the model: their
hash is the key of the work item. One process does it, on all of its cores, with Ray or without: all is compared with
all, so that workers would need the whole window each.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow.compute as pc

from analytics import ids
from analytics.lake.lake import Lake
from analytics.linking.answers import Place
from analytics.linking.limits import stated_ways
from analytics.linking.link import Window, link
from analytics.linking.model import LinkModel
from analytics.linking.reading import read_seen
from analytics.settings import Linking
from analytics.sites import Site
from analytics.tables import (
    COVERAGE,
    DECISIONS,
    IDENTITIES,
    IDENTITY_MEMBERS,
    LINKED,
    LINKING_REPORT,
    LINKS,
    PERCEIVED,
    UNIQUE_VISITORS,
)
from analytics.timebase import night_interval

STAGE = "link"
STAGE_VERSION = 2
"""Goes up when the code that links changes what comes out; every night is then linked anew."""

PERCEIVE = "perceive"
_SITE = "site"
_SITE_FIELDS: Any = {
    **dict.fromkeys(("site_id", "timezone", "day_starts_at", "transits"), True),
    "cameras": {"__all__": {"camera_id"}},
}
"""What linking takes notice of, and the cameras that transits name; kept with the result."""

_POINTS = ("tracklet_id", "captured_at", "detection_no", "x_min", "y_min", "x_max", "y_max")


def nights_to_link(lake: Lake, nights: Sequence[date] | None = None) -> tuple[date, ...]:
    """Return the nights of which all was perceived, in order: a later one builds on those before it."""
    wanted = lake.ledger.nights() if nights is None else sorted(set(nights))
    return tuple(night for night in wanted if lake.ledger.published(night, PERCEIVE))


def link_night(lake: Lake, site: Site, linking: Linking, model: LinkModel, night: date) -> bool:
    """Link one night and publish it; return whether readers see something new.

    Raises:
        ConfigError: decisions or the site's transits contradict each other.
        LakeError: the lake cannot be read or written.
    """
    nights = window_of(night, linking.window_nights)
    key = _key(lake, site, linking, model, nights)
    if lake.ledger.find(night, STAGE, key) is None:
        tables = link(read_window(lake, site.site_id, nights), site, linking, model)
        lake.write_item(
            stage=STAGE,
            night=night,
            camera_id=None,
            item_id=night.isoformat(),
            key=key,
            tables=tables,
            facts={_SITE: site.model_dump(mode="json", include=_SITE_FIELDS, exclude_defaults=True)},
        )
    return lake.ledger.publish(night, STAGE, [key])


def site_as_linked(lake: Lake, site_id: str) -> Site:
    """Return the site as the lake was linked with last, as far as linking takes notice of it; else one without ways."""
    for night in reversed(lake.ledger.nights()):
        for entry in lake.ledger.published(night, STAGE):
            if _SITE in entry.facts:
                return Site.model_validate(entry.facts[_SITE])
    return Site(site_id=site_id)


def window_of(night: date, window_nights: int) -> tuple[date, ...]:
    """Return the nights that are linked together with one, in order, itself last."""
    return tuple(night - timedelta(days=back) for back in range(window_nights - 1, -1, -1))


def read_window(lake: Lake, site_id: str, nights: Sequence[date]) -> Window:
    """Read what a window's linking needs, camera by camera."""
    night = nights[-1]
    return Window(
        Place(site_id, night),
        read_seen(lake, nights),
        lake.read(IDENTITY_MEMBERS, nights[:-1]) if len(nights) > 1 else IDENTITY_MEMBERS.empty(),
        lake.read(DECISIONS),
        lake.read(COVERAGE, [night]),
    )


def summary_of(lake: Lake, night: date) -> dict[str, str | int | float | None]:
    """Return a night's answer in a few numbers: identities and links, visitors with their 90 % interval."""
    told = {(row["section"], row["name"]): row["value"] for row in lake.read(LINKING_REPORT, [night]).to_pylist()}
    links = lake.read(LINKS, [night], columns=["verdict", "probability"])
    accepted = links.filter(pc.equal(links["verdict"], "accepted"))["probability"].to_numpy()
    whole = [
        row
        for row in lake.read(UNIQUE_VISITORS, [night]).to_pylist()
        if (row["scope"], row["period"]) == ("site", "night")
    ]
    return {
        "night": night.isoformat(),
        "tracklets": int(told["input", "tracklets"]),
        "identities": lake.read(IDENTITIES, [night], columns=["identity_id"]).num_rows,
        "links": len(accepted),
        "visitors": round(whole[0]["estimate"], 1) if whole else None,
        "lower": round(whole[0]["lower"], 1) if whole else None,
        "upper": round(whole[0]["upper"], 1) if whole else None,
        "false_match_percent": round(float((1 - accepted).mean()) * 100, 2) if len(accepted) else None,
    }


def proposals_of(lake: Lake, night: date) -> dict[str, list[dict[str, str | float]]]:
    """Return what a night's links suggest for the site file: `cameras` with clock offsets, and `transits`."""
    rows = [row for row in lake.read(LINKING_REPORT, [night]).to_pylist() if row["section"] == "proposals"]
    cameras: list[dict[str, str | float]] = []
    ways: dict[tuple[str, str], dict[str, str | float]] = {}
    for row in rows:
        *ends, field = row["name"].split(" ")
        if field in ("clock_offset_s", "error_s"):
            if not cameras or cameras[-1]["camera_id"] != ends[0]:
                cameras.append({"camera_id": ends[0]})
            cameras[-1][field] = row["value"]
        else:
            way = ways.setdefault((ends[0], ends[1]), {"from_camera": ends[0], "to_camera": ends[1]})
            way[field] = row["value"]
    return {"cameras": cameras, "transits": [{**way, "both_ways": False} for _, way in sorted(ways.items())]}


def _key(lake: Lake, site: Site, linking: Linking, model: LinkModel, nights: Sequence[date]) -> str:
    """Return the hash of everything that decides the night's answer, and of nothing else."""
    inputs = {
        f"{night} {stage}": sorted(file.path for entry in lake.ledger.published(night, stage) for file in entry.files)
        for night in nights
        for stage in (PERCEIVE, *(() if night == nights[-1] else (STAGE,)))
    }
    coverage = [
        file.path
        for entry in lake.ledger.published(nights[-1], "account")
        for file in entry.files
        if file.table == COVERAGE.name
    ]
    decisions = lake.read(DECISIONS)
    return ids.digest(
        {
            "version": STAGE_VERSION,
            "contracts": {contract.name: contract.version for contract in (*PERCEIVED, *LINKED, DECISIONS)},
            "linking": linking.model_dump(mode="json"),
            "site": site.site_id,
            "starts_at": night_interval(nights[-1], site.zone_info, site.day_starts_at).starts_at,
            "ways": [[*way, least_s] for way, least_s in stated_ways(site.transits).items() if least_s > 0],
            "model": model.digest,
            "inputs": inputs,
            "coverage": sorted(coverage),
            "decisions": hashlib.sha256(repr(decisions.to_pylist()).encode()).hexdigest(),
        }
    )
