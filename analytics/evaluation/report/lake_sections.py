"""What a report says of a lake: tracks, identities, link probabilities, and the people who were gathered worst."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.documents.content import Grid, Image, Section, shown
from analytics.evaluation.counts import CAMERA, SITE, summarise_counts
from analytics.evaluation.evaluate import Evaluation
from analytics.evaluation.linking import FOUND, REFERENCES
from analytics.evaluation.links import calibration_tables
from analytics.evaluation.reliability import reliability
from analytics.evaluation.report.appearance_section import Pictures, curve
from analytics.evaluation.report.montage import MAX_TILES, MEANING, Mark, Row, Tile, has_pictures, montage
from analytics.evaluation.report.plots import interval_plot, precision_recall_plot, reliability_plot
from analytics.evaluation.tracking import ALL_CAMERAS, LINKED, ORACLE
from analytics.geometry import IntArray

_WORST_IN_TABLE, _WORST_IN_PICTURES = 25, 15


def tracking_section(tracking: pa.Table) -> Section:
    """Return the figures of boxes."""
    columns = (
        ("camera_id", "camera"),
        *((name, name.upper()) for name in ("hota", "deta", "assa", "mota", "idf1", "idp", "idr")),
        ("switches", "switches"),
        ("false_positives", "false positives"),
        ("false_negatives", "missed"),
        ("truth_ids", "people"),
        ("found_ids", "tracks"),
        ("evaluated_frames", "frames"),
    )
    text = (
        f"By TrackEval. Cameras and {ALL_CAMERAS}: tracklets as they are, each camera's own. {LINKED}: the identities "
        f"found, all cameras as one sequence. {ORACLE}: the same tracklets linked without a mistake."
    )
    return Section("Tracks", text, [Grid(columns, tracking.to_pylist(), [ALL_CAMERAS, LINKED])])


def linking_section(linking: pa.Table) -> Section:
    """Return the figures of identities."""
    shares = (
        ("identities_of", "identities"),
        ("idf1", "IDF1"),
        ("idp", "IDP"),
        ("idr", "IDR"),
        ("bcubed_f1", "B-cubed F1"),
        ("bcubed_precision", "precision"),
        ("bcubed_recall", "recall"),
        ("exact_journeys", "exact journeys"),
        ("exact_journeys_in_two_cameras", "of two cameras or more"),
        ("identities_per_person", "identities per person"),
    )
    pairs = (
        ("identities_of", "identities"),
        ("cross_camera_precision", "pairs across cameras, precision"),
        ("cross_camera_recall", "recall"),
        ("cross_camera_f1", "F1"),
        ("pair_f1", "all pairs, F1"),
        ("move_precision", "moves, precision"),
        ("move_recall", "recall"),
        ("move_f1", "F1"),
        ("people", "people"),
        ("identities", "identities"),
        ("tracklets", "tracklets"),
    )
    rows = linking.to_pylist()
    references = "; ".join(f"{name.replace('_', ' ')}: {meaning}" for name, meaning in REFERENCES.items())
    text = f"Tracklets against true people; IDF1 weighs a tracklet by its seconds. For comparison, {references}."
    return Section("Identities across cameras", text, [Grid(shares, rows, [FOUND]), Grid(pairs, rows, [FOUND])])


def calibration_section(evaluation: Evaluation) -> Section:
    """Return whether the links' probabilities hold."""
    judged = evaluation.links
    scores, _ = calibration_tables(judged)
    columns = (
        ("pairs", "links"),
        ("expected_error", "expected calibration error"),
        ("largest_error", "largest error"),
        ("brier", "Brier score"),
        ("accepted", "accepted"),
        ("stated_false", "of them false, as stated"),
        ("false", "as observed"),
        ("rejected_true", "true of those not accepted"),
    )
    images = [
        Image(
            reliability_plot(reliability(judged.probability, judged.is_same)),
            "How often links of a stated probability are one person, with two standard errors, and how many there are.",
        )
    ]
    if judged.is_same.any():
        drawn = curve("stated probability", judged.probability, judged.is_same)
        caption = "Links accepted from a probability on; recall is of the true links that were kept, not of all pairs."
        images.append(Image(precision_recall_plot([drawn]), caption))
    text = (
        "Links against the truth: merges that made identities, and likely ones that made none. What was never a "
        "candidate is not among them."
    )
    return Section("Link probabilities", text, [Grid(columns, scores.to_pylist())], images)


def counts_section(counts: pa.Table) -> Section:
    """Return how right the counted visitors are."""
    columns = tuple((name, name.replace("_", " ")) for name in counts.schema.names)
    rows = [
        {**row, "night": str(row["night"]), "is_inside": "yes" if row["is_inside"] else "no"}
        for row in counts.to_pylist()
    ]
    told = []
    for scope in (SITE, CAMERA):
        summary = summarise_counts(counts, scope)
        if summary.nights:
            told.append(
                f"{scope}: {summary.nights} counts, {shown(summary.coverage)} of the intervals hold the truth, mean "
                f"error {shown(summary.mean_error)}, mean size of the error {shown(summary.mean_absolute_error)}"
            )
    text = f"Visitors expected by linking with a 90 % interval, and the people who were there. {'; '.join(told)}."
    own = counts.filter(pc.equal(counts["scope"], SITE))
    images = []
    if own.num_rows > 1:
        figures = (own[name].to_numpy().astype(np.float64) for name in ("estimate", "lower", "upper", "truth"))
        drawn = interval_plot([str(night) for night in own["night"].to_pylist()], *figures)
        images.append(Image(drawn, "Visitors of the site by night; red: the interval misses the truth."))
    return Section("Counts", text, [Grid(columns, rows)], images)


