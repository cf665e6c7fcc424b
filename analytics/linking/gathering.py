"""From one camera's tables to what linking needs of it: where tracklets begin and end, and their vectors.

Track points are many and are read camera by camera; what comes out is small. Vectors that cannot be compared are left
out here, counted and named.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.geometry import FloatArray, IntArray
from analytics.linking.cuts import cut_joins
from analytics.tables import TRACKLETS

MODEL_KEY = b"crosscam_embedder_digest"
EXCLUSIONS = ("not_finite", "zero", "wrong_length", "other_model", "no_tracklet")
"""Why a vector is left out: NaN or infinite, no direction, another length or another model than most, no owner."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of n tracklets before anybody is linked.

    Attributes:
        tracklets: (n) rows, contract TRACKLETS, sorted by tracklet_id.
        first_box: (n, 4) px, where each was first seen; NaN without track points.
        last_box: (n, 4) px, where last.
        owner: (m,) row of the tracklet that each vector is of.
        captured_at: (m,) instants of the vectors, microseconds.
        quality: (m,) quality of the vectors' crops, in [0, 1].
        vectors: (m, d) float32 of length 1; d = 0 when there is none.
        joins: (j, 2) rows of tracklets that are one by the boxes at a cut.
        excluded: number of vectors left out, by reason.
    """

    tracklets: pa.Table
    first_box: FloatArray
    last_box: FloatArray
    owner: IntArray
    captured_at: IntArray
    quality: FloatArray
    vectors: FloatArray
    joins: IntArray
    excluded: Mapping[str, int]

    def __len__(self) -> int:
        """Return the number of tracklets."""
        return len(self.tracklets)


@dataclass(frozen=True, slots=True)
class CameraTables:
    """The tables of one camera, or of several, as perceiving wrote them; columns of their contracts.

    Attributes:
        tracklets: contract TRACKLETS.
        track_points: contract TRACK_POINTS; some columns may be left out.
        boundary_points: contract BOUNDARY_POINTS, likewise.
        embeddings: contract EMBEDDINGS; a table for each stretch of one model, which its metadata names.
    """

    tracklets: pa.Table
    track_points: pa.Table
    boundary_points: pa.Table
    embeddings: tuple[pa.Table, ...]


def gather(parts: Sequence[CameraTables]) -> Seen:
    """Put the cameras together.

    The model and the length of vector that most vectors have are the window's; others are excluded.
    """
    tables = [part.tracklets for part in parts] or [TRACKLETS.empty()]
    tracklets = pa.concat_tables(tables)
    order = np.argsort(np.array(tracklets["tracklet_id"].to_pylist(), dtype=str), kind="stable")
    tracklets = tracklets.take(pa.array(order)).combine_chunks()
    row_of = np.empty(len(order), np.int64)
    row_of[order] = np.arange(len(order))
    model, length = _usual(parts)
    excluded: Counter[str] = Counter()
    boxes, vectors, joins = [], [], []
    begins = 0
    for part in parts:
        rows = row_of[begins : begins + len(part.tracklets)]
        begins += len(part.tracklets)
        boxes.append((rows, _ends(part)))
        joins.append(rows[cut_joins(part.tracklets, part.track_points, part.boundary_points)])
        vectors += [_vectors(part, table, rows, model, length, excluded) for table in part.embeddings]
    first, last = np.full((len(order), 4), np.nan), np.full((len(order), 4), np.nan)
    for rows, (first_boxes, last_boxes) in boxes:
        first[rows], last[rows] = first_boxes, last_boxes
    columns = zip(*vectors, strict=True) if vectors else ([column] for column in _none())
    owner, at, quality, matrix = (np.concatenate(column) for column in columns)
    by_owner = np.lexsort((at, owner))
    return Seen(
        tracklets,
        first,
        last,
        owner[by_owner],
        at[by_owner],
        quality[by_owner],
        matrix[by_owner],
        np.concatenate([np.zeros((0, 2), np.int64), *joins]),
        {name: excluded[name] for name in EXCLUSIONS},
    )


def micros(column: pa.ChunkedArray) -> IntArray:
    """Return a column of instants as microseconds."""
    return np.asarray(column.cast(pa.int64()).to_numpy(), np.int64)


def _none() -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros((0, 0), np.float32)


def _usual(parts: Sequence[CameraTables]) -> tuple[bytes | None, int]:
    """Return the model and the length that most vectors have; of a tie the smallest."""
    models: Counter[bytes] = Counter()
    tables = [table for part in parts for table in part.embeddings]
    for table in tables:
        models[_model(table)] += table.num_rows
    model = max(sorted(models), key=lambda name: models[name]) if models else b""
    lengths: Counter[int] = Counter()
    for table in tables:
        if _model(table) == model:
            lengths.update(_lengths(table).tolist())
    return model, max(sorted(lengths), key=lambda length: lengths[length]) if lengths else 0


def _model(embeddings: pa.Table) -> bytes:
    return bytes((embeddings.schema.metadata or {}).get(MODEL_KEY, b""))


def _lengths(embeddings: pa.Table) -> IntArray:
    return np.asarray(pc.fill_null(pc.list_value_length(embeddings["vector"]), 0).to_numpy(), np.int64)


def _ends(part: CameraTables) -> tuple[FloatArray, FloatArray]:
    """Return the (n, 4) first and last boxes of the part's tracklets; NaN where there are no points."""
    count = len(part.tracklets)
    first, last = np.full((count, 4), np.nan), np.full((count, 4), np.nan)
    owner = _rows(part.track_points["tracklet_id"], part.tracklets["tracklet_id"])
    at = micros(part.track_points["captured_at"])
    order = np.lexsort((at, owner))
    order = order[owner[order] >= 0]
    if not len(order):
        return first, last
    boxes = np.stack([part.track_points[side].to_numpy() for side in ("x_min", "y_min", "x_max", "y_max")], axis=1)
    sorted_owner = owner[order]
    begins = np.flatnonzero(np.diff(sorted_owner, prepend=-1))
    ends = np.append(begins[1:], len(order)) - 1
    first[sorted_owner[begins]] = boxes[order[begins]]
    last[sorted_owner[begins]] = boxes[order[ends]]
    return first, last


