"""The losses against their definitions, written out with loops."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.training._reid_losses import CosineSoftmax, hardest_triplets


def triplets_by_definition(features: np.ndarray, people: np.ndarray, cameras: np.ndarray) -> float:
    losses = []
    for anchor in range(len(features)):
        away = [float(np.linalg.norm(features[anchor] - other)) for other in features]
        own = [n for n in range(len(features)) if people[n] == people[anchor] and n != anchor]
        positives = [n for n in own if cameras[n] != cameras[anchor]] or own
        others = [n for n in range(len(features)) if people[n] != people[anchor]]
        here = [n for n in others if cameras[n] == cameras[anchor]]
        elsewhere = [n for n in others if cameras[n] != cameras[anchor]]
        for negatives in (here, elsewhere):
            if positives and negatives:
                gap = max(away[n] for n in positives) - min(away[n] for n in negatives)
                losses.append(math.log1p(math.exp(gap)))
    return sum(losses) / len(losses) if losses else 0.0


@given(st.integers(0, 10_000), st.integers(2, 14), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=50)
def test_triplets_are_those_of_the_definition(seed: int, count: int, people: int, cameras: int) -> None:
    """Hardest positive across cameras where there is one, hardest negative in the own camera and in the others."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 5))
    who, where = rng.integers(0, people, count), rng.integers(0, cameras, count)
    given_features = torch.from_numpy(features).requires_grad_()
    loss = hardest_triplets(given_features, torch.from_numpy(who), torch.from_numpy(where))
    assert loss.item() == pytest.approx(triplets_by_definition(features, who, where), abs=1e-5)
    if loss.requires_grad:
        loss.backward()
        assert torch.isfinite(given_features.grad).all()


def test_equal_features_have_finite_gradients() -> None:
    """Two pictures on the same spot, where a distance has no slope."""
    features = torch.ones((4, 3), requires_grad=True)
    hardest_triplets(features, torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1])).backward()
    assert torch.isfinite(features.grad).all()


def test_softmax_lowers_the_right_cosine_by_the_margin() -> None:
    """Cross-entropy of scale * (cosine - margin for the right person), and of plain cosines without margin."""
    torch.manual_seed(0)
    softmax = CosineSoftmax(people=5, length=3, scale=10.0, margin=0.3, smoothing=0.0)
    vectors = torch.nn.functional.normalize(torch.randn(4, 3))
    people = torch.tensor([0, 2, 4, 1])
    directions = softmax.weight.detach().numpy()
    cosines = vectors.numpy() @ (directions / np.linalg.norm(directions, axis=1, keepdims=True)).T
    for share in (0.0, 0.5, 1.0):
        scores = 10 * (cosines - 0.3 * share * np.eye(5)[people.numpy()])
        right = scores[np.arange(4), people.numpy()]
        expected = np.mean(np.log(np.exp(scores).sum(axis=1)) - right)
        assert softmax(vectors, people, share).item() == pytest.approx(expected, rel=1e-5)
