import numpy as np
import pytest

from analytics.errors import ModelError
from analytics.linking.model import probability, read, shipped
from analytics.linking.training import as_arrays
from analytics.linking.trees import BoostedTrees


@pytest.fixture(scope="module")
def grown() -> tuple[object, np.ndarray]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    random = np.random.default_rng(3)
    rows = random.normal(size=(3000, 5))
    answers = rows[:, 0] + rows[:, 1] * rows[:, 2] + random.normal(size=3000) > 1
    classifier = HistGradientBoostingClassifier(max_iter=30, early_stopping=False, random_state=0)
    with threadpool_limits(1):  # threads that wait for each other by spinning take a busy machine a minute
        classifier.fit(rows, answers)
    return classifier, random.normal(size=(1000, 5)) * 2


def test_scores_equal_those_of_scikit_learn(grown: tuple[object, np.ndarray]) -> None:
    """Trees taken over as arrays, written and read again, score as the library that grew them."""
    classifier, rows = grown
    trees = BoostedTrees.from_json(as_arrays(classifier, tuple("abcde")).to_json())
    expected = classifier.decision_function(rows)  # type: ignore[attr-defined]
    assert np.abs(trees.scores(rows) - expected).max() < 1e-9


def test_parts_of_the_evidence_add_up(grown: tuple[object, np.ndarray]) -> None:
    """What each feature adds, and the base, sum to the score; a feature that decides much adds much."""
    trees = as_arrays(grown[0], tuple("abcde"))
    parts = trees.contributions(grown[1])
    assert parts.sum(axis=1) == pytest.approx(trees.scores(grown[1]), abs=1e-9)
    assert np.abs(parts[:, 0]).mean() > 5 * np.abs(parts[:, 4]).mean()


def test_trees_that_could_go_round_in_circles_are_refused() -> None:
    """A child before its parent, an unknown feature or a missing field is an error, not an endless loop."""
    good = {"features": ["a"], "base": 0.0, "roots": [0], "feature": [0, -1, -1], "threshold": [0.0] * 3}
    good |= {"left": [1, 0, 0], "right": [2, 0, 0], "value": [0.0, -1.0, 1.0]}
    assert BoostedTrees.from_json(good).scores(np.array([[0.0], [0.1]])).tolist() == [-1.0, 1.0]
    for wrong in ({"left": [0, 0, 0]}, {"feature": [1, -1, -1]}, {"right": [3, 0, 0]}, {"value": [0.0]}):
        with pytest.raises(ValueError, match="expected"):
            BoostedTrees.from_json({**good, **wrong})
    with pytest.raises(ValueError, match="threshold"):
        BoostedTrees.from_json({name: part for name, part in good.items() if name != "threshold"})


def test_the_shipped_model_is_whole() -> None:
    """The package has a model of four rounds, whose probabilities rise with its scores."""
    model = shipped()
    assert len(model.rounds) == 4
    assert set(model.joins) == {"cut", "fragment"}
    assert all(0.9 < share < 1 for share in model.joins.values())
    assert set(model.count) == {"site_night", "site_hour", "place_night", "place_hour"}
    assert np.diff(probability(np.linspace(-40, 40, 9))).min() >= 0


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"rounds": []}', b"\x1f\x8bnot gzip"])
def test_a_damaged_model_says_how_to_make_another(content: bytes) -> None:
    """Whatever is in the file, the error names the command that trains it."""
    with pytest.raises(ModelError, match="train-links"):
        read(content)
