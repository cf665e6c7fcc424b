"""How long answers take: a night of ten million points, a moved zone in a month, questions over a month of visits."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.marts import VISITS, ZONE_PRESENCE
from analytics.settings import Settings
from analytics.sites import Site
from analytics.warehouse.connection import connect
from jobs.locating import locate_night
from jobs.summarising import summarise_night
from tests.benchmarks.answers_lake import big_site, nights_of, write_answers, write_night

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

SETTINGS = Settings()
QUESTIONS = {
    "who went from an entrance to a till within 10 minutes": """
        SELECT count(DISTINCT (a.night, a.identity_id)) FROM visits a JOIN visits b USING (night, identity_id)
        WHERE a.zone_id LIKE 'entrance%' AND b.zone_id LIKE 'service%'
          AND b.entered_at BETWEEN a.left_at AND a.left_at + INTERVAL 10 MINUTE""",
    "median wait by hour": "SELECT hour(entered_at), median(wait_s) FROM queue_waits GROUP BY 1 ORDER BY 1",
    "top 10 paths": """
        SELECT path, sum(journeys) FROM paths WHERE places = 'cameras' GROUP BY 1 ORDER BY 2 DESC LIMIT 10""",
    "where people go after camera 3": """
        SELECT destination_id, sum(journeys) FROM origin_destination WHERE origin_id = 'c03' GROUP BY 1 ORDER BY 2""",
    "journey of one identity": "SELECT * FROM journeys WHERE identity_id = '07-000123' ORDER BY arrived_at",
    "median dwell by zone and hour of the day": """
        SELECT zone_id, hour(entered_at), median(dwell_s) FROM visits GROUP BY ALL ORDER BY ALL""",
}


@contextmanager
def told(what: str) -> Iterator[list[float]]:
    """Print wall and CPU seconds, and give the wall seconds."""
    wall, cpu, result = time.perf_counter(), time.process_time(), []
    yield result
    result.append(time.perf_counter() - wall)
    print(f"  {what}: {result[0]:.2f} s, {time.process_time() - cpu:.2f} s of CPU")


def moved(site: Site, zone_id: str) -> Site:
    zones = tuple(
        zone.model_copy(update={"polygon": tuple((x + 30, y) for x, y in zone.polygon)})
        if zone.zone_id == zone_id
        else zone
        for zone in site.zones
    )
    return site.model_copy(update={"zones": zones})


def test_a_night_of_ten_million_points(tmp_path: Path) -> None:
    """Located and summarised in under 90 s on two cores, the marts in under 30."""
    lake, site = Lake(open_store(str(tmp_path))), big_site(30)
    (night,) = nights_of(1)
    print()
    with told("made 10 million points"):
        write_night(lake, site, night, identities=10_000, points=250, seed=1)
    with told("located") as located:
        locate_night(lake, site, SETTINGS, night)
    with told("summarised") as summarised:
        summarise_night(lake, site, SETTINGS, night)
    print(f"  {lake.read(ZONE_PRESENCE).num_rows} presences, {lake.read(VISITS).num_rows} visits")
    assert summarised[0] < 30
    assert located[0] + summarised[0] < 90


def test_a_moved_zone_in_a_month(tmp_path: Path) -> None:
    """30 cameras, 30 nights: rebuilt in under 60 s on two cores, no other zone's rows change."""
    lake, site = Lake(open_store(str(tmp_path))), big_site(30)
    print()
    with told("made 30 nights"):
        for number, night in enumerate(nights_of(30)):
            write_night(lake, site, night, identities=1500, points=150, seed=number)
    with told("located and summarised"):
        for night in nights_of(30):
            locate_night(lake, site, SETTINGS, night)
            summarise_night(lake, site, SETTINGS, night)
    before = lake.read(VISITS)
    other = moved(site, "queue3")
    with told("the zone moved: located") as located:
        for night in nights_of(30):
            locate_night(lake, other, SETTINGS, night)
    with told("summarised") as summarised:
        for night in nights_of(30):
            summarise_night(lake, other, SETTINGS, night)
    after = lake.read(VISITS)
    kept = [[row for row in table.to_pylist() if row["zone_id"] != "queue3"] for table in (before, after)]
    print(f"  {before.num_rows} visits before, {after.num_rows} after")
    assert kept[0] == kept[1]
    assert before.num_rows != after.num_rows
    assert located[0] + summarised[0] < 60


def test_questions_over_a_month_of_a_million_visits(tmp_path: Path) -> None:
    """Each question about journeys is answered in under a second."""
    lake, site = Lake(open_store(str(tmp_path))), big_site(30)
    for number, night in enumerate(nights_of(30)):
        write_answers(lake, site, night, visits=33_600, seed=number)
    print()
    with told("opened"):
        warehouse = connect(lake, site)
    with warehouse:
        print(f"  {warehouse.query('SELECT count(*) AS n FROM visits')['n'][0]} visits")
        for question, sql in QUESTIONS.items():
            with told(question) as seconds:
                rows = warehouse.query(sql).num_rows
            assert rows
            assert seconds[0] < 1
