"""What pages ask of the lake and the site file: the only place that caches.

A cached answer belongs to what is published and to the site file's content: a new night, or an edited zone, is seen at
the next click.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
import streamlit as st

from analytics.configfile import load, load_settings
from analytics.errors import ConfigError
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.perception.models import ModelFolder
from analytics.search.forensic import best_crops
from analytics.search.gallery import SearchGallery, read_gallery
from analytics.search.presence import Presence, learn_presence
from analytics.settings import Settings
from analytics.sites import Site
from analytics.warehouse.connection import Warehouse, connect
from analytics.warehouse.describing import DescribedRelation, described
from analytics.warehouse.sealing import Limits, SealedWarehouse
from dashboard import heat, stills, zone_figures
from dashboard.options import Options, options_of
from dashboard.runs import stages_of

_SEEN_AFTER_S = 2  # a page asks many times; what is published meanwhile shows at a later click
_KEPT_ANSWERS = 256
_KEPT_WAREHOUSES = 4
_LIMITS = Limits(time_s=30.0, memory_bytes=1_000_000_000)  # of a user's query: a page waits for it


class SharedWarehouse:
    """A warehouse that the threads of several sessions use one after the other."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse, self._lock = warehouse, Lock()

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Return the rows of a statement; see `Warehouse.query`."""
        with self._lock:
            return self._warehouse.query(sql, parameters)


def options() -> Options:
    """Return what the dashboard was started with."""
    return options_of()


def lake() -> Lake:
    """Return the lake. Raises LakeError when it cannot be used."""
    return _lake(options().lake)


def site() -> Site | None:
    """Return the site as its file says now. Raises ConfigError for a wrong file."""
    path = options().site
    return None if path is None else _site(path, _digest(path))


def nights() -> tuple[date, ...]:
    """Return the nights that have something published, the newest first."""
    return _nights(options().lake, _published(options().lake))


def query(sql: str, parameters: Mapping[str, Any] | None = None, *, with_staff: bool = False) -> pa.Table:
    """Return the rows of a statement over the lake's tables, marts and views; see `warehouse.connection.connect`.

    Raises:
        LakeError: a published file is missing or damaged.
    """
    chosen = options()
    site_digest = _digest(chosen.site) if chosen.site else ""
    given = tuple(sorted((parameters or {}).items()))
    return _answer(chosen.lake, _published(chosen.lake), site_digest, with_staff, sql, given)


def settings() -> Settings:
    """Return the settings that the lake was made with. Raises ConfigError for a wrong file."""
    return load_settings(options().settings)


def models() -> ModelFolder:
    """Return where weights are found. Raises ConfigError when the user's folder is none."""
    return ModelFolder.default(options().models, None)


def gallery(wanted: tuple[date, ...]) -> SearchGallery:
    """Return what is searched in. Raises ConfigError for nights of different embedders."""
    return _gallery(options().lake, _published(options().lake), wanted)


def presence(wanted: tuple[date, ...]) -> Presence | None:
    """Return what likeness is worth there; None: too little to learn it from."""
    return _presence(options().lake, _published(options().lake), wanted)


def crops(wanted: tuple[date, ...], tracklet_ids: tuple[str, ...]) -> dict[str, bytes]:
    """Return a JPEG picture of each tracklet that has one."""
    return _crops(options().lake, _published(options().lake), wanted, tracklet_ids)


