"""The contracts of the tables that the stages write: the names that people query in SQL.

All instants are UTC; all boxes are pixels of the original frame, as decoded and turned upright. Every table
carries `site_id` and `night`.
"""

import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import INSTANT, Column, Contract, Rule, at_most, one_of, within

_PLACE = (
    Column("site_id", pa.string(), "site of the recordings"),
    Column("night", pa.date32(), "local date of the site that the rows are counted to; the partition"),
)
_CAMERA = Column("camera_id", pa.string(), "camera that recorded it")
_SEGMENT = Column("segment_id", pa.string(), "unit of work that produced the row")
_CAPTURED_AT = Column("captured_at", INSTANT, "UTC instant of the frame: start of the recording + presentation time")
_DETECTION_NO = Column("detection_no", pa.int16(), "number of the detection in its frame, from 0, best score first")
_BOX = (
    Column("x_min", pa.float32(), "left edge of the box, px of the original frame"),
    Column("y_min", pa.float32(), "top edge, px"),
    Column("x_max", pa.float32(), "right edge, px"),
    Column("y_max", pa.float32(), "bottom edge, px"),
)
_BOX_RULES = (at_most("x_min", "x_max"), at_most("y_min", "y_max"))
_DETECTION_KEY = ("segment_id", "captured_at", "detection_no")

CLOCK_SOURCES = ("sidecar", "name", "container")
RECORDING_STATUSES = ("complete", "partial", "quarantined", "unparsed")
TRACKLET_BEGINNINGS = ("appeared", "entered_frame", "segment_cut")
TRACKLET_ENDINGS = ("lost", "left_frame", "segment_cut")

RECORDINGS = Contract(
    name="recordings",
    version=1,
    key=("recording_id", "night"),
    columns=(
        Column("recording_id", pa.string(), "hash of site, camera, content and start; a renamed file keeps it"),
        *_PLACE,
        Column("camera_id", pa.string(), "camera that recorded it; null when the path names none that is known", True),
        Column("path", pa.string(), "path below the footage folder, with forward slashes"),
        Column("starts_at", INSTANT, "UTC instant of the first frame, clock offset removed; null when unparsed", True),
        Column("ends_at", INSTANT, "UTC instant at which the last frame ends, [starts_at, ends_at)", True),
        Column("clock_source", pa.string(), "where the start came from: sidecar, name or container", True),
        Column("time_ambiguous", pa.bool_(), "the local reading occurs twice or never (daylight saving)"),
        Column("width_px", pa.int32(), "width of the upright frame, px", True),
        Column("height_px", pa.int32(), "height of the upright frame, px", True),
        Column("codec", pa.string(), "video codec's FFmpeg name", True),
        Column("size_bytes", pa.int64(), "size of the file, bytes"),
        Column("modified_at", INSTANT, "UTC instant at which the file was last written"),
        Column("content_key", pa.string(), "SHA-256 of the content (of size, head, middle and tail from 64 MiB)", True),
        Column("declared_s", pa.float64(), "duration that the container declares, seconds", True),
        Column("decoded_s", pa.float64(), "seconds that could be decoded; null until perceived", True),
        Column("gap_before_s", pa.float64(), "seconds since the camera's recording before; negative: overlap", True),
        Column("status", pa.string(), "complete, partial (used as far as it goes), quarantined or unparsed (not used)"),
        Column("reason", pa.string(), "why it is not complete, or what is odd about it", True),
    ),
    rules=(
        at_most("starts_at", "ends_at"),
        one_of("clock_source", CLOCK_SOURCES),
        one_of("status", RECORDING_STATUSES),
        Rule(
            "only_complete_recordings_lack_a_reason",
            lambda table: pc.or_(pc.equal(table["status"], "complete"), pc.is_valid(table["reason"])),
        ),
    ),
)

DETECTIONS = Contract(
    name="detections",
    version=1,
    key=_DETECTION_KEY,
    columns=(
        *_PLACE,
        _SEGMENT,
        _CAMERA,
        _CAPTURED_AT,
        _DETECTION_NO,
        Column("class_name", pa.string(), "what the detector calls it: person, car, ..."),
        *_BOX,
        Column("score", pa.float32(), "detector's confidence, in [0, 1]; not a probability"),
    ),
    rules=(*_BOX_RULES, within("score", 0, 1)),
)

TRACKLETS = Contract(
    name="tracklets",
    version=1,
    key=("tracklet_id",),
    columns=(
        *_PLACE,
        Column("tracklet_id", pa.string(), "segment and number in order of appearance"),
        _SEGMENT,
        Column("recording_id", pa.string(), "recording of the segment"),
        _CAMERA,
        Column("class_name", pa.string(), "class of most of its detections"),
        Column("starts_at", INSTANT, "UTC instant of its first point"),
        Column("ends_at", INSTANT, "UTC instant of its last point (a single point: equal to starts_at)"),
        Column("point_count", pa.int32(), "detected points, interpolated ones left out"),
        Column("mean_score", pa.float32(), "mean confidence of its detections, in [0, 1]"),
        Column("best_height_px", pa.float32(), "height of its tallest box, px"),
        Column("began_by", pa.string(), "appeared, entered_frame (at the border) or segment_cut (was there before)"),
        Column("ended_by", pa.string(), "lost, left_frame (at the border) or segment_cut (may go on after the cut)"),
    ),
    rules=(
        at_most("starts_at", "ends_at"),
        within("mean_score", 0, 1),
        one_of("began_by", TRACKLET_BEGINNINGS),
        one_of("ended_by", TRACKLET_ENDINGS),
        Rule("at_least_one_point", lambda table: pc.greater_equal(table["point_count"], 1)),
    ),
)