def answers_section(answers: pa.Table) -> Section:
    """Return the night's answers beside what happened."""
    columns = tuple((name, name.replace("_", " ")) for name in answers.schema.names)
    rows = [
        {**row, "night": str(row["night"]), "figure": row["figure"].replace("_", " ")} for row in answers.to_pylist()
    ]
    text = (
        "Footfall of lines, visits of zones with their median dwell, waits of queues that ended in service. The truth "
        "is of the whole night, whatever was analysed of it."
    )
    return Section("Answers", text, [Grid(columns, rows)])


def people_section(evaluation: Evaluation, pictures: Pictures) -> Section:
    """Return the people who were gathered worst, with the pictures of their tracklets; nobody where all are exact."""
    columns = (
        ("person_id", "person"),
        ("overlap", "overlap"),
        ("right", "right"),
        ("wrong", "wrong"),
        ("missing", "missing"),
        ("identities", "spread over identities"),
        ("cameras", "cameras"),
        ("identity_id", "identity"),
    )
    worst = evaluation.people.filter(pc.less(evaluation.people["overlap"], 1)).to_pylist()
    text = (
        "Each person's identity is the one with most of their tracklets. Overlap: right over right, wrong and missing; "
        f"{len(worst)} of {evaluation.people.num_rows} people are not exact. "
        f"{', '.join(f'{MEANING[mark]}: {colour}' for mark, colour in _COLOURS.items())}."
    )
    grids = [Grid(columns, worst[:_WORST_IN_TABLE])] if worst else []
    rows = _galleries(evaluation.compared, worst[:_WORST_IN_PICTURES], pictures) if worst else []
    images = [Image(montage(rows), "Worst identities first; times are UTC.")] if has_pictures(rows) else []
    return Section("Worst identities", text, grids, images)


_COLOURS = {Mark.RIGHT: "green", Mark.WRONG: "red and crossed out", Mark.MISSING: "orange"}


def _galleries(compared: pa.Table, worst: Sequence[dict[str, object]], pictures: Pictures) -> Sequence[Row]:
    ordered = compared.sort_by([("starts_at", "ascending"), ("tracklet_id", "ascending")])
    people = np.array(ordered["person_id"].to_pylist(), object)
    identities = np.array(ordered["identity_id"].to_pylist(), object)
    chosen = []
    for row in worst:
        is_own, is_in = people == row["person_id"], identities == row["identity_id"]
        if row["identity_id"] is None:  # the person's tracklets all stand alone
            is_in = np.zeros(len(people), np.bool_)
        kinds = (is_own & is_in, is_in & ~is_own, is_own & ~is_in)
        chosen.append(_some_of_each(*map(np.flatnonzero, kinds)))
    shown_places = [place for places in chosen for place in places[:MAX_TILES]]
    crops = pictures(set(ordered["tracklet_id"].take(pa.array(shown_places, pa.int64())).to_pylist()))
    rows = []
    for row, places in zip(worst, chosen, strict=True):
        title = (
            f"{row['person_id']}: overlap {row['overlap']:.3f}, {row['right']} right, {row['wrong']} wrong, "
            f"{row['missing']} missing"
        )
        tracklets = ordered.take(pa.array(places, pa.int64())).to_pylist()
        rows.append(Row(title, [_tile(row, tracklet, crops) for tracklet in tracklets]))
    return rows


def _some_of_each(*kinds: IntArray) -> list[int]:
    """Return all places, in the first tiles some of each kind, in their order; what is not shown stands last."""
    total = sum(map(len, kinds))
    if total <= MAX_TILES:
        return [*np.concatenate([np.sort(np.concatenate(kinds[:2])), kinds[2]]).tolist()]
    first = [place for kind in kinds for place in kind[: MAX_TILES // len(kinds)].tolist()]
    others = [place for kind in kinds for place in kind[MAX_TILES // len(kinds) :].tolist()]
    return [*first, *others]


def _tile(row: Mapping[str, object], tracklet: Mapping[str, Any], crops: Mapping[str, bytes]) -> Tile:
    is_right = tracklet["person_id"] == row["person_id"]
    is_in = row["identity_id"] is not None and tracklet["identity_id"] == row["identity_id"]
    mark = (Mark.RIGHT if is_right else Mark.WRONG) if is_in else Mark.MISSING
    captions = (f"{tracklet['starts_at']:%H:%M:%S}", tracklet["camera_id"])
    who = () if is_right else (tracklet["person_id"] or "nobody",)
    return Tile(crops.get(tracklet["tracklet_id"]), (*captions, *who), mark)
