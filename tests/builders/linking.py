"""Windows of small simulated worlds, ready to be linked, with the truth beside them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from analytics.evaluation.agreement import LinkedTracklets
from analytics.evaluation.linking import LinkingScores, score_linking
from analytics.linking.answers import Place
from analytics.linking.gathering import CameraTables, gather, micros
from analytics.linking.link import Window, link
from analytics.linking.model import LinkModel, shipped
from analytics.settings import Linking
from analytics.simulation.tables import SimulatedTables, simulate_tables
from analytics.simulation.world import World
from analytics.sites import Site
from analytics.tables import DECISIONS, IDENTITY_MEMBERS

Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Linkable:
    """A simulated night."""

    made: SimulatedTables

    @property
    def site(self) -> Site:
        return self.made.site

    def window(
        self,
        *,
        tracklets: pa.Table | None = None,
        embeddings: tuple[pa.Table, ...] | None = None,
        decisions: pa.Table | None = None,
        known: pa.Table | None = None,
    ) -> Window:
        """Return the window of the last night, with some of its tables replaced."""
        made = self.made
        part = CameraTables(
            made.tracklets if tracklets is None else tracklets,
            made.track_points,
            made.boundary_points,
            (made.embeddings,) if embeddings is None else embeddings,
        )
        night = max(made.tracklets["night"].to_pylist())
        return Window(
            Place(made.site.site_id, night),
            gather([part]),
            IDENTITY_MEMBERS.empty() if known is None else known,
            DECISIONS.empty() if decisions is None else decisions,
            made.coverage,
        )

    def scores(self, tables: Tables) -> LinkingScores:
        """Return how well the members of the tables follow the truth."""
        truth = self.made.truth.identities
        people = dict(zip(truth["tracklet_id"].to_pylist(), truth["person_id"].to_pylist(), strict=True))
        members = tables["identity_members"].to_pylist()
        starts = dict(
            zip(self.made.tracklets["tracklet_id"].to_pylist(), micros(self.made.tracklets["starts_at"]), strict=True)
        )
        return score_linking(
            LinkedTracklets(
                _numbers([row["identity_id"] for row in members]),
                _numbers([people[row["tracklet_id"]] for row in members]),
                _numbers([row["camera_id"] for row in members]),
                np.array([starts[row["tracklet_id"]] for row in members]),
                np.ones(len(members)),
            )
        )


def world(seed: int = 1, **parameters: Any) -> Linkable:
    """Return a small world: 40 people in four cameras within an hour unless told otherwise."""
    usual = {"people_per_night": 40, "cameras": 4, "hours": 1.0, "vectors_per_tracklet": 4, "reid_noise": 0.8}
    return Linkable(simulate_tables(World(seed=seed, **{**usual, **parameters})))


def linked(window: Window, site: Site, model: LinkModel | None = None, **settings: Any) -> Tables:
    """Link a window with the shipped model; tables by name."""
    tables = link(window, site, Linking(**settings), model or shipped())
    return {contract.name: table for contract, table in tables}


def decision(kind: str, tracklets: list[str], number: int = 0, site_id: str = "simulated") -> pa.Table:
    """Return one decision."""
    return DECISIONS.from_rows(
        [
            {
                "site_id": site_id,
                "night": date(2026, 1, 5),
                "decision_id": f"d{number}",
                "kind": kind,
                "tracklet_ids": tracklets,
                "made_by": "ana",
                "made_at": datetime(2026, 1, 6, tzinfo=UTC) + timedelta(seconds=number),
                "reason": "seen",
            }
        ]
    )


def _numbers(names: list[str]) -> np.ndarray:
    return np.unique(np.array(names, dtype=str), return_inverse=True)[1]
