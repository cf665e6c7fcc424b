"""The contracts of the further figures: queues, occupancy by the hour, captured, returning, paths, stays.

Like `marts.VIEWS` they are SQL views, worked out whenever they are asked for; their definitions are in the headers of
`warehouse/sql/views`. Staff are left out of figures unless the variable `with_staff` is true.
"""

import pyarrow as pa

from analytics.contracts import INSTANT, Column, Contract, one_of, within
from analytics.marts import DIRECTIONS, VIEWS

_PLACE = (
    Column("site_id", pa.string(), "the site"),
    Column("night", pa.date32(), "local date of the site"),
)
_IDENTITY = Column("identity_id", pa.string(), "the identity; anonymous")
_IS_STAFF = Column("is_staff", pa.bool_(), "a person marked the identity as staff")
_HOUR = Column("hour_at", INSTANT, "UTC instant at which the hour begins")
_HOUR_LOCAL = Column("hour_local", pa.timestamp("us"), "the same on the site's clocks, which show an hour twice a year")
_COVERAGE = Column(
    "coverage", pa.float64(), "share of the expected seconds that was analysed, [0, 1]; null: not known", True
)

OCCUPANCY_HOURLY = Contract(
    name="occupancy_hourly",
    version=1,
    key=("zone_id", "night", "hour_at"),
    columns=(
        *_PLACE,
        Column("zone_id", pa.string(), "zone of the site file"),
        _HOUR,
        Column("mean_people", pa.float64(), "visitors, mean of the recorded minutes; null: no footage", True),
        Column("max_people", pa.int32(), "most visitors at one instant; null: no footage", True),
        Column("fullest_at", INSTANT, "first minute that had as many; null: nobody came", True),
        Column("mean_staff", pa.float64(), "mean_people of the staff", True),
        _COVERAGE,
        _HOUR_LOCAL,
    ),
)

QUEUE_HOURLY = Contract(
    name="queue_hourly",
    version=1,
    key=("queue_zone_id", "night", "hour_at"),
    columns=(
        *_PLACE,
        Column("queue_zone_id", pa.string(), "zone of kind queue that a service zone serves"),
        _HOUR,
        Column("mean_length", pa.float64(), "visitors in it, mean of the recorded minutes; null: no footage", True),
        Column("max_length", pa.int32(), "most visitors at one instant; null: no footage", True),
        Column("joined", pa.int64(), "visits to the queue that began in this hour; null: no footage", True),
        Column("served", pa.int64(), "those of them that ended in service; null: no footage", True),
        Column("median_wait_s", pa.float64(), "median wait of those served, seconds; null: nobody", True),
        Column("p90_wait_s", pa.float64(), "wait that one in ten of them exceeds, seconds; null: nobody", True),
        Column("unserved_share", pa.float64(), "left unserved of those whose end was seen; null: nobody", True),
        Column("censored_share", pa.float64(), "share whose begin or end was not seen; null: nobody", True),
        _COVERAGE,
        _HOUR_LOCAL,
    ),
    rules=(within("unserved_share", 0, 1),),
)

CAPTURE_RATE = Contract(
    name="capture_rate",
    version=1,
    key=("place_kind", "place_id", "night", "hour_at"),
    columns=(
        *_PLACE,
        Column("place_kind", pa.string(), "zone (of kind entrance) or line"),
        Column("place_id", pa.string(), "id of the zone or line"),
        _HOUR,
        Column("passing", pa.int64(), "identities first seen by a camera of the place in this hour of the night"),
        Column("captured", pa.int64(), "those of them who visited the zone, or crossed the line in, after that"),
        Column("rate", pa.float64(), "captured / passing"),
        _COVERAGE,
        _HOUR_LOCAL,
    ),
    rules=(one_of("place_kind", ("zone", "line")), within("rate", 0, 1)),
)

