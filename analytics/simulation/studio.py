"""Everything that draws one simulated site, made ready: its place, its people, its cameras' optics."""

import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass

import numpy as np

from analytics.simulation.optics import Kind, Optics, sample_optics
from analytics.simulation.places import Style, build_place
from analytics.simulation.premises import Premises
from analytics.simulation.rendering import Painters, SiteRenderer
from analytics.simulation.surfaces import Family, Light


@dataclass(frozen=True, slots=True)
class Look:
    """How a site looks.

    Attributes:
        family: of fabrics and surfaces; "b" was never used in training.
        light: outside.
        seed: of everything that is left to chance.
        people: size of the cast, staff included.
        staff: so many of its first people wear the uniform.
    """

    family: Family
    light: Light
    seed: int
    people: int
    staff: int


def open_studio(premises: Premises, look: Look) -> SiteRenderer:
    """Build the place, cast the people and draw every camera's surroundings; takes some twenty seconds.

    Raises:
        ModelError: the extra `simulation` is not installed.
        ResourceError: there is no OpenGL.
    """
    from analytics.simulation.graphics import open_context
    from analytics.simulation.people.bodies import BodyModel
    from analytics.simulation.people.cast import Casting, cast

    context = open_context()
    casting = Casting(look.people, look.seed, look.family, staff=look.staff)
    # Anny's Warp greets on standard output, which belongs to the command's data
    with redirect_stdout(io.StringIO()):
        people = cast(BodyModel(), casting)
    place = build_place(premises.layout, Style(look.family, look.seed, look.light))
    return SiteRenderer(Painters.load(context, people), place, premises.views)


def optics_of(premises: Premises, look: Look) -> Mapping[str, Optics]:
    """Return a camera for each view, from good to bad."""
    found = {}
    for number, (camera_id, view) in enumerate(premises.views.items()):
        x, y = view.position_m[:2]
        is_outside = any(
            room.kind == "open" and room.x_min_m <= x <= room.x_max_m and room.y_min_m <= y <= room.y_max_m
            for room in premises.layout.rooms
        )
        kind: Kind = "indoor" if not is_outside else "night" if look.light == "night" else "day"
        found[camera_id] = sample_optics(np.random.default_rng([look.seed, 13, number]), kind)
    return found
