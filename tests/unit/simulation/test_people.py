"""Simulated people: bodies, poses, clothes and how they are drawn."""

import numpy as np
import pytest

pytest.importorskip("anny", reason="needs the extra crosscam[simulation]")

from analytics.simulation.people.bodies import JOINTS, PARENTS, BodyModel, random_physique
from analytics.simulation.people.cast import Casting, Person, cast
from analytics.simulation.people.dressing import vertex_normals
from analytics.simulation.people.painter import placed, posed_vertices
from analytics.simulation.people.poses import bone_transforms
from analytics.simulation.people.wardrobe import Pattern, Slot, random_outfit
from analytics.simulation.scene import Action

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ANKLES = [JOINTS.index("ankle.L"), JOINTS.index("ankle.R")]


@pytest.fixture(scope="module")
def model() -> BodyModel:
    return BodyModel()


@pytest.fixture(scope="module")
def people(model: BodyModel) -> list[Person]:
    return cast(model, Casting(people=10, seed=3, staff=3))


def test_bodies_stand_on_the_floor_and_are_as_tall_as_asked(model: BodyModel) -> None:
    """Soles are at 0, the crown at the stature, and feet point forward."""
    physiques = [random_physique(np.random.default_rng(seed)) for seed in range(8)]
    for physique, body in zip(physiques, model.build(physiques), strict=True):
        up = body.vertices_m[:, 2]
        assert up.min() == pytest.approx(0, abs=1e-5)
        assert up.max() == pytest.approx(physique.height_m, rel=1e-5)
        toes = body.vertices_m[up < 0.03]
        assert toes[:, 0].max() > -2 * toes[:, 0].min()
        assert np.allclose(body.weights.sum(axis=1), 1, atol=1e-5)


def test_normals_point_out_of_the_body(people: list[Person]) -> None:
    """Inflating a closed mesh along its normals makes its volume larger."""
    dressed = people[0].dressed
    vertices, faces = dressed.vertices_m, dressed.faces

    def volume(points: np.ndarray) -> float:
        a, b, c = (points[faces[:, corner]].astype(float) for corner in range(3))
        return abs(float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6)

    inflated = vertices + 0.01 * vertex_normals(vertices, faces)
    assert volume(inflated) > volume(vertices)


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("phase", [0.0, 0.13, 0.5, 0.77, 12.3])
def test_limbs_keep_their_length_and_a_foot_is_down(people: list[Person], action: Action, phase: float) -> None:
    """Whatever the pose, bones are as long as at rest and the lower ankle is where it was at rest."""
    for person in people[:4]:
        rest = person.dressed.joints_m
        maps = bone_transforms(rest, person.manner, action, phase, 1.3, person.dressed.stature_m)
        posed = np.einsum("jab,jb->ja", maps[:, :, :3], rest) + maps[:, :, 3]
        for joint, parent in enumerate(PARENTS):
            if parent >= 0:
                assert np.linalg.norm(posed[joint] - posed[parent]) == pytest.approx(
                    np.linalg.norm(rest[joint] - rest[parent]), rel=1e-4
                )
        assert posed[ANKLES, 2].min() == pytest.approx(rest[ANKLES, 2].min(), abs=1e-4)


def test_walking_repeats_with_each_cycle_and_mirrors_after_half(people: list[Person]) -> None:
    """A whole cycle later the ankles are the same; half a cycle later left and right have changed places."""
    person = people[1]
    rest = person.dressed.joints_m

    def ankles(phase: float) -> np.ndarray:
        maps = bone_transforms(rest, person.manner, Action.WALK, phase, 1.3, person.dressed.stature_m)
        return (np.einsum("jab,jb->ja", maps[:, :, :3], rest) + maps[:, :, 3])[ANKLES]

    assert np.allclose(ankles(0.2)[:, [0, 2]], ankles(7.2)[:, [0, 2]], atol=0.02)
    assert np.allclose(ankles(0.2)[0, 0], ankles(0.7)[1, 0], atol=0.02)
    assert ankles(0.0)[0, 0] - ankles(0.0)[1, 0] > 0.25, "a step is taken"


def test_a_person_stands_where_they_are_put_and_faces_their_heading(people: list[Person]) -> None:
    """Feet are around the place on the plan; the nose points along the heading."""
    person = people[0]
    for heading in (0.0, 1.0, 4.0):
        joints = placed(person, Action.STAND, 0.0, 1.3, 5.0, -2.0, heading)
        vertices = posed_vertices(person.dressed, joints)
        assert np.allclose(vertices[:, :2].mean(axis=0), (5.0, -2.0), atol=0.25)
        ankles = person.dressed.joints_m[ANKLES]
        feet = [index for index, point in enumerate(person.dressed.vertices_m) if point[2] < 0.05]
        toes = vertices[feet] - np.einsum("jab,jb->ja", joints[ANKLES, :, :3], ankles).mean(axis=0) * 0
        forward = (toes[:, :2] - vertices[feet][:, :2].mean(axis=0)) @ (np.cos(heading), np.sin(heading))
        sideways = (toes[:, :2] - vertices[feet][:, :2].mean(axis=0)) @ (-np.sin(heading), np.cos(heading))
        assert forward.max() > 0.05
        assert abs(sideways.mean()) < 0.05


def test_the_cast_depends_on_its_seed_alone(model: BodyModel, people: list[Person]) -> None:
    """The same seed gives the same people, whatever their number; another seed gives others."""
    again = cast(model, Casting(people=6, seed=3, staff=3))
    assert all(a.outfit == b.outfit and a.physique == b.physique for a, b in zip(people, again, strict=False))
    assert all(np.array_equal(a.dressed.vertices_m, b.dressed.vertices_m) for a, b in zip(people, again, strict=False))
    assert cast(model, Casting(people=2, seed=4))[0].outfit != people[0].outfit


def test_staff_wear_one_uniform_and_others_do_not(people: list[Person]) -> None:
    """The first three share top and trousers."""
    tops = [person.outfit.fabrics[Slot.TOP] for person in people]
    assert tops[0] == tops[1] == tops[2]
    assert len(set(tops[3:])) == len(tops[3:])


def test_look_alikes_share_their_pattern(model: BodyModel) -> None:
    """With everybody a look-alike, later people wear the first one's patterns in nearly the same colours."""
    first, *others = cast(model, Casting(people=5, seed=8, look_alike_share=1.0))
    for other in others:
        a, b = first.outfit.fabrics[Slot.TOP], other.outfit.fabrics[Slot.TOP]
        assert a.pattern == b.pattern
        assert np.abs(np.array(a.colour) - np.array(b.colour)).max() < 0.4


def test_families_have_no_pattern_of_their_own_in_common() -> None:
    """What family b alone has never appears in family a, and the other way round."""
    own_b = {Pattern.ZIGZAG, Pattern.CAMOUFLAGE, Pattern.DIAMONDS, Pattern.FADE}
    drawn = {
        family: {
            fabric.pattern
            for seed in range(150)
            for slot, fabric in enumerate(random_outfit(np.random.default_rng(seed), family, True).fabrics)
            if slot in (Slot.TOP, Slot.BOTTOM, Slot.OUTER, Slot.SCARF)
        }
        for family in ("a", "b")
    }
    assert not drawn["a"] & own_b
    assert own_b <= drawn["b"]
    assert drawn["b"] - own_b <= {Pattern.PLAIN, Pattern.MELANGE}
