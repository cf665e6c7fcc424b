"""Shadow maps of a place: one towards the sun, and 24 over the sky for soft light from everywhere."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analytics.simulation.graphics import assign
from analytics.simulation.places import Place

if TYPE_CHECKING:
    import moderngl

FloatArray = npt.NDArray[np.float64]

SKY_DIRECTIONS = 24
_COLUMNS, _ROWS = 6, 4  # of the atlas; shade_fragment.glsl has the same
_SKY_TILE_PX = 512
_SUN_PX = 3072
_SUN_SLACK = 0.001  # of the depth of the map, against a surface that shades itself
_DEPTH_CLAMP = 0x864F  # GL_DEPTH_CLAMP: what stands before the near plane still throws its shadow
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
_OPEN_MARGIN_M = 25.0  # of open ground around a layout, within which things throw shadows


@dataclass(frozen=True, slots=True)
class Shadows:
    """Depth towards sun and sky.

    Attributes:
        sky: depth texture of 6 x 4 tiles, one for each direction.
        directions: float texture: for each direction three rows that give the place in its tile and the depth there,
            all in [0, 1], and the unit vector towards the sky.
        sun: depth texture.
        to_sun: (4, 4) matrix to the sun texture's clip coordinates.
        sky_texel_m: width of a texel on the ground, metres.
        sun_texel_m: likewise.
    """

    sky: "moderngl.Texture"
    directions: "moderngl.Texture"
    sun: "moderngl.Texture"
    to_sun: npt.NDArray[np.float32]
    sky_texel_m: float
    sun_texel_m: float


@dataclass(frozen=True, slots=True)
class SunMap:
    """Where the sun shines on a place.

    Attributes:
        depth: (k, k) depth towards the sun, in [0, 1]; None without sun.
        to_sun: (4, 4) matrix to the map's clip coordinates.
    """

    depth: npt.NDArray[np.float32] | None
    to_sun: FloatArray

    def share(self, points_m: npt.ArrayLike) -> FloatArray:
        """Return how much of the sun reaches (n, 3) points, [0, 1]: 0 in the shade, 1 beyond the map's reach."""
        points = np.asarray(points_m, np.float64).reshape(-1, 3)
        if self.depth is None:
            return np.zeros(len(points))
        seen = (np.column_stack([points, np.ones(len(points))]) @ self.to_sun.T)[:, :3] * 0.5 + 0.5
        size = len(self.depth)
        at = np.floor(seen[:, :2] * size).astype(int)
        outside = ((at < 1) | (at >= size - 1)).any(axis=1)
        at = at.clip(1, size - 2)
        lit = [
            seen[:, 2] <= self.depth[at[:, 1] + dy, at[:, 0] + dx] + _SUN_SLACK
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
        ]
        return np.where(outside, 1.0, np.mean(lit, axis=0))


def sky_directions() -> FloatArray:
    """Return (24, 3) unit vectors, spread over the upper half-sphere, none flatter than about 8 degrees."""
    number = np.arange(SKY_DIRECTIONS)
    rise = 0.12 + 0.86 * (number + 0.5) / SKY_DIRECTIONS
    # neighbours in number lie far apart, so that each quarter of them covers the sky
    angle = number * _GOLDEN_ANGLE
    flat = np.sqrt(1 - rise**2)
    return np.stack([np.cos(angle) * flat, np.sin(angle) * flat, rise], axis=1)


def parallel_matrix(direction: FloatArray, lower_m: FloatArray, upper_m: FloatArray) -> FloatArray:
    """Return the (4, 4) clip matrix of parallel light that comes from `direction` onto a box of the plan."""
    aside = np.cross([0.0, 0.0, 1.0] if abs(direction[2]) < 0.99 else [1.0, 0.0, 0.0], direction)
    aside /= np.linalg.norm(aside)
    axes = np.stack([aside, np.cross(direction, aside), -direction])
    corners = np.array(np.meshgrid(*np.stack([lower_m, upper_m], axis=1))).reshape(3, -1)
    seen = axes @ corners
    low, high = seen.min(axis=1), seen.max(axis=1)
    matrix = np.eye(4)
    matrix[:3, :3] = axes * (2 / (high - low))[:, None]
    matrix[:3, 3] = -(high + low) / (high - low)
    return matrix


