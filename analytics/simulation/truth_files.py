"""The truth of a filmed simulated site on disk: tables for programs and people, MOTChallenge text for scoring."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from analytics.contracts import Contract
from analytics.evaluation import motchallenge
from analytics.lake.parquet import encode
from analytics.simulation import true_counts, truth
from analytics.simulation.footage import BOXES
from analytics.simulation.recorder import Reel
from analytics.simulation.timeline import Timeline
from analytics.simulation.true_movements import (
    TRUE_BOXES,
    TRUE_CAST,
    TRUE_CROSSINGS,
    TRUE_JOURNEYS,
    TRUE_PRESENCE,
    TRUE_QUEUE_WAITS,
    TRUE_UNIQUE_VISITORS,
    TRUE_VISITS,
)
from analytics.simulation.true_tables import TRUE_CLOCKS
from analytics.sites import Site

TRUTH = "truth"
_LEAST_BOX_PX = 1.0


def write_truth(
    folder: Path,
    site: Site,
    files: Mapping[str, Sequence[Reel]],
    clock_errors_s: Mapping[str, float],
    timeline: Timeline,
) -> tuple[int, int]:
    """Write all truth but the boxes, which lie there already, as Parquet, CSV and MOTChallenge text.

    Args:
        folder: of the site.
        site: cameras, zones and lines.
        files: the recordings of each camera.
        clock_errors_s: what each camera's clock shows minus true UTC, seconds.
        timeline: who was there.

    Returns:
        How many visitors and how many members of the staff were seen.
    """
    boxes = read_boxes(folder)
    logs = {camera_id: truth.frame_log(own) for camera_id, own in files.items()}
    staff = (np.flatnonzero(timeline.is_staff) + 1).tolist()
    scene = truth.filmed(site, logs, boxes, staff)
    found = truth.presence(scene)
    visited = truth.visits(scene, found)
    cast = true_counts.cast_table(scene, timeline)
    clocks = TRUE_CLOCKS.from_rows(
        {"site_id": site.site_id, "camera_id": camera_id, "clock_error_s": error_s}
        for camera_id, error_s in clock_errors_s.items()
    )
    tables: tuple[tuple[Contract, pa.Table], ...] = (
        (TRUE_PRESENCE, found),
        (TRUE_VISITS, visited),
        (TRUE_CROSSINGS, truth.crossings(scene)),
        (TRUE_QUEUE_WAITS, truth.queue_waits(scene, visited, found)),
        (TRUE_JOURNEYS, truth.journeys(scene, visited)),
        (TRUE_UNIQUE_VISITORS, true_counts.unique_visitors(scene, found)),
        (TRUE_CAST, cast),
        (TRUE_CLOCKS, clocks),
    )
    for contract, table in tables:
        (folder / TRUTH / f"{contract.name}.parquet").write_bytes(encode(contract, table))
        pa_csv.write_csv(table, folder / TRUTH / f"{contract.name}.csv")
    for camera_id in files:
        own = boxes.filter(pc.equal(boxes["camera_id"], camera_id))
        annotated = motchallenge_rows(own)
        if len(annotated):  # without a row it would be no truth file
            motchallenge.write(folder / TRUTH / f"{camera_id}.txt", annotated)
    seen = [row["is_staff"] for row in cast.to_pylist() if row["cameras"]]
    return seen.count(False), seen.count(True)


def read_boxes(folder: Path) -> pa.Table:
    """Return all true boxes of a filmed site, in order of the key; contract TRUE_BOXES."""
    parts = [pq.read_table(path, schema=TRUE_BOXES.schema) for path in sorted((folder / BOXES).rglob("*.parquet"))]
    whole = pa.concat_tables([TRUE_BOXES.empty(), *parts])
    return whole.sort_by([(name, "ascending") for name in TRUE_BOXES.key])


def motchallenge_rows(boxes: pa.Table) -> motchallenge.Annotations:
    """Return one camera's boxes as MOTChallenge has them; who hardly shows is not considered, slivers are left out.

    Args:
        boxes: contract TRUE_BOXES, of one camera.
    """
    corners = np.column_stack([boxes[name].to_numpy() for name in ("x_min", "y_min", "x_max", "y_max")])
    kept = (corners[:, 2:] - corners[:, :2] >= _LEAST_BOX_PX).all(axis=1)
    visibility = boxes["visibility"].to_numpy().astype(np.float64)[kept]
    return motchallenge.Annotations(
        frames=boxes["frame_no"].to_numpy()[kept],
        ids=boxes["person_id"].to_numpy()[kept],
        boxes=corners[kept].astype(np.float64),
        is_considered=visibility >= truth.SEEN_VISIBILITY,
        class_nos=np.full(int(kept.sum()), motchallenge.PERSON),
        visibility=visibility,
    )
