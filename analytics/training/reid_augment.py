"""What another camera would have made of a picture: frame, light, focus, resolution, noise, compression, occluders.

No random erasing with noise or one colour: it costs 4 to 5 points of mAP on cameras that were not trained on, which is
why torchreid's authors left it out too. What hides a person here is a piece of another picture.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field, NonNegativeFloat

from analytics.geometry import ImageArray

Share = Annotated[float, Field(ge=0, le=1)]
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, of RGB
_NOISE_BANK_PX = 512


class Augmentation(BaseModel, extra="forbid", frozen=True):
    """How far pictures are changed. Shares are probabilities; spreads are standard deviations of normal draws."""

    flip: Share = 0.5
    shift: NonNegativeFloat = 0.05
    """Spread of the frame's place, in heights or widths of the picture; a detector's boxes are off by as much."""

    zoom: NonNegativeFloat = 0.08
    """Spread of the logarithm of the frame's height, and apart from it of its width."""

    cut: Share = 0.1
    """Share of pictures of which only the upper 50 to 90 % are kept: a person behind a counter or at the border."""

    gain: NonNegativeFloat = 0.12
    """Spread of the logarithm of each channel's gain: white balance."""

    exposure: NonNegativeFloat = 0.25
    """Spread of the logarithm of the common gain."""

    gamma: NonNegativeFloat = 0.25
    """Spread of the logarithm of the exponent."""

    contrast: NonNegativeFloat = 0.15
    """Spread of the logarithm of the slope about middle grey: blacks and whites are cut off, or faded."""

    haze: NonNegativeFloat = 0.06
    """Mean of the veil of light added to the blacks, in full scale; its colour varies, as cameras tint what is dark."""

    saturation: NonNegativeFloat = 0.3
    """Spread of the logarithm of the saturation."""

    hue: NonNegativeFloat = 0.05
    """Spread of the turn of the colour plane, radians."""

    grey: Share = 0.1
    blur: Share = 0.3
    sharpen: Share = 0.2
    coarse: Share = 0.3
    """Share of pictures that are shrunk to 25 to 70 % of their size and enlarged again."""

    noise: Share = 0.3
    jpeg: Share = 0.25
    occlude: Share = 0.2
    """Share of pictures of which a piece of another picture hides a side, the lower part or a patch."""


