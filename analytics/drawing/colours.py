"""Which colour each person is drawn in: the same in every camera, and told apart by colour-blind people too."""

import hashlib
from collections.abc import Iterable, Mapping

Bgr = tuple[int, int, int]

PALETTE: tuple[Bgr, ...] = (
    (0, 159, 230),
    (233, 180, 86),
    (115, 158, 0),
    (66, 228, 240),
    (178, 114, 0),
    (0, 94, 213),
    (167, 121, 204),
    (154, 255, 184),
    (85, 34, 136),
    (187, 170, 255),
)
"""Okabe and Ito's seven colours and three more, BGR. The least CIELAB distance between two of them, in normal,
protanopic, deuteranopic and tritanopic sight (Machado et al., 2009), is 15.7; among the seven alone it is 16.1."""

STAFF: Bgr = (200, 200, 200)
"""Staff are drawn in grey, which no visitor has."""

_APART = 8
"""As many people as came last before somebody have other colours than they: whoever is in view together, mostly."""


def colours(people: Iterable[str]) -> Mapping[str, Bgr]:
    """Give each person a colour.

    A hash of the id proposes it; whoever came shortly after somebody of that colour gets the next one that is free.
    The same people in the same order have the same colours, in every camera and every export.

    Args:
        people: ids in the order in which they were first seen, of all cameras; each once.
    """
    chosen: dict[str, int] = {}
    recent: list[int] = []
    for person in people:
        number = hashlib.sha256(person.encode()).digest()[0] % len(PALETTE)
        while number in recent:
            number = (number + 1) % len(PALETTE)
        chosen[person] = number
        recent = [*recent, number][-_APART:]
    return {person: PALETTE[number] for person, number in chosen.items()}
