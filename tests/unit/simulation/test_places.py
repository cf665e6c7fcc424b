"""Places: what is built for a layout, how it is lit, what the floor leaves free."""

from dataclasses import replace

import numpy as np
import pytest

from analytics.simulation.floor import free_floor
from analytics.simulation.interiors import openings_on, walls_of
from analytics.simulation.layout import Furniture, Layout, Opening, Room
from analytics.simulation.obstacles import distance_to_rectangle, footprint
from analytics.simulation.palette import FACADES, FLOORS, GRASS, GROUNDS, WALLS
from analytics.simulation.places import Place, Style, build_place
from analytics.simulation.random_layouts import random_layout
from analytics.simulation.random_places import random_place, useful_places
from analytics.simulation.scene import View

_DOOR = Opening(6.0, 2.0, 6.0, 3.2)
_ROOMS = (Room("shop", "room", 0, 0, 6, 5, 3.0, (_DOOR,)), Room("way", "corridor", 6, 1, 14, 3.5, 2.6))
_KINDS = ("counter", "shelf", "rack", "table", "bench", "pillar", "plant", "barrier", "poster", "mannequin")


def _layout(*furniture: Furniture) -> Layout:
    return Layout(_ROOMS, furniture, 14, 5)


def _vertices_above(place: Place, z_m: float = 0.02) -> np.ndarray:
    return place.mesh.positions_m[place.mesh.positions_m[:, 2] > z_m]


@pytest.mark.parametrize("kind", [kind for kind in _KINDS if kind != "mannequin"])
@pytest.mark.parametrize("family", ["a", "b"])
def test_furniture_stays_in_its_footprint(kind: str, family: str) -> None:
    """What stands for a piece of furniture fills its height and hardly leaves its footprint."""
    item = Furniture(kind, 3.0, 2.5, np.pi / 2, 1.6, 0.6, 1.4)
    style = Style(family, 5)
    with_it, without = build_place(_layout(item), style), build_place(_layout(), style)
    known = {tuple(row) for row in without.mesh.positions_m.tolist()}
    added = np.array([row for row in with_it.mesh.positions_m.tolist() if tuple(row) not in known])
    assert added[:, 2].max() == pytest.approx(1.4, abs=0.5)
    slack = 0.35 if kind in ("plant", "barrier") else 0.06  # leaves and feet spread
    assert distance_to_rectangle(added[:, :2], footprint(item)).max() < slack


def test_mannequins_are_left_to_whoever_draws_people() -> None:
    """A mannequin adds nothing to the place."""
    item = Furniture("mannequin", 3, 2.5, 0.0, 0.5, 0.4, 1.8)
    assert len(build_place(_layout(item), Style("a", 5)).mesh.triangles) == len(
        build_place(_layout(), Style("a", 5)).mesh.triangles
    )


def test_same_style_same_place_and_seeds_differ() -> None:
    """A place is a function of layout and style."""
    item = Furniture("shelf", 3, 0.3, np.pi / 2, 2.0, 0.5, 1.9)
    first, again = build_place(_layout(item), Style("a", 7)), build_place(_layout(item), Style("a", 7))
    np.testing.assert_array_equal(first.mesh.positions_m, again.mesh.positions_m)
    np.testing.assert_array_equal(first.mesh.tint, again.mesh.tint)
    assert first.surfaces == again.surfaces
    assert first.surfaces != build_place(_layout(item), Style("a", 8)).surfaces


def test_families_share_no_recipe() -> None:
    """No floor, wall, ground or facade is in both families."""
    for recipes in (FLOORS, WALLS, GROUNDS, FACADES):
        assert not {replace(s, seed=0) for s in recipes["a"]} & {replace(s, seed=0) for s in recipes["b"]}
        assert not {s.a for s in recipes["a"]} & {s.a for s in recipes["b"]}
    assert GRASS["a"] != GRASS["b"]


