"""From the lake to what linking and searching look at: the tracklets of some nights with their vectors."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from analytics.lake.lake import Lake
from analytics.linking.gathering import MODEL_KEY, CameraTables, Seen, gather
from analytics.tables import BOUNDARY_POINTS, EMBEDDINGS, TRACK_POINTS, TRACKLETS

_POINTS = ("tracklet_id", "captured_at", "detection_no", "x_min", "y_min", "x_max", "y_max")


def read_seen(lake: Lake, nights: Sequence[date]) -> Seen:
    """Read what was seen in some nights, camera by camera.

    Raises:
        LakeError: a published file is missing or damaged.
    """
    tracklets = lake.read(TRACKLETS, nights)
    cameras = sorted(pc.unique(tracklets["camera_id"]).to_pylist())
    return gather([_camera(lake, nights, camera_id, tracklets) for camera_id in cameras])


def _camera(lake: Lake, nights: Sequence[date], camera_id: str, tracklets: pa.Table) -> CameraTables:
    own = tracklets.filter(pc.equal(tracklets["camera_id"], camera_id))
    embeddings = lake.read(EMBEDDINGS, nights, [camera_id])
    apart = (embeddings,)
    if MODEL_KEY not in (embeddings.schema.metadata or {}) and embeddings.num_rows:
        # nights of different models: each keeps its own name
        apart = tuple(lake.read(EMBEDDINGS, [night], [camera_id]) for night in nights)
    return CameraTables(
        own,
        lake.read(TRACK_POINTS, nights, [camera_id], _POINTS),
        lake.read(BOUNDARY_POINTS, nights, [camera_id], _POINTS),
        apart,
    )
