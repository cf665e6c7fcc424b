"""The contracts of what is true of a filmed simulated site: boxes, visits, crossings, waits, journeys, visitors.

All instants are true UTC, whatever the cameras' clocks showed. A stretch of time is half-open: it begins with the first
frame at which something holds and ends with the first frame at which it holds no more. `person_id` is the identity in
the MOTChallenge files.
"""

import pyarrow as pa

from analytics.contracts import INSTANT, Column, Contract, at_most, one_of, within

_PLACE = (
    Column("site_id", pa.string(), "the simulated site"),
    Column("night", pa.date32(), "local date of the site"),
)
_PERSON = Column("person_id", pa.int64(), "identity in the MOTChallenge files: number in the cast, from 1")
_CAMERA = Column("camera_id", pa.string(), "the camera")
_ZONE = Column("zone_id", pa.string(), "the zone of site.yaml")
_IS_STAFF = Column("is_staff", pa.bool_(), "works here")

TRUE_BOXES = Contract(
    name="true_boxes",
    version=1,
    key=("camera_id", "captured_at", "person_id"),
    columns=(
        *_PLACE,
        _CAMERA,
        Column("captured_at", INSTANT, "true UTC instant of the frame"),
        Column("frame_no", pa.int64(), "number of the frame through all of the camera's recordings, from 1"),
        _PERSON,
        Column("x_min", pa.float32(), "left edge of the box around all of the person, cut to the image, px"),
        Column("y_min", pa.float32(), "top edge, px"),
        Column("x_max", pa.float32(), "right edge, px"),
        Column("y_max", pa.float32(), "bottom edge, px"),
        Column(
            "visibility", pa.float32(), "share of the person that neither border nor anything else hides, in [0, 1]"
        ),
        Column("foot_x", pa.float32(), "where the person stands: the floor below the middle of the body, px", True),
        Column("foot_y", pa.float32(), "the same; may lie outside the image, null: behind the camera", True),
        Column("is_foot_in_view", pa.bool_(), "that floor is in the image and no wall is before it; furniture may be"),
    ),
    rules=(at_most("x_min", "x_max"), at_most("y_min", "y_max"), within("visibility", 0, 1)),
)
"""Everybody who has any part in the picture or is hidden in it by furniture or people; behind walls is not in it."""

TRUE_PRESENCE = Contract(
    name="true_presence",
    version=1,
    key=("person_id", "zone_id", "entered_at"),
    columns=(
        *_PLACE,
        _PERSON,
        _ZONE,
        _CAMERA,
        Column("entered_at", INSTANT, "first frame with the foot in view and inside the polygon"),
        Column("left_at", INSTANT, "first frame after it without; at the end of the footage the end of its last frame"),
        Column("is_censored", pa.bool_(), "inside in the first or last frame before or after a break in the footage"),
        _IS_STAFF,
    ),
    rules=(at_most("entered_at", "left_at"),),
)

TRUE_VISITS = Contract(
    name="true_visits",
    version=1,
    key=("person_id", "zone_id", "entered_at"),
    columns=(
        *_PLACE,
        _PERSON,
        _ZONE,
        _CAMERA,
        Column("entered_at", INSTANT, "begin of the first presence"),
        Column("left_at", INSTANT, "end of the last one; shorter breaks than `max_gap_s` of the metadata are bridged"),
        Column("dwell_s", pa.float64(), "left_at - entered_at, seconds"),
        Column("is_censored", pa.bool_(), "its begin or its end is that of the footage"),
        _IS_STAFF,
    ),
    rules=(at_most("entered_at", "left_at"),),
)

TRUE_CROSSINGS = Contract(
    name="true_crossings",
    version=1,
    key=("person_id", "line_id", "crossed_at"),
    columns=(
        *_PLACE,
        _PERSON,
        Column("line_id", pa.string(), "the line of site.yaml"),
        _CAMERA,
        Column("crossed_at", INSTANT, "first frame with the foot beyond the line"),
        Column("direction", pa.string(), "in or out, see `sites.Line`"),
        _IS_STAFF,
    ),
    rules=(one_of("direction", ("in", "out")),),
)

TRUE_QUEUE_WAITS = Contract(
    name="true_queue_waits",
    version=1,
    key=("person_id", "queue_zone_id", "entered_at"),
    columns=(
        *_PLACE,
        _PERSON,
        Column("queue_zone_id", pa.string(), "zone of kind queue"),
        Column("entered_at", INSTANT, "begin of the visit to the queue zone"),
        Column("left_at", INSTANT, "its end"),
        Column("served_at", INSTANT, "first presence in its service zone from then on; null: left unserved", True),
        Column("wait_s", pa.float64(), "served_at - entered_at, seconds; null: left unserved", True),
        Column("is_censored", pa.bool_(), "the visit's begin or end is that of the footage"),
        _IS_STAFF,
    ),
    rules=(at_most("entered_at", "served_at"),),
)

TRUE_JOURNEYS = Contract(
    name="true_journeys",
    version=1,
    key=("person_id", "stop_no"),
    columns=(
        *_PLACE,
        _PERSON,
        Column("stop_no", pa.int32(), "from 0, by arrival; a camera before its zones"),
        _CAMERA,
        Column("zone_id", pa.string(), "visit of a zone; null: the stay in the camera's view", True),
        Column("arrived_at", INSTANT, "true UTC instant of the first frame"),
        Column("left_at", INSTANT, "its end; breaks of a stay of at most `stay_gap_s` of the metadata are bridged"),
        _IS_STAFF,
    ),
    rules=(at_most("arrived_at", "left_at"),),
)

TRUE_UNIQUE_VISITORS = Contract(
    name="true_unique_visitors",
    version=1,
    key=("scope", "scope_id", "period", "period_at"),
    columns=(
        *_PLACE,
        Column("scope", pa.string(), "site, camera or zone"),
        Column("scope_id", pa.string(), "which"),
        Column("period", pa.string(), "hour or night"),
        Column("period_at", INSTANT, "its begin"),
        Column("visitors", pa.int64(), "different people seen there, staff left out"),
        Column("staff", pa.int64(), "different members of the staff seen there"),
    ),
    rules=(one_of("scope", ("site", "camera", "zone")), one_of("period", ("hour", "night"))),
)

TRUE_CAST = Contract(
    name="true_cast",
    version=1,
    key=("person_id",),
    columns=(
        _PERSON,
        _IS_STAFF,
        Column("group_id", pa.int64(), "person_id of the one whom the group follows; one's own when alone"),
        Column("site_visits", pa.int32(), "how often they were on the site while it was recorded"),
        Column("cameras", pa.int32(), "number of cameras that saw them; 0: never seen"),
    ),
)

MOVEMENTS = (
    TRUE_PRESENCE,
    TRUE_VISITS,
    TRUE_CROSSINGS,
    TRUE_QUEUE_WAITS,
    TRUE_JOURNEYS,
    TRUE_UNIQUE_VISITORS,
    TRUE_CAST,
)
"""What is worked out from the boxes."""
