"""Simulated tables as plain arrays, and the obvious way to rank tracklets by their vectors."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analytics.simulation.tables import SimulatedTables

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Gallery:
    """One row per tracklet that has a vector: the mean of its vectors, weighted by quality; its person and camera."""

    vectors: Array
    person: Array
    camera: Array

    def without_camera_means(self) -> "Gallery":
        """Return the gallery with each camera's mean vector taken out."""
        vectors = self.vectors.copy()
        for camera in np.unique(self.camera):
            vectors[self.camera == camera] -= vectors[self.camera == camera].mean(axis=0)
        return Gallery(_unit(vectors), self.person, self.camera)

    def rank1_and_map(self, queries: int = 1500) -> tuple[float, float]:
        """Return Rank-1 and mAP across cameras, by brute force over the first tracklets of a shuffled order."""
        chosen = np.random.default_rng(0).permutation(len(self.vectors))[:queries]
        first, precision = [], []
        for query, similarity in zip(chosen, self.vectors[chosen] @ self.vectors.T, strict=True):
            is_elsewhere = self.camera != self.camera[query]
            is_right = self.person == self.person[query]
            hits = np.sort(similarity[is_elsewhere & is_right])[::-1]
            if len(hits):
                found = np.arange(1, len(hits) + 1)
                ranks = np.maximum(1 + (similarity[is_elsewhere] > hits[:, None]).sum(axis=1), found)
                first.append(ranks[0] == 1)
                precision.append(np.mean(found / ranks))
        return float(np.mean(first)), float(np.mean(precision))


def rows_of(table: pa.Table, key: str) -> dict[Any, dict[str, Any]]:
    """Return a table's rows by one of its columns."""
    return {row[key]: row for row in table.to_pylist()}


def vectors_of(made: SimulatedTables) -> dict[str, list[tuple[float, Array]]]:
    """Return the quality and vector of each embedding by the tracklet whose point it is, in order of time."""
    segment_of = {row["tracklet_id"]: row["segment_id"] for row in made.tracklets.to_pylist()}
    owner = {
        (segment_of[row["tracklet_id"]], row["captured_at"], row["detection_no"]): row["tracklet_id"]
        for row in made.track_points.to_pylist()
    }
    found = defaultdict(list)
    for row in made.embeddings.to_pylist():
        tracklet = owner[row["segment_id"], row["captured_at"], row["detection_no"]]
        found[tracklet].append((row["quality"], np.array(row["vector"], np.float32)))
    return found


def gallery_of(made: SimulatedTables) -> Gallery:
    """Return the tracklets as they can be compared."""
    truth, cameras = rows_of(made.truth.identities, "tracklet_id"), rows_of(made.tracklets, "tracklet_id")
    vectors = vectors_of(made)
    pooled = np.stack([sum(quality * vector for quality, vector in each) for each in vectors.values()])
    return Gallery(
        _unit(pooled),
        np.array([truth[tracklet]["person_id"] for tracklet in vectors]),
        np.array([cameras[tracklet]["camera_id"] for tracklet in vectors]),
    )


def _unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
