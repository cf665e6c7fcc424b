"""The contracts of what is true of a simulated site, beside the tables that crosscam sees.

All instants are true UTC, whatever the cameras' clocks showed.
"""

import pyarrow as pa

from analytics.contracts import INSTANT, Column, Contract, at_most, within

_SITE = Column("site_id", pa.string(), "the simulated site")
_NIGHT = Column("night", pa.date32(), "local date of the site")
_PERSON = Column("person_id", pa.string(), "the person; the same on every night")
_IS_STAFF = Column("is_staff", pa.bool_(), "works here and stays for hours")

TRUE_IDENTITIES = Contract(
    name="true_identities",
    version=1,
    key=("tracklet_id",),
    columns=(
        _SITE,
        _NIGHT,
        Column("tracklet_id", pa.string(), "tracklet of the lake; each has exactly one row"),
        Column("person_id", pa.string(), "whose most of its frames are; of a tie, the person whom it began with"),
        Column("stop_no", pa.int32(), "which of the person's stops it is a part of"),
        Column("share", pa.float32(), "share of its frames that are this person's, in [0.5, 1]; below 1: switched"),
        Column("other_person_id", pa.string(), "whose the other frames are; null unless switched", True),
        _IS_STAFF,
    ),
    rules=(within("share", 0.5, 1),),
)

TRUE_STOPS = Contract(
    name="true_stops",
    version=1,
    key=("person_id", "stop_no"),
    columns=(
        _SITE,
        _NIGHT,
        _PERSON,
        Column("stop_no", pa.int32(), "number of the stop, from 0, in order of time over all nights"),
        Column("visit_no", pa.int32(), "number of the person's visit to the site, from 0, over all nights"),
        Column("camera_id", pa.string(), "camera that has the person in view"),
        Column("arrived_at", INSTANT, "true UTC instant at which the person comes into view"),
        Column("left_at", INSTANT, "true UTC instant at which the person is out of view"),
        _IS_STAFF,
    ),
    rules=(at_most("arrived_at", "left_at"),),
)

TRUE_PEOPLE = Contract(
    name="true_people",
    version=1,
    key=("person_id", "night"),
    columns=(
        _SITE,
        _NIGHT,
        _PERSON,
        Column("outfit_id", pa.string(), "what the person wears this night; people of one outfit look alike"),
        Column("is_in_uniform", pa.bool_(), "the outfit is the uniform"),
        Column("is_returning", pa.bool_(), "was here on an earlier night"),
        Column("companion_id", pa.string(), "the person whom this one walks with; null: alone", True),
        _IS_STAFF,
    ),
)

TRUE_CLOCKS = Contract(
    name="true_clocks",
    version=1,
    key=("camera_id",),
    columns=(
        _SITE,
        Column("camera_id", pa.string(), "the camera"),
        Column("clock_error_s", pa.float64(), "what its clock shows minus true UTC, seconds; in all of its tables"),
    ),
)

TRUE_TRANSITS = Contract(
    name="true_transits",
    version=1,
    key=("from_camera", "to_camera"),
    columns=(
        _SITE,
        Column("from_camera", pa.string(), "camera whose view is left"),
        Column("to_camera", pa.string(), "neighbouring camera whose view is entered next"),
        Column("median_s", pa.float64(), "median time between the two, seconds; lognormal"),
        Column("sigma", pa.float64(), "standard deviation of its logarithm"),
    ),
)

TRUTH = (TRUE_IDENTITIES, TRUE_STOPS, TRUE_PEOPLE, TRUE_CLOCKS, TRUE_TRANSITS)
