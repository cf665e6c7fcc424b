"""What a camera sees: walls hide, openings show, views of a preset are apart."""

import dataclasses
import math

import numpy as np
import pytest

from analytics.simulation.behaviour import simulate
from analytics.simulation.describing import survey
from analytics.simulation.layout import Layout, Room
from analytics.simulation.navigation import ground_of
from analytics.simulation.obstacles import walls_of
from analytics.simulation.presets.building import camera, gap
from analytics.simulation.presets.choosing import PRESETS, premises_of
from analytics.simulation.sight import sight_of

TWO_ROOMS = Layout(
    (
        Room("left", "room", 0, 0, 5, 5, openings=(gap(5, 2, 5, 3, 2.2),)),
        Room("right", "room", 5, 0, 10, 5),
    ),
    (),
    10.0,
    5.0,
)
EYE = (1.0, 2.5, 2.6)


def test_a_wall_hides_and_an_opening_shows() -> None:
    """Through a doorway the floor behind it is seen, beside it not, and above its lintel not."""
    walls = walls_of(TWO_ROOMS)
    points = np.array([(4.0, 1.0, 0.0), (7.0, 2.5, 0.0), (7.0, 0.5, 0.0), (5.5, 2.5, 2.4)])
    assert walls.hide(EYE, points).tolist() == [False, False, True, True]


def test_a_way_leads_through_the_opening() -> None:
    """The shortest way from room to room goes through the door and around nothing else."""
    ground = ground_of(TWO_ROOMS)
    way = ground.path(np.array([1.0, 0.8]), np.array([9.0, 4.2]))
    length = np.hypot(*np.diff(way, axis=0).T).sum()
    straight = math.hypot(4, 1.7) * 2
    assert straight <= length < straight + 1.2
    assert any(abs(x - 5) < 1.2 and 2 < y < 3 for x, y in way[1:-1])


def test_a_closed_room_cannot_be_reached() -> None:
    """Without an opening there is no way, which is said."""
    closed = dataclasses.replace(TWO_ROOMS, rooms=(Room("left", "room", 0, 0, 5, 5), TWO_ROOMS.rooms[1]))
    with pytest.raises(ValueError, match="no way leads"):
        ground_of(closed).path(np.array([1.0, 1.0]), np.array([9.0, 4.0]))


def test_clearance_is_the_distance_to_the_wall() -> None:
    """In an empty room it is that to the nearest wall's face, to half a cell."""
    ground = ground_of(Layout((Room("r", "room", 0, 0, 5, 5),), (), 5.0, 5.0))
    places = np.random.default_rng(0).uniform(0.3, 4.7, (200, 2))
    expected = np.minimum(places, 5 - places).min(axis=1) - 0.06
    assert ground.clearance(places) == pytest.approx(expected, abs=0.04)


def test_floor_and_image_agree() -> None:
    """Where the floor is said to be in view, its point lies in the image; a blind spot under the camera is not."""
    sight = sight_of(TWO_ROOMS, camera((0.3, 0.3, 2.8), (3.5, 3.0), field_of_view_deg=70))
    places = np.random.default_rng(1).uniform(0.1, 9.9, (500, 2)) * (1, 0.5)
    shown = sight.shows_floor(places)
    pixels = sight.feet_px(places[shown])
    assert shown.any()
    assert ((pixels >= 0) & (pixels <= (640, 360))).all()
    assert not sight.could_show(np.array([(0.35, 0.35)]))[0]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_can_be_described(name: str) -> None:
    """Views are apart, doors unseen, zones in their pictures; the floor points fit a homography to a centimetre."""
    import cv2

    described = survey(premises_of(name, 5))
    assert len(described.site.cameras) >= 4 or name == "random"
    kinds = {zone.kind for zone in described.site.zones}
    assert {"queue", "service", "area"} <= kinds
    assert described.site.lines
    for found in described.site.cameras:
        image = np.array([point.image_px for point in found.floor_points])
        plan = np.array([point.plan_m for point in found.floor_points])
        matrix, _ = cv2.findHomography(image, plan)
        mapped = np.column_stack([image, np.ones(len(image))]) @ matrix.T
        error = np.hypot(*(mapped[:, :2] / mapped[:, 2:] - plan).T).max()
        assert error < (0.02 if described.premises.views[found.camera_id].k1 == 0 else 0.6)


def test_nobody_is_in_two_views_at_once() -> None:
    """At any instant of the demo a person could be in one camera's picture at most."""
    described = survey(premises_of("demo", 2))
    timeline = simulate(described.premises, 40.0, 14, 2)
    for presence in timeline.presences:
        views = sum(sight.could_show(presence.place_m).astype(int) for sight in described.sights.values())
        assert views.max(initial=0) <= 1


def test_an_overlap_is_refused() -> None:
    """Two cameras on the same floor are no site of apart views, and the message says where."""
    premises = premises_of("demo", 1)
    twice = dataclasses.replace(premises, views={**premises.views, "again": premises.views["aisle"]})
    with pytest.raises(ValueError, match="again and aisle both see"):
        survey(twice)
