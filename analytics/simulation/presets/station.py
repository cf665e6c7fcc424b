"""A small station: forecourt, ticket hall with a line, an underpass and a platform; most people pass through."""

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

_STREET_TO_HALL = gap(13.4, 12.0, 16.2, 12.0, 2.6)
_HALL_TO_LOBBY = gap(18.0, 8.6, 18.0, 11.2, 2.5)
_LOBBY_TO_UNDERPASS = gap(21.0, 4.4, 21.0, 6.6, 2.4)
_UNDERPASS_TO_STAIRS = gap(33.0, 4.4, 33.0, 6.6, 2.4)
_STAIRS_TO_PLATFORM = gap(34.2, 12.0, 36.4, 12.0, 2.5)
_PLATFORM_TO_TRAIN = gap(20.4, 16.0, 20.4, 18.6, 2.6)
_GATE_TO_STREET = gap(3.0, 15.0, 3.0, 18.4, 3.0)

_ROOMS = (
    Room("hall", "room", 4.0, 0.0, 18.0, 12.0, 4.0, (_STREET_TO_HALL, _HALL_TO_LOBBY)),
    Room("lobby", "corridor", 18.0, 3.0, 21.0, 12.0, 3.0, (_HALL_TO_LOBBY, _LOBBY_TO_UNDERPASS)),
    Room("underpass", "corridor", 21.0, 3.8, 33.0, 7.2, 2.9, (_LOBBY_TO_UNDERPASS, _UNDERPASS_TO_STAIRS)),
    Room("stairs", "corridor", 33.0, 3.8, 37.0, 12.0, 3.0, (_UNDERPASS_TO_STAIRS, _STAIRS_TO_PLATFORM)),
    Room("platform", "room", 20.4, 12.0, 38.0, 21.0, 4.4, (_STAIRS_TO_PLATFORM, _PLATFORM_TO_TRAIN)),
    Room("train", "corridor", 18.0, 15.0, 20.4, 21.0, 3.0, (_PLATFORM_TO_TRAIN,)),
    Room("gate", "room", 0.0, 12.0, 3.0, 20.0, 3.4, (_GATE_TO_STREET,)),
    Room("forecourt", "open", 3.0, 12.0, 18.0, 21.0),
)
_TICKETS = item("counter", 7.0, 3.2, EAST, (3.0, 0.7, 1.05))
_BOARD = item("poster", 11.2, 0.08, SOUTH, (3.0, 0.05, 1.4), 1.4)
_KIOSK = item("shelf", 14.6, 0.35, SOUTH, (2.4, 0.5, 1.9))
_HALL_BENCH = item("bench", 4.5, 8.6, EAST, (2.4, 0.5, 0.45))
_PLATFORM_BENCHES = (
    item("bench", 27.0, 20.4, NORTH, (2.6, 0.5, 0.45)),
    item("bench", 33.4, 20.4, NORTH, (2.6, 0.5, 0.45)),
)
_YARD_BENCH = item("bench", 6.0, 12.5, SOUTH, (1.8, 0.45, 0.45))
_FURNITURE: tuple[Furniture, ...] = (
    _TICKETS,
    _BOARD,
    _KIOSK,
    _HALL_BENCH,
    *_PLATFORM_BENCHES,
    _YARD_BENCH,
    item("pillar", 12.6, 7.0, SOUTH, (0.6, 0.6, 4.0)),
    item("pillar", 26.0, 16.0, SOUTH, (0.5, 0.5, 4.4)),
    item("pillar", 32.0, 16.0, SOUTH, (0.5, 0.5, 4.4)),
    item("barrier", 10.6, 3.9, SOUTH, (3.4, 0.06, 0.95)),
    item("plant", 4.6, 11.3, EAST, (0.6, 0.6, 1.3)),
    item("poster", 24.0, 3.87, SOUTH, (1.4, 0.02, 1.0), 1.0),
    item("poster", 28.0, 3.87, SOUTH, (1.4, 0.02, 1.0), 1.0),
    item("plant", 11.8, 12.5, SOUTH, (0.7, 0.7, 1.0)),
)


def station() -> Premises:
    """Return the station."""
    platform = tuple(
        Spot((x, y), NORTH, (15.0, 45.0))
        for x, y in ((24.0, 14.0), (25.4, 18.6), (28.8, 14.6), (30.2, 18.4), (34.4, 15.0))
    )
    return Premises(
        site_id="station",
        layout=Layout(_ROOMS, _FURNITURE, 38.0, 21.0),
        views={
            "tickets": camera((17.6, 11.6, 3.4), (9.6, 4.6), field_of_view_deg=70),
            "underpass": camera((32.6, 4.1, 2.6), (25.2, 5.7), field_of_view_deg=66, k1=-0.02),
            "platform": camera((37.6, 12.4, 3.6), (28.4, 17.6), field_of_view_deg=68),
            "forecourt": camera((17.3, 12.3, 3.8), (10.4, 18.0), field_of_view_deg=64),
        },
        doors=(Door((1.2, 12.8), 3.0), Door((19.2, 20.4), 3.0)),
        areas={
            "board": tuple(Spot((x, 2.2), NORTH, (4.0, 12.0)) for x in (10.2, 11.2, 12.2)),
            "kiosk": spots_before((_KIOSK,), stay_s=(5.0, 20.0)),
            "hall-bench": seats_on(_HALL_BENCH, (20.0, 60.0)),
            "platform": platform,
            "platform-bench": tuple(seat for bench in _PLATFORM_BENCHES for seat in seats_on(bench, (20.0, 60.0))),
            "yard-bench": seats_on(_YARD_BENCH, (15.0, 45.0)),
        },
        lines={
            "tickets": WaitingLine(
                line_of_spots((7.95, 3.2), EAST, 6),
                WEST,
                (10.0, 30.0),
                companion_spots=(Spot((9.4, 6.2), NORTH), Spot((10.3, 6.6), NORTH), Spot((11.2, 6.1), NORTH)),
                renege_share=0.05,
            )
        },
        posts=(
            Post((Spot((6.1, 2.8), EAST, (20.0, 60.0)), Spot((6.1, 3.8), EAST, (10.0, 30.0)))),
            Post(platform[1:4]),
        ),
        itineraries=(
            Itinerary(("tickets", "platform"), 3.0, passes_through=True),
            Itinerary(("board", "platform"), 2.0, passes_through=True),
            Itinerary(("tickets", "kiosk", "platform-bench"), 2.0, passes_through=True),
            Itinerary(("board",), 1.0, passes_through=True),
            Itinerary(("hall-bench", "tickets"), 1.0),
            Itinerary(("yard-bench", "tickets", "platform"), 1.0, passes_through=True),
        ),
        zones=(
            FloorZone("queue", "Ticket queue", "tickets", rectangle(8.4, 2.5, 12.6, 3.85), "queue"),
            FloorZone("counter", "Ticket counter", "tickets", rectangle(7.4, 2.5, 8.35, 3.85), "service", "queue"),
            FloorZone("kiosk", "Kiosk", "tickets", rectangle(13.6, 0.7, 15.2, 1.9)),
            FloorZone("waiting", "Waiting passengers", "platform", rectangle(23.4, 14.2, 30.6, 19.4)),
            FloorZone("approach", "Approach", "forecourt", rectangle(5.0, 14.4, 11.0, 18.0), "entrance"),
        ),
        crossings=(
            FloorLine("tunnel", "Underpass", "underpass", (25.0, 7.0), (25.0, 4.0), "left"),
            FloorLine("street", "From the street", "forecourt", (5.6, 19.0), (5.6, 14.6), "left"),
        ),
    )
