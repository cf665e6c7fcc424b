"""What stands where on a simulated site, without how it looks: rooms, openings, furniture.

`places` gives it surfaces, `behaviour` lets people walk around it. Metres of the floor plan, see `scene`.
"""

from dataclasses import dataclass
from typing import Literal

RoomKind = Literal["room", "corridor", "open"]
FurnitureKind = Literal[
    "counter", "shelf", "rack", "table", "bench", "pillar", "plant", "barrier", "mannequin", "poster"
]


@dataclass(frozen=True, slots=True)
class Opening:
    """A gap in a room's wall that people walk through, as wide as the segment between its two ends on the wall."""

    x_a_m: float
    y_a_m: float
    x_b_m: float
    y_b_m: float
    height_m: float = 2.3


@dataclass(frozen=True, slots=True)
class Room:
    """An axis-aligned stretch of floor; `open` has neither ceiling nor walls."""

    room_id: str
    kind: RoomKind
    x_min_m: float
    y_min_m: float
    x_max_m: float
    y_max_m: float
    height_m: float = 3.0
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class Furniture:
    """Something that stands on the floor or (poster) hangs on a wall, and may hide people.

    Attributes:
        kind: what it is.
        x_m: middle of its footprint.
        y_m: middle of its footprint.
        yaw_rad: direction that its front faces.
        width_m: across its front, metres.
        depth_m: from front to back, metres; next to nothing for a poster.
        height_m: from the floor (poster: of the picture), metres.
        base_m: height of its lower edge above the floor, metres.
    """

    kind: FurnitureKind
    x_m: float
    y_m: float
    yaw_rad: float
    width_m: float
    depth_m: float
    height_m: float
    base_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The rooms of a site and what stands in them."""

    rooms: tuple[Room, ...]
    furniture: tuple[Furniture, ...]
    width_m: float
    height_m: float
    """Extent of the floor plan, metres."""
