"""Rendering: a camera's picture of a place with people in it, and the exact truth about each of them.

The surroundings are drawn once for each camera; people are drawn into a transparent layer of twice the picture's size,
hidden where the surroundings are nearer, and laid over. What a lens and a sensor do to it is `optics`' business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from analytics.simulation.background import Background
from analytics.simulation.background import Painter as BackgroundPainter
from analytics.simulation.figure_light import CHEST_M, figure_light
from analytics.simulation.people.bodies import Float32Array
from analytics.simulation.people.cast import Person
from analytics.simulation.people.painter import FigurePainter, placed, posed_vertices
from analytics.simulation.people.wardrobe import Slot
from analytics.simulation.places import Place
from analytics.simulation.projection import Lens, lens_of
from analytics.simulation.scene import Action, Figures, Picture, RgbImage, View

if TYPE_CHECKING:
    import moderngl

_SCALE = 2  # samples along each side of a pixel: smooth outlines
_MARGIN_PX = 2
_FACING = 0.3  # cosine towards the camera above which a surface point counts for the visible share


@dataclass(frozen=True, slots=True)
class _Shot:
    """One figure in front of a camera.

    Attributes:
        row: its row in the figures.
        joints: maps of `placed`.
        pixels: (v, 2) where its vertices are in the camera's picture, px.
        pinhole: (v, 2) the same in the picture before the lens bends it.
        is_facing: (v,) the vertex looks at the camera.
        is_person: (v,) the vertex belongs to the body or what it wears, not to a bag.
    """

    row: int
    joints: Float32Array
    pixels: npt.NDArray[np.float64]
    pinhole: npt.NDArray[np.float64]
    is_facing: npt.NDArray[np.bool_]
    is_person: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Camera:
    """A camera with its surroundings drawn."""

    view: View
    lens: Lens
    exposure: float
    picture: RgbImage
    depth: "moderngl.Texture"
    layer: "moderngl.Framebuffer"


@dataclass(frozen=True, slots=True)
class Painters:
    """What draws, loaded once for any number of places.

    Attributes:
        context: where to draw.
        figures: the people.
        backgrounds: the surroundings.
    """

    context: "moderngl.Context"
    figures: FigurePainter
    backgrounds: BackgroundPainter

    @staticmethod
    def load(context: "moderngl.Context", people: Sequence[Person]) -> "Painters":
        """Compile the shaders and load everybody's mesh."""
        return Painters(context, FigurePainter(context, people), BackgroundPainter(context))