_POINT_COLUMNS = (
    *_PLACE,
    Column("tracklet_id", pa.string(), "tracklet that the point belongs to"),
    _CAMERA,
    _CAPTURED_AT,
    Column("detection_no", pa.int16(), "detection of this frame; null: interpolated across a short gap", True),
    *_BOX,
    Column("foot_x", pa.float32(), "middle of the bottom edge: where the person stands, px"),
    Column("foot_y", pa.float32(), "bottom edge, px"),
)

TRACK_POINTS = Contract(
    name="track_points",
    version=1,
    key=("tracklet_id", "captured_at"),
    columns=_POINT_COLUMNS,
    rules=_BOX_RULES,
)

BOUNDARY_POINTS = Contract(
    name="boundary_points",
    version=1,
    key=("tracklet_id", "captured_at"),
    columns=_POINT_COLUMNS,
    rules=_BOX_RULES,
)
"""What a tracklet did in the seconds just before its segment began and just after it ended.

These frames belong to the neighbouring segment and are counted there; both segments' trackers saw them. A tracklet of
the neighbour with the same boxes at the same instants is the same person: the evidence for joining.
"""

EMBEDDINGS = Contract(
    name="embeddings",
    version=1,
    key=_DETECTION_KEY,
    columns=(
        *_PLACE,
        _SEGMENT,
        _CAMERA,
        _CAPTURED_AT,
        _DETECTION_NO,
        Column("quality", pa.float32(), "how much of a person the crop shows, in [0, 1]: score, size, overlap, border"),
        Column("vector", pa.list_(pa.float16()), "unit-norm appearance; model and digest are in the metadata"),
    ),
    rules=(within("quality", 0, 1),),
)

CROPS = Contract(
    name="crops",
    version=1,
    key=_DETECTION_KEY,
    columns=(
        *_PLACE,
        _SEGMENT,
        _CAMERA,
        _CAPTURED_AT,
        _DETECTION_NO,
        Column("jpeg", pa.binary(), "the detection's box as a JPEG picture, privacy masks applied"),
        Column("width_px", pa.int32(), "width of the picture, px"),
        Column("height_px", pa.int32(), "height of the picture, px"),
    ),
)

COVERAGE = Contract(
    name="coverage",
    version=2,
    key=("camera_id", "hour_at"),
    columns=(
        *_PLACE,
        _CAMERA,
        Column("hour_at", INSTANT, "UTC instant at which the hour begins"),
        Column("expected_s", pa.float64(), "seconds of this hour that the camera should have recorded"),
        Column("decoded_s", pa.float64(), "seconds of this hour that were decoded"),
        Column(
            "analysed_s", pa.float64(), "seconds that detection and tracking stand for; frames skipped by choice count"
        ),
        Column("analysed_expected_s", pa.float64(), "seconds analysed of those expected; at most expected_s"),
        Column("corrupt_frames", pa.int64(), "frames that the decoder marked as damaged"),
        Column("skipped_s", pa.float64(), "seconds decoded but not analysed (damaged, or beyond a jump of the clock)"),
        Column("reason", pa.string(), "why the hour is not fully covered", True),
    ),
    rules=(at_most("analysed_expected_s", "expected_s"), at_most("analysed_expected_s", "analysed_s")),
)

LINK_VERDICTS = ("accepted", "below", "infeasible", "refused")
DECISION_KINDS = ("merge", "split", "staff", "not-person")
_EVIDENCE = pa.struct([pa.field(name, pa.float32()) for name in ("appearance", "time", "quality")])

LINKS = Contract(
    name="links",
    version=1,
    key=("tracklet_a", "tracklet_b"),
    columns=(
        *_PLACE,
        Column("tracklet_a", pa.string(), "the earlier of the two"),
        Column("tracklet_b", pa.string(), "the later"),
        Column("camera_a", pa.string(), "camera of tracklet_a"),
        Column("camera_b", pa.string(), "camera of tracklet_b"),
        Column(
            "similarity", pa.float32(), "cosine of what is known of both sides; null where a side has no vector", True
        ),
        Column(
            "gap_s", pa.float64(), "seconds from the end of tracklet_a to the start of tracklet_b; negative: overlap"
        ),
        Column("probability", pa.float64(), "that both are one person, in (0, 1]; 1 is a person's own decision"),
        Column(
            "verdict", pa.string(), "accepted, below (not likely enough), infeasible (this pair), refused (its groups)"
        ),
        Column("rule", pa.string(), "what joined them without a score, or forbade it; null: the score decided", True),
        Column("evidence", _EVIDENCE, "what appearance, time and quality add to the log-odds; null: not scored", True),
    ),
    rules=(within("probability", 0, 1), one_of("verdict", LINK_VERDICTS)),
)
"""One row for each merge that made an identity, and for each candidate above `linking.keep_above` that made none."""

