"""A shopping street: two stretches of open ground, a cafe and an arcade, blind spots between."""

from analytics.simulation.layout import Furniture, Layout, Room
from analytics.simulation.premises import Door, FloorLine, FloorZone, Itinerary, Post, Premises, Spot, WaitingLine
from analytics.simulation.presets.building import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    camera,
    gap,
    item,
    line_of_spots,
    rectangle,
    seats_on,
    spots_before,
)

_WEST_GATE = gap(3.0, 11.0, 3.0, 15.0, 3.2)
_EAST_GATE = gap(57.0, 11.0, 57.0, 15.0, 3.2)
_CAFE_DOOR = gap(24.4, 8.0, 26.4, 8.0, 2.4)
_ARCADE_DOOR = gap(32.6, 8.0, 34.8, 8.0, 2.6)

_ROOMS = (
    Room("west-gate", "room", 0.0, 8.0, 3.0, 18.0, 3.6, (_WEST_GATE,)),
    Room("east-gate", "room", 57.0, 8.0, 60.0, 18.0, 3.6, (_EAST_GATE,)),
    Room("cafe", "room", 14.0, 0.0, 27.0, 8.0, 3.4, (_CAFE_DOOR,)),
    Room("arcade", "room", 31.6, 0.0, 46.0, 8.0, 3.6, (_ARCADE_DOOR,)),
    Room("street", "open", 3.0, 8.0, 57.0, 18.0),
)
_BAR = item("counter", 17.6, 3.0, EAST, (2.8, 0.7, 1.1))
_TABLES = (item("table", 20.0, 6.7, SOUTH, (0.8, 0.8, 0.75)), item("table", 17.0, 6.7, SOUTH, (0.8, 0.8, 0.75)))
_CAFE_BENCHES = (item("bench", 18.5, 7.6, NORTH, (2.0, 0.45, 0.45)),)
_WINDOWS = (
    item("shelf", 38.4, 0.35, SOUTH, (4.4, 0.5, 1.8)),
    item("shelf", 45.6, 3.6, WEST, (4.0, 0.5, 1.8)),
    item("rack", 40.6, 4.6, SOUTH, (3.0, 0.7, 1.3)),
)
_STREET_BENCHES = (
    item("bench", 8.6, 9.0, SOUTH, (2.4, 0.5, 0.45)),
    item("bench", 49.2, 9.0, SOUTH, (2.4, 0.5, 0.45)),
)
_FURNITURE: tuple[Furniture, ...] = (
    _BAR,
    *_TABLES,
    *_CAFE_BENCHES,
    *_WINDOWS,
    *_STREET_BENCHES,
    item("plant", 11.8, 15.8, NORTH, (0.9, 0.9, 1.1)),
    item("plant", 6.4, 16.2, NORTH, (0.9, 0.9, 1.1)),
    item("plant", 47.0, 16.0, NORTH, (0.9, 0.9, 1.1)),
    item("pillar", 53.0, 13.0, NORTH, (0.35, 0.35, 4.0)),
    item("barrier", 12.6, 9.4, EAST, (1.6, 0.06, 0.95)),
    item("mannequin", 36.4, 1.4, SOUTH, (0.5, 0.4, 1.8)),
    item("poster", 41.0, 8.08, SOUTH, (1.2, 0.02, 1.7), 0.7),
)


def street() -> Premises:
    """Return the street."""
    return Premises(
        site_id="street",
        layout=Layout(_ROOMS, _FURNITURE, 60.0, 18.0),
        views={
            "west": camera((17.4, 8.3, 4.4), (9.6, 13.2), field_of_view_deg=66),
            "east": camera((43.0, 8.3, 4.2), (51.0, 13.4), field_of_view_deg=68, k1=-0.04),
            "cafe": camera((26.6, 7.7, 2.9), (20.2, 2.2), field_of_view_deg=72),
            "arcade": camera((32.0, 7.7, 3.2), (38.6, 1.8), field_of_view_deg=72),
        },
        doors=(Door((1.2, 9.0), 3.0), Door((58.8, 9.0), 3.0), Door((58.8, 17.0), 1.0)),
        areas={
            "tables": tuple(Spot((table.x_m, table.y_m - 0.85), SOUTH, (20.0, 60.0)) for table in _TABLES),
            "cafe-bench": seats_on(_CAFE_BENCHES[0], (30.0, 90.0)),
            "shelves": spots_before(_WINDOWS, stay_s=(5.0, 25.0)),
            "west-bench": seats_on(_STREET_BENCHES[0], (15.0, 60.0)),
            "east-bench": seats_on(_STREET_BENCHES[1], (15.0, 60.0)),
            "square": tuple(
                Spot((x, y), WEST, (6.0, 30.0)) for x, y in ((7.4, 12.6), (9.8, 14.4), (50.6, 13.6), (48.4, 11.8))
            ),
        },
        lines={
            "bar": WaitingLine(
                line_of_spots((18.55, 3.0), EAST, 5),
                WEST,
                (12.0, 35.0),
                companion_spots=(Spot((20.6, 4.9), NORTH), Spot((21.5, 5.2), NORTH), Spot((22.4, 4.8), WEST)),
                renege_share=0.04,
            )
        },
        posts=(
            Post((Spot((16.7, 2.6), EAST, (15.0, 50.0)), Spot((16.7, 3.6), EAST, (10.0, 30.0)))),
            Post(spots_before(_WINDOWS[1:], 1.4, (10.0, 30.0))),
        ),
        itineraries=(
            Itinerary((), 2.0, passes_through=True),
            Itinerary(("shelves",), 2.0, passes_through=True),
            Itinerary(("bar", "tables"), 2.0),
            Itinerary(("bar", "cafe-bench", "shelves"), 1.0),
            Itinerary(("west-bench", "shelves", "east-bench"), 1.0, passes_through=True),
            Itinerary(("square", "bar"), 1.0, passes_through=True),
        ),
        zones=(
            FloorZone("bar-queue", "Queue at the bar", "cafe", rectangle(19.0, 2.4, 22.6, 3.6), "queue"),
            FloorZone("bar", "Bar", "cafe", rectangle(18.0, 2.4, 18.95, 3.6), "service", "bar-queue"),
            FloorZone("windows", "Shelves", "arcade", rectangle(37.0, 0.7, 42.0, 2.6)),
            FloorZone("west-square", "West square", "west", rectangle(5.0, 11.0, 11.0, 15.0)),
            FloorZone("east-square", "East square", "east", rectangle(48.6, 11.0, 53.0, 15.0)),
        ),
        crossings=(
            FloorLine("west-end", "West end", "west", (4.6, 15.6), (4.6, 10.6), "left"),
            FloorLine("east-end", "East end", "east", (55.6, 10.8), (55.6, 15.4), "left"),
        ),
    )
