"""A small shop: yard, entrance hall, aisles, checkout and a back corridor, one camera each, blind spots between."""

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

_AISLE_TO_CHECKOUT = gap(13.0, 0.8, 13.0, 2.8)
_AISLE_TO_PASSAGE = gap(10.8, 9.0, 12.6, 9.0)
_CHECKOUT_TO_PASSAGE = gap(15.6, 9.0, 17.4, 9.0)
_PASSAGE_TO_HALL = gap(15.4, 11.2, 17.4, 11.2)
_PASSAGE_TO_LOBBY = gap(19.0, 10.2, 19.0, 11.15)
_LOBBY_TO_CORRIDOR = gap(22.0, 9.1, 22.0, 10.0)
_CORRIDOR_TO_STAIRS = gap(27.4, 11.5, 28.8, 11.5)
_HALL_TO_YARD = gap(13.5, 16.7, 15.5, 16.7)
_GATE_TO_YARD = gap(3.0, 18.6, 3.0, 21.6, 3.0)

_ROOMS = (
    Room("aisle", "room", 1.0, 0.0, 13.0, 9.0, 3.2, (_AISLE_TO_CHECKOUT, _AISLE_TO_PASSAGE)),
    Room("checkout", "room", 13.0, 0.0, 24.0, 9.0, 3.2, (_AISLE_TO_CHECKOUT, _CHECKOUT_TO_PASSAGE)),
    Room(
        "passage",
        "corridor",
        10.0,
        9.0,
        19.0,
        11.2,
        2.8,
        (_AISLE_TO_PASSAGE, _CHECKOUT_TO_PASSAGE, _PASSAGE_TO_HALL, _PASSAGE_TO_LOBBY),
    ),
    Room("hall", "room", 10.0, 11.2, 19.0, 16.7, 3.2, (_PASSAGE_TO_HALL, _HALL_TO_YARD)),
    Room("lobby", "corridor", 19.0, 9.0, 22.0, 11.5, 2.8, (_PASSAGE_TO_LOBBY, _LOBBY_TO_CORRIDOR)),
    Room("corridor", "corridor", 22.0, 9.0, 30.0, 11.5, 2.8, (_LOBBY_TO_CORRIDOR, _CORRIDOR_TO_STAIRS)),
    Room("stairs", "room", 25.0, 11.5, 30.0, 14.5, 2.8, (_CORRIDOR_TO_STAIRS,)),
    Room("gate", "room", 0.0, 16.7, 3.0, 23.2, 3.2, (_GATE_TO_YARD,)),
    Room("yard", "open", 3.0, 16.7, 30.0, 23.2),
)

_SHELVES = (
    item("shelf", 4.2, 0.3, SOUTH, (5.0, 0.5, 2.0)),
    item("shelf", 1.3, 4.4, EAST, (4.6, 0.5, 2.0)),
    item("shelf", 5.6, 3.6, NORTH, (4.0, 0.5, 1.4)),
    item("rack", 5.6, 6.2, SOUTH, (3.6, 0.7, 1.3)),
    item("table", 9.6, 3.0, SOUTH, (1.6, 1.0, 0.85)),
)
_COUNTER = item("counter", 19.6, 3.0, WEST, (2.2, 0.7, 1.0))
_BENCH = item("bench", 24.0, 9.35, SOUTH, (2.4, 0.45, 0.45))
_INFO_DESK = item("counter", 11.2, 15.8, NORTH, (1.8, 0.6, 1.0))

