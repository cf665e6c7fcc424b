"""The surroundings of a simulated camera, drawn once: linear light and depth for people to be drawn over.

Deferred shading with four samples to a pixel: geometry and patterns first, then sun with a shadow map, lamps, sky
light hidden by 24 directional shadow maps and by near surroundings (screen space), then mirror images on shiny floors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analytics.simulation.graphics import assign, shader_source
from analytics.simulation.lighting import ROOM_UNIT, LightTables, bind_light
from analytics.simulation.places import Place
from analytics.simulation.projection import clip_matrix
from analytics.simulation.scene import RgbImage, View
from analytics.simulation.shadows import Shadows, SunMap, draw_shadows, draw_sun_map
from analytics.simulation.surfaces import Pattern, material_table

if TYPE_CHECKING:
    import moderngl

Float32Array = npt.NDArray[np.float32]

_SCALE = 2  # samples along each side of a pixel; the shaders count on four
_MIDDLE_GREY = 0.20  # linear light of the picture's (geometric) mean after exposure; sRGB 124 of 255
_MAY_BE_WHITE = 90  # percentile of light above which a picture may be white
_KNEE = 0.6


@dataclass(frozen=True, slots=True)
class Background:
    """What a camera sees without people.

    Attributes:
        light: (height, width, 3) float32, linear, not yet exposed; first row is the image's top.
        depth: (height, width) float32 as in OpenGL's depth buffer, [0, 1]; 1 is sky.
        exposure: factor by which light is multiplied before `develop`.
    """

    light: Float32Array
    depth: Float32Array
    exposure: float

    def picture(self) -> RgbImage:
        """Return the (height, width, 3) picture."""
        return develop(self.light * np.float32(self.exposure))


def develop(light: Float32Array) -> RgbImage:
    """Return 8-bit sRGB of exposed linear light, with a knee above 0.6; `shaders/develop.glsl` has the same."""
    # a camera squeezes highlights before it clips them
    bent = np.where(light < _KNEE, light, 1 - (1 - _KNEE) * np.exp(-(light - _KNEE) / (1 - _KNEE))).clip(0, 1)
    coded = np.where(bent < 0.0031308, 12.92 * bent, 1.055 * bent.clip(0.0031308) ** (1 / 2.4) - 0.055)
    picture: RgbImage = np.rint(coded * 255).astype(np.uint8)
    return picture


def metered(light: Float32Array) -> float:
    """Return the exposure that an automatic camera chooses for a picture: its geometric mean becomes middle grey.

    The middle weighs more, as in most cameras, and light beyond eight times the mean is not let darken the rest. Where
    much of the picture would be white (pools of light by night), the exposure is shorter.
    """
    height, width = light.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    weight = np.exp(-(x**2 + y**2))
    luminance = np.log(light @ np.array([0.2126, 0.7152, 0.0722], np.float32) + 1e-4)
    mean = np.average(luminance, weights=weight)
    mean = np.average(np.minimum(luminance, mean + np.log(8)), weights=weight)
    return float(min(_MIDDLE_GREY / np.exp(mean), 1 / np.exp(np.percentile(luminance, _MAY_BE_WHITE))))


@dataclass(frozen=True, slots=True)
class _Stage:
    """A place on the graphics card; `geometry` are stretches of it: what draws them, the first corner, how many."""

    geometry: Sequence[tuple["moderngl.VertexArray", int, int]]
    solids: "moderngl.VertexArray"
    materials: "moderngl.Texture"
    light: LightTables
    shadows: Shadows


class Painter:
    """Draws the surroundings of cameras on one OpenGL context."""

    def __init__(self, context: "moderngl.Context") -> None:
        self._context = context
        self._patterns: dict[Pattern, moderngl.Program] = {}
        self._depth = context.program(shader_source("depth_vertex"), fragment_shader=shader_source("depth_fragment"))
        self._occlude = self._screen("noise", "occlusion_fragment")
        self._smooth = self._screen("smooth_fragment")
        self._shade = self._screen("noise", "sky", "lighting", "shade_fragment")
        self._reflect = self._screen("reflect_fragment")
        self._resolve = self._screen("resolve_fragment")

    def paint(self, place: Place, views: Sequence[View]) -> list[Background]:
        """Draw what cameras see of a place, without the distortion of their lenses (`projection.Lens` adds it)."""
        stage = self._upload(place)
        return [self._paint_view(place, stage, view) for view in views]

    def sun_map(self, place: Place) -> SunMap:
        """Return where the sun shines on a place."""
        positions = self._context.buffer(place.mesh.positions_m.tobytes())
        triangles = self._context.buffer(place.mesh.triangles.tobytes())
        content = [(positions, "3f4", "in_position")]
        solids = self._context.vertex_array(self._depth, content, triangles, index_element_size=4)
        return draw_sun_map(self._context, self._depth, solids, place)

    def _program(self, pattern: Pattern) -> "moderngl.Program":
        """Return the program that draws a pattern, compiled when first needed."""
        if pattern not in self._patterns:
            self._patterns[pattern] = self._context.program(
                shader_source("geometry_vertex"),
                fragment_shader=shader_source(
                    "noise",
                    "material",
                    "floors",
                    "walls",
                    "paint",
                    "surface",
                    "geometry_fragment",
                    PATTERN=int(pattern),
                ),
            )
        return self._patterns[pattern]

    def _screen(self, *names: str) -> "moderngl.VertexArray":
        program = self._context.program(shader_source("screen_vertex"), fragment_shader=shader_source(*names))
        return self._context.vertex_array(program, [])

    def _upload(self, place: Place) -> _Stage:
        context, mesh = self._context, place.mesh
        positions = context.buffer(mesh.positions_m.tobytes())
        looks = [
            (context.buffer(array.tobytes()), form, name)
            for array, form, name in (
                (mesh.normals, "3f4", "in_normal"),
                (mesh.uv_m, "2f4", "in_uv"),
                (mesh.tint, "3f4", "in_tint"),
                (place.material, "1i4", "in_material"),
                (place.room, "1i4", "in_room"),
            )
        ]
        triangles = context.buffer(mesh.triangles.tobytes())
        at = (positions, "3f4", "in_position")
        geometry = [
            (
                context.vertex_array(self._program(pattern), [at, *looks], triangles, index_element_size=4),
                3 * first,
                3 * count,
            )
            for pattern, first, count in pattern_runs(place)
        ]
        solids = context.vertex_array(self._depth, [at], triangles, index_element_size=4)
        table = material_table(place.surfaces)
        return _Stage(
            geometry,
            solids,
            context.texture((5, len(table)), 4, table.tobytes(), dtype="f4"),
            bind_light(context, place.lighting, [self._shade.program]),
            draw_shadows(context, self._depth, solids, place),
        )

    def _paint_view(self, place: Place, stage: _Stage, view: View) -> Background:
        size = (view.width_px * _SCALE, view.height_px * _SCALE)
        albedo, normal, emission, lit, mirrored = (_target(self._context, size) for _ in range(5))
        depth = self._context.depth_texture(size)
        depth.compare_func = ""
        matrix = clip_matrix(view)
        self._draw_geometry(stage, view, self._context.framebuffer([albedo, normal, emission], depth), matrix)
        camera = {
            "to_clip": matrix,
            "from_clip": np.linalg.inv(matrix.astype(np.float64)),
            "eye": view.position_m,
            "size": size,
        }
        maps = {"albedo_map": albedo, "normal_map": normal, "emission_map": emission, "depth_map": depth}
        openness, places = self._openness(stage, view, maps, camera)
        shadows, lighting = stage.shadows, place.lighting
        _use(self._shade.program, maps | {"open_map": openness, "place_map": places, "sun_shadow": shadows.sun})
        stage.light.use()
        assign(
            self._shade.program,
            **camera,
            to_sun=shadows.to_sun,
            sun_texel_m=shadows.sun_texel_m,
            sky_zenith=tuple(lighting.sky_rgb.tolist()),
            sky_horizon=tuple(lighting.horizon_rgb.tolist()),
            seed=float(place.style.seed % 1000),
        )
        self._draw_screen(self._shade, lit)
        _use(self._reflect.program, maps | {"light_map": lit})
        assign(self._reflect.program, **camera)
        self._draw_screen(self._reflect, mirrored)
        resolved = _target(self._context, (view.width_px, view.height_px))
        _use(self._resolve.program, {"light_map": mirrored})
        light = self._draw_screen(self._resolve, resolved).read(components=3, dtype="f4")
        picture = np.frombuffer(light, np.float32).reshape(view.height_px, view.width_px, 3)[::-1].copy()
        return Background(picture, self._depth_of(stage, view, matrix), metered(picture))

    def _openness(
        self, stage: _Stage, view: View, maps: Mapping[str, "moderngl.Texture"], camera: Mapping[str, Any]
    ) -> tuple["moderngl.Texture", "moderngl.Texture"]:
        """Draw how open each pixel's surface is to the sky and to its surroundings, and where it lies on the plan."""
        context, size = self._context, (view.width_px, view.height_px)
        rough, smooth = _target(context, size), _target(context, size)
        places = context.texture(size, 4, dtype="f4")
        shadows = stage.shadows
        _use(self._occlude.program, {**maps, "sky_shadows": shadows.sky, "direction_table": shadows.directions})
        assign(self._occlude.program, **camera, sky_texel_m=shadows.sky_texel_m)
        self._draw_screen(self._occlude, rough, places)
        _use(self._smooth.program, {"open_map": rough, "place_map": places, "normal_map": maps["normal_map"]})
        assign(self._smooth.program, **camera)
        self._draw_screen(self._smooth, smooth)
        return smooth, places

    def _draw_geometry(
        self, stage: _Stage, view: View, target: "moderngl.Framebuffer", matrix: npt.NDArray[np.float32]
    ) -> None:
        context = self._context
        target.use()
        target.clear(depth=1.0)
        context.enable_only(context.DEPTH_TEST | context.CULL_FACE)
        context.front_face = "cw"  # the plan is left-handed
        context.cull_face = "back"
        assign(self._depth, to_clip=matrix)
        stage.solids.render()
        context.depth_func = "=="
        for geometry, first, count in stage.geometry:
            _use(geometry.program, {"material_table": stage.materials})
            assign(geometry.program, to_clip=matrix)
            geometry.render(vertices=count, first=first)
        context.depth_func = "<="

    def _draw_screen(self, screen: "moderngl.VertexArray", *textures: "moderngl.Texture") -> "moderngl.Framebuffer":
        target = self._context.framebuffer(list(textures))
        target.use()
        self._context.enable_only(self._context.NOTHING)
        screen.render(vertices=3)
        return target

    def _depth_of(self, stage: _Stage, view: View, matrix: npt.NDArray[np.float32]) -> Float32Array:
        """Draw depth once more, at the middles of the picture's own pixels."""
        context = self._context
        target = context.framebuffer(depth_attachment=context.depth_texture((view.width_px, view.height_px)))
        target.use()
        target.clear(depth=1.0)
        context.enable_only(context.DEPTH_TEST | context.CULL_FACE)
        assign(self._depth, to_clip=matrix)
        stage.solids.render()
        held = target.read(components=1, attachment=-1, dtype="f4")
        return np.frombuffer(held, np.float32).reshape(view.height_px, view.width_px)[::-1].copy()


def pattern_runs(place: Place) -> list[tuple[Pattern, int, int]]:
    """Return the stretches of triangles of one pattern: which, number of the first triangle, how many."""
    patterns = np.array([surface.pattern for surface in place.surfaces])[place.material[place.mesh.triangles[:, 0]]]
    starts = np.flatnonzero(np.diff(patterns, prepend=-1))
    ends = [*starts[1:], len(patterns)]
    return [(Pattern(patterns[start]), int(start), int(end - start)) for start, end in zip(starts, ends, strict=True)]


def _target(context: "moderngl.Context", size: tuple[int, int]) -> "moderngl.Texture":
    texture = context.texture(size, 4, dtype="f2")
    texture.filter = (context.NEAREST, context.NEAREST)
    return texture


def _use(program: "moderngl.Program", textures: Mapping[str, "moderngl.Texture"]) -> None:
    """Put textures into the units after those of the light tables and tell the program."""
    for unit, (name, texture) in enumerate(textures.items(), start=ROOM_UNIT + 1):
        texture.use(unit)
        assign(program, **{name: unit})
