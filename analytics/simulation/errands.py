"""Who comes to a simulated site when, with whom and for what: drawn at random, before anybody takes a step."""

from dataclasses import dataclass

import numpy as np

from analytics.simulation.premises import Itinerary, Premises

GROUP_SHARES = (0.62, 0.28, 0.10)
"""Shares of arrivals of one, two and three people; about half of the people of a shop come in groups (Moussaid et al.,
PLoS ONE 2010, count 55 to 70 % in commercial streets)."""

RETURN_SHARE = 0.15
RETURN_AFTER_S = (15.0, 60.0)
LEAD_IN_S = 60.0
"""Visitors come from a minute before the recording on, so that it begins with people inside."""

LAST_ARRIVAL_SHARE = 0.85
"""Share of the recording after which nobody comes any more: who comes has the time to be seen."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How one person walks.

    Attributes:
        speed_m_s: speed that they like.
        stride_m: length of a gait cycle at that speed.
    """

    speed_m_s: float
    stride_m: float


@dataclass(frozen=True, slots=True)
class Errand:
    """One visit of a group.

    Attributes:
        members: numbers of its people in the cast, the one whom the others follow first.
        arrives_s: when it appears, seconds after the start of the recording; before it when negative.
        enters: number of the door that it comes from.
        leaves: number of the door that it goes to.
        steps: areas and waiting lines, as in `Itinerary`.
        returns_after_s: how long after leaving it comes back, by the door that it left by; None: never.
    """

    members: tuple[int, ...]
    arrives_s: float
    enters: int
    leaves: int
    steps: tuple[str, ...]
    returns_after_s: float | None


def draw_errands(premises: Premises, duration_s: float, visitors: int, seed: int) -> tuple[Errand, ...]:
    """Return the visits, in order of arrival.

    Given their number, the arrivals of a Poisson process are uniform in time. Every visitor belongs to one errand;
    numbers of the cast follow those of the staff.

    Args:
        premises: doors and itineraries.
        duration_s: length of the recording.
        visitors: how many people come, staff left out.
        seed: decides everything.
    """
    rng = np.random.default_rng([seed, 1])
    sizes: list[int] = []
    while sum(sizes) < visitors:
        size = 1 + int(rng.choice(len(GROUP_SHARES), p=GROUP_SHARES))
        sizes.append(min(size, visitors - sum(sizes)))
    arrivals = np.sort(rng.uniform(-min(LEAD_IN_S, duration_s / 2), LAST_ARRIVAL_SHARE * duration_s, len(sizes)))
    first = len(premises.posts)
    errands = []
    for size, arrives_s in zip(sizes, arrivals.tolist(), strict=True):
        members = tuple(range(first, first + size))
        first += size
        errands.append(_errand(premises, members, arrives_s, rng))
    return tuple(errands)


def again(errand: Errand, left_s: float, premises: Premises, seed: int) -> Errand:
    """Return the second visit of a group that comes back, `left_s` being when it left."""
    rng = np.random.default_rng([seed, 2, *errand.members])
    itinerary = _drawn(premises, rng)
    returns_s = left_s + (errand.returns_after_s or 0.0)
    return Errand(errand.members, returns_s, errand.leaves, errand.enters, itinerary.steps, None)


def pace_of(person_no: int, is_staff: bool, seed: int) -> Pace:
    """Return how a person walks: 1.2 m/s in the mean inside buildings, staff a little less."""
    rng = np.random.default_rng([seed, 3, person_no])
    speed_m_s = float(np.clip(rng.normal(1.05 if is_staff else 1.2, 0.16), 0.8, 1.6))
    # length of a stride at the speed that one likes, over body heights of 1.5 to 1.9 m: 1.1 to 1.6 m (Winter)
    stride_m = float(np.clip(rng.normal(1.05 + 0.25 * speed_m_s, 0.06), 1.05, 1.6))
    return Pace(speed_m_s, stride_m)


def _errand(premises: Premises, members: tuple[int, ...], arrives_s: float, rng: np.random.Generator) -> Errand:
    weights = np.array([door.weight for door in premises.doors])
    enters = int(rng.choice(len(weights), p=weights / weights.sum()))
    itinerary = _drawn(premises, rng)
    leaves = int(rng.choice(len(weights), p=weights / weights.sum())) if rng.random() < 0.4 else enters
    if itinerary.passes_through and len(weights) > 1:
        others = np.where(np.arange(len(weights)) == enters, 0, weights)
        leaves = int(rng.choice(len(weights), p=others / others.sum()))
    returns_after_s = float(rng.uniform(*RETURN_AFTER_S)) if rng.random() < RETURN_SHARE else None
    return Errand(members, arrives_s, enters, leaves, itinerary.steps, returns_after_s)


def _drawn(premises: Premises, rng: np.random.Generator) -> Itinerary:
    weights = np.array([itinerary.weight for itinerary in premises.itineraries])
    return premises.itineraries[int(rng.choice(len(weights), p=weights / weights.sum()))]
