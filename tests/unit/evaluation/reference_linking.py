"""The linking measures by their definitions, with sets and loops: slow and obvious."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

from tests.unit.evaluation.reference_scores import pairings


@dataclass(frozen=True)
class Seen:
    """One tracklet; a person of None is nobody."""

    identity: int
    person: int | None
    camera: int
    starts_at: int
    weight: int


def identity_matches(seen: Sequence[Seen]) -> int:
    """Return the largest weight that agrees when each person has at most one identity, by trying all pairings."""
    people = sorted({one.person for one in seen if one.person is not None})
    identities = sorted({one.identity for one in seen})
    together = {
        (person, identity): sum(one.weight for one in seen if (one.person, one.identity) == (person, identity))
        for person in people
        for identity in identities
    }
    return max(sum(together[pair] for pair in pairing) for pairing in pairings(people, identities))


def pair_sets(seen: Sequence[Seen], only_across: bool) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return the pairs of tracklets in one identity, and those of one person."""
    pairs = [
        (a, b) for a, b in combinations(range(len(seen)), 2) if not only_across or seen[a].camera != seen[b].camera
    ]
    found = {(a, b) for a, b in pairs if seen[a].identity == seen[b].identity}
    wanted = {(a, b) for a, b in pairs if seen[a].person is not None and seen[a].person == seen[b].person}
    return found, wanted


def bcubed(seen: Sequence[Seen]) -> tuple[Fraction, Fraction] | None:
    """Return B-cubed precision and recall, None without a person."""
    precisions, recalls = [], []
    for one in seen:
        if one.person is None:
            continue
        person = {place for place, other in enumerate(seen) if other.person == one.person}
        identity = {place for place, other in enumerate(seen) if other.identity == one.identity}
        precisions.append(Fraction(len(person & identity), len(identity)))
        recalls.append(Fraction(len(person & identity), len(person)))
    return (sum(precisions) / len(precisions), sum(recalls) / len(recalls)) if precisions else None


def exact(seen: Sequence[Seen], in_two_cameras: bool) -> tuple[int, int]:
    """Return how many people have an identity of exactly their tracklets, and of how many."""
    identities = [
        {place for place, one in enumerate(seen) if one.identity == identity}
        for identity in {one.identity for one in seen}
    ]
    hits = count = 0
    for person in {one.person for one in seen} - {None}:
        own = {place for place, one in enumerate(seen) if one.person == person}
        if in_two_cameras and len({seen[place].camera for place in own}) < 2:
            continue
        count += 1
        hits += own in identities
    return hits, count


def moves(seen: Sequence[Seen]) -> tuple[int, int, int]:
    """Return how many moves are true, how many were found, and how many true ones were found by the right person."""
    stop_of: dict[int, tuple[int, int]] = {}
    true: set[tuple[int, int]] = set()
    for person in {one.person for one in seen} - {None}:
        stop_no = 0
        own = in_time([place for place, one in enumerate(seen) if one.person == person], seen)
        for before, place in zip([None, *own], own, strict=False):
            if before is not None and seen[before].camera != seen[place].camera:
                true.add((person, stop_no))
                stop_no += 1
            stop_of[place] = (person, stop_no)
    found = [
        (stop_of.get(before), stop_of.get(place))
        for identity in {one.identity for one in seen}
        for before, place in pairwise(in_time([p for p, one in enumerate(seen) if one.identity == identity], seen))
        if seen[before].camera != seen[place].camera
    ]
    right = {left for left, reached in found if left and reached == (left[0], left[1] + 1)}
    return len(true), len(found), len(right & true)


def in_time(places: Sequence[int], seen: Sequence[Seen]) -> list[int]:
    """Return tracklets in order of time."""
    return sorted(places, key=lambda place: (seen[place].starts_at, seen[place].camera, seen[place].person or -1))
