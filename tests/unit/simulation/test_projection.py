"""The renderer's matrices against the plain formula of `View.project`, which is the obvious reference."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.simulation.projection import FAR_M, NEAR_M, clip_matrix, ground_homography, lens_of, window_depth
from analytics.simulation.scene import View


@st.composite
def views(draw: st.DrawFn, k1: float = 0.0) -> View:
    """Cameras as they hang on walls."""
    return View(
        (draw(st.floats(-20, 40)), draw(st.floats(-20, 40)), draw(st.floats(1.5, 8))),
        draw(st.floats(-np.pi, np.pi)),
        draw(st.floats(0.05, 1.4)),
        draw(st.floats(250, 1500)),
        draw(st.sampled_from([320, 640, 1281])),
        draw(st.sampled_from([180, 361, 720])),
        draw(st.floats(-0.3, 0.3)),
        k1,
    )


def _ahead(view: View, seed: int, count: int = 200) -> np.ndarray:
    """Return points in front of a camera, some outside its image, (count, 3)."""
    rng = np.random.default_rng(seed)
    depth = rng.uniform(0.5, 60, (count, 1))
    aside = rng.uniform(-0.8, 0.8, (count, 2)) * depth
    return np.array(view.position_m) + np.concatenate([aside, depth], axis=1) @ view.axes()


@given(views(), st.integers(0, 1000))
def test_clip_matrix_agrees_with_project(view: View, seed: int) -> None:
    """Dividing clip coordinates gives the pixels and the window-space depth of the plain formula."""
    points = _ahead(view, seed)
    clip = np.column_stack([points, np.ones(len(points))]) @ clip_matrix(view).astype(np.float64).T
    ndc = clip[:, :3] / clip[:, 3:]
    pixels, depth = view.project(points)
    assert np.abs((ndc[:, 0] + 1) / 2 * view.width_px - pixels[:, 0]).max() < 2e-3 * view.focal_px / 250
    assert np.abs((1 - ndc[:, 1]) / 2 * view.height_px - pixels[:, 1]).max() < 2e-3 * view.focal_px / 250
    np.testing.assert_allclose((ndc[:, 2] + 1) / 2, window_depth(depth), atol=1e-5)


def test_projection_agrees_to_a_thousandth_of_a_pixel() -> None:
    """For a camera of a shop both ways to the image differ by less than 1e-3 px."""
    view = View((3, 2, 3.1), 0.7, 0.5, 420, 640, 360, 0.05)
    points = np.random.default_rng(0).uniform([4, 3, 0], [20, 19, 2], (1000, 3))
    clip = np.column_stack([points, np.ones(1000)]) @ clip_matrix(view).astype(np.float64).T
    found = (clip[:, :2] / clip[:, 3:] * [1, -1] + 1) / 2 * [640, 360]
    assert np.abs(found - view.project(points)[0]).max() < 1e-3


def test_depth_ends_at_near_and_far() -> None:
    """The depth buffer's range is the distance between the near and the far plane."""
    np.testing.assert_allclose(window_depth([NEAR_M, FAR_M]), [0, 1], atol=1e-12)


@given(views(), st.integers(0, 1000))
def test_homography_brings_floor_points_back(view: View, seed: int) -> None:
    """A floor point's pixel maps to the place that it was projected from."""
    floor = np.random.default_rng(seed).uniform(-30, 30, (100, 3)) * [1, 1, 0] + [*view.position_m[:2], 0]
    pixels, depth = view.project(floor)
    seen = depth > 1
    mapped = np.column_stack([pixels, np.ones(len(pixels))]) @ ground_homography(view).T
    np.testing.assert_allclose((mapped[:, :2] / mapped[:, 2:])[seen], floor[seen, :2], atol=1e-5)


@pytest.mark.parametrize("k1", [-0.12, -0.03, 0.08])
def test_lens_bends_as_project_does(k1: float) -> None:
    """The maps take each pixel from where the pinhole picture has what `project` puts there."""
    view = View((3, 2, 3.1), 0.7, 0.5, 420, 640, 360, 0.05, k1)
    lens = lens_of(view)
    assert lens.map_x is not None
    assert lens.map_y is not None
    points = _ahead(view, 3, 3000)
    bent, _ = view.project(points)
    straight, _ = lens.pinhole.project(points)
    inside = ((bent > 1) & (bent < np.array([639, 359]))).all(axis=1)
    at = (bent[inside] - 0.5).astype(np.float32)
    found = [cv2.remap(m, at[:, 0], at[:, 1], cv2.INTER_LINEAR).ravel() + 0.5 for m in (lens.map_x, lens.map_y)]
    assert inside.sum() > 100
    np.testing.assert_allclose(np.stack(found, axis=1), straight[inside], atol=0.05)


def test_bent_picture_is_full() -> None:
    """No pixel of a barrel picture is taken from outside the pinhole picture."""
    view = View((0, 0, 3), 0, 0.5, 420, 640, 360, 0.0, -0.1)
    lens = lens_of(view)
    white = np.full((lens.pinhole.height_px, lens.pinhole.width_px, 3), 255, np.uint8)
    assert lens.bend(white).shape == (360, 640, 3)
    assert lens.bend(white).min() == 255


def test_straight_lens_changes_nothing() -> None:
    """Without distortion the pinhole camera is the camera, and the picture stays as it is."""
    view = View((0, 0, 3), 0, 0.5, 420, 64, 36)
    picture = np.random.default_rng(0).integers(0, 255, (36, 64, 3), np.uint8)
    assert lens_of(view).pinhole == view
    np.testing.assert_array_equal(lens_of(view).bend(picture), picture)


def test_lens_that_shows_nothing_in_the_corners_is_refused() -> None:
    """A barrel whose formula turns back inside the image is an error that names k1."""
    with pytest.raises(ValueError, match=r"k1 -0\.3 bends no further"):
        lens_of(View((0, 0, 3), 0, 0.5, 420, 640, 360, 0.0, -0.3))


def test_points_far_aside_are_not_folded_into_the_image() -> None:
    """Somebody beside the camera stays outside a barrel picture instead of appearing on its other side."""
    view = View((0, 0, 3), 0, 0.3, 420, 640, 360, 0.0, -0.12)
    aside = np.array([[1.0, y, 3.0] for y in np.linspace(1.5, 12, 50)])
    pixels, depth = view.project(aside)
    assert (depth > 0).all()
    assert (pixels[:, 0] > 640).all()
