"""Fed with true tracks and true identities, every answer is the simulator's truth, to the microsecond."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.configfile import load
from analytics.contracts import INSTANT
from analytics.lake.lake import Lake
from analytics.marts import JOURNEYS, OCCUPANCY_MINUTELY, QUEUE_WAITS, VISITS
from analytics.settings import Linking, Locating, Settings
from analytics.simulation import truth
from analytics.simulation.filmed_site import FilmOrder
from analytics.simulation.recorder import Recorder, reels
from analytics.simulation.truth import Filmed, Trace, frame_log
from analytics.sites import Site
from analytics.tables import TRACK_POINTS
from analytics.timebase import to_instant
from analytics.warehouse.connection import connect
from jobs.locating import locate_night
from jobs.summarising import summarise_night
from tests.builders.answers import NIGHT, SHOP, START, Present, Seen, Story, open_new, write_story

DEMO = Path(__file__).parents[2] / "jobs" / "demo"
MINUTES = 6.0
PEOPLE = 12
STEP_S = 0.5
EXACT = Settings(locating=Locating(margin_heights=0.0), linking=Linking(count_worlds=20))
"""Truth knows no jitter: a foot is where it is."""

Rows = list[dict[str, Any]]


def walks(seed: int) -> Filmed:
    """Return people who wander over the pictures of all cameras, in view by turns, who appear in no zone."""
    rng = np.random.default_rng(seed)
    files = {
        c.camera_id: reels(c.camera_id, Recorder(1 / STEP_S, 60), to_instant(START), 60 * MINUTES, 0)
        for c in SHOP.cameras
    }
    logs = {camera_id: frame_log(own) for camera_id, own in files.items()}
    traces = []
    for person_id in range(1, PEOPLE + 1):
        for camera_id, log in logs.items():
            count = len(log.captured_at)
            places = np.cumsum(rng.normal(0, 4, (count, 2)), axis=0) + rng.uniform(0, 60, 2)
            places = np.abs((places + 60) % 120 - 60)  # reflected at the borders
            shown = np.repeat(rng.random(count // 20 + 1) < 0.4, 20)[:count]
            edge = shown & (~np.append(False, shown[:-1]) | ~np.append(shown[1:], False))
            edge[[0, -1]] = False
            places[edge] = rng.uniform(55, 60, (int(edge.sum()), 2))
            places[~shown] = np.nan
            traces.append(Trace(person_id, camera_id, shown, shown.astype(np.float64), places))
    return Filmed(SHOP, logs, tuple(traces), frozenset({3}))


def true_story(scene: Filmed) -> Story:
    """Return the night of true tracks: one for each stretch in which somebody is in a view."""
    seen, points = [], []
    for trace in scene.traces:
        log = scene.logs[trace.camera_id]
        for first, last in _runs(trace.is_there):
            name = f"{trace.camera_id}-{trace.person_id}-{first}"
            times = [
                (int(log.captured_at[first]) - to_instant(START)) / 1e6,
                (int(log.ends_at[last]) - to_instant(START)) / 1e6,
            ]
            seen.append(Seen(name, trace.camera_id, f"p{trace.person_id}", *times))
            feet = trace.foot_px[first : last + 1].astype(np.float32)
            points.append(_points(name, trace.camera_id, log.captured_at[first : last + 1], feet))
    return Story(seen=seen, points=pa.concat_tables(points), staff=["p3"], until_s=60 * MINUTES)


def _runs(holds: np.ndarray) -> list[tuple[int, int]]:
    """Return the first and the last frame of each stretch; the footage has no break."""
    steps = np.diff(np.concatenate([[0], holds.astype(int), [0]]))
    return list(zip(np.flatnonzero(steps == 1).tolist(), (np.flatnonzero(steps == -1) - 1).tolist(), strict=True))


def _points(name: str, camera_id: str, captured_at: np.ndarray, feet: np.ndarray) -> pa.Table:
    # a stated foot that is not the middle of the box's bottom was measured: it is taken as it is
    return TRACK_POINTS.from_columns(
        {
            "site_id": "shop",
            "night": NIGHT,
            "tracklet_id": name,
            "camera_id": camera_id,
            "captured_at": pa.array(captured_at).cast(INSTANT),
            "detection_no": pa.array(np.zeros(len(feet), np.int16)),
            "x_min": feet[:, 0] - 5,
            "y_min": feet[:, 1] - 40,
            "x_max": feet[:, 0] + 5,
            "y_max": feet[:, 1] - 9,
            "foot_x": feet[:, 0],
            "foot_y": feet[:, 1],
        }
    )


@pytest.fixture(scope="module", params=[1, 2])
def walked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Filmed, Lake]:
    scene, lake = walks(request.param), open_new(tmp_path_factory.mktemp("walked"))
    write_story(lake, true_story(scene))
    locate_night(lake, SHOP, EXACT, NIGHT)
    summarise_night(lake, SHOP, EXACT, NIGHT)
    return scene, lake


def told(rows: Rows, *names: str) -> list[tuple[Any, ...]]:
    """Return some columns of each row, sorted; a person is called as its identity is."""
    named = [{**row, "identity_id": row.get("identity_id", f"p{row.get('person_id')}")} for row in rows]
    return sorted((tuple(row[name] for name in names) for row in named), key=repr)


def test_walks_give_the_true_answers(walked: tuple[Filmed, Lake]) -> None:
    """Through locating: visits, waits and journeys are those of the truth."""
    scene, lake = walked
    found = truth.presence(scene)
    visited = truth.visits(scene, found)
    assert_answers(lake, visited, truth.queue_waits(scene, visited, found), truth.journeys(scene, visited))
    assert visited.num_rows > 30


def assert_answers(lake: Lake, visited: pa.Table, waited: pa.Table, went: pa.Table) -> None:
    columns = ("identity_id", "zone_id", "camera_id", "entered_at", "left_at", "dwell_s", "is_censored", "is_staff")
    assert told(lake.read(VISITS).to_pylist(), *columns) == told(visited.to_pylist(), *columns)
    columns = (
        "identity_id",
        "queue_zone_id",
        "entered_at",
        "left_at",
        "served_at",
        "wait_s",
        "is_censored",
        "is_staff",
    )
    assert told(lake.read(QUEUE_WAITS).to_pylist(), *columns) == told(waited.to_pylist(), *columns)
    columns = ("identity_id", "stop_no", "camera_id", "zone_id", "arrived_at", "left_at", "is_staff")
    assert told(lake.read(JOURNEYS).to_pylist(), *columns) == told(went.to_pylist(), *columns)


def test_walks_give_the_true_figures(walked: tuple[Filmed, Lake]) -> None:
    """Footfall, dwell, occupancy and ways are what a count of the true rows gives."""
    scene, lake = walked
    visited = truth.visits(scene, truth.presence(scene))
    with connect(lake, SHOP) as warehouse:
        footfall = warehouse.query("SELECT line_id, direction, crossings FROM footfall_hourly WHERE crossings > 0")
        dwell = warehouse.query("SELECT zone_id, visits, median_s FROM dwell_hourly WHERE visits > 0")
        ways = warehouse.query("SELECT origin_id, destination_id, journeys FROM origin_destination")
    assert told(footfall.to_pylist(), "line_id", "direction", "crossings") == _true_footfall(truth.crossings(scene))
    assert told(dwell.to_pylist(), "zone_id", "visits", "median_s") == _true_dwell(visited)
    assert told(ways.to_pylist(), "origin_id", "destination_id", "journeys") == _true_ways(
        truth.journeys(scene, visited)
    )
    assert_occupancy(lake, visited, START)


def _true_footfall(crossed: pa.Table) -> list[tuple[Any, ...]]:
    counts = Counter((row["line_id"], row["direction"]) for row in crossed.to_pylist() if not row["is_staff"])
    return sorted((*key, count) for key, count in counts.items())


def _true_dwell(visited: pa.Table) -> list[tuple[Any, ...]]:
    dwells: dict[str, list[float]] = {}
    for row in visited.to_pylist():
        if not row["is_staff"]:
            dwells.setdefault(row["zone_id"], []).append(row["dwell_s"])
    return sorted(((zone, len(own), float(np.median(own))) for zone, own in dwells.items()), key=repr)


def _true_ways(went: pa.Table) -> list[tuple[Any, ...]]:
    stays = [row for row in went.to_pylist() if row["zone_id"] is None and not row["is_staff"]]
    stays.sort(key=lambda row: (row["person_id"], row["stop_no"]))
    pairs = [(a, b) for a, b in pairwise(stays) if a["person_id"] == b["person_id"]]
    counts = Counter((a["camera_id"], b["camera_id"]) for a, b in pairs)
    return sorted((*key, count) for key, count in counts.items())


def assert_occupancy(lake: Lake, visited: pa.Table, start: datetime) -> None:
    """Compare with people counted at every tenth of a second: all instants of the truth are on that grid."""
    for row in lake.read(OCCUPANCY_MINUTELY).to_pylist():
        grid = (row["minute_at"] - start) / timedelta(seconds=0.1) + np.arange(600)
        people = {False: np.zeros(600), True: np.zeros(600)}
        for visit in visited.to_pylist():
            if visit["zone_id"] == row["zone_id"]:
                entered, left = ((visit[name] - start) / timedelta(seconds=0.1) for name in ("entered_at", "left_at"))
                people[visit["is_staff"]] += (grid >= entered - 0.01) & (grid < left - 0.01)
        assert row["max_people"] == people[False].max()
        assert row["mean_people"] == pytest.approx(people[False].mean())
        assert row["mean_staff"] == pytest.approx(people[True].mean())


def test_the_demo_gives_its_true_answers(tmp_path: Path) -> None:
    """The shipped demo's tracks, presences and identities give its shipped visits, waits and journeys."""
    site, order = load(DEMO / "site.yaml", Site), load(DEMO / "simulation.yaml", FilmOrder)
    shipped = {
        name: pq.read_table(DEMO / "truth" / f"true_{name}.parquet")
        for name in ("presence", "visits", "queue_waits", "journeys")
    }
    story = _demo_story(site, order, shipped["presence"].to_pylist(), shipped["journeys"].to_pylist())
    lake = open_new(tmp_path)
    write_story(lake, story)
    summarise_night(lake, site, EXACT, story.night)
    assert_answers(lake, shipped["visits"], shipped["queue_waits"], shipped["journeys"])
    assert_occupancy(lake, shipped["visits"], story.start)