_FURNITURE: tuple[Furniture, ...] = (
    *_SHELVES,
    _COUNTER,
    _BENCH,
    _INFO_DESK,
    item("barrier", 16.4, 3.45, SOUTH, (3.2, 0.06, 0.95)),
    item("plant", 14.4, 8.6, NORTH, (0.5, 0.5, 1.3)),
    item("shelf", 22.6, 0.3, SOUTH, (2.4, 0.5, 2.0)),
    item("pillar", 17.9, 13.2, SOUTH, (0.4, 0.4, 3.2)),
    item("plant", 18.5, 16.2, WEST, (0.5, 0.5, 1.4)),
    item("mannequin", 3.0, 8.2, NORTH, (0.5, 0.4, 1.8)),
    item("mannequin", 8.6, 8.3, NORTH, (0.5, 0.4, 1.8)),
    item("poster", 18.93, 14.4, WEST, (1.0, 0.02, 1.4), 1.0),
    item("poster", 23.93, 5.4, WEST, (1.2, 0.02, 1.6), 0.8),
    item("bench", 8.0, 17.2, SOUTH, (1.8, 0.45, 0.45)),
    item("plant", 5.2, 17.1, SOUTH, (0.6, 0.6, 1.2)),
)

_QUEUE = line_of_spots((18.8, 2.8), WEST, 6)


def demo() -> Premises:
    """Return the shop of the demo."""
    return Premises(
        site_id="demo-shop",
        layout=Layout(_ROOMS, _FURNITURE, 30.0, 23.2),
        views={
            "aisle": camera((12.7, 8.7, 3.0), (5.4, 3.4), field_of_view_deg=72),
            "checkout": camera((13.3, 8.7, 3.0), (19.4, 2.6), field_of_view_deg=74),
            "corridor": camera((29.7, 11.2, 2.6), (23.2, 10.1), field_of_view_deg=62),
            "hall": camera((10.25, 11.34, 3.0), (15.6, 15.2), field_of_view_deg=80, k1=-0.03),
            "yard": camera((12.6, 17.0, 4.0), (6.4, 19.8), field_of_view_deg=66),
        },
        doors=(Door((1.2, 17.5), 3.0), Door((29.0, 20.2), 2.0), Door((25.8, 13.8), 1.0)),
        areas={
            "aisle": spots_before(_SHELVES, stay_s=(5.0, 22.0)),
            "info": (Spot((11.2, 14.9), SOUTH, (6.0, 18.0)),),
            "bench": seats_on(_BENCH, (15.0, 50.0)),
            "yard": seats_on(_FURNITURE[-2], (15.0, 50.0)),
        },
        lines={
            "checkout": WaitingLine(
                _QUEUE,
                EAST,
                (10.0, 26.0),
                companion_spots=(Spot((20.6, 6.4), NORTH), Spot((21.4, 6.0), WEST), Spot((21.2, 6.9), NORTH)),
                renege_share=0.04,
            )
        },
        posts=(
            Post((Spot((20.5, 3.0), WEST, (20.0, 60.0)), Spot((22.4, 1.1), NORTH, (5.0, 12.0)))),
            Post(spots_before(_SHELVES[1:4], 1.3, (10.0, 25.0))),
        ),
        itineraries=(
            Itinerary(("aisle", "checkout"), 3.0),
            Itinerary(("aisle", "aisle", "checkout"), 4.0),
            Itinerary(("aisle", "checkout", "bench"), 1.0, passes_through=True),
            Itinerary(("info", "aisle"), 1.0),
            Itinerary(("yard", "aisle", "checkout"), 1.0),
            Itinerary(("info", "bench"), 1.0, passes_through=True),
        ),
        zones=(
            FloorZone("shelves", "Shelves", "aisle", rectangle(2.2, 1.2, 8.0, 3.2)),
            FloorZone("queue", "Queue", "checkout", rectangle(14.6, 2.1, 18.35, 3.4), "queue"),
            FloorZone("till", "Till", "checkout", rectangle(18.4, 2.1, 19.2, 3.4), "service", "queue"),
            FloorZone("entrance", "Entrance", "hall", rectangle(13.0, 14.6, 16.4, 16.5), "entrance"),
            FloorZone("waiting", "Waiting area", "corridor", rectangle(22.6, 9.1, 25.4, 10.4)),
        ),
        crossings=(
            FloorLine("door", "Door", "hall", (16.2, 15.8), (12.8, 15.8), "left"),
            FloorLine("back", "Back corridor", "corridor", (22.7, 9.1), (22.7, 11.3), "left"),
        ),
    )
