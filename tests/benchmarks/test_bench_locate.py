"""How long locating a night of ten million track points takes, reading included, and where the time goes."""

import cProfile
import pstats
import resource
import time
from pathlib import Path

import pytest

from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.marts import LINE_CROSSINGS, ZONE_PRESENCE
from analytics.settings import Settings
from analytics.sites import FloorPlan, PlanPoint, Site, Zone
from jobs.locating import locate_night
from tests.benchmarks.answers_lake import HEIGHT, WIDTH, big_site, nights_of, write_night

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

CAMERAS = 30
_STEPS = ("read", "sightings", "feet_of", "shadows", "stays", "passages", "write_item")


def with_plan(site: Site) -> Site:
    """Return the site with two zones and a line a camera, and one zone on the floor plan of all of them."""
    corners = ((0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT))
    points = tuple(PlanPoint(image_px=(x, y), plan_m=(x / 100, y / 100)) for x, y in corners)
    cameras = tuple(camera.model_copy(update={"floor_points": points}) for camera in site.cameras)
    zones = [zone for zone in site.zones if zone.kind in ("queue", "service")]
    plan = Zone(zone_id="plan", camera_id=None, polygon=((1.0, 1.0), (5.0, 1.0), (5.0, 3.0), (1.0, 3.0)))
    return site.model_copy(
        update={"cameras": cameras, "zones": (*zones, plan), "floor_plan": FloorPlan(width_m=9.0, height_m=5.0)}
    )


def test_ten_million_points(tmp_path: Path) -> None:
    """A night of 30 cameras is located in well under a minute on two cores; a moved zone in a thirtieth of it."""
    lake, site = Lake(open_store(str(tmp_path))), with_plan(big_site(CAMERAS))
    (night,) = nights_of(1)
    write_night(lake, site, night, identities=10_000, points=250, seed=1)
    profile = cProfile.Profile()
    wall, cpu = time.perf_counter(), time.process_time()
    profile.enable()
    locate_night(lake, site, Settings(), night)
    profile.disable()
    spent, used = time.perf_counter() - wall, time.process_time() - cpu
    print(f"\nlocated 10 million points: {spent:.1f} s, {used:.1f} s of CPU, {len(site.zones)} zones")
    for (_, _, name), (_, _, _, within_s, _) in sorted(pstats.Stats(profile).stats.items()):  # type: ignore[attr-defined]
        if name in _STEPS:
            print(f"  {name}: {within_s:.1f} s")
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = lake.read(ZONE_PRESENCE).num_rows, lake.read(LINE_CROSSINGS).num_rows
    print(f"  {rows[0]} presences, {rows[1]} crossings; peak with the making of the lake {peak_mib:.0f} MiB")
    moved = site.zones[0].model_copy(update={"polygon": tuple((x + 30, y) for x, y in site.zones[0].polygon)})
    wall = time.perf_counter()
    locate_night(lake, site.model_copy(update={"zones": (moved, *site.zones[1:])}), Settings(), night)
    again = time.perf_counter() - wall
    print(f"  one zone moved: {again:.1f} s")
    assert used < 60
    assert again < spent / 3
