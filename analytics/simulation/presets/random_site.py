"""Small sites drawn at random: rooms on both sides of a passage that no camera sees, sometimes a yard at its end."""

import numpy as np

from analytics.simulation.layout import Layout, Opening, Room
from analytics.simulation.navigation import BODY_RADIUS_M, Ground, ground_of
from analytics.simulation.premises import Door, FloorLine, FloorZone, Itinerary, Place, Premises, Spot, WaitingLine
from analytics.simulation.presets.building import NORTH, WEST, camera, gap, item, rectangle, seats_on
from analytics.simulation.presets.random_rooms import USES, Frame, RandomRoom, random_room
from analytics.simulation.sight import Sight, overlaps, sight_of

_PASSAGE_M = 2.6
_WALL_BETWEEN_M = 0.6
_YARD_M = 15.0
_GATE_M = 3.0
_TRIES = 60


def random_site(seed: int) -> Premises:
    """Return a site of three to six cameras.

    Raises:
        ValueError: none of many tries gave a site whose views are apart and whose lines and zones are in view.
    """
    for attempt in range(_TRIES):
        drawn = _draw(f"random-{seed}", np.random.default_rng([seed, 21, attempt]))
        if drawn is not None:
            return drawn
    raise ValueError(f"seed {seed} gives no site in {_TRIES} tries; take another seed")


def _draw(site_id: str, rng: np.random.Generator) -> Premises | None:
    above_m, below_m = (float(rng.uniform(6.5, 9.0)) for _ in range(2))
    count = int(rng.integers(3, 6))
    uses = ["service", "shop", *(USES[int(rng.integers(len(USES)))] for _ in range(count - 2))]
    rng.shuffle(uses)
    rooms, parts, ends = _rooms(uses, above_m, below_m, rng)
    length_m = max(ends)
    has_yard = bool(rng.random() < 0.6)
    height_m = above_m + _PASSAGE_M + below_m
    openings = tuple(opening for room in rooms for opening in room.openings)
    exit_east = gap(length_m, above_m + 0.5, length_m, above_m + _PASSAGE_M - 0.4, 2.4)
    passage = Room(
        "passage",
        "corridor",
        0.0,
        above_m,
        length_m,
        above_m + _PASSAGE_M,
        2.8,
        (*openings, exit_east) if has_yard else openings,
    )
    rooms.append(passage)
    doors = [Door((0.7, above_m + _PASSAGE_M / 2), 2.0)]
    if has_yard:
        outside, yard, door = _yard(length_m, above_m, height_m, rng)
        rooms += outside
        parts.append(yard)
        doors.append(door)
    else:
        doors.append(Door((length_m - 0.7, above_m + _PASSAGE_M / 2), 1.0))
    width_m = length_m + (_YARD_M + _GATE_M if has_yard else 0.0)
    furniture = tuple(piece for part in parts for piece in part.furniture)
    layout = Layout(tuple(rooms), furniture, round(width_m, 1), round(height_m, 1))
    return _checked(site_id, layout, parts, tuple(doors), rng)


def _rooms(
    uses: list[str], above_m: float, below_m: float, rng: np.random.Generator
) -> tuple[list[Room], list[RandomRoom], list[float]]:
    """Lay rooms along both sides of the passage, from the west; return where each side ends as well."""
    ends = [0.0, 0.0]
    rooms, parts = [], []
    for number, use in enumerate(uses):
        side = int(np.argmin(ends))
        width_m = round(float(rng.uniform(9.0, 12.5)), 1)
        x0, x1 = ends[side], ends[side] + width_m
        y_wall = above_m if side == 0 else above_m + _PASSAGE_M
        depth_m = above_m if side == 0 else below_m
        is_mirrored = bool(rng.random() < 0.5)
        frame = Frame((x1 if is_mirrored else x0, y_wall), -1 if is_mirrored else 1, -1 if side == 0 else 1)
        name = f"{use}{number + 1}"
        door_u = float(rng.uniform(1.6, 2.6)) if rng.random() < 0.5 else width_m - float(rng.uniform(1.6, 2.6))
        (xa, ya), (xb, yb) = frame.place(door_u - 0.8, 0), frame.place(door_u + 0.8, 0)
        door: Opening = gap(xa, ya, xb, yb, float(rng.uniform(2.1, 2.5)))
        y0, y1 = (0.0, above_m) if side == 0 else (y_wall, y_wall + below_m)
        rooms.append(Room(name, "room", x0, y0, x1, y1, float(rng.uniform(3.3, 3.8)), (door,)))
        parts.append(random_room(name, use, frame, width_m, depth_m, rng))
        ends[side] = x1 + _WALL_BETWEEN_M
    return rooms, parts, ends


