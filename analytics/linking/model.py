"""What was learned on simulated sites and is shipped: how evidence becomes a probability. A JSON file, no code.

`training` makes the file; the digest of its content is part of every result's key.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from analytics.errors import ModelError
from analytics.geometry import FloatArray
from analytics.linking.clustering import Merges
from analytics.linking.evidence import FEATURES
from analytics.linking.trees import BoostedTrees

RESOURCE = "model.json"
MERGE_FEATURES = ("heaviest", "mean", "score", "pairs", "linked_share", "round", "groups")
POINTS = {"strict": 0.95, "balanced": 0.5, "wide": 0.3}
"""Operating points: the probability above which a merge is kept, and all that lies below it in the tree."""

_LEAST_PROBABILITY = 1e-6


@dataclass(frozen=True, slots=True)
class LinkModel:
    """Everything learned.

    Attributes:
        rounds: of each round, trees that turn a pair's features into log-odds of one person.
        merges: trees that turn MERGE_FEATURES of a merge into log-odds that it joins one person.
        joins: share of joins that were right in training, by kind: cut, fragment.
        fallback_threshold: average similarity, in standard deviations above chance, at which the fallback stops.
        count: spread of the visitor count, see `counting`.
        trained_on: the sites and the figures of the training, for people to read.
        digest: SHA-256 of the file's content.
    """

    rounds: tuple[BoostedTrees, ...]
    merges: BoostedTrees
    joins: Mapping[str, float]
    fallback_threshold: float
    count: Mapping[str, Mapping[str, float]]
    trained_on: Mapping[str, Any]
    digest: str

    def to_json(self) -> dict[str, Any]:
        """Return the file's content."""
        return {
            "rounds": [trees.to_json() for trees in self.rounds],
            "merges": self.merges.to_json(),
            "joins": dict(self.joins),
            "fallback_threshold": self.fallback_threshold,
            "count": {name: dict(spread) for name, spread in self.count.items()},
            "trained_on": dict(self.trained_on),
        }


def shipped() -> LinkModel:
    """Return the model of the package.

    Raises:
        ModelError: the installation lacks it, or it is damaged.
    """
    try:
        content = (files("analytics.linking") / RESOURCE).read_bytes()
    except OSError as error:
        raise ModelError(f"{RESOURCE} is missing from analytics.linking: install crosscam again") from error
    return read(content)


def read(content: bytes) -> LinkModel:
    """Read a model file's content.

    Raises:
        ModelError: it is damaged, or of other features than this version looks at.
    """
    try:
        found = json.loads(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
        model = LinkModel(
            tuple(BoostedTrees.from_json(trees) for trees in found["rounds"]),
            BoostedTrees.from_json(found["merges"]),
            found["joins"],
            float(found["fallback_threshold"]),
            found["count"],
            found["trained_on"],
            hashlib.sha256(content).hexdigest(),
        )
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ModelError(f"the link model is damaged: {error}; train it anew with `crosscam train-links`") from error
    wrong = [trees.features for trees in model.rounds if trees.features != FEATURES]
    if wrong or not model.rounds or model.merges.features != MERGE_FEATURES:
        raise ModelError("the link model is of another version: train it anew with `crosscam train-links`")
    return model


def merge_rows(merges: Merges, heaviest: FloatArray, round_no: int, groups: int) -> FloatArray:
    """Return (k, f) what is known of merges, columns MERGE_FEATURES.

    Args:
        merges: of one round.
        heaviest: (k,) log-odds of the heaviest edge between both sides.
        round_no: number of the round, from 0.
        groups: number of groups that the round began with: of a few people the most alike need not be one.
    """
    pairs = merges.pairs.astype(np.float64)
    columns = (
        heaviest,
        merges.weight / merges.count,
        merges.score,
        np.log(pairs),
        merges.count / pairs,
        np.full(len(merges), float(round_no)),
        np.full(len(merges), np.log(max(groups, 1))),
    )
    return np.stack(columns, axis=1)


def probability(logit: FloatArray) -> FloatArray:
    """Return probabilities of log-odds, kept off 0 and 1 by a millionth: no evidence here is a proof."""
    return np.clip(1 / (1 + np.exp(-np.clip(logit, -30, 30))), _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