IDENTITY_MEMBERS = Contract(
    name="identity_members",
    version=1,
    key=("tracklet_id",),
    columns=(
        *_PLACE,
        Column("tracklet_id", pa.string(), "every tracklet of the night has exactly one row"),
        Column("identity_id", pa.string(), "the identity that it belongs to, or most of it"),
        _CAMERA,
        Column("support", pa.float64(), "probability of the best link that holds it there; null: it is alone", True),
        Column("is_weak", pa.bool_(), "too small, too poor or without a vector: it could join an identity, begin none"),
        Column("other_identity_id", pa.string(), "whose the rest is, when the tracker went over to another", True),
        Column("switched_at", INSTANT, "UTC instant at which it went over; null: it shows one person", True),
    ),
    rules=(within("support", 0, 1),),
)

IDENTITIES = Contract(
    name="identities",
    version=1,
    key=("identity_id", "night"),
    columns=(
        *_PLACE,
        Column("identity_id", pa.string(), "anonymous; the same in the nights of one window only"),
        Column("class_name", pa.string(), "class of its tracklets; classes are never mixed"),
        Column("starts_at", INSTANT, "UTC instant at which it was first seen in this night"),
        Column("ends_at", INSTANT, "UTC instant at which it was last seen in this night"),
        Column("tracklet_count", pa.int32(), "tracklets of this night"),
        Column("camera_count", pa.int32(), "cameras that saw it in this night"),
        Column("weakest_link", pa.float64(), "smallest probability of its links; null: one tracklet", True),
        Column("is_staff", pa.bool_(), "a person said so of one of its tracklets; not counted as a visitor"),
        Column("is_person", pa.bool_(), "false: a person said that it is none (a mannequin, a poster); not counted"),
    ),
    rules=(at_most("starts_at", "ends_at"), within("weakest_link", 0, 1)),
)

UNIQUE_VISITORS = Contract(
    name="unique_visitors",
    version=1,
    key=("scope", "scope_id", "period", "period_at"),
    columns=(
        *_PLACE,
        Column("scope", pa.string(), "site, camera or zone"),
        Column("scope_id", pa.string(), "id of the site, camera or zone"),
        Column("period", pa.string(), "night or hour"),
        Column("period_at", INSTANT, "UTC instant at which the night or the hour begins"),
        Column("estimate", pa.float64(), "expected number of different people, staff left out"),
        Column("lower", pa.float64(), "90 % interval: lower bound"),
        Column("upper", pa.float64(), "90 % interval: upper bound"),
        Column("coverage", pa.float64(), "share of the expected seconds that were analysed; null: not known", True),
    ),
    rules=(
        at_most("lower", "estimate"),
        at_most("estimate", "upper"),
        one_of("scope", ("site", "camera", "zone")),
        one_of("period", ("night", "hour")),
    ),
)

LINKING_REPORT = Contract(
    name="linking_report",
    version=1,
    key=("section", "name", "night"),
    columns=(
        *_PLACE,
        Column("section", pa.string(), "input, exclusions, rounds, points, cameras, calibration, proposals, fallback"),
        Column("name", pa.string(), "what is told, unique in its section"),
        Column("value", pa.float64(), "a number, its unit in the name; null where there is none", True),
        Column("note", pa.string(), "what it means, or what to do", True),
    ),
)

DECISIONS = Contract(
    name="decisions",
    version=1,
    key=("decision_id",),
    columns=(
        *_PLACE,
        Column("decision_id", pa.string(), "hash of kind, tracklets, maker and time"),
        Column("kind", pa.string(), "merge, split, staff or not-person"),
        Column("tracklet_ids", pa.list_(pa.string()), "the tracklets that it speaks of"),
        Column("made_by", pa.string(), "who decided"),
        Column("made_at", INSTANT, "UTC instant of the decision"),
        Column("reason", pa.string(), "why; null: not said", True),
        Column("undone_at", INSTANT, "UTC instant from which it has no effect; null: in force", True),
        Column("undone_by", pa.string(), "who undid it", True),
    ),
    rules=(one_of("kind", DECISION_KINDS),),
)

LINKED = (LINKS, IDENTITY_MEMBERS, IDENTITIES, UNIQUE_VISITORS, LINKING_REPORT)
"""The tables that linking one night writes."""

PERCEIVED = (DETECTIONS, TRACKLETS, TRACK_POINTS, BOUNDARY_POINTS, EMBEDDINGS, CROPS)
"""The tables that perceiving one segment writes."""

ALL = (RECORDINGS, *PERCEIVED, COVERAGE)
