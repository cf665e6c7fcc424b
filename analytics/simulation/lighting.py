"""The light of a simulated place: sun, sky, lamps and windows, for surroundings and people alike.

Light is linear and without unit: a white matt surface that receives 1 sends out 1. `shaders/lighting.glsl` computes
what reaches a point; `bind_light` hands it the tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analytics.simulation.graphics import assign

if TYPE_CHECKING:
    import moderngl

Float32Array = npt.NDArray[np.float32]
Int32Array = npt.NDArray[np.int32]

LAMP_UNIT = 6
ROOM_UNIT = 7
"""Texture units that `lighting.glsl` reads its tables from."""


@dataclass(frozen=True, slots=True)
class Lighting:
    """What shines on a place.

    Attributes:
        sun_direction: (3,) unit vector towards the sun.
        sun_rgb: (3,) light of the sun on a surface that faces it; zeros without sun.
        sky_rgb: (3,) what the sky looks like overhead.
        horizon_rgb: (3,) what it looks like just above the ground.
        room_sky_rgb: (rooms, 3) diffuse light from above, in each room of the layout.
        room_ground_rgb: (rooms, 3) diffuse light from below.
        room_lamps: (rooms, 2) first lamp of each room and the one after its last.
        lamp_m: (lamps, 3) middles of lamps and windows, plan coordinates.
        lamp_direction: (lamps, 3) where they shine, unit vectors.
        lamp_rgb: (lamps, 3) light on a surface that faces the lamp 1 m away.
        lamp_size_m: (lamps,) half the side of the shining surface.
    """

    sun_direction: Float32Array
    sun_rgb: Float32Array
    sky_rgb: Float32Array
    horizon_rgb: Float32Array
    room_sky_rgb: Float32Array
    room_ground_rgb: Float32Array
    room_lamps: Int32Array
    lamp_m: Float32Array
    lamp_direction: Float32Array
    lamp_rgb: Float32Array
    lamp_size_m: Float32Array


def lamp_table(lighting: Lighting) -> Float32Array:
    """Return (lamps or 1, 3, 4) rows of `lighting.glsl`: position and size; direction; colour."""
    table = np.zeros((max(1, len(lighting.lamp_m)), 3, 4), np.float32)
    if len(lighting.lamp_m):
        table[:, 0, :3], table[:, 0, 3] = lighting.lamp_m, lighting.lamp_size_m
        table[:, 1, :3] = lighting.lamp_direction
        table[:, 2, :3] = lighting.lamp_rgb
    return table


def room_table(lighting: Lighting) -> Float32Array:
    """Return (rooms, 2, 4) rows of `lighting.glsl`: light from above and first lamp; from below and last lamp."""
    table = np.zeros((len(lighting.room_lamps), 2, 4), np.float32)
    table[:, 0, :3], table[:, 1, :3] = lighting.room_sky_rgb, lighting.room_ground_rgb
    table[:, :, 3] = lighting.room_lamps
    return table


def bind_light(
    context: "moderngl.Context", lighting: Lighting, programs: Sequence["moderngl.Program"]
) -> "LightTables":
    """Hand the light of a place to programs that include `lighting.glsl`.

    Returns:
        The tables in texture units `LAMP_UNIT` and `ROOM_UNIT`: keep them while the programs draw, and `use` them again
        where something else has taken the units.
    """
    lamps, rooms = lamp_table(lighting), room_table(lighting)
    tables = LightTables(
        context.texture((3, len(lamps)), 4, lamps.tobytes(), dtype="f4"),
        context.texture((2, len(rooms)), 4, rooms.tobytes(), dtype="f4"),
    )
    for program in programs:
        assign(
            program,
            lamp_table=LAMP_UNIT,
            room_table=ROOM_UNIT,
            sun_direction=tuple(lighting.sun_direction.tolist()),
            sun_rgb=tuple(lighting.sun_rgb.tolist()),
        )
    tables.use()
    return tables


@dataclass(frozen=True, slots=True)
class LightTables:
    """A place's lamps and rooms on the graphics card."""

    lamps: "moderngl.Texture"
    rooms: "moderngl.Texture"

    def use(self) -> None:
        """Put the tables into their texture units."""
        self.lamps.use(LAMP_UNIT)
        self.rooms.use(ROOM_UNIT)
