"""The linking stage: what was seen, the site and frozen settings in, tables out.

Classes are linked apart and never mixed. Every tracklet of the night is in exactly one identity, even alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analytics.contracts import Contract
from analytics.geometry import BoolArray, IntArray
from analytics.linking.answers import Named, Place, identity_rows, member_rows, name_groups
from analytics.linking.decisions import Rules, rules_of
from analytics.linking.gallery import Gallery, build_gallery
from analytics.linking.gathering import Seen
from analytics.linking.limits import limits_of, standards
from analytics.linking.links import Cut, link_rows
from analytics.linking.model import POINTS, LinkModel
from analytics.linking.proposals import Proposals, propose
from analytics.linking.reporting import ClassResult, report_rows
from analytics.linking.solving import solve
from analytics.linking.uncut import undo_cuts
from analytics.linking.visitors import visitor_rows
from analytics.settings import Linking
from analytics.sites import Site
from analytics.tables import IDENTITIES, IDENTITY_MEMBERS, LINKING_REPORT, LINKS, TRACKLETS, UNIQUE_VISITORS

PERSON = "person"


@dataclass(frozen=True, slots=True)
class Window:
    """What is linked at once.

    Attributes:
        place: the site, and the night whose rows come out; earlier nights of the window take part as they were linked.
        seen: tracklets of all nights of the window.
        known: identity_members of the earlier nights; contract IDENTITY_MEMBERS.
        decisions: contract DECISIONS, of all nights.
        coverage: contract COVERAGE, of the night.
    """

    place: Place
    seen: Seen
    known: pa.Table
    decisions: pa.Table
    coverage: pa.Table


def link(window: Window, site: Site, linking: Linking, model: LinkModel) -> tuple[tuple[Contract, pa.Table], ...]:
    """Link the tracklets of a window.

    Args:
        window: what was seen and decided.
        site: the transits that it states.
        linking: the settings.
        model: what was learned.

    Returns:
        One table for each of `tables.LINKED`.

    Raises:
        ConfigError: decisions contradict each other, or the site's transits do.
        ContractError: a tracklet breaks its contract, by ending before it begins, say; or an answer does: a bug.
    """
    seen = window.seen
    TRACKLETS.check(seen.tracklets)
    rules = rules_of(window.decisions, seen.tracklets["tracklet_id"].to_pylist())
    anchors, known = _anchors(seen, window.known)
    classes = np.array(seen.tracklets["class_name"].to_pylist(), dtype=str)
    results = [
        _link_class(window, rows, name, anchors, known, rules, site, linking, model)
        for name in np.unique(classes).tolist()
        for rows in (np.flatnonzero(classes == name),)
    ]
    people = next((result for result in results if result.class_name == PERSON), None)
    proposals = (
        propose(people.named.labels, people.gallery.pieces.sightings, people.gallery.camera_ids)
        if people
        else Proposals((), {}, {})
    )
    report = report_rows(window.place, seen, results, rules, proposals, linking)
    visitors = visitor_rows(window.place, site, people, window.coverage, linking, model)
    tables = (
        (LINKS, _stacked(LINKS, [result.links for result in results])),
        (IDENTITY_MEMBERS, _stacked(IDENTITY_MEMBERS, [result.members for result in results])),
        (IDENTITIES, _stacked(IDENTITIES, [result.identities for result in results])),
        (UNIQUE_VISITORS, visitors),
        (LINKING_REPORT, report),
    )
    for contract, table in tables:
        contract.check(table)
    return tables


def _link_class(
    window: Window,
    rows: IntArray,
    class_name: str,
    anchors: IntArray,
    known: Sequence[str],
    rules: Rules,
    site: Site,
    linking: Linking,
    model: LinkModel,
) -> ClassResult:
    parts = of_rows(window.seen, rows)
    kinds = (_days(parts), anchors[rows])
    uncut = undo_cuts(parts, kinds, rules.is_spoken_of[rows])
    seen, first = uncut.seen, rows[uncut.first]
    row_of = np.full(len(window.seen), -1)
    row_of[rows] = uncut.whole
    must, cannot = _within(row_of, rules.must), _within(row_of, rules.cannot)
    gallery = build_gallery(seen, standards(linking), anchors[first], rules.is_spoken_of[first])
    limits = limits_of(gallery, site, linking, cannot)
    solved = solve(gallery, seen, must, limits, linking, model)
    point = POINTS[linking.operating_point]
    site_id = window.place.site_id
    named = name_groups(solved, gallery, uncut, point, known, site_id, model.joins["cut"])
    staff, no_person = rules.is_staff[first], rules.is_no_person[first]
    cut = Cut(point, linking.keep_above, limits, model)
    return ClassResult(
        class_name=class_name,
        uncut=uncut,
        gallery=gallery,
        limits=limits,
        solved=solved,
        named=named,
        is_left_out=_spread_marks(named, gallery, staff | no_person),
        links=link_rows(solved, named, gallery, uncut, window.place, cut),
        members=member_rows(named, gallery, uncut, window.place),
        identities=identity_rows(named, gallery, uncut, window.place, staff, no_person),
        model=model,
    )


def _spread_marks(named: Named, gallery: Gallery, is_marked: BoolArray) -> BoolArray:
    """Return (n,) pieces whose identity holds a marked tracklet."""
    marked = np.zeros(len(named.identity), bool)
    marked[named.labels[is_marked[gallery.tracklet]]] = True
    return marked[named.labels]


def _anchors(seen: Seen, known: pa.Table) -> tuple[IntArray, list[str]]:
    """Return the number of each tracklet's earlier identity, -1: none, and the identities' ids."""
    names = sorted(set(known["identity_id"].to_pylist()))
    number: Mapping[str, int] = {name: place for place, name in enumerate(names)}
    of = dict(zip(known["tracklet_id"].to_pylist(), known["identity_id"].to_pylist(), strict=True))
    tracklets = seen.tracklets["tracklet_id"].to_pylist()
    return np.array([number[of[name]] if name in of else -1 for name in tracklets], np.int64), names


def _within(row_of: IntArray, pairs: IntArray) -> IntArray:
    """Return pairs as rows of one class; a pair of two classes says nothing in either."""
    inside = row_of[pairs].reshape(-1, 2)
    return inside[(inside >= 0).all(axis=1)]


def _days(seen: Seen) -> IntArray:
    return np.asarray(seen.tracklets["night"].cast(pa.int32()).to_numpy(), np.int64)


def of_rows(seen: Seen, rows: IntArray) -> Seen:
    """Return some of the tracklets, in order, with all that belongs to them."""
    if len(rows) == len(seen):
        return seen
    row_of = np.full(len(seen), -1)
    row_of[rows] = np.arange(len(rows))
    is_own = row_of[seen.owner] >= 0
    return Seen(
        seen.tracklets.take(pa.array(rows)),
        seen.first_box[rows],
        seen.last_box[rows],
        row_of[seen.owner[is_own]],
        seen.captured_at[is_own],
        seen.quality[is_own],
        seen.vectors[is_own],
        _within(row_of, seen.joins),
        seen.excluded,
    )


def _stacked(contract: Contract, tables: Sequence[pa.Table]) -> pa.Table:
    stacked = pa.concat_tables([contract.empty(), *tables]).combine_chunks()
    return stacked.sort_by([(name, "ascending") for name in contract.key])
