"""A simulated site as tables alone: what perceiving its footage would give, and what is true.

Nobody draws a picture here: tracklets, points and embeddings are made from a world of people who walk from camera to
camera, so that linking and SQL can be tried on any number of them with exact truth.
"""

from dataclasses import dataclass

import pyarrow as pa

from analytics.simulation.world import World
from analytics.sites import Site


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true; contracts of `true_tables`.

    Attributes:
        identities: whose each tracklet is; contract TRUE_IDENTITIES.
        stops: who was in which view when; contract TRUE_STOPS.
        people: who was there in which night, and in what clothes; contract TRUE_PEOPLE.
        clocks: the cameras' clock errors; contract TRUE_CLOCKS.
        transits: travel times between neighbouring cameras; contract TRUE_TRANSITS.
    """

    identities: pa.Table
    stops: pa.Table
    people: pa.Table
    clocks: pa.Table
    transits: pa.Table


@dataclass(frozen=True, slots=True)
class SimulatedTables:
    """What the stages before linking would have written of all nights, the matching site, and the truth.

    Each table conforms to its contract in `analytics.tables`; there are no detections and no crops. A tracklet's
    embeddings are found as in any lake: by segment, instant and detection number of its track points. `point_count`
    counts the points that are there, which are few. All instants are of the cameras' clocks, errors included.

    Attributes:
        site: cameras, zones and lines.
        recordings: one row for each recording, all complete.
        tracklets: one row for each tracklet.
        track_points: some points of each.
        boundary_points: what was seen across a cut within a recording.
        embeddings: `World.vectors_per_tracklet` for each tracklet, unit norm.
        coverage: every hour is covered.
        truth: what is true.
    """

    site: Site
    recordings: pa.Table
    tracklets: pa.Table
    track_points: pa.Table
    boundary_points: pa.Table
    embeddings: pa.Table
    coverage: pa.Table
    truth: Truth


def simulate_tables(world: World) -> SimulatedTables:
    """Return all tables of a world, in memory; `jobs.simulated_lake.write_tables` writes them piece by piece.

    The same world gives the same tables. A tracklet has one row in `truth.identities`, a switched one that of the
    person whom most of its points show.
    """
    raise NotImplementedError("the tables of a simulated world are not generated yet")
