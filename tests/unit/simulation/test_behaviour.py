"""People on a simulated site behave as bodies do: they go round things, keep apart, wait their turn, never jump."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from analytics.simulation.behaviour import simulate
from analytics.simulation.motion import NEAREST_M
from analytics.simulation.obstacles import distance_to_rectangle, footprint, is_in_the_way, walls_of
from analytics.simulation.presets.choosing import PRESETS, premises_of
from analytics.simulation.scene import Action
from analytics.simulation.timeline import STEP_S, Presence, Timeline

SITES = [(name, 1) for name in PRESETS]


@cache
def timeline_of(name: str, seed: int) -> Timeline:
    """Return a busy minute and a half of a site."""
    return simulate(premises_of(name, seed), duration_s=60.0, visitors=20, seed=seed)


def walking(presence: Presence) -> np.ndarray:
    """Return the samples of somebody who is on no seat, nor on the way to or from one."""
    seated = binary_dilation(presence.action == Action.SIT, iterations=20)
    return presence.place_m[~seated]


@pytest.mark.parametrize(("name", "seed"), SITES)
def test_nobody_stands_in_furniture(name: str, seed: int) -> None:
    """The middle of a body stays 0.15 m away from every footprint."""
    things = [footprint(item) for item in premises_of(name, seed).layout.furniture if is_in_the_way(item)]
    places = np.concatenate([walking(presence) for presence in timeline_of(name, seed).presences])
    for corners in things:
        assert distance_to_rectangle(places, corners).min() > 0.15


@pytest.mark.parametrize(("name", "seed"), SITES)
def test_nobody_walks_through_walls(name: str, seed: int) -> None:
    """No step crosses a piece of wall; openings are gaps."""
    walls = walls_of(premises_of(name, seed).layout)
    solid = walls.base_m == 0
    for presence in timeline_of(name, seed).presences:
        before, after = presence.place_m[:-1], presence.place_m[1:]
        for start, end in zip(walls.start_m[solid], walls.end_m[solid], strict=True):
            assert not (_turns(start, end, before, after) & _turns_by_points(before, after, start, end)).any()


@pytest.mark.parametrize(("name", "seed"), SITES)
def test_nobody_walks_through_anybody(name: str, seed: int) -> None:
    """At every instant two people are about a body's breadth apart."""
    timeline = timeline_of(name, seed)
    for time_s in np.arange(0, timeline.duration_s, 0.25):
        figures = timeline.figures_at(float(time_s))
        places = np.column_stack([figures.x_m, figures.y_m])
        apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
        np.fill_diagonal(apart, np.inf)
        assert apart.min(initial=np.inf) > NEAREST_M - 0.12


@pytest.mark.parametrize(("name", "seed"), SITES)
def test_speed_turns_and_phase_are_those_of_people(name: str, seed: int) -> None:
    """Nobody is faster than 2.2 m/s or turns faster than 3 rad/s; the gait follows the distance walked."""
    for presence in timeline_of(name, seed).presences:
        stepped = np.hypot(*np.diff(presence.place_m, axis=0).T)
        assert stepped.max(initial=0.0) / STEP_S < 2.2
        assert np.abs(np.diff(presence.heading_rad)).max(initial=0.0) / STEP_S < 3.01
        phase = np.diff(presence.phase)
        assert (phase >= 0).all()
        walks = presence.action[1:] == Action.WALK
        assert phase[walks] == pytest.approx(stepped[walks] / presence.stride_m[1:][walks], abs=1e-9)


@pytest.mark.parametrize(("name", "seed"), SITES)
def test_people_look_where_they_walk(name: str, seed: int) -> None:
    """Of all steps taken at more than 0.5 m/s fewer than one in a hundred go sideways or backwards."""
    off = []
    for presence in timeline_of(name, seed).presences:
        step = np.diff(presence.place_m, axis=0) / STEP_S
        turn = np.arctan2(step[:, 1], step[:, 0]) - presence.heading_rad[1:]
        off += list(np.abs((turn + np.pi) % (2 * np.pi) - np.pi)[np.hypot(*step.T) > 0.5])
    assert np.mean(np.array(off) > np.pi / 3) < 0.01