def stages(night: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what the ledger has of each stage of a night; see `runs.stages_of`."""
    return _stages(options().lake, night)


def heatmap(wanted: heat.Wanted) -> heat.Drawn:
    """Return a heatmap in every format; see `heat.draw`. Raises ConfigError without a site file."""
    chosen = options()
    return _heatmap(chosen.lake, _published(chosen.lake), _digest(chosen.site) if chosen.site else "", wanted)


def still(camera_id: str | None, night: date | None) -> stills.Still:
    """Return what zones of a camera are drawn on, or those of the floor plan; see `stills.still_of`."""
    described, _ = _described()
    about = described.floor_plan if camera_id is None else described.camera(camera_id)
    # not by what else is published: a picture takes seconds, and zones drawn on it change nothing of it
    published = [entry.key for entry in lake().ledger.published(night, "perceive")] if night else []
    return _still(options().lake, published, repr(about), camera_id, night)


def outdated(night: date) -> tuple[str, ...]:
    """Return the zones and lines whose figures of a night are of another drawing; see `zone_figures.outdated`."""
    described, _ = _described()
    entries = lake().ledger.published(night, "summarise")
    told = entries[0].facts.get("site") if entries else None
    return zone_figures.outdated(told if isinstance(told, dict) else None, described)


def look_again() -> None:
    """Forget what was published a moment ago: this page has just changed the lake."""
    _published.clear()
    _stages.clear()


def sealed(sql: str, *, with_staff: bool = False) -> pa.Table:
    """Return the rows of a user's SELECT, asked in a process of its own; see `warehouse.sealing`.

    Raises:
        ConfigError: the statement is wrong or not allowed, or takes more time or memory than it may.
        LakeError: a published file is missing or damaged.
    """
    with SealedWarehouse(lake(), site(), with_staff=with_staff, limits=_LIMITS) as warehouse:
        return warehouse.query(sql)


@st.cache_resource(show_spinner=False)
def relations() -> tuple[DescribedRelation, ...]:
    """Return every table and view that there is, with the meaning of its columns: the same for every lake."""
    with connect(Lake(open_store("memory://"))) as warehouse:
        return described(warehouse)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


@st.cache_data(show_spinner=False, ttl=_SEEN_AFTER_S, max_entries=8)
def _published(location: str) -> str:
    return _lake(location).ledger.stamp()


@st.cache_resource(show_spinner=False)
def _lake(location: str) -> Lake:
    return Lake(open_store(location))


@st.cache_resource(show_spinner=False, max_entries=8)
def _site(path: Path, digest: str) -> Site:
    return load(path, Site)


@st.cache_data(show_spinner=False, max_entries=8)
def _nights(location: str, published: str) -> tuple[date, ...]:
    opened = _lake(location)
    return tuple(night for night in reversed(opened.ledger.nights()) if opened.ledger.published(night, "account"))


@st.cache_resource(show_spinner="Opening the lake", max_entries=_KEPT_WAREHOUSES)
def _warehouse(location: str, published: str, site_digest: str, with_staff: bool) -> SharedWarehouse:
    return SharedWarehouse(connect(_lake(location), site(), with_staff=with_staff))


@st.cache_data(show_spinner="Asking the lake", max_entries=_KEPT_ANSWERS)
def _answer(
    location: str, published: str, site_digest: str, with_staff: bool, sql: str, parameters: tuple[tuple[str, Any], ...]
) -> pa.Table:
    return _warehouse(location, published, site_digest, with_staff).query(sql, dict(parameters) or None)


@st.cache_resource(show_spinner="Reading what is searched", max_entries=_KEPT_WAREHOUSES)
def _gallery(location: str, published: str, wanted: tuple[date, ...]) -> SearchGallery:
    return read_gallery(_lake(location), wanted)


@st.cache_resource(show_spinner="Learning what a likeness is worth", max_entries=_KEPT_WAREHOUSES)
def _presence(location: str, published: str, wanted: tuple[date, ...]) -> Presence | None:
    return learn_presence(_gallery(location, published, wanted))


@st.cache_data(show_spinner="Fetching pictures", max_entries=64)
def _crops(location: str, published: str, wanted: tuple[date, ...], tracklet_ids: tuple[str, ...]) -> dict[str, bytes]:
    return best_crops(_lake(location), _gallery(location, published, wanted), tracklet_ids)


@st.cache_data(show_spinner="Reading the ledger", ttl=_SEEN_AFTER_S, max_entries=8)
def _stages(location: str, night: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return stages_of(_lake(location).ledger, night)


@st.cache_data(show_spinner="Drawing the heatmap", max_entries=16)
def _heatmap(location: str, published: str, site_digest: str, wanted: heat.Wanted) -> heat.Drawn:
    described, path = _described()
    return heat.draw(_lake(location), described, settings(), wanted, footage=options().footage, site_folder=path.parent)


@st.cache_data(show_spinner="Looking for a picture without people", max_entries=16)
def _still(location: str, published: list[str], about: str, camera_id: str | None, night: date | None) -> stills.Still:
    described, path = _described()
    return stills.still_of(
        _lake(location), described, camera_id, night, footage=options().footage, site_folder=path.parent
    )


def _described() -> tuple[Site, Path]:
    described, path = site(), options().site
    if described is None or path is None:
        raise ConfigError("expected a site file: start the dashboard with `--site site.yaml`", field="--site")
    return described, path
