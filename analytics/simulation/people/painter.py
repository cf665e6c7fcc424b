"""Painter: draws dressed people with OpenGL. The only thing that knows the vertex layout and the shader's tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.simulation.graphics import assign, shader_source
from analytics.simulation.people.bodies import Float32Array
from analytics.simulation.people.dressing import DressedBody
from analytics.simulation.people.grain import GRAIN_PX, draw_grain
from analytics.simulation.people.poses import bone_transforms
from analytics.simulation.people.wardrobe import Outfit
from analytics.simulation.projection import clip_matrix
from analytics.simulation.scene import Action, View

if TYPE_CHECKING:
    import moderngl

    from analytics.simulation.people.cast import Person

_LAYOUT = "3f4 3f4 2f4 4u1 4f4"
_ATTRIBUTES = ("in_position", "in_normal", "in_place", "in_bones", "in_weights")
_ROWS = 48 + 5 + 27 + 5  # vec4 of the uniform block
_SURROUNDINGS_UNIT, _GRAIN_UNIT = 4, 5
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of linear sRGB


@dataclass(frozen=True, slots=True)
class FigureLight:
    """The light that a person stands in: one strong direction and what comes from above and below, linear.

    Attributes:
        key_direction: (3,) unit vector towards the strongest light, plan coordinates.
        key_rgb: (3,).
        above_rgb: (3,).
        below_rgb: (3,).
    """

    key_direction: Float32Array
    key_rgb: Float32Array
    above_rgb: Float32Array
    below_rgb: Float32Array


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A person on the graphics card."""

    figure: "moderngl.VertexArray"
    shadow: "moderngl.VertexArray"
    table: Float32Array


class FigurePainter:
    """Draws the people of a cast in one OpenGL context."""

    def __init__(self, context: "moderngl.Context", people: Sequence["Person"]) -> None:
        """Load the shaders and everybody's mesh."""
        self._context = context
        self._figure, self._shadow = (
            context.program(
                vertex_shader=shader_source("figure_block", "figure_vertex"),
                fragment_shader=shader_source("figure_block", "figure_hidden", *sources),
            )
            for sources in (("develop", "figure_fragment"), ("figure_shadow_fragment",))
        )
        for program in (self._figure, self._shadow):
            assign(program, surroundings=_SURROUNDINGS_UNIT, grain=_GRAIN_UNIT)
        self._grain = context.texture((GRAIN_PX, GRAIN_PX), 4, draw_grain().tobytes())
        self._block = context.buffer(reserve=_ROWS * 16)
        self._loaded = [self._load(person.dressed, person.outfit, number) for number, person in enumerate(people)]
        self.people = tuple(people)

    def aim(self, view: View, surroundings: "moderngl.Texture", size_px: tuple[int, int]) -> None:
        """Set the camera.

        Args:
            view: a camera without distortion.
            surroundings: window-space depth of what stands around, one float32 channel, first row at the bottom.
            size_px: width and height of the framebuffer.
        """
        surroundings.use(_SURROUNDINGS_UNIT)
        self._grain.use(_GRAIN_UNIT)
        for program in (self._figure, self._shadow):
            assign(program, clip=clip_matrix(view), size=size_px, eye=view.position_m)
        self._context.front_face = "ccw"
        self._context.cull_face = "back"

    def draw(
        self, person_no: int, joints: Float32Array, light: FigureLight, mark: int, is_shadow: bool = False
    ) -> None:
        """Draw one person into the framebuffer in use.

        Args:
            person_no: which of the cast.
            joints: (16, 3, 4) maps from rest to plan coordinates, see `placed`.
            light: what they stand in.
            mark: number in the mask, 1 to 255.
            is_shadow: draw the shadow on the floor, black with the shadow's darkness as alpha.
        """
        loaded = self._loaded[person_no]
        table = loaded.table.copy()
        table[:48] = joints.reshape(48, 4)
        table[80, :3], table[81, :3] = light.key_direction, light.key_rgb
        table[82, :3], table[83, :3] = light.above_rgb, light.below_rgb
        table[84] = (mark, 0.0, _shadow_depth(light), float(is_shadow))
        self._block.write(table.tobytes())
        self._block.bind_to_uniform_block(0)
        (loaded.shadow if is_shadow else loaded.figure).render()

    def release(self) -> None:
        """Free what is on the graphics card."""
        for loaded in self._loaded:
            loaded.figure.release()
            loaded.shadow.release()
        for owned in (self._block, self._grain, self._figure, self._shadow):
            owned.release()

    def _load(self, dressed: DressedBody, outfit: Outfit, number: int) -> _Loaded:
        rows = np.zeros(
            len(dressed.vertices_m),
            [
                ("position", "<f4", 3),
                ("normal", "<f4", 3),
                ("place", "<f4", 2),
                ("bones", "u1", 4),
                ("weights", "<f4", 4),
            ],
        )
        rows["position"], rows["normal"] = dressed.vertices_m, dressed.normals
        rows["place"] = np.stack([dressed.along_arm, dressed.part], axis=1)
        rows["bones"], rows["weights"] = dressed.bones, dressed.weights
        buffer = self._context.buffer(rows.tobytes())
        index = self._context.buffer(np.ascontiguousarray(dressed.faces, np.int32).tobytes())
        figure, shadow = (
            self._context.vertex_array(program, [(buffer, _LAYOUT, *_ATTRIBUTES)], index, skip_errors=True)
            for program in (self._figure, self._shadow)
        )
        table = np.zeros((_ROWS, 4), np.float32)
        table[48:53] = dressed.limits
        table[53:80] = _fabric_rows(outfit, number)
        return _Loaded(figure, shadow, table)


def _shadow_depth(light: FigureLight) -> float:
    """Return how much darker the floor is, as sRGB tells it, where a figure keeps off the strongest light."""
    key = float(light.key_rgb @ _LUMINANCE) * max(float(light.key_direction[2]), 0.0)
    rest = float(light.above_rgb @ _LUMINANCE)
    return 1 - float((rest / max(key + rest, 1e-6)) ** (1 / 2.2))


def placed(
    person: "Person", action: Action, phase: float, stride_m: float, x_m: float, y_m: float, heading_rad: float
) -> Float32Array:
    """Return (16, 3, 4) maps from a person's rest pose to plan coordinates."""
    dressed = person.dressed
    maps = bone_transforms(dressed.joints_m, person.manner, action, phase, stride_m, dressed.stature_m)
    cos, sin = np.cos(heading_rad), np.sin(heading_rad)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float32)
    out: Float32Array = np.einsum("ab,jbc->jac", turn, maps).astype(np.float32)
    out[:, :2, 3] += (x_m, y_m)
    return out


def posed_vertices(dressed: DressedBody, joints: Float32Array) -> Float32Array:
    """Return (v, 3) vertices where the maps of `placed` put them: what the vertex shader computes."""
    maps = np.einsum("vk,vkab->vab", dressed.weights, joints[dressed.bones])
    posed: Float32Array = np.einsum("vab,vb->va", maps[:, :, :3], dressed.vertices_m) + maps[:, :, 3]
    return posed


def _fabric_rows(outfit: Outfit, number: int) -> Float32Array:
    rows = np.zeros((27, 4), np.float32)
    for slot, fabric in enumerate(outfit.fabrics):
        shift = (number * 0.6180339887 + slot * 0.37) % 1.0
        rows[3 * slot] = (*fabric.colour, float(fabric.pattern))
        rows[3 * slot + 1] = (*fabric.accent, fabric.scale_m)
        rows[3 * slot + 2] = (fabric.wrinkle, fabric.gloss, fabric.print_seed, shift)
    return rows
