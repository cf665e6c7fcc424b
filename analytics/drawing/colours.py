"""Which colour each person is drawn in: the same in every camera, and told apart by colour-blind people too."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

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


def colours(people: Iterable[str], together: Mapping[str, Collection[str]]) -> Mapping[str, Bgr]:
    """Give each person a colour: the same in every camera, and mostly the same in every export.

    A hash of the id proposes it; where somebody who is in view together with them has it already, they get the next
    one that none of those has. With more of those than colours, the next one that fewest of them have.

    Args:
        people: ids in the order in which they were first seen, of all cameras; each once.
        together: for each id those of whoever is in view of a camera at about the same time.
    """
    chosen: dict[str, int] = {}
    for person in people:
        taken = Counter(chosen[other] for other in together.get(person, ()) if other in chosen)
        first = hashlib.sha256(person.encode()).digest()[0]
        order = [(first + shift) % len(PALETTE) for shift in range(len(PALETTE))]
        chosen[person] = min(order, key=lambda number: taken[number])
    return {person: PALETTE[number] for person, number in chosen.items()}