PATHS = Contract(
    name="paths",
    version=1,
    key=("night", "places", "path"),
    columns=(
        *_PLACE,
        Column("places", pa.string(), "cameras (stays by arrival) or zones (visits by arrival)"),
        Column("path", pa.string(), "ids joined by ' > ', a place once in a row, at most 8, then '...'"),
        Column("stops", pa.int32(), "number of places told"),
        Column("journeys", pa.int64(), "identities whose way it was that night"),
        Column("median_s", pa.float64(), "median time from arriving at the first to leaving the last, seconds"),
        Column("rank", pa.int32(), "from 1, most frequent first; equals share it"),
        Column("share", pa.float64(), "of the night's journeys of these places"),
        _COVERAGE,
    ),
    rules=(one_of("places", ("cameras", "zones")),),
)

SITE_VISITS = Contract(
    name="site_visits",
    version=1,
    key=("identity_id", "visit_no"),
    columns=(
        *_PLACE,
        _IDENTITY,
        Column("visit_no", pa.int32(), "from 0, through the nights of one window of linking"),
        Column("arrived_at", INSTANT, "begin of its first stay"),
        Column("left_at", INSTANT, "end of its last; breaks of at most variable return_gap_s (1800 s) are inside"),
        Column("cameras", pa.int32(), "cameras that saw it"),
        _IS_STAFF,
    ),
)

RETURNING_VISITORS = Contract(
    name="returning_visitors",
    version=1,
    key=("night",),
    columns=(
        *_PLACE,
        Column("identities", pa.int64(), "identities whose visits to the site began this night"),
        Column("returned", pa.int64(), "those of them who had visited it before, see site_visits"),
        Column("share", pa.float64(), "returned / identities; a lower bound: missed links make new identities"),
        Column("median_away_s", pa.float64(), "median time between both visits, seconds; null: nobody returned", True),
        _COVERAGE,
    ),
)

STAYS = Contract(
    name="stays",
    version=1,
    key=("identity_id", "night", "stay_no"),
    columns=(
        *_PLACE,
        _IDENTITY,
        Column("stay_no", pa.int32(), "from 0 each night, by arrival"),
        Column("stop_no", pa.int32(), "its number among the stops of journeys"),
        Column("camera_id", pa.string(), "camera that saw it"),
        Column("arrived_at", INSTANT, "begin of the stay"),
        Column("left_at", INSTANT, "its end"),
        Column("stay_s", pa.float64(), "left_at - arrived_at, seconds"),
        Column("gap_s", pa.float64(), "seconds from the end of the stay before; null: the first", True),
        Column("link_probability", pa.float64(), "least of the links that joined it to what came before", True),
        Column("weakest_link", pa.float64(), "least of all links of the identity; null: one tracklet", True),
        _IS_STAFF,
    ),
)

CROSSINGS_WITH_IDENTITY = Contract(
    name="crossings_with_identity",
    version=1,
    key=("tracklet_id", "line_id", "crossed_at"),
    columns=(
        *_PLACE,
        Column("line_id", pa.string(), "line of the site file"),
        Column("camera_id", pa.string(), "camera that saw it"),
        Column("crossed_at", INSTANT, "first frame beyond the line"),
        Column("direction", pa.string(), "in or out"),
        Column("tracklet_id", pa.string(), "the tracklet"),
        Column("identity_id", pa.string(), "whose; null: the night was not linked", True),
        Column("class_name", pa.string(), "person, car, ...; null: its tracklet is not known", True),
        _IS_STAFF,
        Column("is_person", pa.bool_(), "counted as a person: of class person, and nobody said it is none"),
        Column("is_repeat", pa.bool_(), "another camera saw the identity cross it just before; not counted again"),
    ),
    rules=(one_of("direction", DIRECTIONS),),
)

FIGURES = (
    *VIEWS,
    OCCUPANCY_HOURLY,
    QUEUE_HOURLY,
    CAPTURE_RATE,
    PATHS,
    STAYS,
    SITE_VISITS,
    RETURNING_VISITORS,
    CROSSINGS_WITH_IDENTITY,
)
"""Every documented view."""
