"""The contracts of what is worked out from the stored tables: where people were, and the answers made of it.

The definitions stand in the columns' notes and nowhere else; `crosscam sql --schema` shows them. All instants are UTC;
a stretch of time is half-open, [entered_at, left_at). Hours and minutes are those of UTC, which no change of the
clocks doubles or drops; `night` is the site's local date. A table of people names the staff in a column; a table of
figures leaves them out. Visits, waits, journeys and occupancy are of people: identities of class person that nobody
marked as no person. Nothing reaches over the end of a night: whoever is there then has two visits.
"""

import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import INSTANT, Column, Contract, Rule, at_most, one_of, within

_PLACE = (
    Column("site_id", pa.string(), "the site"),
    Column("night", pa.date32(), "local date of the site that the row is counted to; the partition"),
)
_TRACKLET = Column("tracklet_id", pa.string(), "the tracklet")
_IDENTITY = Column("identity_id", pa.string(), "the identity; anonymous")
_CAMERA = Column("camera_id", pa.string(), "camera that saw it")
_ZONE = Column("zone_id", pa.string(), "zone of the site file")
_LINE = Column("line_id", pa.string(), "line of the site file")
_IS_STAFF = Column("is_staff", pa.bool_(), "a person marked the identity as staff")
_COVERAGE = Column(
    "coverage", pa.float64(), "share of the expected seconds that was analysed, [0, 1]; null: not known", True
)
_HOUR = Column("hour_at", INSTANT, "UTC instant at which the hour begins")
_HOUR_LOCAL = Column("hour_local", pa.timestamp("us"), "the same on the site's clocks, which show an hour twice a year")
DIRECTIONS = ("in", "out")

ZONE_PRESENCE = Contract(
    name="zone_presence",
    version=1,
    key=("tracklet_id", "zone_id", "entered_at"),
    columns=(
        *_PLACE,
        _TRACKLET,
        _ZONE,
        _CAMERA,
        Column("entered_at", INSTANT, "first frame with the foot point inside the zone"),
        Column("left_at", INSTANT, "first frame after it with the foot point outside, or just after the last point"),
        Column("begins_inside", pa.bool_(), "its tracklet begins here: when the person came in was not seen"),
        Column("ends_inside", pa.bool_(), "its tracklet ends here: when the person went out was not seen"),
    ),
    rules=(at_most("entered_at", "left_at"),),
)
"""A tracklet inside a zone without a break; jitter at the border makes none."""

LINE_CROSSINGS = Contract(
    name="line_crossings",
    version=1,
    key=("tracklet_id", "line_id", "crossed_at"),
    columns=(
        *_PLACE,
        _TRACKLET,
        _LINE,
        _CAMERA,
        Column("crossed_at", INSTANT, "first frame with the foot point beyond the line"),
        Column("direction", pa.string(), "in or out, see `in_from` of the line"),
    ),
    rules=(one_of("direction", DIRECTIONS),),
)
"""Whoever stands on a line and sways crosses it once or not at all. Directions of one tracklet and line alternate,
unless it walks round the line's end."""

VISITS = Contract(
    name="visits",
    version=1,
    key=("identity_id", "zone_id", "entered_at"),
    columns=(
        *_PLACE,
        _IDENTITY,
        _ZONE,
        Column("camera_id", pa.string(), "camera that saw it begin"),
        Column("entered_at", INSTANT, "begin of its first presence"),
        Column("left_at", INSTANT, "end of its last; breaks of at most marts.visit_gap_s are bridged"),
        Column("dwell_s", pa.float64(), "left_at - entered_at, seconds; a lower bound when censored"),
        Column("is_censored", pa.bool_(), "its begin or its end was not seen: the true dwell is at least as long"),
        Column("min_link", pa.float64(), "least probability of the identity's links; null: one tracklet", True),
        _IS_STAFF,
    ),
    rules=(at_most("entered_at", "left_at"), within("min_link", 0, 1)),
)

QUEUE_WAITS = Contract(
    name="queue_waits",
    version=1,
    key=("identity_id", "queue_zone_id", "entered_at"),
    columns=(
        *_PLACE,
        _IDENTITY,
        Column("queue_zone_id", pa.string(), "zone of kind queue that a service zone serves"),
        Column("entered_at", INSTANT, "begin of the visit to the queue zone"),
        Column("left_at", INSTANT, "its end"),
        Column(
            "served_at",
            INSTANT,
            "first presence in a service zone of the queue from entered_at to marts.served_within_s after left_at; "
            "null: left unserved",
            True,
        ),
        Column("wait_s", pa.float64(), "served_at - entered_at, seconds; null: left unserved", True),
        Column("left_unserved", pa.bool_(), "left the queue and was not served; false while censored at its end"),
        Column("is_censored", pa.bool_(), "begin or end of the visit was not seen"),
        _IS_STAFF,
    ),
    rules=(at_most("entered_at", "served_at"),),
)

