"""Random nights: the statements find what the slow obvious way finds, and every check holds."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.marts import JOURNEYS, OCCUPANCY_MINUTELY, VISITS
from analytics.settings import Linking, Marts, Settings
from analytics.warehouse.joining import join_probabilities
from jobs.summarising import summarise_night
from tests.builders.answers import START, Present, Seen, Story, open_new, write_story

GAP_S = 3.0
ORDER = Settings(marts=Marts(visit_gap_s=GAP_S, stay_gap_s=GAP_S), linking=Linking(count_worlds=20))
STAFF = ["p1", "p2"]
ZONE_OF = {"door": "entrance", "till": "queue"}


def crowd(seed: int) -> Story:
    """Return tracklets of many people with presences in whole seconds; some went over to another person."""
    rng = np.random.default_rng(seed)
    seen, present = [], []
    for number in range(150):
        camera, name, start = str(rng.choice(["door", "till"])), f"t{number}", int(rng.integers(0, 150))
        end = start + int(rng.integers(2, 40))
        who, other = (f"p{person}" for person in rng.choice(30, 2, replace=False))
        switched = (other, int(rng.integers(start + 1, end))) if rng.random() < 0.2 else ()
        seen.append(Seen(name, camera, who, start, end, *switched))
        cuts = np.sort(rng.choice(np.arange(start, end + 1), min(2 * int(rng.integers(4)), end - start), replace=False))
        for entered, left in zip(cuts[::2].tolist(), cuts[1::2].tolist(), strict=False):
            present.append(
                Present(name, ZONE_OF[camera], entered, left, "b" * (entered == start) + "e" * (left == end))
            )
    return Story(seen=seen, present=present, staff=STAFF, until_s=200)


def parts_of(seen: Seen) -> list[tuple[str, float, float]]:
    """Return whose each part is; of equally long parts the first is the main one's."""
    if seen.other is None or seen.switched_s is None:
        return [(seen.identity, seen.starts_s, seen.ends_s)]
    is_first = seen.switched_s - 1e-6 - seen.starts_s >= seen.ends_s - 0.5 - seen.switched_s
    first, second = (seen.identity, seen.other) if is_first else (seen.other, seen.identity)
    return [(first, seen.starts_s, seen.switched_s), (second, seen.switched_s, seen.ends_s)]


def merged(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Bridge breaks, one stretch after the other."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(stretches):
        if found and start - found[-1][1] <= GAP_S:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def expected(story: Story) -> tuple[list[Any], list[Any]]:
    """Return visits (who, zone, from, to) and stays (who, camera, from, to)."""
    seen = {each.name: each for each in story.seen}
    inside, there = defaultdict(list), defaultdict(list)
    for each in story.seen:
        for who, start, end in parts_of(each):
            there[who, each.camera].append((start, end))
    for row in story.present:
        for who, start, end in parts_of(seen[row.tracklet]):
            if max(start, row.entered_s) < min(end, row.left_s):
                inside[who, row.zone].append((max(start, row.entered_s), min(end, row.left_s)))
    visits, stays = (
        sorted((*key, *stretch) for key, stretches in found.items() for stretch in merged(stretches))
        for found in (inside, there)
    )
    return visits, stays


@pytest.mark.parametrize("seed", range(3))
def test_visits_stays_and_occupancy_equal_the_obvious_way(seed: int, tmp_path: Path) -> None:
    """And no check is broken, or summarising would have failed."""
    story, lake = crowd(seed), open_new(tmp_path)
    write_story(lake, story)
    summarise_night(lake, story.site, ORDER, story.night)
    visits = [
        (row["identity_id"], row["zone_id"], *_s(row, "entered_at", "left_at")) for row in lake.read(VISITS).to_pylist()
    ]
    stays = [
        (row["identity_id"], row["camera_id"], *_s(row, "arrived_at", "left_at"))
        for row in lake.read(JOURNEYS).to_pylist()
        if row["zone_id"] is None
    ]
    expected_visits, expected_stays = expected(story)
    assert sorted(visits) == expected_visits
    assert sorted(stays) == expected_stays
    for row in lake.read(OCCUPANCY_MINUTELY).to_pylist():
        (minute_s,) = _s(row, "minute_at")
        grid = minute_s + 0.5 + np.arange(60)
        own = [visit for visit in expected_visits if visit[1] == row["zone_id"] and visit[0] not in STAFF]
        people = sum((grid > visit[2]) & (grid < visit[3]) for visit in own) if own else np.zeros(60)
        assert row["max_people"] == people.max()
        assert row["mean_people"] == pytest.approx(people.mean())


def _s(row: dict[str, Any], *names: str) -> list[float]:
    return [(row[name] - START).total_seconds() for name in names]


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 6), st.data())
def test_a_join_is_the_best_chain_to_an_earlier_stay(count: int, data: st.DataObject) -> None:
    """Against all chains: the greatest threshold at which links above it lead to an earlier stay."""
    node = st.integers(0, count + 1)  # two that are no stays
    links = data.draw(st.lists(st.tuples(node, node, st.sampled_from([0.5, 0.6, 0.7, 0.8])), max_size=12))
    a, b, chance = (np.array([link[part] for link in links]) for part in range(3))
    found = join_probabilities(count, a.astype(np.int64), b.astype(np.int64), chance.astype(np.float64))
    for stay in range(count):
        best = max((level for level in (0.5, 0.6, 0.7, 0.8) if _reaches(stay, links, level)), default=np.nan)
        assert found[stay] == pytest.approx(best, nan_ok=True)


def _reaches(stay: int, links: list[tuple[int, int, float]], level: float) -> bool:
    near, open_ = {stay}, [stay]
    while open_:
        node = open_.pop()
        for a, b, chance in links:
            for one, two in ((a, b), (b, a)):
                if one == node and chance >= level and two not in near:
                    near.add(two)
                    open_.append(two)
    return min(near) < stay