def _rows(ids: pa.ChunkedArray, of: pa.ChunkedArray) -> IntArray:
    """Return the (n,) places of ids in a column without repetition; -1 where they are not in it."""
    found = pc.index_in(ids, value_set=of.combine_chunks() if isinstance(of, pa.ChunkedArray) else of)
    return np.asarray(pc.fill_null(found, -1).to_numpy(), np.int64)


def _vectors(
    part: CameraTables, table: pa.Table, rows: IntArray, model: bytes | None, length: int, excluded: Counter[str]
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Return owner, instant, quality and unit vector of what can be compared, and count the rest."""
    none = np.zeros((0, length), np.float32)
    if _model(table) != model:
        excluded["other_model"] += table.num_rows
        return (*_none()[:3], none)
    is_usual = (_lengths(table) == length) & (length > 0)
    excluded["wrong_length"] += int((~is_usual).sum())
    table = table.filter(pa.array(is_usual))
    if not table.num_rows:
        return (*_none()[:3], none)
    flat = pc.list_flatten(table["vector"]).to_numpy(zero_copy_only=False)
    vectors = np.asarray(flat, np.float32).reshape(-1, length)
    owner = _owners(part, table)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    is_finite = np.isfinite(norms)
    is_zero = is_finite & (norms < 1e-6)
    excluded["not_finite"] += int((~is_finite).sum())
    excluded["zero"] += int(is_zero.sum())
    excluded["no_tracklet"] += int((is_finite & ~is_zero & (owner < 0)).sum())
    good = is_finite & ~is_zero & (owner >= 0)
    unit = (vectors[good] / norms[good, None]).astype(np.float32)
    quality = np.asarray(table["quality"].to_numpy(), np.float32)[good]
    return rows[owner[good]], micros(table["captured_at"])[good], quality, unit


def _owners(part: CameraTables, embeddings: pa.Table) -> IntArray:
    """Return the (m,) place in `part.tracklets` of the tracklet whose point each embedded detection is; -1: none."""
    points = part.track_points.filter(pc.is_valid(part.track_points["detection_no"]))
    owner = _rows(points["tracklet_id"], part.tracklets["tracklet_id"])
    segments = part.tracklets["segment_id"].take(pa.array(np.maximum(owner, 0))) if len(part.tracklets) else None
    if segments is None or not len(owner):
        return np.full(embeddings.num_rows, -1)
    known = pa.table(
        {
            "segment_id": segments,
            "captured_at": points["captured_at"],
            "detection_no": points["detection_no"],
            "owner": owner,
        }
    ).filter(pa.array(owner >= 0))
    keys = ["segment_id", "captured_at", "detection_no"]
    wanted = embeddings.select(keys).append_column("row", pa.array(np.arange(embeddings.num_rows)))
    matched = wanted.join(known, keys=keys, join_type="inner")
    found = np.full(embeddings.num_rows, -1)
    found[matched["row"].to_numpy()] = matched["owner"].to_numpy()
    return found