JOURNEYS = Contract(
    name="journeys",
    version=1,
    key=("identity_id", "night", "stop_no"),
    columns=(
        *_PLACE,
        _IDENTITY,
        Column("stop_no", pa.int32(), "from 0 each night, by arrival; a camera before its zones"),
        _CAMERA,
        Column("zone_id", pa.string(), "visit of a zone; null: a stay in the camera's view", True),
        Column("arrived_at", INSTANT, "begin of the stay or visit"),
        Column("left_at", INSTANT, "its end; stays of one camera with breaks of at most marts.stay_gap_s are one"),
        Column(
            "gap_s", pa.float64(), "seconds from the end of the stay before to this stay; null: the first, a zone", True
        ),
        Column("link_probability", pa.float64(), "least of the links that joined this stay to what came before", True),
        Column(
            "weakest_link", pa.float64(), "least probability of all links of the identity; null: one tracklet", True
        ),
        _IS_STAFF,
    ),
    rules=(at_most("arrived_at", "left_at"), within("link_probability", 0, 1), within("weakest_link", 0, 1)),
)

FOOTFALL_HOURLY = Contract(
    name="footfall_hourly",
    version=1,
    key=("line_id", "night", "hour_at", "direction"),
    columns=(
        *_PLACE,
        _LINE,
        _HOUR,
        Column("direction", pa.string(), "in or out"),
        Column(
            "crossings", pa.int64(), "times people crossed it, staff left out; null: nothing of the hour analysed", True
        ),
        _COVERAGE,
        _HOUR_LOCAL,
    ),
    rules=(one_of("direction", DIRECTIONS),),
)

DWELL_HOURLY = Contract(
    name="dwell_hourly",
    version=1,
    key=("zone_id", "night", "hour_at"),
    columns=(
        *_PLACE,
        _ZONE,
        _HOUR,
        Column(
            "visits", pa.int64(), "visits that began in it, staff left out; null: nothing of the hour analysed", True
        ),
        Column("median_s", pa.float64(), "median dwell of them, seconds; null: no visit", True),
        Column("p90_s", pa.float64(), "dwell that one in ten exceeds, seconds; null: no visit", True),
        Column("censored_share", pa.float64(), "share whose begin or end was not seen; null: no visit", True),
        _COVERAGE,
        _HOUR_LOCAL,
    ),
    rules=(within("censored_share", 0, 1),),
)

OCCUPANCY_MINUTELY = Contract(
    name="occupancy_minutely",
    version=1,
    key=("zone_id", "minute_at"),
    columns=(
        *_PLACE,
        _ZONE,
        Column("minute_at", INSTANT, "UTC instant at which the minute begins"),
        Column("mean_people", pa.float64(), "visitors' seconds of presence in this minute / 60; from visits"),
        Column("max_people", pa.int32(), "most visitors at one instant of it"),
        Column("mean_staff", pa.float64(), "mean_people of the staff"),
        Column("coverage", pa.float64(), "share of the minute that was recorded and analysed; null: not known", True),
    ),
    rules=(Rule("nobody_less_than_nobody", lambda table: pc.greater_equal(table["mean_people"], 0)),),
)
"""A row for every minute of the zone's footage, and of a visit; any other minute was not recorded."""

ORIGIN_DESTINATION = Contract(
    name="origin_destination",
    version=1,
    key=("origin_id", "destination_id", "night", "hour_at"),
    columns=(
        *_PLACE,
        Column("origin_id", pa.string(), "camera of a stay"),
        Column("destination_id", pa.string(), "camera of the identity's next stay"),
        Column("hour_at", INSTANT, "UTC hour in which the origin was left"),
        Column("journeys", pa.int64(), "times somebody went this way, staff left out"),
        Column("median_s", pa.float64(), "median time between the two, seconds; negative: views overlap"),
        Column("mean_probability", pa.float64(), "mean probability of the links behind it; null: without links", True),
        Column("coverage", pa.float64(), "the lesser of both cameras' in that hour; null: not known", True),
        _HOUR_LOCAL,
    ),
)

CAMERA_HEALTH = Contract(
    name="camera_health",
    version=1,
    key=("camera_id", "night"),
    columns=(
        *_PLACE,
        Column("camera_id", pa.string(), "camera of the site file, or of recordings found"),
        Column("recordings", pa.int64(), "files of this night"),
        Column("partial", pa.int64(), "files that were used as far as they go"),
        Column("quarantined", pa.int64(), "files that could not be used"),
        Column("gaps_s", pa.float64(), "seconds between recordings"),
        Column("corrupt_frames", pa.int64(), "frames that the decoder marked as damaged"),
        _COVERAGE,
        Column("tracklets", pa.int64(), "tracklets of this night"),
        Column("floor_error_m", pa.float64(), "mean distance of the camera's floor points from the plan", True),
        Column("notes", pa.string(), "what a person should look at; null: nothing", True),
    ),
)

LOCATED = (ZONE_PRESENCE, LINE_CROSSINGS)
"""What locating writes, a work item for each night and zone or line: a zone that moved changes no other's rows."""

SUMMARISED = (VISITS, QUEUE_WAITS, JOURNEYS, OCCUPANCY_MINUTELY, CAMERA_HEALTH)
"""What summarising one night writes, beside the unique visitors of zones."""

VIEWS = (FOOTFALL_HOURLY, DWELL_HOURLY, ORIGIN_DESTINATION)
"""Figures that are worked out whenever they are asked for; more are in `figures`."""
