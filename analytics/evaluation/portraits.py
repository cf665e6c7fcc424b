"""The vectors of a lake's tracklets, one for each, with whose they are: what a report judges appearance by."""

from collections.abc import Collection, Iterator
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.evaluation.appearance import Portraits
from analytics.evaluation.whose import as_arrays
from analytics.geometry import IntArray
from analytics.lake.lake import Lake
from analytics.linking.appearance import pooled
from analytics.linking.gathering import CameraTables, gather
from analytics.tables import BOUNDARY_POINTS, EMBEDDINGS, TRACK_POINTS, TRACKLETS

MOST_TRACKLETS = 3000
"""Above it a sample of people is judged: every query is compared with every tracklet."""

_KEY = ["segment_id", "captured_at", "detection_no"]


def read_portraits(
    lake: Lake, compared: pa.Table, nights: Collection[date] | None = None, most: int = MOST_TRACKLETS
) -> Portraits | None:
    """Return the pooled vectors of tracklets, those of a sample of people where there are many.

    Args:
        lake: where the vectors are; its cameras are read one by one.
        compared: COMPARED_TRACKLETS.
        nights: nights to read; None: all.
        most: tracklets wanted at most. People are drawn at random (always the same ones) with all of their
            tracklets, and as large a share of the false tracks with them.

    Returns:
        None where no tracklet has a vector (retention drops them first). Tracklets without one are left out, as are
        vectors of another model than most.

    Raises:
        LakeError: the lake is damaged.
    """
    chosen = compared.take(_sampled(compared, most))
    parts = [part for part in _cameras(lake, chosen, nights) if part.tracklets.num_rows]
    seen = gather(parts)
    if not len(seen.vectors):
        return None
    vectors, weight = pooled(seen.vectors, seen.quality, seen.owner, len(seen))
    ids = seen.tracklets["tracklet_id"].filter(pa.array(weight > 0))
    own = chosen.take(pc.index_in(ids, value_set=chosen["tracklet_id"].combine_chunks()))
    arrays = as_arrays(own)
    return Portraits(
        vectors=vectors[weight > 0],
        people=arrays.people,
        cameras=arrays.cameras,
        person_names=tuple(sorted(pc.unique(own["person_id"].drop_null()).to_pylist())),
        camera_names=tuple(sorted(pc.unique(own["camera_id"]).to_pylist())),
        keys=tuple(ids.to_pylist()),
    )


def _sampled(compared: pa.Table, most: int) -> IntArray:
    """Return the rows of as many people as have at most so many tracklets together, and of as many of nobody's."""
    if compared.num_rows <= most:
        return np.arange(compared.num_rows)
    people = as_arrays(compared).people
    share = most / len(people)
    drawn = np.random.default_rng(0)
    numbers, sizes = np.unique(people[people >= 0], return_counts=True)
    order = drawn.permutation(len(numbers))
    kept = numbers[order][np.cumsum(sizes[order]) <= share * sizes.sum()]
    nobody = np.flatnonzero(people < 0)
    others = drawn.choice(nobody, int(share * len(nobody)), replace=False)
    return np.sort(np.concatenate([np.flatnonzero(np.isin(people, kept)), others]))


def _cameras(lake: Lake, chosen: pa.Table, nights: Collection[date] | None) -> Iterator[CameraTables]:
    """Yield each camera's tables, cut down to the tracklets wanted."""
    ids = chosen["tracklet_id"].combine_chunks()
    for camera_id in sorted(pc.unique(chosen["camera_id"]).to_pylist()):
        tracklets = lake.read(TRACKLETS, nights, [camera_id])
        tracklets = tracklets.filter(pc.is_in(tracklets["tracklet_id"], value_set=ids))
        points = lake.read(TRACK_POINTS, nights, [camera_id])
        points = points.filter(pc.is_in(points["tracklet_id"], value_set=ids))
        # night by night: nights may be of different models, which only their own metadata tell
        own_nights = sorted(pc.unique(tracklets["night"]).to_pylist())
        embeddings = [lake.read(EMBEDDINGS, [night], [camera_id]) for night in own_nights]
        vectors = tuple(_of_points(table, points, tracklets) for table in embeddings)
        yield CameraTables(tracklets, points, BOUNDARY_POINTS.empty(), vectors)


def _of_points(embeddings: pa.Table, points: pa.Table, tracklets: pa.Table) -> pa.Table:
    """Return the vectors of detections that are points of the tracklets."""
    detected = points.filter(pc.is_valid(points["detection_no"])).select(["tracklet_id", *_KEY[1:]])
    wanted = detected.join(tracklets.select(["tracklet_id", "segment_id"]), "tracklet_id")
    rows = embeddings.select(_KEY).append_column("row", pa.array(np.arange(embeddings.num_rows)))
    found = rows.join(wanted.select(_KEY), _KEY, join_type="left semi")
    return embeddings.take(found["row"].combine_chunks().sort())
