"""Rooms drawn at random: what one camera of a random site looks at, furnished for one use.

A room is written down in its own axes: u along the wall with the door, v into the room, the camera in the corner u = 0,
v = 0. It is laid beside a passage afterwards, on either side, mirrored or not.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from analytics.simulation.layout import Furniture, FurnitureKind
from analytics.simulation.premises import FloorLine, FloorZone, Place, Post, Spot, WaitingLine
from analytics.simulation.presets.building import camera, item, line_of_spots, rectangle, seats_on, spots_before
from analytics.simulation.scene import View

ALONG, INTO, BACK, OUT = 0.0, math.pi / 2, math.pi, -math.pi / 2
"""Directions in a room's own axes: along the door's wall away from the camera, into the room, and back."""

USES = ("shop", "service", "lounge")
_SIZES_PX = ((640, 360), (640, 480), (768, 432))


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a room lies on the plan.

    Attributes:
        corner_m: its corner u = 0, v = 0.
        along: +1 where u grows with x, -1 where it falls.
        into: +1 where v grows with y, -1 where it falls.
    """

    corner_m: Place
    along: int
    into: int

    def place(self, u: float, v: float) -> Place:
        """Return a place of the room on the plan."""
        return (self.corner_m[0] + self.along * u, self.corner_m[1] + self.into * v)

    def heading(self, local_rad: float) -> float:
        """Return a direction of the room on the plan."""
        return math.atan2(self.into * math.sin(local_rad), self.along * math.cos(local_rad))

    def furniture(
        self,
        kind: FurnitureKind,
        u: float,
        v: float,
        local_rad: float,
        size_m: tuple[float, float, float],
        base_m: float = 0.0,
    ) -> Furniture:
        """Return a piece of furniture."""
        return item(kind, *self.place(u, v), self.heading(local_rad), size_m, base_m)

    def area(self, u0: float, v0: float, u1: float, v1: float) -> tuple[Place, ...]:
        """Return the corners of a rectangle."""
        (x0, y0), (x1, y1) = self.place(u0, v0), self.place(u1, v1)
        return rectangle(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


@dataclass(frozen=True, slots=True)
class RandomRoom:
    """One room and everything that happens in it.

    Attributes:
        name: of the room, its camera and its area.
        view: its camera.
        furniture: what stands in it.
        spots: where visitors stay.
        lines: the waiting line of a service room.
        posts: who works in it.
        zones: areas that are counted, where the camera sees them whole.
        crossings: lines that are counted, likewise.
    """

    name: str
    view: View
    furniture: tuple[Furniture, ...] = ()
    spots: tuple[Spot, ...] = ()
    lines: dict[str, WaitingLine] = field(default_factory=dict)
    posts: tuple[Post, ...] = ()
    zones: tuple[FloorZone, ...] = ()
    crossings: tuple[FloorLine, ...] = ()


def random_room(
    name: str, use: str, frame: Frame, width_m: float, depth_m: float, rng: np.random.Generator
) -> RandomRoom:
    """Return a room for one of `USES`.

    Args:
        name: of the room.
        use: what for.
        frame: where it lies.
        width_m: along u.
        depth_m: along v.
        rng: where chance comes from.
    """
    view = _corner_camera(frame, width_m, depth_m, rng)
    if use == "service":
        return _service(name, view, frame, width_m, depth_m, rng)
    return (_shop if use == "shop" else _lounge)(name, view, frame, width_m, depth_m, rng)


def _corner_camera(frame: Frame, width_m: float, depth_m: float, rng: np.random.Generator) -> View:
    u, v = 0.3, 0.3
    aim_u, aim_v = rng.uniform(0.52, 0.62) * width_m, rng.uniform(0.56, 0.7) * depth_m
    slant_deg = math.degrees(math.atan2(aim_v - v, aim_u - u))
    # the door is in the camera's own wall: it must not look along it
    widest_deg = 2 * (min(slant_deg, 90 - slant_deg + 25) - 4)
    return camera(
        (*frame.place(u, v), float(rng.uniform(2.5, 3.2))),
        frame.place(aim_u, aim_v),
        field_of_view_deg=float(min(rng.uniform(60, 82), widest_deg)),
        size_px=_SIZES_PX[int(rng.integers(len(_SIZES_PX)))],
        aim_height_m=float(rng.uniform(0.7, 1.1)),
        roll_deg=float(rng.normal(0, 1.0)),
        k1=float(-rng.choice([0.0, rng.uniform(0.01, 0.05)])),
    )


def _shop(name: str, view: View, frame: Frame, width_m: float, depth_m: float, rng: np.random.Generator) -> RandomRoom:
    far = frame.furniture(
        "shelf", 0.5 * width_m, depth_m - 0.35, OUT, (0.55 * width_m, 0.5, float(rng.uniform(1.5, 2.1)))
    )
    side = frame.furniture(
        "shelf", width_m - 0.35, 0.6 * depth_m, BACK, (0.45 * depth_m, 0.5, float(rng.uniform(1.4, 2.0)))
    )
    kind: FurnitureKind = "rack" if rng.random() < 0.5 else "table"
    island = frame.furniture(
        kind, 0.48 * width_m, 0.55 * depth_m, INTO, (float(rng.uniform(1.6, 2.4)), 0.8, float(rng.uniform(0.85, 1.3)))
    )
    shelves = (far, side, island)
    extra = [frame.furniture("mannequin", 0.9, depth_m - 0.7, ALONG, (0.5, 0.4, 1.8))] if rng.random() < 0.5 else []
    if rng.random() < 0.5:
        extra.append(frame.furniture("pillar", 0.72 * width_m, 0.4 * depth_m, ALONG, (0.35, 0.35, 3.0)))
    spots = spots_before(shelves, float(rng.uniform(0.85, 1.1)), (5.0, float(rng.uniform(15.0, 30.0))))
    return RandomRoom(
        name,
        view,
        (*shelves, *extra),
        spots,
        posts=(Post(spots[::3]),) if rng.random() < 0.5 else (),
        zones=(
            FloorZone(
                f"{name}-shelves",
                "Shelves",
                name,
                frame.area(0.28 * width_m, depth_m - 2.0, 0.72 * width_m, depth_m - 0.65),
            ),
        ),
        crossings=(_across(name, frame, width_m, depth_m),),
    )


def _service(
    name: str, view: View, frame: Frame, width_m: float, depth_m: float, rng: np.random.Generator
) -> RandomRoom:
    at_u, at_v = width_m - 2.2, float(rng.uniform(0.58, 0.68)) * depth_m
    counter = frame.furniture("counter", at_u, at_v, BACK, (2.2, 0.7, 1.05))
    served_u = at_u - 0.85
    count = max(3, min(6, int((served_u - 1.2) / 0.85)))
    queue = tuple(frame.place(*place) for place in line_of_spots((served_u, at_v), BACK, count))
    back_u = served_u - 0.85 * count
    barrier = frame.furniture(
        "barrier", (served_u + back_u) / 2, at_v + 0.75, OUT, (served_u - back_u - 1.0, 0.06, 0.95)
    )
    staff = tuple(Spot(frame.place(at_u + 0.95, at_v + d), frame.heading(BACK), (15.0, 45.0)) for d in (-0.4, 0.5))
    beside = tuple(
        Spot(frame.place(u, v), frame.heading(INTO), (5.0, 20.0))
        for u, v in ((served_u - 0.6, at_v - 1.7), (served_u - 1.6, at_v - 1.9), (served_u - 2.5, at_v - 1.7))
    )
    line = WaitingLine(
        queue,
        frame.heading(ALONG),
        (float(rng.uniform(8, 12)), float(rng.uniform(18, 32))),
        companion_spots=beside,
        renege_share=0.05,
    )
    return RandomRoom(
        name,
        view,
        (counter, barrier, frame.furniture("plant", 0.6, depth_m - 0.6, OUT, (0.5, 0.5, 1.2))),
        lines={f"{name}-line": line},
        posts=(Post(staff),),
        zones=(
            FloorZone(
                f"{name}-queue",
                "Queue",
                name,
                frame.area(back_u + 0.2, at_v - 0.6, served_u - 0.43, at_v + 0.6),
                "queue",
            ),
            FloorZone(
                f"{name}-till",
                "Till",
                name,
                frame.area(served_u - 0.4, at_v - 0.6, served_u + 0.42, at_v + 0.6),
                "service",
                f"{name}-queue",
            ),
        ),
    )


def _lounge(
    name: str, view: View, frame: Frame, width_m: float, depth_m: float, rng: np.random.Generator
) -> RandomRoom:
    benches = tuple(
        frame.furniture("bench", share * width_m, depth_m - 0.5, OUT, (float(rng.uniform(1.8, 2.6)), 0.5, 0.45))
        for share in (0.38, 0.72)
    )
    table = frame.furniture("table", 0.55 * width_m, 0.52 * depth_m, OUT, (1.2, 0.8, 0.78))
    seats = tuple(seat for bench in benches for seat in seats_on(bench, (15.0, 60.0)))
    return RandomRoom(
        name,
        view,
        (*benches, table, frame.furniture("plant", width_m - 0.6, depth_m - 0.6, BACK, (0.5, 0.5, 1.3))),
        (*seats, *spots_before((table,), stay_s=(10.0, 40.0), both=True)),
        zones=(
            FloorZone(
                f"{name}-seats", "Seats", name, frame.area(0.25 * width_m, depth_m - 1.7, 0.85 * width_m, depth_m - 0.2)
            ),
        ),
        crossings=(_across(name, frame, width_m, depth_m),),
    )


def _across(name: str, frame: Frame, width_m: float, depth_m: float) -> FloorLine:
    u = 0.3 * width_m
    return FloorLine(
        f"{name}-line-across", f"Across {name}", name, frame.place(u, 0.35 * depth_m), frame.place(u, depth_m - 0.9)
    )