class SiteRenderer:
    """Draws what the cameras of one place see."""

    def __init__(self, painters: Painters, place: Place, views: Mapping[str, View]) -> None:
        """Draw every camera's surroundings, up to a second each."""
        self._context = painters.context
        self._place = place
        self._figures = painters.figures
        self._people = painters.figures.people
        self._sun = painters.backgrounds.sun_map(place)
        lenses = {camera_id: lens_of(view) for camera_id, view in views.items()}
        painted = painters.backgrounds.paint(place, [lens.pinhole for lens in lenses.values()])
        self._cameras = {
            camera_id: self._camera(views[camera_id], lens, background)
            for (camera_id, lens), background in zip(lenses.items(), painted, strict=True)
        }

    def render(self, camera_id: str, figures: Figures) -> Picture:
        """Draw one camera's picture at one instant.

        Args:
            camera_id: one of the views'.
            figures: everybody on the site; who is out of view costs little.

        Returns:
            The picture and, for each figure in order, its box and how much of it shows.

        Raises:
            KeyError: no such camera.
        """
        camera = self._cameras[camera_id]
        boxes = np.zeros((len(figures), 4), np.float32)
        visibility = np.zeros(len(figures), np.float32)
        shots = [shot for row in range(len(figures)) if (shot := self._shoot(camera, figures, row)) is not None]
        if not shots:
            return Picture(camera.lens.bend(camera.picture).copy(), boxes, visibility)
        layer, numbers, (left, top) = self._draw(camera, figures, shots)
        flat = _overlaid(camera.picture, layer, left, top)
        for number, shot in enumerate(shots, start=1):
            boxes[shot.row] = _clipped_box(shot.pixels[shot.is_person], camera.view)
            visibility[shot.row] = _visible_share(shot, camera, numbers, number, left, top)
        return Picture(camera.lens.bend(flat), boxes, visibility)

    def release(self) -> None:
        """Free what this place takes on the graphics card; the painters stay."""
        for camera in self._cameras.values():
            camera.depth.release()
            for attachment in camera.layer.color_attachments:
                attachment.release()
            if camera.layer.depth_attachment is not None:
                camera.layer.depth_attachment.release()
            camera.layer.release()

    def _camera(self, view: View, lens: Lens, background: Background) -> _Camera:
        width, height = lens.pinhole.width_px, lens.pinhole.height_px
        depth = self._context.texture(
            (width, height), 1, np.ascontiguousarray(background.depth[::-1]).tobytes(), dtype="f4"
        )
        depth.filter = (self._context.NEAREST, self._context.NEAREST)
        depth.repeat_x = depth.repeat_y = False
        size = (width * _SCALE, height * _SCALE)
        layer = self._context.framebuffer(
            [self._context.texture(size, 4), self._context.texture(size, 1)], self._context.depth_renderbuffer(size)
        )
        return _Camera(view, lens, background.exposure, background.picture(), depth, layer)

    def _shoot(self, camera: _Camera, figures: Figures, row: int) -> _Shot | None:
        """Pose a figure; None when nothing of it can be in the picture."""
        view = camera.lens.pinhole
        at = (figures.x_m[row], figures.y_m[row])
        corners, depth = view.project([(*at, 0.0), (*at, 1.0), (*at, 2.1)])
        if depth.max() < 0.3 or depth.min() < -1.0:
            return None
        reach = 1.5 * view.focal_px / max(float(depth.min()), 0.3)  # arms and bags stand off by less than 1.5 m
        low, high = corners.min(axis=0) - reach, corners.max(axis=0) + reach
        if depth.min() > 0.3 and ((high < 0).any() or low[0] > view.width_px or low[1] > view.height_px):
            return None
        person = self._people[int(figures.person_no[row])]
        joints = placed(
            person, Action(int(figures.action[row])), float(figures.phase[row]), float(figures.stride_m[row]), *at,
            float(figures.heading_rad[row]),
        )  # fmt: skip
        vertices = posed_vertices(person.dressed, joints)
        pinhole, distance = view.project(vertices)
        if distance.min() < 0.3:  # somebody right under the lens
            return None
        inside = (pinhole > 0).all(axis=1) & (pinhole < (view.width_px, view.height_px)).all(axis=1)
        if not inside.any():
            return None
        turned = np.einsum("vk,vkab->vab", person.dressed.weights, joints[person.dressed.bones][..., :3])
        normals = np.einsum("vab,vb->va", turned, person.dressed.normals)
        to_eye = np.array(view.position_m) - vertices
        facing = (normals * to_eye).sum(axis=1) > _FACING * np.linalg.norm(to_eye, axis=1)
        pixels = pinhole if camera.view.k1 == 0 else camera.view.project(vertices)[0]
        is_person = person.dressed.part != 1 + Slot.BAG
        return _Shot(row, joints, pixels, pinhole, facing & is_person, is_person)

    def _draw(
        self, camera: _Camera, figures: Figures, shots: Sequence[_Shot]
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], tuple[int, int]]:
        """Draw the figures; return the layer (RGBA) and the mask of numbers, cut to where anything is, and where."""
        context, layer = self._context, camera.layer
        layer.use()
        layer.clear(0.0, 0.0, 0.0, 0.0)
        context.enable_only(context.CULL_FACE)
        self._figures.aim(camera.lens.pinhole, camera.depth, layer.size)
        spots = [(float(figures.x_m[shot.row]), float(figures.y_m[shot.row])) for shot in shots]
        sunny = self._sun.share(np.array([(*spot, CHEST_M) for spot in spots]))
        lights = [
            figure_light(self._place, *spot, camera.exposure, float(share))
            for spot, share in zip(spots, sunny, strict=True)
        ]
        for shot, light in zip(shots, lights, strict=True):
            self._figures.draw(int(figures.person_no[shot.row]), shot.joints, light, 0, is_shadow=True)
        context.enable_only(context.DEPTH_TEST | context.CULL_FACE)
        for number, (shot, light) in enumerate(zip(shots, lights, strict=True), start=1):
            self._figures.draw(int(figures.person_no[shot.row]), shot.joints, light, min(number, 255))
        left, top, right, bottom = _extent(shots, camera.lens.pinhole)
        width, height = (right - left) * _SCALE, (bottom - top) * _SCALE
        viewport = (left * _SCALE, layer.size[1] - bottom * _SCALE, width, height)
        rgba = np.frombuffer(layer.read(viewport, 4, attachment=0, alignment=1), np.uint8).reshape(height, width, 4)[
            ::-1
        ]
        marks = np.frombuffer(layer.read(viewport, 1, attachment=1, alignment=1), np.uint8).reshape(height, width)[::-1]
        return rgba, marks, (left, top)


