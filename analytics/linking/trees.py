"""Boosted trees as plain arrays: scored without the library that grew them, and able to say which feature said what.

The file is JSON: numbers and nothing that could run. Learning is `training`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from analytics.geometry import FloatArray, IntArray
from analytics.linking.stretches import each_stretch

_ROWS_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class BoostedTrees:
    """A sum of decision trees over features; a row goes left where its feature is at most the threshold.

    Attributes:
        features: names of the features, in the order of the columns.
        base: what every row's score begins with: the mean log-odds.
        roots: (t,) root node of each tree.
        feature: (k,) column that a node splits on; -1 at a leaf.
        threshold: (k,) where it splits.
        left: (k,) node for rows at most the threshold.
        right: (k,) node for the others.
        value: (k,) a leaf's part of the score; at an inner node the mean of its training rows' leaves.
    """

    features: tuple[str, ...]
    base: float
    roots: IntArray
    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    value: FloatArray

    def __post_init__(self) -> None:
        count = len(self.feature)
        if any(len(part) != count for part in (self.threshold, self.left, self.right, self.value)):
            raise ValueError("expected arrays of nodes of one length")
        inner = self.feature >= 0
        children = np.concatenate([self.left[inner], self.right[inner]])
        parents = np.concatenate([np.flatnonzero(inner)] * 2)
        # children behind their parents: a walk down always ends
        if (children <= parents).any() or (children >= count).any() or (self.feature >= len(self.features)).any():
            raise ValueError("expected trees whose nodes lie behind their parents and split on known features")

    def scores(self, rows: FloatArray) -> FloatArray:
        """Return (n,) log-odds of (n, f) rows; NaN is not allowed."""
        return self._in_parts(rows, lambda part: _scores(part, *self._nodes()) + self.base, ())

    def contributions(self, rows: FloatArray) -> FloatArray:
        """Return (n, f + 1) parts of the score, by feature, and last the base; their sum is the score.

        A split's part is what it changes in the mean of the training rows below (Saabas 2014): exact to sum up, though
        not unique where features say the same thing.
        """
        base = self.base + float(self.value[self.roots].sum())

        def part(some: FloatArray) -> FloatArray:
            parts = _contributions(some, *self._nodes())
            return np.concatenate([parts, np.full((len(some), 1), base)], axis=1)

        return self._in_parts(rows, part, (len(self.features) + 1,))

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` takes."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        return {"features": list(self.features), "base": self.base, **arrays}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "BoostedTrees":
        """Read what `to_json` gave.

        Raises:
            ValueError: the trees are damaged.
        """
        try:
            arrays: dict[str, Any] = {name: np.array(content[name], kind) for name, kind in _ARRAYS.items()}
            return BoostedTrees(tuple(content["features"]), float(content["base"]), **arrays)
        except (KeyError, TypeError) as error:
            raise ValueError(f"expected boosted trees, {error}") from error

    def _nodes(self) -> tuple[Any, ...]:
        return self.roots, self.feature, self.threshold, self.left, self.right, self.value

    def _in_parts(self, rows: FloatArray, score: Any, shape: tuple[int, ...]) -> FloatArray:
        parts = each_stretch(lambda some: score(np.ascontiguousarray(rows[some], np.float64)), len(rows), _ROWS_AT_ONCE)
        return np.concatenate([np.zeros((0, *shape)), *parts])


_ARRAYS = {
    "roots": np.int64,
    "feature": np.int64,
    "threshold": np.float64,
    "left": np.int64,
    "right": np.int64,
    "value": np.float64,
}


def _score_rows(rows: Any, roots: Any, feature: Any, threshold: Any, left: Any, right: Any, value: Any) -> Any:
    scores = np.zeros(len(rows), np.float64)
    for row in range(len(rows)):
        total = 0.0
        for root in roots:
            node = root
            while feature[node] >= 0:
                node = left[node] if rows[row, feature[node]] <= threshold[node] else right[node]
            total += value[node]
        scores[row] = total
    return scores


_scores = njit(cache=True, nogil=True)(_score_rows)


def _contribute(rows: Any, roots: Any, feature: Any, threshold: Any, left: Any, right: Any, value: Any) -> Any:
    parts = np.zeros(rows.shape, np.float64)
    for row in range(len(rows)):
        for root in roots:
            node = root
            while feature[node] >= 0:
                following = left[node] if rows[row, feature[node]] <= threshold[node] else right[node]
                parts[row, feature[node]] += value[following] - value[node]
                node = following
    return parts


_contributions = njit(cache=True, nogil=True)(_contribute)
