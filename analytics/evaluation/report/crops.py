"""One picture of each tracklet that a report shows."""

from collections.abc import Collection, Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from analytics.lake.lake import Lake
from analytics.tables import CROPS, TRACK_POINTS, TRACKLETS

_KEY = ("segment_id", "captured_at", "detection_no")


def best_crops(lake: Lake, wanted: Collection[str], nights: Collection[date] | None = None) -> Mapping[str, bytes]:
    """Return the largest stored crop of tracklets as JPEG.

    Args:
        lake: where the crops are; its cameras are read one by one.
        wanted: ids of tracklets.
        nights: nights that they are looked for in; None: all.

    Returns:
        By tracklet; one without a crop (retention drops them first) is left out.

    Raises:
        LakeError: the lake is damaged.
    """
    ids = pa.array(sorted(wanted), pa.string())
    tracklets = lake.read(TRACKLETS, nights, columns=["tracklet_id", "segment_id", "camera_id", "night"])
    tracklets = tracklets.filter(pc.is_in(tracklets["tracklet_id"], value_set=ids))
    found: dict[str, bytes] = {}
    for place in tracklets.select(["camera_id", "night"]).group_by(["camera_id", "night"]).aggregate([]).to_pylist():
        found |= _crops(lake, tracklets, place["camera_id"], place["night"])
    return found


def _crops(lake: Lake, tracklets: pa.Table, camera_id: str, night: date) -> Mapping[str, bytes]:
    points = lake.read(TRACK_POINTS, [night], [camera_id], ["tracklet_id", "captured_at", "detection_no"])
    is_wanted = pc.and_(pc.is_in(points["tracklet_id"], value_set=tracklets["tracklet_id"].combine_chunks()),
                        pc.is_valid(points["detection_no"]))  # fmt: skip
    points = points.filter(is_wanted).join(tracklets.select(["tracklet_id", "segment_id"]), "tracklet_id")
    crops = lake.read(CROPS, [night], [camera_id], [*_KEY, "jpeg", "width_px", "height_px"])
    crops = crops.append_column("area", pc.multiply(crops["width_px"], crops["height_px"]))
    own = crops.join(points, list(_KEY), join_type="inner")
    # smallest first, and of equal ones the later: the last of a tracklet stays
    own = own.sort_by([("area", "ascending"), ("captured_at", "descending"), ("detection_no", "descending")])
    return dict(zip(own["tracklet_id"].to_pylist(), own["jpeg"].to_pylist(), strict=True))
