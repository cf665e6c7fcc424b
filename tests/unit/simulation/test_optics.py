"""What cameras do to pictures: bounds, direction of each effect, determinism."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.simulation.optics import Kind, Optics, expose, expose_crops, sample_optics


def _scene(height: int = 90, width: int = 160) -> np.ndarray:
    """Return a picture with edges, colours, a bright and a dark part."""
    y, x = np.mgrid[0:height, 0:width]
    stripes = ((x // 8 + y // 8) % 2 * 90 + 40).astype(np.uint8)
    picture = np.stack([stripes, np.roll(stripes, 3, 0), (x * 255 // width).astype(np.uint8)], axis=-1)
    picture[:20, :40] = 250
    return picture


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_default_optics_change_nothing() -> None:
    """A perfect camera delivers the picture, as a copy."""
    scene = _scene()
    seen = expose(scene, Optics(), _rng())
    np.testing.assert_allclose(seen, scene, atol=1)
    assert seen is not scene


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["day", "indoor", "night"]), st.integers(0, 10_000))
def test_any_camera_keeps_shape_and_input(kind: Kind, seed: int) -> None:
    """Every drawn camera returns an 8-bit picture of the same size and leaves its input alone."""
    scene = _scene()
    before = scene.copy()
    seen = expose(scene, sample_optics(_rng(seed), kind), _rng(seed))
    assert seen.shape == scene.shape
    assert seen.dtype == np.uint8
    np.testing.assert_array_equal(scene, before)


def test_same_seed_same_picture_and_noise_differs_between_frames() -> None:
    """A frame is a function of picture, camera and generator; the next frame has other noise."""
    camera = sample_optics(_rng(4), "night")
    assert camera == sample_optics(_rng(4), "night")
    rng = _rng(1)
    first, second = expose(_scene(), camera, rng), expose(_scene(), camera, rng)
    np.testing.assert_array_equal(first, expose(_scene(), camera, _rng(1)))
    assert (first != second).mean() > 0.2


def test_drawn_cameras_differ() -> None:
    """Cameras do not share their colours: white balance spreads over both sides of neutral."""
    rng = _rng()
    reds = [np.log(sample_optics(rng, "indoor").gains[0]) for _ in range(200)]
    assert min(reds) < -0.1
    assert max(reds) > 0.1


def test_exposure_and_gains_act_on_their_channels() -> None:
    """More light is brighter everywhere; a red gain moves red alone."""
    scene = np.full((40, 40, 3), 100, np.uint8)
    assert (expose(scene, Optics(exposure=1.5), _rng()) > 110).all()
    red = expose(scene, Optics(gains=(1.3, 1.0, 1.0)), _rng())
    assert red[0, 0, 0] > 105
    assert (abs(red[..., 1:].astype(int) - 100) <= 1).all()


def test_black_level_and_contrast() -> None:
    """Washed-out blacks stay above the black level."""
    seen = expose(np.zeros((10, 10, 3), np.uint8), Optics(black=0.1), _rng())
    assert (abs(seen.astype(int) - 26) <= 1).all()


def test_infrared_is_grey() -> None:
    """A night picture by infrared has no colour, noise included, before compression."""
    seen = expose(_scene(), Optics(is_infrared=True, noise_dark=8, noise_bright=4), _rng()).astype(int)
    assert np.ptp(seen, axis=2).max() == 0


def test_noise_has_the_strength_asked_for() -> None:
    """The noise's standard deviation is that of the camera, greater in the dark."""
    camera = Optics(noise_dark=8.0, noise_bright=2.0)
    dark = expose(np.full((200, 300, 3), 20, np.uint8), camera, _rng()).astype(float)
    bright = expose(np.full((200, 300, 3), 230, np.uint8), camera, _rng()).astype(float)
    assert dark.std() == pytest.approx(8.0 - 6 * 20 / 255, rel=0.1)
    assert bright.std() == pytest.approx(8.0 - 6 * 230 / 255, rel=0.15)


def test_vignette_darkens_corners_only() -> None:
    """The middle keeps its light, the corners lose some."""
    seen = expose(np.full((90, 160, 3), 150, np.uint8), Optics(vignette=0.5), _rng())
    assert seen[45, 80, 0] >= 149
    assert seen[0, 0, 0] < 125


def test_sharpening_overshoots_and_blur_softens() -> None:
    """A halo goes beyond both sides of an edge; blur takes contrast away."""
    edge = np.full((40, 40, 3), 80, np.uint8)
    edge[:, 20:] = 160
    sharp = expose(edge, Optics(sharpening=1.5), _rng())
    assert sharp.min() < 70
    assert sharp.max() > 170
    soft = expose(edge, Optics(blur_px=1.5), _rng())
    assert abs(int(soft[20, 19, 0]) - int(soft[20, 20, 0])) < 40


def test_small_cameras_lose_detail() -> None:
    """What is finer than a small camera's pixel is gone after it was brought back to size."""
    lines = np.zeros((60, 60, 3), np.uint8)
    lines[:, ::2] = 255
    seen = expose(lines, Optics(scale=0.5), _rng())
    assert seen[20:40, 20:40].astype(int).std() < 20


def test_glow_spreads_from_bright_things() -> None:
    """Next to a lamp it gets brighter; without a lamp nothing changes."""
    dark = np.full((160, 160, 3), 40, np.uint8)
    lamp = dark.copy()
    lamp[60:100, 60:100] = 255
    seen = expose(lamp, Optics(glow=0.8), _rng())
    assert seen[80, 104, 0] > 50
    np.testing.assert_array_equal(expose(dark, Optics(glow=0.8), _rng()), expose(dark, Optics(), _rng()))


def test_poor_compression_shows() -> None:
    """Lower quality is further from the picture."""
    picture = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8), (0, 0), 2)

    def loss(quality: int) -> float:
        return float(np.abs(expose(picture, Optics(quality=quality), _rng()).astype(int) - picture).mean())

    assert loss(100) <= 1 < loss(40) < loss(8)


def test_crops_get_their_own_cameras() -> None:
    """Each crop is exposed by its own camera, the vignette as one brightness, and the number must agree."""
    crops = np.full((3, 128, 64, 3), 120, np.uint8)
    cameras = [Optics(), Optics(exposure=1.6), Optics(vignette=0.8)]
    seen = expose_crops(crops, cameras, _rng(3))
    assert abs(int(seen[0].mean()) - 120) <= 1
    assert seen[1].mean() > 140
    assert seen[2].mean() < 119
    assert np.ptp(seen[2].astype(int)) <= 1
    np.testing.assert_array_equal(seen, expose_crops(crops, cameras, _rng(3)))
    with pytest.raises(ValueError, match="3 crops need as many cameras, not 2"):
        expose_crops(crops, cameras[:2], _rng())


def test_picture_larger_than_the_noise_tile() -> None:
    """A picture wider or higher than the stored noise is exposed all the same."""
    tall = np.full((1100, 16, 3), 90, np.uint8)
    assert expose(tall, Optics(noise_dark=5, noise_bright=5), _rng()).std() > 3


def test_night_cameras_are_noisier_than_day_cameras() -> None:
    """Of many cameras, those of the night grain more and often see without colour."""
    rng = _rng(1)
    day = [sample_optics(rng, "day") for _ in range(100)]
    night = [sample_optics(rng, "night") for _ in range(100)]
    assert np.mean([o.noise_dark for o in night]) > 2 * np.mean([o.noise_dark for o in day])
    assert 30 < sum(o.is_infrared for o in night) < 90
    assert not any(o.is_infrared for o in day)
    assert replace(day[0], is_infrared=True) != day[0]
