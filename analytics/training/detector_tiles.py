"""What one step of detector training sees: tiles cut from frames around people, as another camera would show them.

A tile is a pure function of the seed and its number, so that an interrupted training goes on exactly where it stopped,
and any number of loading processes gives the same. Tiles are smaller than frames: a step costs what it has pixels, and
most of a frame is floor.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.geometry import BoolArray, FloatArray, ImageArray, area
from analytics.training.detector_data import Example
from analytics.training.reid_augment import Augmentation, Augmenter

TILE_SIZES_PX = ((480, 288), (384, 384), (448, 320))
"""Width and height of tiles, multiples of 32; the batches take turns. One shape alone would teach the attention layer
its borders; all have about as many pixels."""

CAMERA_CHANGES = Augmentation(
    flip=0, shift=0, zoom=0, cut=0, occlude=0, grey=0.15, blur=0.2, coarse=0.1, noise=0.2, jpeg=0.15
)
"""Light, colour, focus and noise; the frame's place and size are changed here, with its boxes."""

_PADDING_GREY = 114  # what the detector pads frames with
_TILE_PURPOSE, _ORDER_PURPOSE, _LIGHT_PURPOSE = 11, 12, 13  # apart from other uses of the same seed


@dataclass(frozen=True, slots=True, eq=False)
class Cutting:
    """How tiles are cut.

    Attributes:
        image_size_px: longer side that frames are scaled to before detection; the scale that tiles vary around.
        min_zoom: least scale relative to that.
        max_zoom: largest; drawn evenly on a logarithmic axis.
        stretch: largest change of the ratio of width to height, as a logarithm.
        centred: share of tiles that are cut around somebody; the others lie anywhere.
        min_height_px: targets lower than this on the tile are ignored.
        min_inside: share of a target's area that must be on the tile; of less it is ignored.
    """

    image_size_px: int = 512
    min_zoom: float = 0.7
    max_zoom: float = 1.8
    stretch: float = 0.12
    centred: float = 0.85
    min_height_px: float = 10.0
    min_inside: float = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A picture with the people on it.

    Attributes:
        rgb: (height, width, 3) picture.
        boxes: (n, 4) px of the targets, clipped to the tile.
        ignored: (m, 4) px of people who are no targets, clipped to the tile.
    """

    rgb: ImageArray
    boxes: FloatArray
    ignored: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Tiles of one size.

    Attributes:
        rgb: (b, height, width, 3) pictures.
        boxes: (n, 4) px of all targets.
        box_tiles: (n,) the tile of each.
        ignored: (m, 4) px of all people who are no targets.
        ignored_tiles: (m,) the tile of each.
    """

    rgb: ImageArray
    boxes: FloatArray
    box_tiles: FloatArray
    ignored: FloatArray
    ignored_tiles: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """All batches of a training, by number: what a loader is given.

    Attributes:
        examples: the frames.
        batch_size: tiles of a batch.
        seed: of everything random.
        cutting: how tiles are cut.
        light: how their light, colour and focus are changed.
    """

    examples: Sequence[Example]
    batch_size: int
    seed: int
    cutting: Cutting
    light: Augmenter

    def __getitem__(self, number: int) -> Batch:
        """Return the batch of a number >= 0; each frame is cut once before any is cut again."""
        size_px = TILE_SIZES_PX[number % len(TILE_SIZES_PX)]
        first = number * self.batch_size
        tiles = [self._tile(index, size_px) for index in range(first, first + self.batch_size)]
        random = np.random.default_rng([self.seed, _LIGHT_PURPOSE, number])
        return _stacked(tiles, self.light.apply(np.stack([tile.rgb for tile in tiles]), random))

    def _tile(self, index: int, size_px: tuple[int, int]) -> Tile:
        turn, place = divmod(index, len(self.examples))
        order = np.random.default_rng([self.seed, _ORDER_PURPOSE, turn]).permutation(len(self.examples))
        example = self.examples[order[place]]
        return cut(example, size_px, self.cutting, np.random.default_rng([self.seed, _TILE_PURPOSE, index]))


