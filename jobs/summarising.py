"""Summarise a night of a lake: read what was perceived, linked and located, and publish the answers made of it.

The result is a function of the night's published tables, the site, the settings and the link model: their hash is the
key of the work item.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from analytics import ids
from analytics.errors import LakeError
from analytics.lake.lake import Lake
from analytics.linking.model import LinkModel, shipped
from analytics.locating.drawings import drawings_of, name_of
from analytics.marts import LOCATED, SUMMARISED
from analytics.settings import Settings
from analytics.sites import Site
from analytics.tables import IDENTITY_MEMBERS, TRACKLETS, UNIQUE_VISITORS
from analytics.warehouse.marts import READ, summarise

STAGE = "summarise"
STAGE_VERSION = 1
"""Goes up when the code that summarises changes what comes out; every night is then summarised anew."""

LINK, LOCATE = "link", "locate"
_WRITTEN = (*SUMMARISED, UNIQUE_VISITORS)


def nights_to_summarise(lake: Lake, nights: Sequence[date] | None = None) -> tuple[date, ...]:
    """Return the nights that were linked, in order."""
    wanted = lake.ledger.nights() if nights is None else sorted(set(nights))
    return tuple(night for night in wanted if lake.ledger.published(night, LINK))


def summarise_night(lake: Lake, site: Site, settings: Settings, night: date) -> bool:
    """Summarise one night and publish it; return whether readers see something new.

    Raises:
        ConfigError: a camera's floor points fix no plane.
        ContractError: an answer breaks its contract or a check.
        LakeError: the night was not linked, or its zones and lines were not located, or both before it was perceived
            anew; or the lake cannot be read or written.
    """
    _check_ready(lake, site, night)
    model = shipped()
    key = _key(lake, site, settings, model, night)
    if lake.ledger.find(night, STAGE, key) is None:
        tables = [(contract, lake.read(contract, [night])) for contract in READ]
        _check_fits({contract.name: rows for contract, rows in tables}, night)
        made = summarise(tables, site, settings, model, night)
        lake.write_item(
            stage=STAGE,
            night=night,
            camera_id=None,
            item_id=night.isoformat(),
            key=key,
            tables=made,
            # under which site file and limits a figure was made, when they change between nights
            facts={
                "site": site.model_dump(mode="json", include=_OF_SITE),
                "marts": settings.marts.model_dump(mode="json"),
            },
        )
    return lake.ledger.publish(night, STAGE, [key])


def _check_ready(lake: Lake, site: Site, night: date) -> None:
    if not lake.ledger.published(night, LINK):
        raise LakeError(f"expected {night} linked, to know who was where: run `crosscam link --night {night}` first")
    located = {entry.item_id for entry in lake.ledger.published(night, LOCATE)}
    # without it a zone would look as if nobody had come
    if lacking := sorted({name_of(drawing) for drawing in drawings_of(site)} - located):
        raise LakeError(
            f"expected every zone and line of {site.site_id} located on {night}, {len(lacking)} are not, such as "
            f"{lacking[0]}: run `crosscam locate --night {night}` first"
        )


def _check_fits(tables: Mapping[str, pa.Table], night: date) -> None:
    """Check that who was linked and located is who was perceived: another tracker makes other tracklets."""
    perceived = tables[TRACKLETS.name]["tracklet_id"].combine_chunks()
    linked = tables[IDENTITY_MEMBERS.name]["tracklet_id"]
    if len(linked) != len(perceived) or not pc.all(pc.is_in(linked, value_set=perceived), min_count=0).as_py():
        told = f"expected the {len(perceived)} tracklets of {night} linked, found {len(linked)} linked, others in part"
        raise LakeError(f"{told}: run `crosscam link --night {night}` first")
    for contract in LOCATED:
        if not pc.all(pc.is_in(tables[contract.name]["tracklet_id"], value_set=perceived), min_count=0).as_py():
            told = f"expected {contract.name} of tracklets of {night}, found others that are no more"
            raise LakeError(f"{told}: run `crosscam locate --night {night}` first")


def _key(lake: Lake, site: Site, settings: Settings, model: LinkModel, night: date) -> str:
    """Return the hash of everything that decides the night's answers."""
    wanted = {contract.name for contract in READ}
    inputs = sorted(
        file.path
        for stage in lake.ledger.stages(night)
        for entry in lake.ledger.published(night, stage)
        for file in entry.files
        if file.table in wanted
    )
    return ids.digest(
        {
            "version": STAGE_VERSION,
            "contracts": {contract.name: contract.version for contract in (*READ, *_WRITTEN)},
            "marts": settings.marts.model_dump(mode="json"),
            "count_worlds": settings.linking.count_worlds,
            "site": [site.site_id, site.timezone, site.day_starts_at.isoformat()],
            "cameras": [camera.model_dump(mode="json", include=_OF_CAMERA) for camera in site.cameras],
            # where they lie is in the located files
            "zones": [zone.model_dump(mode="json", include=_OF_ZONE) for zone in site.zones],
            "model": model.digest,
            "inputs": inputs,
        }
    )


_OF_SITE = {"site_id", "timezone", "day_starts_at", "zones", "lines"}
_OF_CAMERA = {"camera_id", "floor_points"}
_OF_ZONE = {"zone_id", "camera_id", "kind", "serves"}
