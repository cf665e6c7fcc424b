"""Meshes face outwards and cover what they should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.simulation.meshes import Mesh, boxes, holed_rectangle, joined, lathe, moved, quads
from analytics.simulation.scenery import car


def _volume(mesh: Mesh) -> float:
    """Return the volume that triangles enclose: positive where they face outwards (divergence theorem)."""
    a, b, c = (mesh.positions_m[mesh.triangles[:, k]].astype(np.float64) for k in range(3))
    return float(np.einsum("nk,nk->n", a, np.cross(b, c)).sum() / 6)


def _normals_agree(mesh: Mesh) -> bool:
    a, b, c = (mesh.positions_m[mesh.triangles[:, k]].astype(np.float64) for k in range(3))
    facing = np.cross(b - a, c - a)
    is_real = np.linalg.norm(facing, axis=1) > 1e-9
    return bool(((facing * mesh.normals[mesh.triangles[:, 0]]).sum(axis=1)[is_real] > 0).all())


def test_box_faces_outwards() -> None:
    """A box encloses its volume with a positive sign, and its stored normals look the same way."""
    mesh = boxes([[0, 0, 0], [2, 2, 2]], [[1, 2, 3], [3, 3, 3]])
    assert _volume(mesh) == pytest.approx(6 + 1)
    assert _normals_agree(mesh)


def test_turned_box_keeps_its_volume_and_sides() -> None:
    """Turning and shifting over the plan keeps faces outward."""
    mesh = moved(boxes([[-1, -0.5, 0]], [[1, 0.5, 2]]), 3, 4, 0.5, 0.9)
    assert _volume(mesh) == pytest.approx(4, rel=1e-5)
    assert _normals_agree(mesh)
    ahead = moved(boxes([[0.9, -0.1, 0]], [[1, 0.1, 1]]), 0, 0, 0, np.pi / 2)
    assert ahead.positions_m[:, 1].min() == pytest.approx(0.9, abs=1e-6)


def test_lathe_is_a_closed_cylinder() -> None:
    """A turned profile from axis to axis has a cylinder's volume and looks outwards."""
    mesh = lathe([(0, 0), (0.5, 0), (0.5, 2), (0, 2)], sides=64)
    assert _volume(mesh) == pytest.approx(np.pi * 0.25 * 2, rel=0.01)
    assert _normals_agree(mesh)


@pytest.mark.parametrize("family", ["a", "b"])
def test_cars_are_right_side_out(family: str) -> None:
    """The painted hull of any car has a positive volume."""
    for seed in range(5):
        paint, _ = next(iter(car(family, np.random.default_rng(seed))))
        assert _volume(paint) > 2
        assert _normals_agree(paint)


def test_texture_coordinates_are_metres() -> None:
    """The far corner of a face of 2 x 3 m is 2, 3 m away on the texture."""
    mesh = quads([[[0, 0, 0], [2, 0, 0], [2, 3, 0], [0, 3, 0]]])
    np.testing.assert_allclose(mesh.uv_m[2], [2, 3])


def test_joining_keeps_triangles_apart() -> None:
    """Triangles of the second mesh point at its own corners; nothing joined is nothing."""
    one = boxes([[0, 0, 0]], [[1, 1, 1]])
    both = joined([one, moved(one, 5, 0)])
    assert _volume(both) == pytest.approx(2)
    assert len(joined([]).triangles) == 0


_edges = st.floats(-1, 6).map(lambda value: round(value * 4) / 4)


@given(st.lists(st.tuples(_edges, _edges, _edges, _edges), max_size=4))
def test_holes_leave_exactly_the_rest(holes: list[tuple[float, float, float, float]]) -> None:
    """Each small square of the rectangle lies in exactly one piece, or in a hole and in none."""
    holes = [(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in holes]
    pieces = holed_rectangle(5.0, 3.0, np.array(holes).reshape(-1, 4))
    for x in np.arange(0.125, 5, 0.25):
        for y in np.arange(0.125, 3, 0.25):
            in_hole = any(a <= x <= c and b <= y <= d for a, b, c, d in holes)
            covered = sum(a <= x <= c and b <= y <= d for a, b, c, d in pieces)
            assert covered == (0 if in_hole else 1)
