"""A summarised night of many people, made so that some figures are large, some small, and an hour was not recorded.

In hour 0 twelve people come in by the gate, visit the entrance and walk on to the till; in hour 1 two do; hour 2 was
not recorded; in hour 3 six do, and a member of the staff. At the till the first eight queue in hour 0: six are served.
"""

from pathlib import Path

import yaml

from analytics.lake.lake import Lake
from analytics.lake.ownership import claim
from analytics.settings import Linking, Settings
from analytics.sites import Site
from jobs.summarising import summarise_night
from tests.builders.answers import (
    NIGHT,
    SHOP,
    Crossed,
    Filmed,
    Linked,
    Present,
    Seen,
    Story,
    open_new,
    write_story,
)

HOUR_S = 3600.0
PEOPLE = {0: 12, 1: 2, 3: 6}
"""Visitors by hour of the story."""

SITE: Site = SHOP.model_copy(update={"timezone": "Europe/Berlin"})


def write_mall(folder: Path) -> Lake:
    """Write the lake to `folder / "lake"`, summarised."""
    lake = open_new(folder)
    claim(lake.store, SITE.site_id)
    write_story(lake, _story())
    summarise_night(lake, SITE, Settings(linking=Linking(count_worlds=20)), NIGHT)
    return lake


def write_mall_site(folder: Path) -> Path:
    """Write the site file and return its path."""
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(SITE.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
    return path


def _story() -> Story:
    seen, present, crossed, linked = [], [], [], []
    visitors = [(hour, number) for hour, count in PEOPLE.items() for number in range(count)]
    for hour, number in [*visitors, (3, 99)]:
        who, at = f"p{hour}-{number}", hour * HOUR_S + 100.0 + 20 * (number % 50)
        seen += [Seen(f"{who}a", "door", who, at, at + 30), Seen(f"{who}b", "till", who, at + 60, at + 200)]
        linked.append(Linked(f"{who}a", f"{who}b", 0.95))
        crossed.append(Crossed(f"{who}a", "gate", at + 5, "in"))
        present.append(Present(f"{who}a", "entrance", at + 5, at + 25))
        if hour == 0 and number < 8:
            present.append(Present(f"{who}b", "queue", at + 70, at + 100 + number))
        if hour == 0 and number < 6:
            present.append(Present(f"{who}b", "service", at + 100 + number, at + 150))
    filmed = [
        Filmed(camera, hour * HOUR_S, (hour + 1) * HOUR_S, "quarantined" if hour == 2 else "complete")
        for camera in ("door", "till", "yard")
        for hour in range(4)
    ]
    return Story(seen, present, crossed, linked, staff=["p3-99"], filmed=filmed, site=SITE)
