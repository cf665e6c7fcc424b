"""Portraits: pictures of simulated people as a detector would cut them out, by many cameras, for training re-ID.

Each camera has its own height, light, optics and surroundings; each person is seen by several of them, in any pose and
from any side. Boxes are a little off, other people and furniture come in between.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from analytics.simulation.optics import Kind, Optics, expose_crops, sample_optics
from analytics.simulation.people.bodies import Float32Array
from analytics.simulation.people.painter import FigureLight, placed
from analytics.simulation.rendering import Painters
from analytics.simulation.scene import Action, RgbImage, View

if TYPE_CHECKING:
    import moderngl

HEIGHT_PX, WIDTH_PX = 128, 64
_TILE_PX = (192, 232)  # width and height in which a person is drawn, with room for what sticks out
_FIGURE_PX = 178.0
_ACTION_SHARES = (0.72, 0.22, 0.06)  # walking, standing, sitting
_KINDS: tuple[Kind, ...] = ("day", "indoor", "night")
_CROWDED_SHARE, _BLOCKED_SHARE = 0.16, 0.10
_BEHIND_SHARE = 0.5
_CUTOUTS = 256  # how many earlier people are kept to stand in the way


@dataclass(frozen=True, slots=True)
class PortraitPlan:
    """How many portraits of whom.

    Attributes:
        cameras: cameras in all.
        cameras_each: cameras that see one person.
        pictures_each: pictures of one person by one camera.
        seed: decides everything.
    """

    cameras: int = 48
    cameras_each: int = 6
    pictures_each: int = 4
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Studio:
    """A camera of portraits."""

    pitch_rad: float
    distance_m: float
    light: FigureLight
    shade: float
    optics: Optics
    surroundings: tuple[int, ...]
    smallest_px: float


def seen_by(number: int, plan: PortraitPlan) -> list[str]:
    """Return the camera of each of a person's portraits, in the order that `draw_portraits` yields them."""
    rng = np.random.default_rng([plan.seed, 5, number])
    cameras = rng.choice(plan.cameras, min(plan.cameras_each, plan.cameras), replace=False)
    return [_camera_id(int(camera)) for camera in cameras for _ in range(plan.pictures_each)]


def _camera_id(number: int) -> str:
    return f"c{number:03d}"


def draw_portraits(
    painters: Painters,
    surroundings: Sequence[RgbImage],
    plan: PortraitPlan,
) -> Iterator[RgbImage]:
    """Draw everybody's portraits.

    Args:
        painters: the cast.
        surroundings: pictures of places without people, cut up for what is behind.
        plan: how many.

    Yields:
        (n, 128, 64, 3) RGB pictures of each person, by the cameras of `seen_by`.
    """
    context = painters.context
    studios = {_camera_id(number): _studio(number, len(surroundings), plan) for number in range(plan.cameras)}
    size = _TILE_PX
    tile = context.framebuffer([context.texture(size, 4), context.texture(size, 1)], context.depth_renderbuffer(size))
    nothing = context.texture((1, 1), 1, np.ones(1, np.float32).tobytes(), dtype="f4")
    cutouts: list[npt.NDArray[np.uint8]] = []
    for number in range(len(painters.figures.people)):
        rng = np.random.default_rng([plan.seed, 4, number])
        pictures, optics = [], []
        for studio in (studios[camera_id] for camera_id in seen_by(number, plan)):
            layer = _figure(painters, tile, nothing, number, studio, rng)
            pictures.append(_composed(layer, surroundings, studio, cutouts, rng))
            optics.append(studio.optics)
            cutouts = [*cutouts[-_CUTOUTS + 1 :], layer]
        yield expose_crops(np.stack(pictures), optics, rng)


