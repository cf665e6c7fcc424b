"""A simulated place: what a layout looks like, as one mesh with materials and light."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.simulation.decor import build_decor
from analytics.simulation.furnishing import furnish
from analytics.simulation.interiors import Lamp, Piece, build_interior, build_windows, room_at
from analytics.simulation.lamps import lamp_piece, light_of, passage_lamps, place_lamps, window_lamps
from analytics.simulation.layout import Layout
from analytics.simulation.lighting import Int32Array, Lighting
from analytics.simulation.meshes import Mesh, joined
from analytics.simulation.outdoors import build_outdoors, street_lamps
from analytics.simulation.palette import draw_finish
from analytics.simulation.surfaces import Family, Light, Surface

_FINISHES, _LAMPS, _SKY, _FURNITURE = 1, 2, 3, 4  # purposes of random numbers


@dataclass(frozen=True, slots=True)
class Style:
    """Which of many looks a place has.

    Attributes:
        family: "a" for training, "b" to see what training is worth elsewhere.
        seed: of everything that is left to chance.
        light: outside; lamps are on inside whatever it is.
    """

    family: Family
    seed: int
    light: Light = "day"


@dataclass(frozen=True, slots=True)
class Place:
    """A layout with surfaces and light, ready to be drawn.

    Attributes:
        layout: what stands where.
        style: how it looks.
        mesh: all triangles: first those that block all light, then those that block only the sun (ceilings), then
            those that block none (lamps, panes).
        room: (corners of the mesh,) number of the room whose light falls on it.
        material: (corners of the mesh,) row in `surfaces`.
        surfaces: what they are made of.
        lighting: what shines.
        solid_count: number of triangles that block all light.
        roof_count: number of triangles that block the sun.
    """

    layout: Layout
    style: Style
    mesh: Mesh
    room: Int32Array
    material: Int32Array
    surfaces: tuple[Surface, ...]
    lighting: Lighting
    solid_count: int
    roof_count: int


def build_place(layout: Layout, style: Style) -> Place:
    """Build what a layout looks like; the same for the same style.

    Raises:
        ValueError: the layout has no room.
    """
    if not layout.rooms:
        raise ValueError("a layout needs at least one room")
    finishes = [
        draw_finish(np.random.default_rng([style.seed, _FINISHES, number]), style.family, style.light)
        for number in range(len(layout.rooms))
    ]
    pieces: list[Piece] = []
    lamps: list[Lamp] = []
    for number, room in enumerate(layout.rooms):
        if room.kind == "open":
            continue
        rng = np.random.default_rng([style.seed, _LAMPS, number])
        pieces += build_interior(number, layout, finishes[number])
        pieces += build_windows(number, layout, finishes[number])
        pieces += build_decor(number, layout, finishes[number], style.family, rng)
        placed = place_lamps(number, room, finishes[number], rng)
        pieces += [lamp_piece(lamp, finishes[number], room) for lamp in placed]
        lamps += [
            *placed,
            *window_lamps(number, layout, finishes[number], style.light),
            *passage_lamps(number, layout, rng),
        ]
    grounds = [number for number, room in enumerate(layout.rooms) if room.kind == "open"]
    if grounds:
        pieces += build_outdoors(layout, finishes, style.family, style.light, style.seed)
        lamps += street_lamps(layout, grounds[0]) if style.light == "night" else []
    for row, item in enumerate(layout.furniture):
        at = room_at(layout.rooms, item.x_m, item.y_m)
        rng = np.random.default_rng([style.seed, _FURNITURE, row])
        pieces += furnish(item, style.family, rng, 0 if at is None else at)
    lighting = light_of(layout, style.light, lamps, np.random.default_rng([style.seed, _SKY]))
    return assemble(layout, style, pieces, lighting)


def assemble(layout: Layout, style: Style, pieces: Sequence[Piece], lighting: Lighting) -> Place:
    """Join pieces to one mesh, sorted by the light that they block and by pattern, which is how they are drawn."""
    order = {"all": 0, "sun": 1, "none": 2}
    ordered = sorted(pieces, key=lambda piece: (order[piece.surface.shadow], piece.surface.pattern))
    surfaces = tuple(dict.fromkeys(piece.surface for piece in ordered))
    number = {surface: row for row, surface in enumerate(surfaces)}
    sizes = [len(piece.mesh.positions_m) for piece in ordered]
    counts = {
        shadow: sum(len(piece.mesh.triangles) for piece in ordered if piece.surface.shadow == shadow)
        for shadow in order
    }
    return Place(
        layout,
        style,
        joined([piece.mesh for piece in ordered]),
        np.repeat([piece.room for piece in ordered], sizes).astype(np.int32),
        np.repeat([number[piece.surface] for piece in ordered], sizes).astype(np.int32),
        surfaces,
        lighting,
        counts["all"],
        counts["all"] + counts["sun"],
    )
