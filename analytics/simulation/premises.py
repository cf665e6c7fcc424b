"""What people can do on a simulated site: where they come in, stop, queue and work, and what is drawn on its cameras.

Places are metres of the floor plan, see `scene`. Values only: `behaviour` moves people over it, `sight` tells what
the cameras see of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analytics.simulation.layout import Layout
from analytics.simulation.scene import View

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Door:
    """Where people appear and disappear, out of sight of every camera.

    Attributes:
        place_m: x, y on the plan.
        weight: how many come this way, relative to the other doors.
    """

    place_m: Place
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one person at a time stands, or sits, for a while.

    Attributes:
        place_m: x, y on the plan; of a seat: of the middle of the body that sits.
        heading_rad: direction that the person faces.
        stay_s: shortest and longest stay, seconds; in between its logarithm is uniform.
        is_seat: people sit down; they come and go by the floor in front of it.
    """

    place_m: Place
    heading_rad: float
    stay_s: tuple[float, float] = (5.0, 20.0)
    is_seat: bool = False


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line in which people wait their turn: first come, first served.

    Attributes:
        spots_m: where they stand, from the one who is served backwards.
        heading_rad: direction that the one who is served faces.
        service_s: shortest and longest service, seconds.
        companion_spots: where the others of a group wait meanwhile.
        renege_share: share of people who lose patience and leave the line unserved.
    """

    spots_m: tuple[Place, ...]
    heading_rad: float
    service_s: tuple[float, float] = (8.0, 25.0)
    companion_spots: tuple[Spot, ...] = ()
    renege_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Post:
    """The work of one member of the staff: going round these spots all the time."""

    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Itinerary:
    """What a visitor comes for.

    Attributes:
        steps: names of areas (a free spot of it, drawn at random) and of waiting lines, in order.
        weight: how many come for this, relative to the other itineraries.
        passes_through: the visitor leaves by another door where there is one.
    """

    steps: tuple[str, ...]
    weight: float = 1.0
    passes_through: bool = False


@dataclass(frozen=True, slots=True)
class FloorZone:
    """An area whose visits are counted; a polygon on the floor that is drawn on the image of one camera.

    `kind` and `serves` mean what they mean in `sites.Zone`.
    """

    zone_id: str
    name: str
    camera_id: str
    polygon_m: tuple[Place, ...]
    kind: Literal["area", "queue", "service", "entrance"] = "area"
    serves: str | None = None


@dataclass(frozen=True, slots=True)
class FloorLine:
    """A directed segment on the floor whose crossings are counted, drawn on the image of one camera.

    `in_from` means what it means in `sites.Line`.
    """

    line_id: str
    name: str
    camera_id: str
    start_m: Place
    end_m: Place
    in_from: Literal["left", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Premises:
    """A simulated site without its people: see the parts.

    Attributes:
        site_id: its name.
        layout: rooms and furniture.
        views: the cameras by id; what one sees, no other does.
        doors: at least one.
        areas: spots of each area by its name.
        lines: waiting lines by name; no area has the same name.
        posts: one for each member of the staff.
        itineraries: at least one.
        zones: areas whose visits are counted.
        crossings: lines whose crossings are counted.
        timezone: IANA name.
    """

    site_id: str
    layout: Layout
    views: Mapping[str, View]
    doors: tuple[Door, ...]
    areas: Mapping[str, tuple[Spot, ...]]
    lines: Mapping[str, WaitingLine]
    posts: tuple[Post, ...]
    itineraries: tuple[Itinerary, ...]
    zones: tuple[FloorZone, ...]
    crossings: tuple[FloorLine, ...]
    timezone: str = "UTC"