def shadow_box(place: Place) -> tuple[FloatArray, FloatArray]:
    """Return the lower and upper corner of the box whose inside receives shadows, metres."""
    rooms = place.layout.rooms
    is_open = any(room.kind == "open" for room in rooms)
    margin = _OPEN_MARGIN_M if is_open else 0.5
    lower = np.array([min(r.x_min_m for r in rooms) - margin, min(r.y_min_m for r in rooms) - margin, -0.1])
    top = max([room.height_m for room in rooms if room.kind != "open"] + [6.0 if is_open else 0.0])
    return lower, np.array([max(r.x_max_m for r in rooms) + margin, max(r.y_max_m for r in rooms) + margin, top + 0.2])


def draw_shadows(
    context: "moderngl.Context", program: "moderngl.Program", solids: "moderngl.VertexArray", place: Place
) -> Shadows:
    """Draw the place's shadow maps with a program that writes depth only."""
    lower, upper = shadow_box(place)
    context.enable(context.DEPTH_TEST)
    context.disable(context.CULL_FACE)
    context.enable_direct(_DEPTH_CLAMP)
    sky = context.depth_texture((_COLUMNS * _SKY_TILE_PX, _ROWS * _SKY_TILE_PX))
    target = context.framebuffer(depth_attachment=sky)
    target.use()
    target.clear(depth=1.0)
    directions = sky_directions()
    table = np.zeros((SKY_DIRECTIONS, 4, 4), np.float32)
    for number, direction in enumerate(directions):
        matrix = parallel_matrix(direction, lower, upper)
        column, row = number % _COLUMNS, number // _COLUMNS
        target.viewport = (column * _SKY_TILE_PX, row * _SKY_TILE_PX, _SKY_TILE_PX, _SKY_TILE_PX)
        assign(program, to_clip=matrix)
        solids.render(vertices=3 * place.solid_count)
        table[number, :3] = matrix[:3] * 0.5
        table[number, :3, 3] += 0.5
        table[number, 3, :3] = direction
    sun, to_sun = _draw_sun(context, program, solids, place)
    for texture in (sky, sun):
        texture.compare_func = ""
        texture.filter = (context.NEAREST, context.NEAREST)
    context.disable_direct(_DEPTH_CLAMP)
    reach = float(np.linalg.norm(upper - lower))
    return Shadows(
        sky,
        context.texture((4, SKY_DIRECTIONS), 4, table.tobytes(), dtype="f4"),
        sun,
        to_sun.astype(np.float32),
        reach / _SKY_TILE_PX,
        reach / _SUN_PX,
    )


def draw_sun_map(
    context: "moderngl.Context", program: "moderngl.Program", solids: "moderngl.VertexArray", place: Place
) -> SunMap:
    """Draw where the sun shines on a place and bring it to main memory."""
    context.enable_only(context.DEPTH_TEST)
    context.enable_direct(_DEPTH_CLAMP)
    sun, to_sun = _draw_sun(context, program, solids, place)
    context.disable_direct(_DEPTH_CLAMP)
    if not place.lighting.sun_rgb.any():
        return SunMap(None, to_sun)
    held = context.framebuffer(depth_attachment=sun).read(components=1, attachment=-1, dtype="f4")
    return SunMap(np.frombuffer(held, np.float32).reshape(_SUN_PX, _SUN_PX), to_sun)


def _draw_sun(
    context: "moderngl.Context", program: "moderngl.Program", solids: "moderngl.VertexArray", place: Place
) -> tuple["moderngl.Texture", FloatArray]:
    sun = context.depth_texture((_SUN_PX, _SUN_PX))
    target = context.framebuffer(depth_attachment=sun)
    target.use()
    target.clear(depth=1.0)
    to_sun = parallel_matrix(place.lighting.sun_direction.astype(np.float64), *shadow_box(place))
    if place.lighting.sun_rgb.any():
        assign(program, to_clip=to_sun)
        solids.render(vertices=3 * place.roof_count)
    return sun, to_sun
