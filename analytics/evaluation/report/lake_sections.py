"""What a report says of a lake: tracks, identities, link probabilities, and the people who were gathered worst."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.evaluation.agreement import count_pairs, everybody
from analytics.evaluation.counts import CAMERA, SITE, summarise_counts
from analytics.evaluation.evaluate import Evaluation
from analytics.evaluation.linking import FOUND, REFERENCES
from analytics.evaluation.links import calibration_tables
from analytics.evaluation.reliability import reliability
from analytics.evaluation.report.appearance_section import Pictures, curve
from analytics.evaluation.report.montage import MAX_TILES, MEANING, Mark, Row, Tile, montage
from analytics.evaluation.report.page import Grid, Image, Section, shown
from analytics.evaluation.report.plots import interval_plot, precision_recall_plot, reliability_plot
from analytics.evaluation.tracking import ALL_CAMERAS, LINKED, ORACLE
from analytics.evaluation.whose import as_arrays

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
        ("false_discovery", "of them wrong"),
        ("false_match", "false match rate"),
        ("false_non_match", "false non-match rate"),
    )
    images = [
        Image(
            reliability_plot(reliability(judged.probability, judged.is_same)),
            "How often links of a stated probability are one person, with two standard errors, and how many there are.",
        )
    ]
    is_across, is_same = judged.is_across, judged.is_same
    linked = as_arrays(evaluation.compared)
    wanted = count_pairs(everybody(linked), linked.cameras).across
    if (is_same & is_across).any():
        missed = wanted - int((is_same & is_across).sum())
        drawn = curve("stated probability", judged.probability[is_across], is_same[is_across], missed)
        images.append(
            Image(
                precision_recall_plot([drawn]),
                f"Links in two cameras, accepted from a probability on. {missed} true pairs were no candidates: "
                "recall ends before 1, but identities may still join them through others.",
            )
        )
    text = "Links that state a probability, against the truth; error rates are those of the links that were accepted."
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
    images = [Image(montage(rows), "Worst identities first; times are UTC.")] if rows else []
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
        chosen.append([*np.flatnonzero(is_in), *np.flatnonzero(is_own & ~is_in)])
    shown = ordered.take([place for places in chosen for place in places[:MAX_TILES]])["tracklet_id"]
    crops = pictures(set(shown.to_pylist()))
    rows = []
    for row, places in zip(worst, chosen, strict=True):
        tiles = []
        for tracklet in ordered.take(places).to_pylist():
            is_right = tracklet["person_id"] == row["person_id"]
            is_in = row["identity_id"] is not None and tracklet["identity_id"] == row["identity_id"]
            mark = (Mark.RIGHT if is_right else Mark.WRONG) if is_in else Mark.MISSING
            who = "" if is_right else f" {tracklet['person_id'] or 'nobody'}"
            captions = (f"{tracklet['starts_at']:%H:%M:%S}{who}", tracklet["camera_id"])
            tiles.append(Tile(crops.get(tracklet["tracklet_id"]), captions, mark))
        title = (
            f"{row['person_id']}: overlap {row['overlap']:.3f}, {row['right']} right, {row['wrong']} wrong, "
            f"{row['missing']} missing"
        )
        rows.append(Row(title, tiles))
    return rows
