"""All that truth says of a lake: its tracks, its identities, and the probabilities of its links."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analytics.contracts import Contract
from analytics.errors import ConfigError, ContractError
from analytics.evaluation.agreement import everybody
from analytics.evaluation.answers import ANSWER_SCORES, TrueAnswers, compare_answers
from analytics.evaluation.cameras import CameraTracks, has_boxes, read_cameras
from analytics.evaluation.counts import COUNT_SCORES, compare_counts, presences_of_boxes, presences_of_stops
from analytics.evaluation.journeys import PEOPLE_SCORES, judge_people
from analytics.evaluation.linking import LINKING_SCORES, score_with_references
from analytics.evaluation.links import JudgedLinks, judge_links
from analytics.evaluation.scores import DEFAULT_MIN_IOU, Scorer
from analytics.evaluation.tracking import LINKED, ORACLE, TRACKING_SCORES, score_identities, score_tracking
from analytics.evaluation.whose import (
    apart_by_night,
    as_arrays,
    compare,
    name_boxes,
    name_by,
    people_of_boxes,
    people_of_table,
)
from analytics.lake.lake import Lake
from analytics.simulation.true_movements import TRUE_CAST, TRUE_CROSSINGS, TRUE_QUEUE_WAITS, TRUE_VISITS
from analytics.simulation.true_tables import TRUE_IDENTITIES, TRUE_STOPS
from analytics.tables import IDENTITIES, IDENTITY_MEMBERS, LINKS, RECORDINGS, TRACKLETS, UNIQUE_VISITORS

_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was found; tables of contracts of this package.

    Attributes:
        tracking: TRACKING_SCORES; no rows where the truth has no boxes.
        linking: LINKING_SCORES; no rows where nothing was linked, as in the tables that follow.
        people: PEOPLE_SCORES.
        counts: COUNT_SCORES.
        answers: ANSWER_SCORES; no rows where nothing was summed up, or the truth is of boxes alone.
        compared: COMPARED_TRACKLETS, all that were judged.
        links: the links that state a probability.
        notes: what a reader has to know of the figures.
    """

    tracking: pa.Table
    linking: pa.Table
    people: pa.Table
    counts: pa.Table
    answers: pa.Table
    compared: pa.Table
    links: JudgedLinks
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Truth:
    """What is true, and what was found of boxes.

    Attributes:
        people: TRACKLET_PEOPLE.
        presences: PRESENCES.
        cameras: tracks of the cameras that have true boxes.
        tracking: TRACKING_SCORES of these.
        camera_ids: cameras that the truth is of; None: all.
    """

    people: pa.Table
    presences: pa.Table
    cameras: Sequence[CameraTracks]
    tracking: pa.Table
    camera_ids: Collection[str] | None


def evaluate(
    lake: Lake,
    truth: Path,
    *,
    nights: Collection[date] | None = None,
    cameras: Collection[str] | None = None,
    class_name: str = _PERSON,
    min_iou: float = DEFAULT_MIN_IOU,
    footage: Path | None = None,
    is_by_night: bool = True,
) -> Evaluation:
    """Compare a lake with the truth.

    Args:
        lake: where the tables are.
        truth: folder of MOTChallenge files (see `read_cameras`), or of the true tables of a site simulated as tables.
        nights: nights wanted; None: all.
        cameras: cameras wanted; None: all that have truth.
        class_name: class of the tracklets that are judged.
        min_iou: overlap from which a box is on its truth, in (0, 1].
        footage: see `read_cameras`.
        is_by_night: whoever comes back on another night is not to be found again, as identities expire; otherwise a
            person is one over all nights.

    Raises:
        ConfigError: truth is missing, broken or another lake's, or an option is out of range.
        LakeError: the lake is damaged.
    """
    scorer = Scorer(min_iou)
    if has_boxes(truth):
        own = read_cameras(lake, truth, nights=nights, cameras=cameras, class_name=class_name, footage=footage)
        known = _Truth(
            people_of_boxes(own, min_iou),
            presences_of_boxes(own, _staff(truth)),
            own,
            score_tracking(own, scorer),
            frozenset(camera.camera_id for camera in own),
        )
    else:
        known = _read_tables(truth, nights, cameras)
    tracklets = lake.read(TRACKLETS, nights, known.camera_ids)
    tracklets = tracklets.filter(pc.equal(tracklets["class_name"], class_name))
    members = lake.read(IDENTITY_MEMBERS, nights)
    compared = compare(tracklets, members, known.people)
    compared = apart_by_night(compared) if is_by_night else compared
    links = judge_links(lake.read(LINKS, nights), compared)
    if not members.num_rows:
        nothing = (LINKING_SCORES.empty(), PEOPLE_SCORES.empty(), COUNT_SCORES.empty(), ANSWER_SCORES.empty())
        return Evaluation(known.tracking, *nothing, compared, links, _notes(compared, is_linked=False))
    return Evaluation(
        tracking=_with_linked(known, compared, scorer, is_by_night),
        linking=score_with_references(as_arrays(compared)),
        people=judge_people(compared),
        counts=_counts(lake, known, nights) if class_name == _PERSON else COUNT_SCORES.empty(),
        answers=_answers(lake, truth, nights) if class_name == _PERSON and not cameras else ANSWER_SCORES.empty(),
        compared=compared,
        links=links,
        notes=_notes(compared, is_linked=True),
    )


