"""Scenes with exact truth: simple clothed figures that walk over a textured background.

A scene is a pure function of its seed: a picture and the boxes at any time. Boxes are whole pixels and fit the
drawn figure exactly; a figure that another covers keeps its whole box, with the share that can be seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from analytics.geometry import ImageArray


@dataclass(frozen=True)
class Walk:
    """One figure's way: straight between waypoints (t_s, foot_x_px, foot_y_px), absent before and after."""

    identity: int
    height_px: int
    waypoints: tuple[tuple[float, float, float], ...]

    def foot_at(self, t_s: float) -> tuple[float, float] | None:
        """Where it stands, px, or None when it is not there."""
        for (t0, x0, y0), (t1, x1, y1) in pairwise(self.waypoints):
            if t0 <= t_s <= t1:
                share = (t_s - t0) / (t1 - t0) if t1 > t0 else 0.0
                return x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        return None


@dataclass(frozen=True)
class TruthBox:
    """Where one figure is at one time; px, right and bottom exclusive, cut to the image."""

    offset_us: int
    identity: int
    x_min: int
    y_min: int
    x_max: int
    y_max: int
    visibility: float


@dataclass(frozen=True)
class Scene:
    """What one camera sees."""

    camera_id: str
    duration_s: float
    walks: tuple[Walk, ...]
    width_px: int = 320
    height_px: int = 240
    seed: int = 0
    min_visible_px: int = field(default=6)
    """Sides below which the part of a figure inside the image is no truth (it is just entering)."""

    def draw(self, t_s: float) -> ImageArray:
        """Return the (height, width, 3) BGR picture at a time."""
        return self._paint(t_s)[0]

    def truth_at(self, t_s: float) -> tuple[TruthBox, ...]:
        """Return the boxes at a time, by identity."""
        return self._paint(t_s)[1]

    def truth(self, offsets_us: Sequence[int]) -> tuple[TruthBox, ...]:
        """Return the boxes at the given times after the start, in order of time and identity."""
        return tuple(box for offset_us in offsets_us for box in self.truth_at(offset_us / 1e6))

    def _paint(self, t_s: float) -> tuple[ImageArray, tuple[TruthBox, ...]]:
        picture = background(self.width_px, self.height_px, self.seed).copy()
        owner = np.full((self.height_px, self.width_px), -1, np.int32)
        places: list[tuple[int, tuple[int, int, int, int], int]] = []
        standing = [(foot, walk) for walk in self.walks if (foot := walk.foot_at(t_s)) is not None]
        for (x, y), walk in sorted(standing, key=lambda entry: (entry[0][1], entry[1].identity)):
            colours, mask = _figure(walk.identity, walk.height_px, int(t_s * 8) % 4)
            height, width = mask.shape
            left, top = round(x - width / 2), round(y) - height
            x0, y0 = max(0, left), max(0, top)
            x1, y1 = min(self.width_px, left + width), min(self.height_px, top + height)
            if x1 - x0 < self.min_visible_px or y1 - y0 < self.min_visible_px:
                continue
            part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
            picture[y0:y1, x0:x1][mask[part]] = colours[part][mask[part]]
            owner[y0:y1, x0:x1][mask[part]] = walk.identity
            places.append((walk.identity, (x0, y0, x1, y1), int(mask.sum())))
        offset_us = round(t_s * 1e6)
        boxes = [
            TruthBox(offset_us, identity, *box, visibility=float(np.sum(owner == identity)) / size)
            for identity, box, size in sorted(places)
        ]
        return picture, tuple(boxes)


def crossing_scene(
    camera_id: str = "cam1",
    people: int = 4,
    duration_s: float = 6.0,
    seed: int = 0,
    width_px: int = 320,
    height_px: int = 240,
) -> Scene:
    """Return a scene in which people enter at either side, cross, and leave; the first stands a while in the middle."""
    random = np.random.default_rng(seed)
    walks = []
    for identity in range(1, people + 1):
        starts = 0.0 if identity == 1 else float(random.uniform(0, max(0.1, duration_s - 3)))
        walk_s = float(random.uniform(0.5, 0.8)) * max(duration_s - starts, 2.0)
        walks.append(_across(identity, starts, walk_s, random, width_px, height_px, pauses=identity == 1))
    return Scene(camera_id, duration_s, tuple(walks), width_px, height_px, seed)


def site_scenes(
    camera_ids: Sequence[str],
    people: int = 5,
    duration_s: float = 40.0,
    seed: int = 0,
    width_px: int = 320,
    height_px: int = 240,
) -> tuple[Scene, ...]:
    """Return one scene for each camera of a site without overlapping views; people walk from one to the next.

    An identity wears the same clothes everywhere; a transit takes 2 to 5 s.
    """
    random = np.random.default_rng(seed)
    walks: dict[str, list[Walk]] = {camera_id: [] for camera_id in camera_ids}
    for identity in range(1, people + 1):
        at_s = float(random.uniform(0, duration_s * 0.5))
        order = list(camera_ids) if identity % 2 else list(camera_ids)[::-1]
        for camera_id in order:
            walk_s = float(random.uniform(5, 8))
            walks[camera_id].append(_across(identity, at_s, walk_s, random, width_px, height_px, pauses=False))
            at_s += walk_s + float(random.uniform(2, 5))
    return tuple(
        Scene(camera_id, duration_s, tuple(walks[camera_id]), width_px, height_px, seed * 1000 + number)
        for number, camera_id in enumerate(camera_ids)
    )