def _studio(number: int, surroundings: int, plan: PortraitPlan) -> _Studio:
    rng = np.random.default_rng([plan.seed, 3, number])
    kind = _KINDS[int(rng.choice(3, p=(0.5, 0.42, 0.08)))]
    key = rng.normal(size=3) * (0.6, 0.6, 0.2) + (0, 0, rng.uniform(0.35, 1.1))
    strength = rng.uniform(0.5, 1.3) if kind == "day" else rng.uniform(0.15, 0.6)
    warm = rng.normal(0, 0.06, 3)
    ambient = rng.uniform(0.28, 0.62)
    return _Studio(
        pitch_rad=float(rng.uniform(0.03, 0.72)),
        distance_m=float(rng.uniform(3.0, 14.0)),
        light=FigureLight(
            (key / np.linalg.norm(key)).astype(np.float32),
            (strength * (1 + warm)).astype(np.float32),
            (ambient * (1 - 0.7 * warm)).astype(np.float32),
            (ambient * rng.uniform(0.35, 0.75) * (1 + rng.normal(0, 0.08, 3))).astype(np.float32),
        ),
        shade=float(rng.uniform(0, 0.6)),
        optics=sample_optics(rng, kind),
        surroundings=tuple(rng.choice(surroundings, min(4, surroundings), replace=False).tolist()),
        smallest_px=float(rng.uniform(50, 150)),
    )


def _figure(
    painters: Painters, tile: "moderngl.Framebuffer", nothing: "moderngl.Texture", number: int, studio: _Studio,
    rng: np.random.Generator,
) -> npt.NDArray[np.uint8]:  # fmt: skip
    """Return a person cut out by a box that is a little off: (128, 64, 4) colours weighted by alpha, and alpha."""
    context, painter = painters.context, painters.figures
    person = painter.people[number]
    stature = person.dressed.stature_m
    action = Action(int(rng.choice(3, p=_ACTION_SHARES)))
    joints = placed(
        person, action, rng.uniform(0, 40), stature * rng.uniform(0.6, 0.95), 0, 0, rng.uniform(0, 2 * np.pi)
    )
    yaw, pitch = rng.uniform(0, 2 * np.pi), studio.pitch_rad + rng.normal(0, 0.05)
    distance = studio.distance_m * np.exp(rng.normal(0, 0.25))
    middle = 0.52 * stature if action is not Action.SIT else 0.33 * stature
    eye = (
        float(-np.cos(pitch) * np.cos(yaw) * distance),
        float(-np.cos(pitch) * np.sin(yaw) * distance),
        float(middle + np.sin(pitch) * distance),
    )
    focal = _FIGURE_PX * distance / max(stature, 1.4)
    view = View(eye, yaw, pitch, focal, *_TILE_PX, roll_rad=rng.normal(0, 0.03))
    light = _turned(studio, yaw, rng)
    tile.use()
    tile.clear(0.0, 0.0, 0.0, 0.0)
    painter.aim(view, nothing, _TILE_PX)
    context.enable_only(context.CULL_FACE)
    painter.draw(number, joints, light, 0, is_shadow=True)
    context.enable_only(context.DEPTH_TEST | context.CULL_FACE)
    painter.draw(number, joints, light, 255)
    width, height = _TILE_PX
    rgba = np.frombuffer(tile.read(components=4, attachment=0), np.uint8).reshape(height, width, 4)[::-1]
    mask = np.frombuffer(tile.read(components=1, attachment=1, alignment=1), np.uint8).reshape(height, width)[::-1]
    return _cut(rgba, mask, rng)


def _turned(studio: _Studio, yaw_rad: float, rng: np.random.Generator) -> FigureLight:
    """Return the studio's light from the same side of the camera, now and then in the shade."""
    key, light = studio.light.key_direction, studio.light
    cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
    direction = np.array([cos * key[0] - sin * key[1], sin * key[0] + cos * key[1], key[2]], np.float32)
    lit = 1.0 - studio.shade * float(rng.random() < 0.4) * rng.uniform(0.4, 1.0)
    level = np.float32(np.exp(rng.normal(0, 0.12)))
    return FigureLight(
        direction, light.key_rgb * np.float32(lit) * level, light.above_rgb * level, light.below_rgb * level
    )


