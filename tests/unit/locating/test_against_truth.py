"""Fed with the true feet of a simulated site, locating gives the simulator's own presence and crossings, exactly."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from analytics.locating.drawings import Canvas
from analytics.locating.locate import Place, locate, sightings
from analytics.settings import Locating
from analytics.simulation import truth
from analytics.simulation.true_movements import TRUE_PRESENCE
from analytics.simulation.truth import Filmed, FrameLog, Trace
from analytics.sites import Camera, Line, Site, Zone
from analytics.timebase import night_of, to_datetime
from tests.builders.lake import NIGHT

CAMERA = Camera(camera_id="gate", width_px=640, height_px=360)
SITE = Site(
    site_id="shop",
    cameras=(CAMERA,),
    zones=(
        Zone(zone_id="left", camera_id="gate", polygon=((0, 0), (320, 0), (320, 360), (0, 360))),
        Zone(zone_id="dart", camera_id="gate", polygon=((100, 80), (560, 300), (300, 180), (120, 350))),
    ),
    lines=(
        Line(line_id="door", camera_id="gate", start=(320, 60), end=(320, 300)),
        Line(line_id="slant", camera_id="gate", start=(600, 20), end=(40, 340), in_from="right"),
    ),
)
STEP_US = 100_000
START = 1_767_607_200_000_000
FRAMES = 1200


def scene(seed: int) -> Filmed:
    """Return twelve people who wander over the image, and out of it; the footage breaks off once."""
    rng = np.random.default_rng(seed)
    at = START + np.arange(FRAMES) * STEP_US + (np.arange(FRAMES) >= 700) * 60_000_000
    is_last = np.append(np.diff(at) > 2_000_000, True)
    log = FrameLog(at, np.where(is_last, at + STEP_US, np.append(at[1:], 0)), np.append(True, is_last[:-1]), is_last)
    traces = []
    for person in range(1, 13):
        turns = np.cumsum(rng.normal(0, 0.3, FRAMES))
        steps = 6 * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        foot = rng.uniform(0, (640, 360)) + np.cumsum(steps, axis=0)
        foot = np.float32(np.abs(foot % (1400, 800) - (700, 400))).astype(np.float64)
        is_there = ((foot > -30) & (foot < (670, 390))).all(axis=1)
        foot[~((foot >= 0) & (foot <= (640, 360))).all(axis=1)] = np.nan
        traces.append(Trace(person, "gate", is_there, is_there * 1.0, foot))
    return Filmed(SITE, {"gate": log}, tuple(traces), frozenset())


def as_points(made: Filmed) -> tuple[pa.Table, Mapping[str, tuple[int, int]]]:
    """Return the traces as track points whose feet were measured, and the sizes of their recordings."""
    rows = []
    log = made.logs["gate"]
    part = np.cumsum(log.is_first)
    for trace in made.traces:
        for frame in np.flatnonzero(trace.is_there).tolist():
            x, y = np.nan_to_num(trace.foot_px[frame], nan=180.0)
            box = {"x_min": x - 20, "y_min": y - 117, "x_max": x + 20, "y_max": y + 3}
            foot = trace.foot_px[frame].tolist()
            name = f"{trace.person_id:02d}-{part[frame]}"
            instant = to_datetime(int(log.captured_at[frame]))
            rows.append({"tracklet_id": name, "captured_at": instant, **box, "foot_x": foot[0], "foot_y": foot[1]})
    table = pa.Table.from_pylist(rows)
    return table, dict.fromkeys(set(table["tracklet_id"].to_pylist()), (640, 360))


def test_true_feet_give_true_presence_and_crossings() -> None:
    """Every stretch and every crossing is there at the true instant, and no other.

    Holes are not bridged here: to the simulator somebody whose foot is out of view is nowhere.
    """
    made = scene(5)
    points, sizes = as_points(made)
    canvas = Canvas(640, 360, {(640, 360): (1.0, 1.0)})
    seen = sightings(points, points.slice(0, 0), sizes, canvas, Locating(max_hole_s=0.0))
    night = night_of(START, SITE.zone_info)
    assert night == NIGHT
    tables = [locate(seen, each, Place("shop", night, "gate"), None) for each in (*SITE.zones, *SITE.lines)]
    stays = [
        (int(row["tracklet_id"][:2]), row["zone_id"], row["entered_at"], row["left_at"])
        for row in pa.concat_tables(tables[:2]).to_pylist()
    ]
    crossings = [
        (int(row["tracklet_id"][:2]), row["line_id"], row["crossed_at"], row["direction"])
        for row in pa.concat_tables(tables[2:]).to_pylist()
    ]
    true_stays = truth.presence(made).to_pylist()
    true_crossings = truth.crossings(made).to_pylist()
    assert len(true_stays) > 60
    assert len(true_crossings) > 60
    expected = [(row["person_id"], row["zone_id"], row["entered_at"], row["left_at"]) for row in true_stays]
    assert sorted(stays) == sorted(expected)
    assert sorted(crossings) == sorted(
        (row["person_id"], row["line_id"], row["crossed_at"], row["direction"]) for row in true_crossings
    )


def test_with_bridged_holes_the_visits_are_the_true_ones() -> None:
    """At the default settings a stretch may go on through a hole; once breaks are bridged, all is equal."""
    made = scene(6)
    points, sizes = as_points(made)
    canvas = Canvas(640, 360, {(640, 360): (1.0, 1.0)})
    seen = sightings(points, points.slice(0, 0), sizes, canvas, Locating())
    found = pa.concat_tables([locate(seen, each, Place("shop", NIGHT, "gate"), None) for each in SITE.zones])
    presence = TRUE_PRESENCE.from_rows(
        {
            **{name: row[name] for name in ("site_id", "night", "zone_id", "camera_id", "entered_at", "left_at")},
            "person_id": int(row["tracklet_id"][:2]),
            "is_censored": False,
            "is_staff": False,
        }
        for row in found.to_pylist()
    )
    columns = ["person_id", "zone_id", "entered_at", "left_at", "dwell_s"]
    expected = truth.visits(made, truth.presence(made)).select(columns)
    assert expected.num_rows > 40
    assert truth.visits(made, presence).select(columns).to_pylist() == expected.to_pylist()
