"""What a site says of itself without labels: how often anybody comes, and how alike proven strangers are."""

import numpy as np
import pytest

from analytics.linking.evidence import APPEARANCE, candidates, over_strangers
from analytics.linking.neighbours import Search, chance, nearest
from analytics.linking.transits import SLOT_US, arrival_rates

LOW, HIGH = APPEARANCE.index("over_strangers_low"), APPEARANCE.index("over_strangers_high")
NONE = np.zeros(0, np.int64)


def test_a_short_recording_is_not_a_quiet_half_hour() -> None:
    """Forty appearances in three minutes are as many a second as four hundred in thirty."""
    for minutes in (3.0, 30.0, 300.0):
        count = round(40 * minutes / 3)
        starts_at = 10 * SLOT_US + np.linspace(0, minutes * 6e7, count).astype(np.int64)
        rates, origin = arrival_rates(np.zeros(count, np.int64), starts_at, 1)
        own = rates[0, (starts_at - origin) // SLOT_US]
        assert np.exp(own) == pytest.approx(40 / 180, rel=0.06)


def test_nobody_at_all_has_rates_too() -> None:
    """A camera without an appearance, and a site without any, give finite rates."""
    assert np.isfinite(arrival_rates(NONE, NONE, 2)[0]).all()
    assert np.isfinite(arrival_rates(np.array([1]), np.array([5]), 2)[0]).all()


def test_likeness_is_set_against_proven_strangers() -> None:
    """Each margin is the cosine less that of the best proven stranger of a side, in standard deviations of chance."""
    random = np.random.default_rng(3)
    vectors = random.normal(size=(40, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    starts = np.arange(40) * 1_000_000
    found = candidates(vectors, nearest(vectors, starts, starts, Search(6)), NONE, NONE)
    is_stranger = random.random(len(found)) < 0.2
    told, (usual, spread) = over_strangers(found, is_stranger, 40, vectors), chance(vectors)
    for row, (a, b) in enumerate(zip(found.a, found.b, strict=True)):
        margins = []
        for side in (a, b):
            of_side = is_stranger & ((found.a == side) | (found.b == side))
            margins.append(found.cosine[row] - max([usual, *found.cosine[of_side]]))
        assert told.appearance[row, LOW] == pytest.approx(min(margins) / spread, abs=1e-5)
        assert told.appearance[row, HIGH] == pytest.approx(max(margins) / spread, abs=1e-5)


def test_a_stranger_who_looks_the_same_takes_the_proof_away() -> None:
    """Of three who look the same, once two are proven strangers, no pair is more alike than they are."""
    vectors = np.array([[1, 0, 0.1], [1, 0.1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    starts = np.arange(5) * 1_000_000
    found = candidates(vectors, nearest(vectors, starts, starts, Search(4)), NONE, NONE)
    pair = int(np.flatnonzero((found.a == 0) & (found.b == 2))[0])
    before = over_strangers(found, np.zeros(len(found), bool), 5, vectors).appearance[pair]
    after = over_strangers(found, (found.a == 0) & (found.b == 1), 5, vectors).appearance[pair]
    assert before[LOW] > 1
    assert after[LOW] < 0.1
