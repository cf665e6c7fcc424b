"""Batches of people and cameras."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.training.reid_sampling import BatchSampler


def uneven(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Forty people in six cameras, camera 0 with ten times the pictures of the others."""
    rng = np.random.default_rng(seed)
    rows = [
        (person, camera)
        for person in range(40)
        for camera in range(6)
        for _ in range(10 if camera == 0 else int(rng.integers(1, 3)))
    ]
    shuffled = rng.permutation(rows)
    return shuffled[:, 0], shuffled[:, 1]


@given(st.integers(0, 500), st.integers(2, 12), st.integers(2, 6))
def test_a_batch_is_p_people_with_k_pictures_each(step: int, people_per_batch: int, pictures_per_person: int) -> None:
    """P different people, K rows of each in a row, all from that person."""
    people, cameras = uneven()
    sampler = BatchSampler.of(people, cameras, people_per_batch, pictures_per_person, seed=1)
    drawn = people[sampler.batch(step)].reshape(people_per_batch, pictures_per_person)
    assert (drawn == drawn[:, :1]).all()
    assert len(set(drawn[:, 0])) == people_per_batch


def test_cameras_are_balanced() -> None:
    """A camera with ten times the pictures is not seen more often, and each person's K come from K cameras."""
    people, cameras = uneven()
    sampler = BatchSampler.of(people, cameras, 8, 4, seed=0)
    seen = np.stack([cameras[sampler.batch(step)] for step in range(300)])
    shares = np.bincount(seen.ravel(), minlength=6) / seen.size
    assert shares == pytest.approx(np.full(6, 1 / 6), abs=0.02)
    assert all(len(set(four)) == 4 for four in seen.reshape(-1, 4))


def test_people_of_a_batch_meet_in_the_same_cameras() -> None:
    """Where everybody was in every camera, a batch of K = 2 shows two cameras only."""
    people, cameras = uneven()
    sampler = BatchSampler.of(people, cameras, 8, 2, seed=0)
    assert all(len(set(cameras[sampler.batch(step)])) == 2 for step in range(20))


def test_everybody_comes_once_an_epoch() -> None:
    """Five batches of eight are the forty people, in another order each epoch."""
    people, cameras = uneven()
    sampler = BatchSampler.of(people, cameras, 8, 2, seed=0)
    assert sampler.batches_per_epoch == 5
    epochs = [np.concatenate([people[sampler.batch(5 * epoch + n)][::2] for n in range(5)]) for epoch in range(2)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(40))] * 2
    assert list(epochs[0]) != list(epochs[1])


def test_a_step_is_the_same_whenever_it_is_drawn() -> None:
    """Which batch a step has depends on the seed and the step, not on what was drawn before."""
    people, cameras = uneven()
    one, two = (BatchSampler.of(people, cameras, 8, 4, seed=5) for _ in range(2))
    later = [one.batch(step) for step in range(12)][-1]
    assert np.array_equal(two.batch(11), later)
    assert not np.array_equal(BatchSampler.of(people, cameras, 8, 4, seed=6).batch(11), later)


def test_a_person_with_few_pictures_has_some_twice() -> None:
    """Two pictures fill four places; fewer people than P make a smaller batch."""
    people, cameras = np.array([0, 0, 1, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 1, 0, 0])
    drawn = BatchSampler.of(people, cameras, 8, 4, seed=0).batch(0)
    assert len(drawn) == 12
    assert sorted(np.bincount(people[drawn])) == [4, 4, 4]


def test_people_who_look_alike_meet() -> None:
    """With neighbours, a batch is made of groups: somebody drawn and the three most like them, nobody twice."""
    people, cameras = uneven()
    neighbours = np.array([[(person // 4) * 4 + (person + k) % 4 for k in (1, 2, 3)] for person in range(40)])
    sampler = BatchSampler.of(people, cameras, 8, 2, seed=0)
    for step in range(20):
        drawn = people[sampler.batch(step, neighbours)][::2]
        assert len(set(drawn)) == 8
        groups = np.bincount(drawn // 4, minlength=10)
        assert sorted(groups[groups > 0]) == [4, 4]