def test_a_door_is_open_in_both_rooms() -> None:
    """An opening that one room names is cut into the neighbour's wall as well, and no wall stands in it."""
    place = build_place(_layout(), Style("a", 1))
    found = [holes for room in _ROOMS for wall in walls_of(room) if len(holes := openings_on(wall, _ROOMS))]
    assert len(found) == 2
    corners = place.mesh.positions_m[place.mesh.triangles]
    in_wall = (np.abs(corners[..., 0] - 6.0) < 1e-4).all(axis=1)
    a, b, c = (corners[in_wall][:, k, 1:] for k in range(3))
    door = np.array([2.6, 1.0])

    def side(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        return (q[:, 0] - p[:, 0]) * (door[1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (door[0] - p[:, 0])

    turns = np.stack([side(a, b), side(b, c), side(c, a)])
    assert not ((turns > 0).all(axis=0) | (turns < 0).all(axis=0)).any()
    assert in_wall.sum() > 4


def test_lamps_belong_to_their_rooms() -> None:
    """Each room's lamps lie inside it below its ceiling, and a room gets light from all its lamps."""
    lighting = build_place(_layout(), Style("a", 3)).lighting
    assert len(lighting.room_lamps) == 2
    for room, (first, end) in zip(_ROOMS, lighting.room_lamps, strict=True):
        assert end > first
        lamps = lighting.lamp_m[first:end]
        hanging = lighting.lamp_direction[first:end, 2] < -0.5
        assert (lamps[:, 2] < room.height_m).all()
        in_room = (lamps[hanging, 0] > room.x_min_m) & (lamps[hanging, 0] < room.x_max_m)
        assert in_room.mean() > 0.5
    assert (lighting.room_sky_rgb > 0).all()


def test_sun_shines_by_day_only() -> None:
    """Overcast and night have no sun; its direction is a unit vector above the horizon."""
    for light, shines in (("day", True), ("overcast", False), ("night", False)):
        lighting = build_place(_layout(), Style("b", 3, light)).lighting
        assert lighting.sun_rgb.any() == shines
        assert np.linalg.norm(lighting.sun_direction) == pytest.approx(1, abs=1e-5)
        assert lighting.sun_direction[2] > 0.3


def test_open_ground_is_flat_where_people_walk() -> None:
    """Nothing but the floor itself lies within an open room without furniture, up to a person's height."""
    layout = Layout((Room("yard", "open", 0, 0, 12, 9),), (), 12, 9)
    for seed in range(4):
        above = _vertices_above(build_place(layout, Style("ab"[seed % 2], seed)))
        inside = ((above[:, :2] > 0.1) & (above[:, :2] < np.array([11.9, 8.9]))).all(axis=1) & (above[:, 2] < 2.2)
        assert not inside.any()


def test_layout_without_rooms_is_refused() -> None:
    """A place needs a room."""
    with pytest.raises(ValueError, match="at least one room"):
        build_place(Layout((), (), 1, 1), Style("a", 0))


def test_free_floor_keeps_off_walls_and_furniture() -> None:
    """Free cells keep their distance, lead through the door, and leave out what hangs on the wall."""
    table = Furniture("table", 3.0, 2.5, 0.4, 1.6, 0.8, 0.8)
    poster = Furniture("poster", 0.02, 2.5, 0.0, 1.0, 0.02, 1.4, 0.9)
    floor = free_floor(_layout(table, poster), clearance_m=0.3)
    places = floor.places()
    assert distance_to_rectangle(places, footprint(table)).min() >= 0.3
    in_shop = places[places[:, 0] < 5.5]
    assert in_shop.min() >= 0.3
    assert in_shop[:, 1].max() <= 4.7
    assert ((np.abs(places[:, 0] - 6.0) < 0.2) & (np.abs(places[:, 1] - 2.6) < 0.2)).any()
    assert not ((np.abs(places[:, 0] - 6.0) < 0.2) & (places[:, 1] > 3.3)).any()
    bare = free_floor(_layout(), clearance_m=0.3).is_free.sum()
    assert free_floor(_layout(poster), clearance_m=0.3).is_free.sum() == bare
    assert floor.is_free.sum() < bare


def test_places_in_view_are_whole_in_the_image() -> None:
    """Head and feet of everybody who could stand there lie inside the image, and somebody outside is left out."""
    view = View((0.3, 0.3, 2.7), 0.7, 0.5, 420, 640, 360)
    floor = free_floor(_layout())
    seen = floor.places_in(view)
    assert 0 < len(seen) < len(floor.places())
    for z in (0.0, 1.7):
        pixels, depth = view.project(np.column_stack([seen, np.full(len(seen), z)]))
        assert (depth > 0).all()
        assert ((pixels > 0) & (pixels < np.array([640, 360]))).all()


@pytest.mark.parametrize("family", ["a", "b"])
def test_random_places_have_cameras_that_see_people(family: str) -> None:
    """Heights, angles and sizes keep their ranges, furniture keeps apart, and the same seed gives the same place."""
    for seed in range(6):
        found = random_place(np.random.default_rng(seed), family)
        again = random_place(np.random.default_rng(seed), family)
        assert found.views == again.views
        assert found.layout == again.layout
        np.testing.assert_array_equal(found.place.mesh.positions_m, again.place.mesh.positions_m)
        for view in found.views:
            assert 2.2 <= view.position_m[2] <= 5.0
            assert 10 <= np.degrees(view.pitch_rad) <= 45
            places = useful_places(view, found.layout, found.floor)
            assert len(places) >= 60
            feet, _ = view.project(np.column_stack([places, np.zeros(len(places))]))
            heads, _ = view.project(np.column_stack([places, np.full(len(places), 1.7)]))
            tall = np.hypot(*(feet - heads).T)
            assert tall.min() >= 40
            assert tall.max() <= 300


def test_random_furniture_lies_inside_and_apart() -> None:
    """Footprints of random layouts lie in their room and do not overlap."""
    for seed in range(12):
        scene = ("shop", "hall", "corridor", "cafe", "ground")[seed % 5]
        layout = random_layout(np.random.default_rng(seed), scene, "ab"[seed % 2])
        standing = [item for item in layout.furniture if item.kind != "poster"]
        for number, item in enumerate(standing):
            corners = footprint(item)
            assert corners.min() > -1e-6
            assert (corners.max(axis=0) <= [layout.width_m + 1e-6, layout.height_m + 1e-6]).all()
            others = [footprint(other) for other in standing[number + 1 :]]
            assert all(distance_to_rectangle(corners, other).max() > 0 for other in others)
            middle = corners.mean(axis=0)[None]
            assert all(distance_to_rectangle(middle, other)[0] > 0 for other in others)


def test_surroundings_stay_out_of_rooms() -> None:
    """No kerb, road or car of the open ground's surroundings runs through a closed room beside it."""
    rooms = (
        Room("yard", "open", 0, 0, 20, 8),
        Room("cafe", "room", 4, -6, 12, 0, 3.0),
        Room("bar", "room", 20, 1, 26, 7, 3.0),
    )
    layout = Layout(
        tuple(replace(room, y_min_m=room.y_min_m + 6, y_max_m=room.y_max_m + 6) for room in rooms), (), 26, 14
    )
    for seed in range(6):
        place = build_place(layout, Style("a", seed))
        outside = place.room == 0
        corners = place.mesh.positions_m[place.mesh.triangles[outside[place.mesh.triangles[:, 0]]]]
        middles = corners.mean(axis=1)
        low, high = corners.min(axis=1), corners.max(axis=1)
        for room in layout.rooms[1:]:
            inner = (np.array([room.x_min_m, room.y_min_m]) + 0.01, np.array([room.x_max_m, room.y_max_m]) - 0.01)
            overlaps = (
                ((low[:, :2] < inner[1]) & (high[:, :2] > inner[0])).all(axis=1)
                & (high[:, 2] > -0.04)
                & (middles[:, 2] < 3)
            )
            assert not overlaps.any()
