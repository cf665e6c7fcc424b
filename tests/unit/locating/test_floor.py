"""The projection to the floor plan: exact where its points are, honest where they are not, refused where none fits."""

import numpy as np
import pytest

from analytics.errors import ConfigError
from analytics.geometry import FloatArray
from analytics.locating.floor import floor_projection
from analytics.sites import Camera, PlanPoint

TRUE = np.array([[0.02, 0.003, -4.0], [0.001, 0.06, -2.0], [0.0, 0.005, 1e-9 - 0.75]])
"""Its horizon is at y = 150."""


def on_plan(image: FloatArray) -> FloatArray:
    weighted = np.column_stack([image, np.ones(len(image))]) @ TRUE.T
    return weighted[:, :2] / weighted[:, 2:]


def camera(image: FloatArray, plan: FloatArray) -> Camera:
    pairs = zip(image.tolist(), plan.tolist(), strict=True)
    return Camera(camera_id="hall", floor_points=tuple(PlanPoint(image_px=tuple(a), plan_m=tuple(b)) for a, b in pairs))


SPREAD = np.array([[20, 200], [600, 210], [90, 350], [520, 340], [300, 260], [400, 300]], np.float64)


@pytest.mark.parametrize("count", [4, 6])
def test_exact_points_give_the_exact_plane(count: int) -> None:
    """Other places of the image land where the true homography has them; the errors are nothing."""
    found = floor_projection(camera(SPREAD[:count], on_plan(SPREAD[:count])))
    assert found is not None
    rng = np.random.default_rng(0)
    image = rng.uniform((0, 170), (640, 360), (50, 2))
    assert found.project(image) == pytest.approx(on_plan(image), rel=1e-6)
    assert found.max_error_m < 1e-8


def test_errors_are_the_distances_on_the_plan() -> None:
    """One point that is half a metre off shows in the largest error, and the mean is below it."""
    plan = on_plan(SPREAD)
    plan[4] += (0.5, 0)
    found = floor_projection(camera(SPREAD, plan))
    assert found is not None
    apart = np.hypot(*(found.project(SPREAD) - plan).T)
    assert found.mean_error_m == pytest.approx(apart.mean())
    assert found.max_error_m == pytest.approx(apart.max())
    assert 0.1 < found.max_error_m < 0.5


def test_above_the_horizon_there_is_no_floor() -> None:
    """At the horizon and above it a point has no place; nor has a foot that is not known."""
    found = floor_projection(camera(SPREAD, on_plan(SPREAD)))
    assert found is not None
    places = found.project(np.array([[300.0, 149.0], [300.0, 0.0], [np.nan, np.nan], [300.0, 160.0]]))
    assert np.isnan(places[:3]).all()
    assert np.isfinite(places[3]).all()


def test_a_camera_without_points_is_not_projected() -> None:
    """There is nothing to project with."""
    assert floor_projection(Camera(camera_id="hall")) is None


LINE = np.array([[100, 200], [200, 250], [300, 300], [400, 350]], np.float64)


@pytest.mark.parametrize(
    ("image", "plan", "reason"),
    [
        (LINE, on_plan(LINE), "on one line"),
        (SPREAD[:4], np.array([[0, 0], [1, 1], [2, 2], [3, 3]], np.float64), "plan_m has all of them on one line"),
        (SPREAD[[0, 1, 2, 2]], on_plan(SPREAD[[0, 1, 2, 2]]), "at least 4 different points"),
        (
            np.array([[100, 200], [200, 250], [300, 300], [500, 200]], np.float64),
            on_plan(np.array([[100, 200], [200, 250], [300, 300], [500, 200]], np.float64)),
            "no 3 are on a line",
        ),
        (SPREAD[:4], on_plan(SPREAD[:4])[[1, 0, 2, 3]], "swapped"),
    ],
    ids=["image line", "plan line", "repeated", "three on a line", "swapped"],
)
def test_points_that_fix_no_plane_are_refused(image: FloatArray, plan: FloatArray, reason: str) -> None:
    """The message names the camera and says what to do."""
    with pytest.raises(ConfigError, match=reason) as caught:
        floor_projection(camera(image, plan))
    assert caught.value.field == "cameras.hall.floor_points"