@dataclass(frozen=True, slots=True, eq=False)
class Augmenter:
    """Changes batches of pictures; the same generator gives the same changes.

    Attributes:
        how: how far.
        noise_bank: (512, 512, 3) float32 standard normal noise, of which pieces are used: drawing is the slowest part.
    """

    how: Augmentation
    noise_bank: npt.NDArray[np.float32]

    @staticmethod
    def of(how: Augmentation) -> "Augmenter":
        """Make an augmenter with its noise."""
        bank = np.random.default_rng(0).standard_normal((_NOISE_BANK_PX, _NOISE_BANK_PX, 3), np.float32)
        return Augmenter(how, bank)

    def apply(self, images: ImageArray, rng: np.random.Generator) -> ImageArray:
        """Return changed copies of (n, height, width, 3) RGB pictures."""
        count = len(images)
        changed = np.empty_like(images)
        matrices = self._colour_matrices(count, rng)
        curves = self._curves(count, rng)
        done = rng.random((count, 7)) < [
            self.how.occlude, self.how.coarse, self.how.blur, self.how.noise, self.how.jpeg, self.how.cut,
            self.how.sharpen,
        ]  # fmt: skip
        others = rng.permutation(count)
        for place, image, other, matrix, curve, what in zip(
            changed, images, images[others], matrices, curves, done, strict=True
        ):
            occlude, coarse, blur, noise, jpeg, cut, sharpen = what
            one = self._framed(image, bool(cut), rng)
            if occlude:
                one = _occluded(one, other, rng)
            one = _recoloured(one, matrix, curve)
            if coarse:
                one = _coarser(one, rng)
            if blur:
                one = _blurred(one, rng)
            if sharpen:
                one = _sharpened(one, rng)
            if noise:
                one = self._noisy(one, rng)
            if jpeg:
                one = _compressed(one, rng)
            place[...] = one
        return changed

    def _framed(self, image: ImageArray, cut: bool, rng: np.random.Generator) -> ImageArray:
        """Return the picture as another box would have cut it; what lies outside repeats the border."""
        import cv2

        height, width = image.shape[:2]
        zoom_y, zoom_x = np.exp(rng.normal(0, self.how.zoom, 2))
        if cut:
            zoom_y *= rng.uniform(0.5, 0.9)
        shift_y, shift_x = rng.normal(0, self.how.shift, 2) * (height, width)
        left = (width - zoom_x * width) / 2 + shift_x
        top = (0.0 if cut else (height - zoom_y * height) / 2) + shift_y
        if rng.random() < self.how.flip:
            left, zoom_x = width - 1 - left, -zoom_x
        # rows map target pixels to source pixels
        inverse = np.array([[zoom_x, 0, left], [0, zoom_y, top]])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warped = cv2.warpAffine(image, inverse, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(warped, np.uint8)

    def _colour_matrices(self, count: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Return (n, 3, 3) matrices of saturation and hue; a grey picture keeps its brightness."""
        saturation = np.exp(rng.normal(0, self.how.saturation, count))
        saturation[rng.random(count) < self.how.grey] = 0
        angle = rng.normal(0, self.how.hue, count)
        axis = np.full(3, 3**-0.5)
        cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
        turn = (
            np.cos(angle)[:, None, None] * np.eye(3)
            + np.sin(angle)[:, None, None] * cross
            + (1 - np.cos(angle))[:, None, None] * np.outer(axis, axis)
        )  # Rodrigues' rotation about the grey axis
        grey = np.broadcast_to(_LUMA, (3, 3))
        faded = saturation[:, None, None] * np.eye(3) + (1 - saturation)[:, None, None] * grey
        matrices: npt.NDArray[np.float32] = (faded @ turn).astype(np.float32)
        return matrices

    def _curves(self, count: int, rng: np.random.Generator) -> ImageArray:
        """Return (n, 256, 3) tables of a channel's values: gamma, gain, haze."""
        level = np.linspace(0, 1, 256, dtype=np.float32)[None, :, None]
        exponent = np.exp(rng.normal(0, self.how.gamma, (count, 1, 1))).astype(np.float32)
        common = rng.normal(0, self.how.exposure, (count, 1, 1))
        gains = np.exp(common + rng.normal(0, self.how.gain, (count, 1, 3))).astype(np.float32)
        slope = np.exp(rng.normal(0, self.how.contrast, (count, 1, 1))).astype(np.float32)
        veil = rng.exponential(max(self.how.haze, 1e-9), (count, 1, 1)) * rng.uniform(0.5, 1.5, (count, 1, 3))
        veil = veil.clip(0, 0.4).astype(np.float32)
        lit = np.clip(0.5 + slope * (gains * level**exponent - 0.5), 0, 1)
        curved = veil + (1 - veil) * lit
        return (np.clip(curved, 0, 1) * 255 + 0.5).astype(np.uint8)

    def _noisy(self, image: ImageArray, rng: np.random.Generator) -> ImageArray:
        height, width = image.shape[:2]
        top, left = rng.integers(0, (_NOISE_BANK_PX - height, _NOISE_BANK_PX - width))
        grain = self.noise_bank[top : top + height, left : left + width]
        if rng.random() < 0.5:  # of the brightness alone, as denoised sensors have it
            grain = grain[..., :1]
        noisy = image + np.float32(rng.uniform(2, 14)) * grain
        return np.clip(noisy, 0, 255).astype(np.uint8)


def _recoloured(image: ImageArray, matrix: npt.NDArray[np.float32], curve: ImageArray) -> ImageArray:
    import cv2

    mixed = cv2.transform(image, matrix)
    return np.asarray(cv2.LUT(mixed, curve[None]), np.uint8)


def _occluded(image: ImageArray, other: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Return the picture with a side, the lower part or a patch taken from another one."""
    height, width = image.shape[:2]
    kind = rng.integers(3)
    if kind == 0:  # somebody or something in front of the legs
        rows, columns = slice(int(height * rng.uniform(0.55, 0.9)), height), slice(0, width)
    elif kind == 1:  # a neighbour or a pillar at one side
        share = int(width * rng.uniform(0.1, 0.4))
        rows = slice(0, height)
        columns = slice(0, share) if rng.random() < 0.5 else slice(width - share, width)
    else:
        tall, wide = int(height * rng.uniform(0.1, 0.3)), int(width * rng.uniform(0.2, 0.5))
        top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
        rows, columns = slice(top, top + tall), slice(left, left + wide)
    hidden = image.copy()
    hidden[rows, columns] = other[rows, columns]
    return hidden


def _coarser(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    import cv2

    height, width = image.shape[:2]
    scale = rng.uniform(0.25, 0.7)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    way = cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(small, (width, height), interpolation=way), np.uint8)


def _blurred(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Return the picture out of focus, or smeared along the way of a walker."""
    import cv2

    if rng.random() < 0.7:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.6)), np.uint8)
    return np.asarray(cv2.blur(image, (int(rng.integers(2, 7)), 1)), np.uint8)


def _sharpened(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Return the picture with its edges overdone by an unsharp mask, as many cameras do."""
    import cv2

    soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.7, 1.5))
    amount = rng.uniform(0.5, 2.0)
    return np.asarray(cv2.addWeighted(image, 1 + amount, soft, -amount, 0), np.uint8)


def _compressed(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    import cv2

    _, written = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])
    return np.asarray(cv2.imdecode(written, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
