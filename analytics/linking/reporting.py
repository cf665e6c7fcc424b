"""What linking tells of itself beside its answers: what it left out, how sure it is, and where it knows too little."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from analytics.geometry import BoolArray
from analytics.linking.answers import Named, Place, built
from analytics.linking.calibration import ENOUGH, Strangers, strangers
from analytics.linking.decisions import Rules
from analytics.linking.fallback import plain_labels
from analytics.linking.feasibility import RULES, Limits
from analytics.linking.gallery import Gallery
from analytics.linking.gathering import Seen
from analytics.linking.model import POINTS, LinkModel
from analytics.linking.proposals import FEWEST_MOVES, Proposals
from analytics.linking.solving import Solved, way_of
from analytics.linking.tree import CUT, KINDS, SCORED
from analytics.linking.uncut import Uncut
from analytics.settings import Linking
from analytics.tables import LINKING_REPORT

Row = tuple[str, str, float | None, str | None]


@dataclass(frozen=True, slots=True)
class ClassResult:
    """Everything about one class.

    Attributes:
        class_name: the class.
        uncut: its tracklets.
        gallery: its pieces.
        limits: what is impossible.
        solved: who is who.
        named: the groups at the operating point.
        is_left_out: (n,) pieces whose identity is staff, or no person.
        links: rows of LINKS.
        members: rows of IDENTITY_MEMBERS.
        identities: rows of IDENTITIES.
        model: what was learned.
    """

    class_name: str
    uncut: Uncut
    gallery: Gallery
    limits: Limits
    solved: Solved
    named: Named
    is_left_out: BoolArray
    links: pa.Table
    members: pa.Table
    identities: pa.Table
    model: LinkModel


def report_rows(
    place: Place, seen: Seen, results: Sequence[ClassResult], rules: Rules, proposals: Proposals, linking: Linking
) -> pa.Table:
    """Return LINKING_REPORT."""
    rows: list[Row] = [
        ("input", "tracklets", float(len(seen)), "of the window"),
        ("input", "vectors", float(len(seen.owner)), "that can be compared"),
        ("input", "cut_joins", float(len(seen.joins)), "tracklets that a cut parted, by the boxes around it"),
        ("input", "decisions_without_tracklet", float(len(rules.unknown)), _named(rules.unknown)),
        *(("exclusions", name, float(count), _EXCLUSIONS[name]) for name, count in seen.excluded.items()),
    ]
    for result in results:
        rows += [
            (section, f"{result.class_name}: {name}", value, note)
            for section, name, value, note in _told(result, linking)
        ]
    rows += _proposed(proposals)
    columns = list(zip(*rows, strict=True))
    return built(
        LINKING_REPORT,
        place,
        {
            "section": pa.array(columns[0], pa.string()),
            "name": pa.array(columns[1], pa.string()),
            "value": pa.array(columns[2], pa.float64()),
            "note": pa.array(columns[3], pa.string()),
        },
    )


_EXCLUSIONS = {
    "not_finite": "vectors with infinite or missing numbers: the network or its weights are broken",
    "zero": "vectors without a direction",
    "wrong_length": "vectors of another length than most",
    "other_model": "vectors of another model than most: perceive these cameras anew",
    "no_tracklet": "vectors of a detection that is in no tracklet",
}
_COUNTS = {
    "without_vector": "uncut tracklets without a vector that can be compared: alone unless place and time join them",
    "too_small": "uncut tracklets below min_height_px: they may join an identity, and begin none",
    "too_poor": "uncut tracklets below min_quality: they may join an identity, and begin none",
    "switched": "uncut tracklets that were parted since they show two people",
}


def _named(names: Sequence[str], most: int = 5) -> str | None:
    if not names:
        return None
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return "decisions name them, the window does not have them: " + ", ".join(names[:most]) + more


def _told(result: ClassResult, linking: Linking) -> Iterator[Row]:
    gallery, solved = result.gallery, result.solved
    yield from (("input", name, float(count), _COUNTS[name]) for name, count in gallery.counts.items())
    shrinkage = gallery.shrinkage if np.isfinite(gallery.shrinkage) else None
    yield "input", "uncut", float(len(result.uncut.seen)), "tracklets when those that cuts parted count as one"
    yield "input", "camera_shrinkage", shrinkage, "tracklets at which half of a camera's mean was taken off"
    yield "input", "overruled_joins", float(solved.start.overruled), "joins that a decision or a rule forbids"
    for number, done in enumerate(solved.rounds):
        yield "rounds", f"{number + 1} groups", float(len(done.look.groups)), f"neighbours: {done.look.near.method}"
        yield "rounds", f"{number + 1} recall", done.look.near.recall, "share of the exact neighbours that were found"
        yield "rounds", f"{number + 1} candidates", float(done.candidate_count), None
        yield "rounds", f"{number + 1} merges", float(len(done.merges)), None
        yield "rounds", f"{number + 1} refused", float(len(done.refusals.edge)), "best partners that a rule kept apart"
    yield from _points(result)
    yield from _verdicts(result)
    yield from _calibrated(result)
    yield from _fallback(result, linking)


def _points(result: ClassResult) -> Iterator[Row]:
    tree = result.solved.tree
    for name, above in POINTS.items():
        kept = tree.height > above
        wrong = 1 - tree.merging.probability[kept]
        yield "points", f"{name} identities", float(int(tree.labels(above).max(initial=-1)) + 1), None
        yield "points", f"{name} links", float(kept.sum()), f"merges more probable than {above:g}"
        stated = float(wrong.mean()) if len(wrong) else None
        yield "points", f"{name} false_match_rate", stated, "stated: mean of 1 - probability of its links"
    weak = ~result.gallery.pieces.is_seed
    sizes = np.bincount(result.named.labels)
    alone = weak & (sizes[result.named.labels] == 1)
    share = float(alone.mean()) if len(alone) else None
    yield "points", "unresolved_share", share, "too weak to begin an identity, and in none"


def _verdicts(result: ClassResult) -> Iterator[Row]:
    tree = result.solved.tree
    for kind, name in enumerate(KINDS):
        count = int(((tree.merging.kind == kind) & (tree.height > 0)).sum())
        count += len(result.uncut.cuts) if kind == CUT else 0
        yield "links", name, float(count), "merges made this way" if kind == SCORED else None
    codes = np.concatenate([np.zeros(0, np.int64), *[done.refusals.code for done in result.solved.rounds]])
    for code, rule in enumerate(RULES[1:], start=1):
        yield "refused", rule, float((codes == code).sum()), "merges of best partners that the rule refused"


def _calibrated(result: ClassResult) -> Iterator[Row]:
    start = result.solved.start
    same = np.concatenate([start.cut, start.decided])
    found = strangers(result.gallery, result.uncut.seen, same, result.limits)
    yield "calibration", "proven_strangers", float(np.triu(found.count).sum()), "pairs seen at once in two places"
    yield "calibration", "proven_same", float(found.same_count), "pairs of pieces of one tracklet, or across a cut"
    level = None if np.isnan(found.level) else found.level
    yield "calibration", "likeness_of_95_in_100", level, "standard deviations above chance; null: too little evidence"
    share = None if np.isnan(found.site_high) else found.site_high
    yield "calibration", "strangers_as_alike", share, "share of proven strangers who are as alike as that"
    yield from _by_cameras(result, found)


def _by_cameras(result: ClassResult, found: Strangers) -> Iterator[Row]:
    cameras = result.gallery.camera_ids
    tree = result.solved.tree
    kept = tree.height > POINTS["balanced"]
    where = result.gallery.pieces.sightings.camera
    ends = np.sort(np.stack([where[tree.merging.a[kept]], where[tree.merging.b[kept]]]), axis=0)
    key = ends[0] * len(cameras) + ends[1]
    links = np.bincount(key, minlength=len(cameras) ** 2)
    wrong = np.bincount(key, 1 - tree.merging.probability[kept], minlength=len(cameras) ** 2)
    few = int((found.count[np.triu_indices(len(cameras))] < ENOUGH).sum())
    yield "calibration", "camera_pairs_of_too_little_evidence", float(few), f"fewer than {ENOUGH} proven strangers"
    for a, one in enumerate(cameras):
        for b in range(a, len(cameras)):
            place, count = a * len(cameras) + b, int(found.count[a, b])
            if not (count or links[place]):
                continue
            pair = f"{one} {cameras[b]}"
            note = None if count >= ENOUGH else f"too little evidence: below {ENOUGH} the site's figures stand in"
            yield "cameras", f"{pair} proven_strangers", float(count), note
            yield "cameras", f"{pair} strangers_mean", float(found.mean[a, b]), "standard deviations above chance"
            yield "cameras", f"{pair} strangers_deviation", float(found.deviation[a, b]), None
            stated = float(wrong[place] / links[place]) if links[place] else None
            yield "cameras", f"{pair} links", float(links[place]), None
            yield "cameras", f"{pair} false_match_rate", stated, "stated, at the balanced point"


def _fallback(result: ClassResult, linking: Linking) -> Iterator[Row]:
    thresholds = np.array([result.model.fallback_threshold])
    way = way_of(linking, len(result.model.rounds))
    labels = plain_labels(result.gallery.pieces, result.solved.start.labels, result.limits, way.search, thresholds)[0]
    own = result.named.labels
    count = float(int(labels.max(initial=-1)) + 1)
    note = "average linkage of camera-normalised vectors with the same rules, at a threshold from simulated sites"
    yield "fallback", "identities", count, note
    pairs, numbers = np.unique(np.stack([own, labels]), axis=1, return_counts=True) if len(own) else (own, own)
    if len(own):
        share = (numbers**2 / np.bincount(own)[pairs[0]]).sum() / len(own)
        yield "fallback", "share_kept_together", float(share), "of each tracklet's identity, how much it agrees with"


def _proposed(proposals: Proposals) -> Iterator[Row]:
    for camera, offset in proposals.offsets.items():
        yield "proposals", f"{camera} clock_offset_s", offset, "clock ahead of the others' mean; not applied"
        yield "proposals", f"{camera} error_s", proposals.doubt_s[camera], "standard error of the offset"
    for way in proposals.transits:
        name = f"{way['from_camera']} {way['to_camera']}"
        yield "proposals", f"{name} min_s", float(way["min_s"]), f"from {way['moves']} moves; not applied"
        yield "proposals", f"{name} max_s", float(way["max_s"]), f"at least {FEWEST_MOVES} moves are asked for"
