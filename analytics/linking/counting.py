"""How many different people: an expectation over what links could be true, with an interval.

`COUNT(DISTINCT identity)` counts every missed link as one more visitor. Here worlds are drawn in which each link is
true with its probability, people are counted in each, and the result is widened by how far such counts were off on
simulated sites whose truth is known (linking research, 3.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.linking.feasibility import FEASIBLE
from analytics.linking.gallery import Gallery
from analytics.linking.groups import distinct, joined
from analytics.linking.model import probability
from analytics.linking.solving import Solved
from analytics.linking.tree import ATTACHED

LEVELS = ("site_night", "site_hour", "place_night", "place_hour")
"""Kinds of cells, whose counts are off in the same way: the whole site or one camera or zone, a night or an hour."""

MANY = 50.0
"""People from which counts are off in another way: of a few in a few minutes, a tracker's mistakes count for more."""

_NEGLIGIBLE = 0.005  # candidates below it are left out: they would be drawn as true almost never
_CERTAIN = 0.999  # drawn as true in every world: it would come apart in one of a thousand
_SEED = 20260105  # any number: the same links give the same worlds
_Z90 = 1.6448536269514722  # 95th percentile of the standard normal distribution


@dataclass(frozen=True, slots=True)
class Doubts:
    """Everything that could join pieces, each with its probability.

    Attributes:
        count: number of pieces, n.
        a: (e,) pieces.
        b: (e,) pieces.
        probability: (e,) that the two are one person.
        counts: (n,) whether a piece makes its person count: it is a person's, and strong enough to be one alone.
        is_left_out: (n,) pieces of staff, and of what is no person: whoever holds one is not counted at all.
    """

    count: int
    a: IntArray
    b: IntArray
    probability: FloatArray
    counts: BoolArray
    is_left_out: BoolArray


@dataclass(frozen=True, slots=True)
class Cells:
    """Where and when pieces are counted.

    Attributes:
        piece: (m,) pieces.
        cell: (m,) the cell that each was in; a piece may be in many.
        level: (c,) place in LEVELS of each cell.
    """

    piece: IntArray
    cell: IntArray
    level: IntArray


@dataclass(frozen=True, slots=True)
class Counted:
    """Expected numbers of different people, (c,) each, and 90 % intervals; lower <= estimate <= upper."""

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray


def doubts_of(solved: Solved, gallery: Gallery, is_person: BoolArray, is_left_out: BoolArray) -> Doubts:
    """Gather what could join the pieces of one class.

    What entered the last round together is taken as it is: to part it without saying whom it goes to instead would
    count it twice. Of the last round every candidate counts, whether it became a merge or not.

    Args:
        solved: who is who.
        gallery: the pieces.
        is_person: (n,) pieces of people.
        is_left_out: (n,) pieces of staff, and of what is no person.
    """
    merging = solved.tree.merging
    is_late = merging.kind == ATTACHED
    a, b, chance = [merging.a[is_late]], [merging.b[is_late]], [merging.probability[is_late]]
    if solved.rounds:
        last = solved.rounds[-1]
        likely = probability(last.logit)
        is_open = (last.look.codes == FEASIBLE) & (likely > _NEGLIGIBLE)
        groups = last.look.groups
        first = groups.members[groups.offsets[:-1]]
        everyone = np.arange(len(groups.labels))
        a += [first[groups.labels], last.look.met.before[is_open]]
        b += [everyone, last.look.met.after[is_open]]
        chance += [np.ones(len(everyone)), likely[is_open]]
    else:
        a, b, chance = [merging.a], [merging.b], [merging.probability]
    return Doubts(
        len(gallery.pieces),
        np.concatenate(a),
        np.concatenate(b),
        np.concatenate(chance),
        is_person & gallery.pieces.is_seed,
        is_left_out,
    )