def _with_linked(known: _Truth, compared: pa.Table, scorer: Scorer, is_by_night: bool) -> pa.Table:
    """Return the tracking scores with those of identities below."""
    if not known.cameras:
        return known.tracking
    oracle = name_by(compared, everybody(as_arrays(compared)))
    names = {LINKED: name_boxes(compared), ORACLE: oracle}
    across = score_identities(known.cameras, names, scorer, is_by_night=is_by_night)
    return pa.concat_tables([known.tracking, across])


def _counts(lake: Lake, known: _Truth, nights: Collection[date] | None) -> pa.Table:
    recorded = set(lake.read(RECORDINGS, nights, columns=["camera_id"])["camera_id"].drop_null().to_pylist())
    return compare_counts(
        lake.read(UNIQUE_VISITORS, nights),
        known.presences,
        is_whole_site=known.camera_ids is None or recorded <= set(known.camera_ids),
        leaves_out_staff=_knows_staff(lake, nights),
    )


def _answers(lake: Lake, truth: Path, nights: Collection[date] | None) -> pa.Table:
    """Return ANSWER_SCORES; the truth of boxes alone, and that of sites simulated as tables, knows no zones."""
    contracts = (TRUE_CROSSINGS, TRUE_VISITS, TRUE_QUEUE_WAITS)
    if not all((truth / f"{contract.name}.parquet").is_file() for contract in contracts):
        return ANSWER_SCORES.empty()
    true = TrueAnswers(*(_true_table(truth, contract) for contract in contracts))
    return compare_answers(lake, true, nights, leaves_out_staff=_knows_staff(lake, nights))


def _knows_staff(lake: Lake, nights: Collection[date] | None) -> bool:
    """Return whether somebody told linking of anybody that they are staff."""
    return bool(pc.any(lake.read(IDENTITIES, nights, columns=["is_staff"])["is_staff"]).as_py())


def _read_tables(truth: Path, nights: Collection[date] | None, cameras: Collection[str] | None) -> _Truth:
    """Read the truth of a site that was simulated as tables, where there are no boxes to compare."""
    identities, stops = (_true_table(truth, contract) for contract in (TRUE_IDENTITIES, TRUE_STOPS))
    if nights is not None:
        stops = stops.filter(pc.is_in(stops["night"], value_set=pa.array(sorted(nights), pa.date32())))
    if cameras is not None:
        stops = stops.filter(pc.is_in(stops["camera_id"], value_set=pa.array(sorted(cameras), pa.string())))
    return _Truth(people_of_table(identities), presences_of_stops(stops), (), TRACKING_SCORES.empty(), cameras)


def _staff(truth: Path) -> frozenset[int]:
    """Return who works at a filmed simulated site; MOTChallenge text does not say it of anybody."""
    if not (truth / f"{TRUE_CAST.name}.parquet").is_file():
        return frozenset()
    cast = _true_table(truth, TRUE_CAST)
    return frozenset(cast.filter(cast["is_staff"])["person_id"].to_pylist())


def _true_table(truth: Path, contract: Contract) -> pa.Table:
    path = truth / f"{contract.name}.parquet"
    if not path.is_file():
        raise ConfigError(
            f"expected a folder of <camera_id>.txt files, or of a simulated site's truth with {path.name}, found none",
            path=truth,
        )
    try:
        return contract.conform(pq.read_table(path))
    except (pa.ArrowException, OSError, ContractError) as error:
        raise ConfigError(f"expected the table {contract.name}, cannot read it: {error}", path=path) from error


def _notes(compared: pa.Table, is_linked: bool) -> tuple[str, ...]:
    false = compared["person_id"].null_count
    notes = [f"{false} of {compared.num_rows} tracklets are nobody's by the truth"] if false else []
    if not is_linked:
        notes.append("the lake has no identities: nothing is said across cameras")
    elif alone := compared["identity_id"].null_count:
        notes.append(f"{alone} tracklets are in no identity and count as alone")
    return tuple(notes)
