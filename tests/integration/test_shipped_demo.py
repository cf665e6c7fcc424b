"""The shipped demo is what its order makes: the code that films and the footage that ships cannot drift apart."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from analytics.configfile import load
from analytics.evaluation import motchallenge
from analytics.simulation.behaviour import simulate
from analytics.simulation.describing import Surveyed, survey
from analytics.simulation.filmed_site import FilmOrder
from analytics.simulation.presets.choosing import premises_of
from analytics.simulation.recorder import Recorder, reels
from analytics.simulation.timeline import Timeline
from analytics.simulation.truth import Filmed, Trace, frame_log, presence
from analytics.sites import Site
from analytics.timebase import to_instant

DEMO = Path(__file__).parents[2] / "jobs" / "demo"


def walked(surveyed: Surveyed, timeline: Timeline, order: FilmOrder) -> Filmed:
    """Return what the walks alone say of the footage: feet, no pictures."""
    starts_at, logs, traces = to_instant(order.starts_at), {}, []
    for camera_id, sight in surveyed.sights.items():
        recorder = Recorder(order.frame_rate_hz, order.file_s)
        logs[camera_id] = frame_log(reels(camera_id, recorder, starts_at, order.minutes * 60, order.seed))
        times_s = (logs[camera_id].captured_at - starts_at) / 1e6
        for person_no in range(timeline.people):
            places = timeline.places_at(person_no, times_s)
            is_there = np.isfinite(places[:, 0])
            feet = np.full((len(places), 2), np.nan)
            feet[is_there] = sight.feet_px(places[is_there]).astype(np.float32)
            is_there[is_there] = sight.shows_floor(places[is_there])
            feet[~is_there] = np.nan
            traces.append(Trace(person_no + 1, camera_id, is_there, is_there.astype(np.float64), feet))
    staff = frozenset((np.flatnonzero(timeline.is_staff) + 1).tolist())
    return Filmed(surveyed.site, logs, tuple(traces), staff)


def test_its_site_and_truth_follow_from_its_order() -> None:
    """Cameras, zones, lines, ways between views, and who was in which zone when, to the frame."""
    order = load(DEMO / "simulation.yaml", FilmOrder)
    surveyed = survey(premises_of(order.preset, order.seed))
    assert load(DEMO / "site.yaml", Site) == surveyed.site
    timeline = simulate(surveyed.premises, order.minutes * 60, order.people, order.seed)
    expected = presence(walked(surveyed, timeline, order))
    shipped = pq.read_table(DEMO / "truth" / "true_presence.parquet")
    key = [("person_id", "ascending"), ("zone_id", "ascending"), ("entered_at", "ascending")]
    assert shipped.num_rows > 20
    assert shipped.sort_by(key).to_pylist() == expected.sort_by(key).to_pylist()


def test_it_is_large_enough_to_show_something() -> None:
    """At least four cameras and fifteen people whom a camera saw, several of them in two and more."""
    people: dict[int, set[str]] = {}
    cameras = sorted((DEMO / "truth").glob("*.txt"))
    for path in cameras:
        rows = motchallenge.read(path)
        for person_id in np.unique(rows.ids[rows.is_considered]).tolist():
            people.setdefault(person_id, set()).add(path.stem)
    assert len(cameras) >= 4
    assert len(people) >= 15
    assert sum(len(seen) >= 2 for seen in people.values()) >= 8


def test_it_is_small_enough_to_ship() -> None:
    """Under 20 MB, one recording for each minute of each camera."""
    order = load(DEMO / "simulation.yaml", FilmOrder)
    videos = list((DEMO / "footage").rglob("*.mp4"))
    assert len(videos) == 5 * round(order.minutes * 60 / order.file_s)
    assert sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file()) < 20_000_000