def _yard(x0: float, above_m: float, height_m: float, rng: np.random.Generator) -> tuple[list[Room], RandomRoom, Door]:
    """Return the open ground at the passage's east end with a walled gate beyond it, its camera, and its door."""
    x1 = x0 + _YARD_M
    middle = above_m + float(rng.uniform(-1.0, 3.0))
    opening = gap(x1, middle - 1.6, x1, middle + 1.6, 3.0)
    bench = item("bench", x0 + 0.6, above_m - 2.0, 0.0, (1.8, 0.45, 0.45))
    view = camera(
        (x0 + 0.3, above_m + _PASSAGE_M + 1.2, float(rng.uniform(3.6, 4.4))),
        (x0 + float(rng.uniform(7.0, 8.5)), middle),
        field_of_view_deg=float(rng.uniform(58, 70)),
    )
    spots = tuple(Spot((x0 + dx, middle + dy), WEST, (6.0, 30.0)) for dx, dy in ((7.0, -1.6), (9.0, 1.5), (10.4, -0.6)))
    part = RandomRoom(
        "yard",
        view,
        (bench, item("plant", x0 + 12.6, middle + 3.4, NORTH, (0.8, 0.8, 1.1))),
        (*spots, *seats_on(bench, (15.0, 50.0))),
        zones=(FloorZone("yard-middle", "Yard", "yard", rectangle(x0 + 6.4, middle - 2.0, x0 + 11.0, middle + 2.0)),),
        crossings=(FloorLine("yard-gate", "Gate", "yard", (x1 - 1.6, middle - 2.6), (x1 - 1.6, middle + 2.6), "left"),),
    )
    rooms = [
        Room("yard", "open", x0, 0.0, x1, height_m),
        Room("gate", "room", x1, max(0.0, middle - 5.0), x1 + _GATE_M, min(height_m, middle + 5.0), 3.4, (opening,)),
    ]
    return rooms, part, Door((x1 + 0.8, max(0.0, middle - 5.0) + 0.8), 2.0)


def _checked(
    site_id: str, layout: Layout, parts: list[RandomRoom], doors: tuple[Door, ...], rng: np.random.Generator
) -> Premises | None:
    """Return the site without what its cameras do not show, or None when it is none that can be used."""
    ground = ground_of(layout)
    sights = {part.name: sight_of(layout, part.view) for part in parts}
    zones = tuple(zone for part in parts for zone in part.zones if _is_shown(zone.polygon_m, sights[zone.camera_id]))
    ids = {zone.zone_id for zone in zones}
    zones = tuple(zone for zone in zones if zone.serves is None or zone.serves in ids)
    lines = tuple(
        line
        for part in parts
        for line in part.crossings
        if _is_shown((line.start_m, line.end_m), sights[line.camera_id])
    )
    queued = {zone.zone_id for zone in zones if zone.kind == "service"}
    areas = {part.name: _reachable(part.spots, ground) for part in parts if part.spots}
    waiting: dict[str, WaitingLine] = {name: line for part in parts for name, line in part.lines.items()}
    places = [np.array(place) for line in waiting.values() for place in line.spots_m]
    is_usable = (
        bool(queued and lines and all(areas.values()))
        and all(float(ground.clearance(place[None])[0]) > BODY_RADIUS_M for place in places)
        and not overlaps(sights, ground)
        and not any(sight.could_show(np.array([door.place_m]))[0] for door in doors for sight in sights.values())
    )
    if not is_usable:
        return None
    return Premises(
        site_id=site_id,
        layout=layout,
        views={part.name: part.view for part in parts},
        doors=doors,
        areas=areas,
        lines=waiting,
        posts=tuple(post for part in parts for post in part.posts),
        itineraries=_itineraries(list(areas), list(waiting), rng),
        zones=zones,
        crossings=lines,
    )


def _itineraries(areas: list[str], lines: list[str], rng: np.random.Generator) -> tuple[Itinerary, ...]:
    found = []
    for _ in range(6):
        steps = [areas[int(rng.integers(len(areas)))] for _ in range(int(rng.integers(1, 4)))]
        if rng.random() < 0.7:
            steps.append(lines[int(rng.integers(len(lines)))])
        found.append(Itinerary(tuple(steps), float(rng.uniform(1, 3)), bool(rng.random() < 0.4)))
    return tuple(found)


def _is_shown(corners_m: tuple[Place, ...], sight: Sight) -> bool:
    places = np.array(corners_m)
    pixels = sight.feet_px(places)
    limits = np.array([sight.view.width_px, sight.view.height_px])
    return bool(((pixels >= 0) & (pixels <= limits)).all() and sight.shows_floor(places).all())


def _reachable(spots: tuple[Spot, ...], ground: Ground) -> tuple[Spot, ...]:
    clear = ground.clearance(np.array([spot.place_m for spot in spots]))
    return tuple(spot for spot, room_m in zip(spots, clear, strict=True) if spot.is_seat or room_m > BODY_RADIUS_M)
