"""The rows of `unique_visitors`: the site and its cameras, for the night and each of its hours."""

import numpy as np
import pyarrow as pa

from analytics.contracts import INSTANT
from analytics.geometry import FloatArray, IntArray
from analytics.linking.answers import Place, built, is_of_night_rows
from analytics.linking.counting import Counted, count, doubts_of
from analytics.linking.model import LinkModel
from analytics.linking.places import Spots, spots_of
from analytics.linking.reporting import ClassResult
from analytics.settings import Linking
from analytics.sites import Site
from analytics.tables import UNIQUE_VISITORS
from analytics.timebase import night_interval


def visitor_rows(
    place: Place, site: Site, people: ClassResult | None, coverage: pa.Table, linking: Linking, model: LinkModel
) -> pa.Table:
    """Return UNIQUE_VISITORS of a night; a night without people has one row, which says 0.

    Args:
        place: site and night.
        site: its time zone, for the start of the night.
        people: who is who; None: nobody was seen.
        coverage: contract COVERAGE, of the night.
        linking: the settings.
        model: how far counts are off.
    """
    starts_at = night_interval(place.night, site.zone_info, site.day_starts_at).starts_at
    if people is None:
        return _rows(place, ["site"], [place.site_id], np.array([-1]), _nobody(), _coverage_of(coverage), starts_at)
    everybody = np.ones(len(people.gallery.pieces), bool)
    of_night = is_of_night_rows(people.uncut.seen, place)[people.gallery.tracklet]
    spots = spots_of(people.gallery.pieces.sightings, of_night)
    doubts = doubts_of(people.solved, people.gallery, everybody, people.is_left_out)
    counted = count(doubts, spots.cells, model.count, linking.count_worlds)
    scopes = ["site" if number < 0 else "camera" for number in spots.place.tolist()]
    names = [place.site_id if number < 0 else people.gallery.camera_ids[number] for number in spots.place.tolist()]
    return _rows(place, scopes, names, spots.hour_at, counted, _coverages(coverage, names, scopes, spots), starts_at)


def _nobody() -> Counted:
    return Counted(np.zeros(1), np.zeros(1), np.zeros(1))


def _rows(
    place: Place,
    scopes: list[str],
    names: list[str],
    hour_at: IntArray,
    counted: Counted,
    seen: FloatArray,
    night: int,
) -> pa.Table:
    is_night = hour_at < 0
    return built(
        UNIQUE_VISITORS,
        place,
        {
            "scope": pa.array(scopes, pa.string()),
            "scope_id": pa.array(names, pa.string()),
            "period": pa.array(np.where(is_night, "night", "hour").tolist(), pa.string()),
            "period_at": pa.array(np.where(is_night, night, hour_at), pa.int64()).cast(INSTANT),
            "estimate": counted.estimate,
            "lower": counted.lower,
            "upper": counted.upper,
            "coverage": pa.array(seen, mask=np.isnan(seen)),
        },
    )


def _coverages(coverage: pa.Table, names: list[str], scopes: list[str], spots: Spots) -> FloatArray:
    """Return the share of expected seconds that were analysed in each cell; NaN: nothing was expected."""
    hours = coverage["hour_at"].cast(pa.int64()).to_numpy()
    cameras = np.array(coverage["camera_id"].to_pylist(), dtype=object)
    expected, analysed = (coverage[name].to_numpy() for name in ("expected_s", "analysed_expected_s"))
    shares = np.full(len(names), np.nan)
    for cell, (name, scope, hour) in enumerate(zip(names, scopes, spots.hour_at.tolist(), strict=True)):
        own = np.ones(len(hours), bool) if scope == "site" else cameras == name
        own &= (hours == hour) if hour >= 0 else True
        total = float(expected[own].sum())
        shares[cell] = float(analysed[own].sum()) / total if total > 0 else np.nan
    return shares


def _coverage_of(coverage: pa.Table) -> FloatArray:
    total = float(np.sum(coverage["expected_s"].to_numpy()))
    return np.array([float(np.sum(coverage["analysed_expected_s"].to_numpy())) / total if total > 0 else np.nan])
