"""The cast: people with a body, an outfit and a manner, drawn by seed."""

from dataclasses import dataclass

import numpy as np

from analytics.simulation.people.bodies import BodyModel, Physique, random_physique
from analytics.simulation.people.dressing import DressedBody, dress
from analytics.simulation.people.poses import Manner, random_manner
from analytics.simulation.people.wardrobe import Family, Outfit, look_alike, random_outfit, uniform


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be drawn."""

    physique: Physique
    outfit: Outfit
    manner: Manner
    dressed: DressedBody


@dataclass(frozen=True, slots=True)
class Casting:
    """Who is cast.

    Attributes:
        people: how many.
        seed: decides everything.
        family: family of the fabrics.
        look_alike_share: share of people dressed nearly like somebody before them.
        staff: how many of the first people wear one uniform.
    """

    people: int
    seed: int
    family: Family = "a"
    look_alike_share: float = 0.08
    staff: int = 0


def cast(model: BodyModel, casting: Casting) -> list[Person]:
    """Draw the cast. Each person depends on the seed and their number alone, but for whom they look like."""
    looks: list[tuple[Physique, Outfit, Manner]] = []
    for number in range(casting.people):
        rng = np.random.default_rng([casting.seed, 1, number])
        is_staff = number < casting.staff
        physique = random_physique(rng, child_share=0.0 if is_staff else 0.06)
        outfit = random_outfit(rng, casting.family, physique.is_female)
        if is_staff:
            outfit = uniform(np.random.default_rng([casting.seed, 2]), casting.family, outfit)
        elif number > casting.staff and rng.random() < casting.look_alike_share:
            outfit = look_alike(rng, looks[int(rng.integers(casting.staff, number))][1])
        looks.append((physique, outfit, random_manner(rng, carries_in_hand=outfit.bag == "hand")))
    bodies = model.build([physique for physique, _, _ in looks])
    return [
        Person(physique, outfit, manner, dress(body, outfit))
        for (physique, outfit, manner), body in zip(looks, bodies, strict=True)
    ]
