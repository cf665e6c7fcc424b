"""What lens, sensor, processing and compression of a surveillance camera do to a picture.

A camera keeps its `Optics`; noise alone differs from frame to frame. The order is that of a camera: lens (size, blur,
glow, darkened corners), sensor (colour, tone, noise), processing (sharpening), compression.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from analytics.simulation.scene import RgbImage

Kind = Literal["day", "indoor", "night"]
Pixels = npt.NDArray[Any]
"""A picture on its way through OpenCV, whose types say nothing of the element."""

_TILE_PX = (1024, 2048)  # of the noise from which every frame takes a piece, height and width
_TILE_SIGMA = 24.0  # its standard deviation: large enough that rounding to whole numbers does not matter
_GLOW_FROM = 205  # brightness above which light spreads
_GLOW_SHARE = 1 / 8  # size at which the glow is blurred


@dataclass(frozen=True, slots=True)
class Optics:
    """One camera's way to see.

    Attributes:
        gains: white balance left in the picture: factors of linear red, green, blue; around 1.
        exposure: factor of linear light.
        gamma: exponent of the finished brightness; below 1 lifts shadows.
        contrast: slope around middle grey; 1 leaves it.
        black: lowest brightness, [0, 0.3).
        white: highest brightness, (0.7, 1].
        saturation: factor of colourfulness; 0 is grey.
        vignette: share of light that the corners lack, [0, 1).
        glow: share of the brightness above `_GLOW_FROM` that spreads around.
        blur_px: standard deviation of the lens's blur at the camera's own size, px.
        colour_blur_px: further blur of colour alone, px.
        sharpening: strength of the halo that processing draws along edges; 0 has none.
        sharpening_px: its width, px.
        noise_dark: standard deviation of the noise where it is dark, 8-bit steps.
        noise_bright: likewise where it is bright.
        scale: width of the camera's own picture as a share of the given one, (0, 1].
        quality: JPEG quality of the compression, 1 to 100; above 95 is not compressed.
        is_infrared: grey picture lit by the camera's own lamp.
    """

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    exposure: float = 1.0
    gamma: float = 1.0
    contrast: float = 1.0
    black: float = 0.0
    white: float = 1.0
    saturation: float = 1.0
    vignette: float = 0.0
    glow: float = 0.0
    blur_px: float = 0.0
    colour_blur_px: float = 0.0
    sharpening: float = 0.0
    sharpening_px: float = 1.0
    noise_dark: float = 0.0
    noise_bright: float = 0.0
    scale: float = 1.0
    quality: int = 100
    is_infrared: bool = False


def sample_optics(rng: np.random.Generator, kind: Kind) -> Optics:
    """Draw a camera, from good to bad, as it looks by day outside, inside, or at night.

    The spreads are wide on purpose: what was trained on them must not be surprised by a real camera.
    """
    warmth, green = rng.normal(0, 0.11 if kind == "indoor" else 0.08), rng.normal(0, 0.05)
    age = rng.beta(1.6, 2.2)  # 0: a good new camera, 1: a bad old one
    optics = Optics(
        gains=(float(np.exp(warmth - green / 2)), float(np.exp(green)), float(np.exp(-warmth - green / 2))),
        exposure=float(np.exp(rng.normal(0.1, 0.28))),
        gamma=float(np.exp(rng.normal(0, 0.12))),
        contrast=float(np.exp(rng.normal(0.02, 0.13))),
        black=float(rng.beta(1.2, 6) * 0.25),
        white=float(rng.uniform(0.9, 1.0)),
        saturation=float(rng.choice([rng.uniform(0.35, 0.9), rng.uniform(0.8, 1.5)])),
        vignette=float(rng.beta(1.5, 4) * 0.6),
        glow=float(rng.beta(1.5, 3) * 0.5),
        blur_px=float(age * rng.uniform(0.1, 1.3)),
        colour_blur_px=float(rng.uniform(0, 2.0) * age),
        sharpening=float(rng.choice([0.0, rng.uniform(0.2, 0.8), rng.uniform(0.8, 2.2)], p=[0.25, 0.45, 0.3])),
        sharpening_px=float(rng.uniform(0.7, 1.6)),
        noise_dark=float(rng.uniform(0.6, 3.6) * (0.4 + age)),
        noise_bright=float(rng.uniform(0.3, 1.5) * (0.4 + age)),
        scale=float(rng.choice([1.0, rng.uniform(0.6, 1.0), rng.uniform(0.4, 0.7)], p=[0.55, 0.3, 0.15])),
        quality=int(rng.integers(96, 100)) if rng.random() < 0.25 else int(rng.integers(30, 96)),
    )
    return _by_night(optics, rng) if kind == "night" else optics


def _by_night(optics: Optics, rng: np.random.Generator) -> Optics:
    is_infrared = bool(rng.random() < 0.6)
    return replace(
        optics,
        exposure=float(np.exp(rng.normal(-0.1 if is_infrared else 0.1, 0.3))),
        contrast=optics.contrast * 1.05,
        saturation=0.0 if is_infrared else optics.saturation * float(rng.uniform(0.4, 0.9)),
        vignette=float(rng.uniform(0.35, 0.75)) if is_infrared else optics.vignette,
        glow=float(rng.uniform(0.3, 0.9)),
        blur_px=optics.blur_px + float(rng.uniform(0.2, 0.7)),
        colour_blur_px=optics.colour_blur_px + 1.0,
        noise_dark=float(rng.uniform(4, 14)),
        noise_bright=float(rng.uniform(2, 6)),
        quality=min(optics.quality, int(rng.integers(25, 80))),
        is_infrared=is_infrared,
    )


def expose(rgb: RgbImage, optics: Optics, rng: np.random.Generator) -> RgbImage:
    """Return the picture as a camera delivers it.

    Args:
        rgb: (height, width, 3) picture, not changed.
        optics: the camera.
        rng: where this frame's noise comes from.

    Returns:
        (height, width, 3) new picture.
    """
    height, width = rgb.shape[:2]
    small = (max(1, round(width * optics.scale)), max(1, round(height * optics.scale)))
    picture: Pixels = rgb if optics.scale >= 1 else cv2.resize(rgb, small, interpolation=cv2.INTER_AREA)
    picture = _through_lens(picture, optics)
    picture = cv2.LUT(_mixed_colours(picture, optics), _tone_curves(optics))
    if optics.noise_dark > 0 or optics.noise_bright > 0:
        picture = _with_noise(picture, optics, rng)
    if optics.sharpening > 0:
        soft = cv2.GaussianBlur(picture, (0, 0), optics.sharpening_px)
        picture = cv2.addWeighted(picture, 1 + optics.sharpening, soft, -optics.sharpening, 0)
    if optics.quality <= 95:
        picture = _compressed(picture, optics.quality)
    if optics.scale < 1:
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    return rgb.copy() if picture is rgb else np.asarray(picture, np.uint8)


def expose_crops(crops: RgbImage, optics: Sequence[Optics], rng: np.random.Generator) -> RgbImage:
    """Return crops of people, each as another camera delivers it.

    Darkened corners belong to whole pictures: each crop gets one brightness, that of a random place in the picture.

    Args:
        crops: (n, height, width, 3) crops.
        optics: one camera for each crop.
        rng: where noise and places come from.

    Raises:
        ValueError: not as many cameras as crops.
    """
    if len(crops) != len(optics):
        raise ValueError(f"{len(crops)} crops need as many cameras, not {len(optics)}")
    off_centre = (rng.uniform(-1, 1, (len(crops), 2)) ** 2).sum(axis=1) / 2
    exposed = np.empty_like(crops)
    for number, (crop, camera) in enumerate(zip(crops, optics, strict=True)):
        light = camera.exposure * (1 - camera.vignette * float(off_centre[number]))
        exposed[number] = expose(crop, replace(camera, exposure=light, vignette=0.0), rng)
    return exposed


def _through_lens(picture: Pixels, optics: Optics) -> Pixels:
    height, width = picture.shape[:2]
    if optics.blur_px > 0.05:
        picture = cv2.GaussianBlur(picture, (0, 0), optics.blur_px)
    if optics.glow > 0:
        tiny = (max(1, round(width * _GLOW_SHARE)), max(1, round(height * _GLOW_SHARE)))
        bright: Pixels = cv2.subtract(
            cv2.resize(picture, tiny, interpolation=cv2.INTER_AREA), np.full(4, _GLOW_FROM, np.float64)
        )
        if bright.any():
            halo = cv2.GaussianBlur(bright, (0, 0), max(0.8, tiny[0] / 25))
            wide = cv2.resize(halo, (width, height), interpolation=cv2.INTER_LINEAR)
            picture = cv2.addWeighted(picture, 1.0, wide, 4 * optics.glow, 0)
    if optics.vignette > 0:
        picture = cv2.multiply(picture, _vignette(height, width, round(optics.vignette, 2)), scale=1 / 255)
    return picture


def _mixed_colours(picture: Pixels, optics: Optics) -> Pixels:
    if optics.colour_blur_px > 0.2 and not optics.is_infrared:
        coded: Pixels = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)
        luma = coded[:, :, 0].copy()
        height, width = luma.shape
        half: Pixels = cv2.resize(coded, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
        half = cv2.GaussianBlur(half, (0, 0), max(0.3, optics.colour_blur_px / 2))
        coded = cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR)
        coded[:, :, 0] = luma
        picture = cv2.cvtColor(coded, cv2.COLOR_YCrCb2RGB)
    if optics.is_infrared:
        # near infrared: cloth, leaves and skin are all brighter than to the eye, red things most of all
        return cv2.transform(picture, np.tile(np.array([0.5, 0.35, 0.25], np.float32), (3, 1)))
    if abs(optics.saturation - 1) < 0.02:
        return picture
    grey = np.tile(np.array([0.299, 0.587, 0.114], np.float32), (3, 1))
    return cv2.transform(picture, grey + np.float32(optics.saturation) * (np.eye(3, dtype=np.float32) - grey))


def _tone_curves(optics: Optics) -> npt.NDArray[np.uint8]:
    """Return (256, 1, 3) curves of the three channels."""
    coded = np.arange(256) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    gains = (1.0, 1.0, 1.0) if optics.is_infrared else optics.gains
    light = linear[:, None] * np.array(gains) * optics.exposure
    code = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light.clip(0.0031308) ** (1 / 2.4) - 0.055).clip(0, 1)
    code = ((code**optics.gamma - 0.46) * optics.contrast + 0.46).clip(0, 1)
    code = optics.black + (optics.white - optics.black) * code
    curves: npt.NDArray[np.uint8] = np.rint(code * 255).astype(np.uint8)[:, None, :]
    return curves


def _with_noise(picture: Pixels, optics: Optics, rng: np.random.Generator) -> Pixels:
    height, width = picture.shape[:2]
    tile = _noise_tile()
    if height >= tile.shape[0] or width >= tile.shape[1]:
        tile = np.tile(tile, (height // tile.shape[0] + 2, width // tile.shape[1] + 2, 1))
    top, left = rng.integers(tile.shape[0] - height), rng.integers(tile.shape[1] - width)
    piece: Pixels = tile[top : top + height, left : left + width]
    if optics.is_infrared:
        piece = cv2.merge([np.ascontiguousarray(piece[:, :, 0])] * 3)
    steps = np.linspace(optics.noise_dark, optics.noise_bright, 256)
    strength = cv2.LUT(picture, np.rint(steps * 16).clip(0, 255).astype(np.uint8))
    noise = cv2.multiply(piece, strength, scale=1 / (16 * _TILE_SIGMA), dtype=cv2.CV_16S)
    return cv2.add(picture, noise, dtype=cv2.CV_8U)


def _compressed(picture: Pixels, quality: int) -> Pixels:
    # OpenCV takes the channels for blue, green, red: coded as such, red and blue would lose unlike amounts
    done, coded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a picture of shape {picture.shape} cannot be compressed as JPEG")
    decoded: Any = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    turned: Pixels = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return turned


@lru_cache(maxsize=8)
def _vignette(height: int, width: int, strength: float) -> npt.NDArray[np.uint8]:
    """Return (height, width, 3) what is left of the light, 255 in the middle; in coded, not linear brightness."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    left = (1 - strength * (x**2 + y**2) / 2) ** (1 / 2.2)
    return np.repeat(np.rint(255 * left).astype(np.uint8)[:, :, None], 3, axis=2)


@lru_cache(maxsize=1)
def _noise_tile() -> npt.NDArray[np.int8]:
    """Return noise of mean 0, fine and coarse, mostly common to the three channels."""
    rng = np.random.default_rng(0)  # the same for all: a frame takes a random piece
    fine = rng.normal(0, 1, (*_TILE_PX, 1)) + 0.55 * rng.normal(0, 1, (*_TILE_PX, 3))
    coarse = cv2.GaussianBlur(rng.normal(0, 1, (*_TILE_PX, 3)).astype(np.float32), (0, 0), 1.2)
    noise = fine / fine.std() + 0.7 * coarse / coarse.std()
    tile: npt.NDArray[np.int8] = np.rint(noise / noise.std() * _TILE_SIGMA).clip(-127, 127).astype(np.int8)
    return tile