def _demo_story(site: Site, order: FilmOrder, presences: Rows, stops: Rows) -> Story:
    """Return the shipped night; its stays are the tracks, because its boxes are shipped as text without slivers."""

    def s(moment: datetime) -> float:
        return (moment - order.starts_at) / timedelta(seconds=1)

    until_s = 60 * order.minutes
    seen = [
        Seen(f"t{number}", row["camera_id"], f"p{row['person_id']}", s(row["arrived_at"]), s(row["left_at"]))
        for number, row in enumerate(stops)
        if row["zone_id"] is None
    ]
    present = []
    for row in presences:
        entered_s, left_s, who = s(row["entered_at"]), s(row["left_at"]), f"p{row['person_id']}"
        own = [each for each in seen if (each.camera, each.identity) == (row["camera_id"], who)]
        (name,) = [each.name for each in own if each.starts_s <= entered_s and left_s <= each.ends_s]
        cut = "b" * (row["is_censored"] and entered_s == 0) + "e" * (row["is_censored"] and left_s == until_s)
        present.append(Present(name, row["zone_id"], entered_s, left_s, cut))
    staff = sorted({f"p{row['person_id']}" for row in stops if row["is_staff"]})
    step_s = 1 / order.frame_rate_hz
    return Story(seen, present, staff=staff, site=site, start=order.starts_at, until_s=until_s, step_s=step_s)