def _extent(shots: Sequence[_Shot], view: View) -> tuple[int, int, int, int]:
    """Return the rectangle of whole pixels that holds all figures and their shadows, inside the picture."""
    low = np.min([shot.pinhole.min(axis=0) for shot in shots], axis=0)
    high = np.max([shot.pinhole.max(axis=0) for shot in shots], axis=0)
    shadow = 0.6 * np.max([np.ptp(shot.pinhole[:, 1]) for shot in shots])  # longest way of a shadow past its figure
    left, top = np.floor(low - shadow - _MARGIN_PX).astype(int)
    right, bottom = np.ceil(high + shadow + _MARGIN_PX).astype(int)
    return (
        max(0, int(left)), max(0, int(top)), min(view.width_px, int(right)), min(view.height_px, int(bottom)),
    )  # fmt: skip


def _overlaid(picture: RgbImage, layer: npt.NDArray[np.uint8], left: int, top: int) -> RgbImage:
    """Return the picture with the layer, whose colours are weighted by its alpha, laid over at a place."""
    small = cv2.resize(layer, (layer.shape[1] // _SCALE, layer.shape[0] // _SCALE), interpolation=cv2.INTER_AREA)
    out = picture.copy()
    patch = out[top : top + small.shape[0], left : left + small.shape[1]]
    rest = 255 - cv2.merge([small[:, :, 3]] * 3)
    cv2.add(cv2.multiply(patch, rest, scale=1 / 255), np.ascontiguousarray(small[:, :, :3]), dst=patch)
    return out


def _clipped_box(pixels: npt.NDArray[np.float64], view: View) -> npt.NDArray[np.float32]:
    limit = np.array([view.width_px, view.height_px])
    low, high = np.clip(pixels.min(axis=0), 0, limit), np.clip(pixels.max(axis=0), 0, limit)
    return np.array([*low, *high], np.float32)


def _visible_share(
    shot: _Shot, camera: _Camera, numbers: npt.NDArray[np.uint8], number: int, left: int, top: int
) -> float:
    """Return the share of the surface points towards the camera at which the mask shows this figure."""
    points = shot.pinhole[shot.is_facing]
    inside_picture = (shot.pixels[shot.is_facing] > 0).all(axis=1)
    inside_picture &= (shot.pixels[shot.is_facing] < (camera.view.width_px, camera.view.height_px)).all(axis=1)
    at = np.floor((points - (left, top)) * _SCALE).astype(int)
    inside = inside_picture & (at >= 0).all(axis=1) & (at < numbers.shape[::-1]).all(axis=1)
    shown = numbers[at[inside, 1], at[inside, 0]] == min(number, 255)
    return float(shown.sum() / max(len(points), 1))