@lru_cache(maxsize=32)
def background(width_px: int, height_px: int, seed: int) -> ImageArray:
    """Return a textured room: a wall, a floor and some furniture; read-only."""
    random = np.random.default_rng(seed + 7919)
    coarse = random.uniform(-25, 25, (8, 10, 3)).astype(np.float32)
    fine = random.uniform(-8, 8, (height_px, width_px, 1)).astype(np.float32)
    picture = cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_CUBIC) + fine
    horizon = height_px // 3
    picture[:horizon] += 170
    picture[horizon:] += 120
    for _ in range(4):
        x, width = int(random.integers(0, width_px)), int(random.integers(10, 40))
        y, height = int(random.integers(horizon // 2, horizon + 10)), int(random.integers(8, 30))
        picture[y : y + height, x : x + width] += random.uniform(-60, 30, 3).astype(np.float32)
    image: ImageArray = np.clip(picture, 0, 255).astype(np.uint8)
    image.flags.writeable = False
    return image


def _across(
    identity: int, starts_s: float, walk_s: float, random: np.random.Generator, width: int, height: int, *, pauses: bool
) -> Walk:
    person_height = int(random.integers(round(height * 0.32), round(height * 0.45)))
    margin = person_height * 0.25
    from_left = bool(random.integers(2))
    x0, x1 = (-margin, width + margin) if from_left else (width + margin, -margin)
    y0, y1 = (float(random.uniform(height * 0.55, height * 0.97)) for _ in range(2))
    ends_s = starts_s + walk_s
    if not pauses:
        return Walk(identity, person_height, ((starts_s, x0, y0), (ends_s, x1, y1)))
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    stops = ((starts_s + walk_s * 0.35, *middle), (starts_s + walk_s * 0.65, *middle))
    return Walk(identity, person_height, ((starts_s, x0, y0), *stops, (ends_s, x1, y1)))


@lru_cache(maxsize=512)
def _figure(identity: int, height: int, step: int) -> tuple[ImageArray, np.ndarray]:
    """Return a figure's (h, w, 3) colours and (h, w) mask, which touches all four sides."""
    width = max(6, round(height * 0.38))
    colours = np.zeros((height, width, 3), np.uint8)
    mask = np.zeros((height, width), np.uint8)
    shirt, trousers, hair = clothes(identity)
    skin = (140, 170, 215)

    def fill(points: Sequence[tuple[float, float]], colour: tuple[int, int, int]) -> None:
        polygon = np.array([(x * (width - 1), y * (height - 1)) for x, y in points]).round().astype(np.int32)
        cv2.fillPoly(colours, [polygon], colour)
        cv2.fillPoly(mask, [polygon], 1)

    swing = (0.0, 0.16, 0.0, -0.16)[step]
    fill([(0.3, 0.52), (0.52, 0.52), (0.42 + swing, 1), (0.2 + swing, 1)], trousers)
    fill([(0.48, 0.52), (0.7, 0.52), (0.8 - swing, 1), (0.58 - swing, 1)], trousers)
    fill([(0.0, 0.5), (0.12, 0.16), (0.3, 0.16), (0.16, 0.55)], shirt)
    fill([(1.0, 0.5), (0.88, 0.16), (0.7, 0.16), (0.84, 0.55)], shirt)
    fill([(0.16, 0.16), (0.84, 0.16), (0.74, 0.55), (0.26, 0.55)], shirt)
    if identity % 3 == 0:
        fill([(0.2, 0.3), (0.8, 0.3), (0.78, 0.38), (0.22, 0.38)], hair)
    fill([(0.36, 0.04), (0.64, 0.04), (0.62, 0.16), (0.38, 0.16)], skin)
    fill([(0.34, 0.0), (0.66, 0.0), (0.66, 0.06), (0.34, 0.06)], hair)
    return colours, mask.astype(bool)


def clothes(identity: int) -> tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]:
    """Return the BGR colours of shirt, trousers and hair; neighbouring identities differ most (golden ratio)."""
    hues = [(identity * 0.618034 + shift) % 1.0 for shift in (0.0, 0.37)]
    shirt, trousers = (_bgr(hue, 220, value) for hue, value in zip(hues, (220, 110), strict=True))
    hair = ((20, 20, 20), (40, 70, 110), (90, 190, 230))[identity % 3]
    return shirt, trousers, hair


def _bgr(hue: float, saturation: int, value: int) -> tuple[int, int, int]:
    pixel = cv2.cvtColor(np.array([[[round(hue * 179), saturation, value]]], np.uint8), cv2.COLOR_HSV2BGR)
    blue, green, red = (int(channel) for channel in pixel[0, 0])
    return blue, green, red