def count(doubts: Doubts, cells: Cells, spread: Mapping[str, Mapping[str, float]], worlds: int) -> Counted:
    """Count the different people of each cell.

    Args:
        doubts: what could join pieces.
        cells: what is counted.
        spread: of each level, from simulated sites: `bias` and `sd`, mean and standard deviation of log(truth / drawn)
            where many people are drawn, and `bias_of_few` and `sd_of_few`, the same where few are, see `few`;
            `noise`, variance that each person adds to small counts. A level that is not there counts as drawn.
        worlds: number of worlds drawn.
    """
    drawn = draw(doubts, cells, worlds)
    mean = drawn.mean(axis=0) if len(drawn) else np.zeros(len(cells.level))
    settings = [spread.get(name, {}) for name in LEVELS]
    bias, bias_of_few, sd, sd_of_few, noise = (
        np.array([setting.get(key, 0.0) for setting in settings])[cells.level]
        for key in ("bias", "bias_of_few", "sd", "sd_of_few", "noise")
    )
    bias = bias + (bias_of_few - bias) * few(mean)
    sd = sd + (sd_of_few - sd) * few(mean)
    estimate = mean * np.exp(bias)
    # the worlds' own variance, what the level is usually off by, and what single people add
    variance = drawn.var(axis=0) * np.exp(2 * bias) + (sd * estimate) ** 2 + noise * estimate
    half = _Z90 * np.sqrt(variance)
    return Counted(estimate, np.maximum(estimate - half, 0.0), estimate + half)


def few(drawn: FloatArray) -> FloatArray:
    """Return (c,) how much a count is one of few people: 1 of nobody, a half of MANY, towards 0 of any number."""
    return 1 / (1 + drawn / MANY)


def draw(doubts: Doubts, cells: Cells, worlds: int) -> IntArray:
    """Return (worlds, c) the different people of each cell in worlds where each link is true with its probability."""
    sure = doubts.probability >= _CERTAIN
    core = joined(doubts.count, doubts.a[sure], doubts.b[sure])
    core_count = int(core.max(initial=-1)) + 1
    a, b, probability = core[doubts.a[~sure]], core[doubts.b[~sure]], doubts.probability[~sure]
    is_open = a != b
    a, b, probability = a[is_open], b[is_open], probability[is_open]
    counts = np.zeros(core_count, bool)
    counts[core[doubts.counts]] = True
    cell_count = len(cells.level)
    spots = distinct(cells.cell * max(core_count, 1) + core[cells.piece])
    spot_cell, spot_core = spots // max(core_count, 1), spots % max(core_count, 1)
    is_left_out = np.zeros(core_count, bool)
    is_left_out[core[doubts.is_left_out]] = True
    random = np.random.default_rng(_SEED)
    result = np.zeros((worlds, cell_count), np.int64)
    for world in range(worlds):
        is_true = random.random(len(a)) < probability
        _count_people(a[is_true], b[is_true], counts, is_left_out, spot_core, spot_cell, result[world])
    return result


def _people_of_world(
    a: IntArray,
    b: IntArray,
    counts: BoolArray,
    is_left_out: BoolArray,
    spot_core: IntArray,
    spot_cell: IntArray,
    people: IntArray,
) -> None:
    """Add to (c,) `people` those of each cell when a and b are the same; spots come cell by cell."""
    parent = np.arange(len(counts))
    for edge in range(len(a)):
        one, two = a[edge], b[edge]
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        while parent[two] != two:
            parent[two] = parent[parent[two]]
            two = parent[two]
        parent[max(one, two)] = min(one, two)
    for core in range(len(parent)):  # a parent's number is smaller: it has found its own root already
        parent[core] = parent[parent[core]]
    is_counted = np.zeros(len(parent), np.bool_)
    for core in range(len(parent)):
        if counts[core]:
            is_counted[parent[core]] = True
    for core in range(len(parent)):
        if is_left_out[core]:
            is_counted[parent[core]] = False
    last_cell = np.full(len(parent), -1)
    for spot in range(len(spot_core)):
        person, cell = parent[spot_core[spot]], spot_cell[spot]
        if is_counted[person] and last_cell[person] != cell:
            last_cell[person] = cell
            people[cell] += 1


_count_people = njit(cache=True)(_people_of_world)