@pytest.mark.parametrize(("name", "seed"), SITES)
def test_first_come_is_first_served(name: str, seed: int) -> None:
    """In every line people are served one at a time, in the order in which they joined it."""
    turns = timeline_of(name, seed).turns
    for line in {turn.line for turn in turns}:
        served = [turn for turn in turns if turn.line == line and np.isfinite(turn.served_s)]
        served.sort(key=lambda turn: turn.joined_s)
        starts = [turn.served_s for turn in served]
        assert starts == sorted(starts)
        for earlier, later in pairwise(served):
            assert not later.served_s < earlier.left_s
        for turn in served:
            assert turn.joined_s <= turn.served_s


def test_the_demo_has_what_it_is_for() -> None:
    """Fifteen people and more, waits in the line, groups, staff all the time, one who sits, one who returns."""
    timeline = simulate(premises_of("demo", 7), duration_s=240.0, visitors=18, seed=7)
    assert len({presence.person_no for presence in timeline.presences}) >= 15
    assert sum(turn.served_s - turn.joined_s > 8 for turn in timeline.turns) >= 3
    assert len(set(timeline.group_no.tolist())) < timeline.people
    staff = [presence for presence in timeline.presences if presence.person_no < timeline.staff]
    assert [presence.begins_s for presence in staff] == [0.0] * timeline.staff
    assert any((presence.action == Action.SIT).any() for presence in timeline.presences)
    assert len(timeline.presences) > len({presence.person_no for presence in timeline.presences})


def test_the_same_seed_is_the_same_site() -> None:
    """A seed decides everything, and another one something else."""
    first, again, other = (simulate(premises_of("demo", 3), 10.0, 8, seed) for seed in (3, 3, 4))
    assert [presence.place_m.tobytes() for presence in first.presences] == [
        presence.place_m.tobytes() for presence in again.presences
    ]
    assert first.turns == again.turns
    assert [presence.place_m.tobytes() for presence in first.presences] != [
        presence.place_m.tobytes() for presence in other.presences
    ]


def test_between_samples_everything_is_linear() -> None:
    """Halfway between two samples a person is halfway, in place, heading and phase."""
    timeline = timeline_of("demo", 1)
    presence = max(timeline.presences, key=len)
    step = len(presence) // 2
    figures = timeline.figures_at((presence.first_step + step + 0.5) * STEP_S)
    row = figures.person_no.tolist().index(presence.person_no)
    assert figures.x_m[row] == pytest.approx(presence.place_m[step : step + 2, 0].mean())
    assert figures.phase[row] == pytest.approx(presence.phase[step : step + 2].mean())


def test_before_and_after_everybody_the_site_is_empty() -> None:
    """A site without visitors and staff has no figures."""
    premises = premises_of("demo", 1)
    alone = simulate(premises, 5.0, 0, 1)
    assert len(alone.presences) == len(premises.posts)
    assert len(alone.figures_at(5.05)) == 0


def _turns(start: np.ndarray, end: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return _side(start, end, first) * _side(start, end, second) < 0


def _turns_by_points(before: np.ndarray, after: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return _side_each(before, after, start) * _side_each(before, after, end) < 0


def _side(start: np.ndarray, end: np.ndarray, points: np.ndarray) -> np.ndarray:
    along = end - start
    return along[0] * (points[:, 1] - start[1]) - along[1] * (points[:, 0] - start[0])


def _side_each(before: np.ndarray, after: np.ndarray, point: np.ndarray) -> np.ndarray:
    along = after - before
    return along[:, 0] * (point[1] - before[:, 1]) - along[:, 1] * (point[0] - before[:, 0])