def _cut(rgba: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return np.zeros((HEIGHT_PX, WIDTH_PX, 4), np.uint8)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    height, width = bottom - top, right - left
    loose = 0.05 if rng.random() < 0.8 else 0.13  # detectors are mostly a twentieth off, now and then more
    edges = rng.normal((0.01, 0.01, 0.01, 0.01), loose, 4) * (
        height,
        height,
        max(width, 0.3 * height),
        max(width, 0.3 * height),
    )
    top, bottom, left, right = np.round((top - edges[0], bottom + edges[1], left - edges[2], right + edges[3])).astype(
        int
    )
    pad = 60
    padded = cv2.copyMakeBorder(rgba, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    top, left = max(top + pad, 0), max(left + pad, 0)
    cut = padded[top : max(bottom + pad, top + 8), left : max(right + pad, left + 8)]
    return np.asarray(cv2.resize(cut, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _composed(
    layer: npt.NDArray[np.uint8], surroundings: Sequence[RgbImage], studio: _Studio,
    cutouts: Sequence[npt.NDArray[np.uint8]], rng: np.random.Generator,
) -> RgbImage:  # fmt: skip
    """Put a figure before surroundings, among other people, behind furniture."""
    source = surroundings[studio.surroundings[int(rng.integers(len(studio.surroundings)))]]
    picture: Float32Array = _patch(source, rng).astype(np.float32)
    other = None
    if cutouts and rng.random() < _CROWDED_SHARE:
        other = _shifted(cutouts[int(rng.integers(len(cutouts)))], rng)
    is_behind = rng.random() < _BEHIND_SHARE
    layers = [layer] if other is None else ([other, layer] if is_behind else [layer, other])
    for one in layers:
        picture *= 1 - one[:, :, 3:].astype(np.float32) / 255
        picture += one[:, :, :3]
    if rng.random() < _BLOCKED_SHARE:
        _block(picture, _patch(source, rng), rng)
    height = int(np.clip(studio.smallest_px * np.exp(abs(rng.normal(0, 0.5))), 24, HEIGHT_PX))
    out = np.clip(picture, 0, 255).astype(np.uint8)
    if height < HEIGHT_PX:
        small = cv2.resize(out, (max(8, height // 2), height), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_LINEAR), np.uint8)
    return out


def _patch(source: RgbImage, rng: np.random.Generator) -> RgbImage:
    height = int(rng.uniform(60, min(source.shape[0], 220)))
    width = int(height * rng.uniform(0.35, 0.6))
    top, left = int(rng.integers(source.shape[0] - height + 1)), int(rng.integers(source.shape[1] - width + 1))
    patch = source[top : top + height, left : left + width]
    return np.asarray(cv2.resize(patch, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _shifted(cutout: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    scale = rng.uniform(0.8, 1.2)
    across = rng.choice((-1, 1)) * rng.uniform(0.45, 0.95) * WIDTH_PX
    down = rng.normal(0, 0.12) * HEIGHT_PX
    matrix = np.array([[scale, 0, across], [0, scale, down]], np.float32)
    return np.asarray(cv2.warpAffine(cutout, matrix, (WIDTH_PX, HEIGHT_PX)), np.uint8)


def _block(picture: Float32Array, patch: RgbImage, rng: np.random.Generator) -> None:
    """Cover a stretch of one side."""
    side, share = int(rng.choice(3, p=(0.6, 0.2, 0.2))), rng.uniform(0.08, 0.38)
    if side == 0:
        start = int(HEIGHT_PX * (1 - share))
        picture[start:] = patch[start:]
    else:
        edge = max(1, int(WIDTH_PX * share))
        columns = slice(0, edge) if side == 1 else slice(WIDTH_PX - edge, WIDTH_PX)
        picture[:, columns] = patch[:, columns]