def cut(example: Example, size_px: tuple[int, int], how: Cutting, random: np.random.Generator) -> Tile:
    """Cut one tile from a frame, at a random place and scale, mirrored every second time.

    Args:
        example: the frame.
        size_px: width and height of the tile.
        how: places and scales.
        random: decides.
    """
    import cv2

    rgb = example.pixels()
    height, width = rgb.shape[:2]
    zoom = np.exp(random.uniform(np.log(how.min_zoom), np.log(how.max_zoom)))
    stretch = np.exp(random.uniform(-how.stretch, how.stretch) / 2 * np.array([1, -1]))
    scale = zoom * how.image_size_px / max(height, width) * stretch
    frame_px = np.array([width, height])
    boxes, ignored = (shares * np.tile(frame_px, 2) * np.tile(scale, 2) for shares in (example.boxes, example.ignored))
    offset = _offset(boxes, frame_px * scale, np.array(size_px), random.random() < how.centred, random)
    # pixel centres lie at halves, so the grids are half a pixel apart; linear, as frames are scaled for detection
    shift = (scale - 1) / 2 - offset
    matrix = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]])
    boxes, ignored = boxes - np.tile(offset, 2), ignored - np.tile(offset, 2)
    if random.random() < 0.5:
        matrix[0] = -matrix[0] + [0, 0, size_px[0] - 1]
        boxes, ignored = (_mirrored(found, size_px[0]) for found in (boxes, ignored))
    picture = cv2.warpAffine(rgb, matrix, size_px, flags=cv2.INTER_LINEAR, borderValue=(_PADDING_GREY,) * 3)
    return _clipped(np.asarray(picture, np.uint8), boxes, ignored, how)


def _offset(
    boxes: FloatArray, frame_px: FloatArray, tile_px: FloatArray, is_centred: bool, random: np.random.Generator
) -> FloatArray:
    """Return where the tile's top left corner lies on the scaled frame, px; it may lie outside."""
    spare = frame_px - tile_px
    if not is_centred or not len(boxes):
        return np.asarray(np.round(random.uniform(0, 1, 2) * spare))
    box = boxes[random.integers(len(boxes))]
    around = (box[:2] + box[2:]) / 2 - random.uniform(0.15, 0.85, 2) * tile_px
    inside = np.clip(around, np.minimum(0, spare), np.maximum(0, spare))
    return np.asarray(np.round(inside))


def _mirrored(boxes: FloatArray, width_px: int) -> FloatArray:
    return np.stack([width_px - boxes[:, 2], boxes[:, 1], width_px - boxes[:, 0], boxes[:, 3]], axis=1)


def _clipped(picture: ImageArray, boxes: FloatArray, ignored: FloatArray, how: Cutting) -> Tile:
    height, width = picture.shape[:2]
    border = np.array([width, height, width, height])
    on_tile, others = np.clip(boxes, 0, border), np.clip(ignored, 0, border)
    inside = area(on_tile)
    is_target: BoolArray = (inside >= how.min_inside * area(boxes)) & (
        on_tile[:, 3] - on_tile[:, 1] >= how.min_height_px
    )
    others = np.concatenate([others, on_tile[~is_target]])
    return Tile(picture, on_tile[is_target], others[area(others) > 0])


def _stacked(tiles: Sequence[Tile], rgb: ImageArray) -> Batch:
    boxes, ignored = [tile.boxes for tile in tiles], [tile.ignored for tile in tiles]
    numbers = np.arange(len(tiles))
    return Batch(
        rgb,
        np.concatenate(boxes).astype(np.float32),
        np.repeat(numbers, [len(each) for each in boxes]).astype(np.float32),
        np.concatenate(ignored).astype(np.float32),
        np.repeat(numbers, [len(each) for each in ignored]).astype(np.float32),
    )
