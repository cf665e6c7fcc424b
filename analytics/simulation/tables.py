"""A simulated site as tables alone: what perceiving its footage would give, and what is true.

Nobody draws a picture here: tracklets, points and embeddings are made from a world of people who walk from camera to
camera, so that linking and SQL can be tried on any number of them with exact truth.
"""

from dataclasses import dataclass

import pyarrow as pa

from analytics.contracts import Contract
from analytics.simulation import true_rows
from analytics.simulation.appearance import Pictures
from analytics.simulation.camera_tables import SEGMENT_TABLES, segments_of
from analytics.simulation.nights import build_cast, simulate_nights
from analytics.simulation.table_site import build_site, coverage_of, recordings_of
from analytics.simulation.true_tables import TRUE_IDENTITIES, TRUE_PEOPLE, TRUE_STOPS
from analytics.simulation.world import World
from analytics.sites import Site
from analytics.tables import COVERAGE, RECORDINGS


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


def simulate_tables(world: World, pictures: Pictures | None = None) -> SimulatedTables:
    """Return all tables of a world, in memory; `jobs.simulated_lake.write_tables` writes them piece by piece.

    The same world gives the same tables; with pictures for vectors to be taken from, the same ones. A tracklet has one
    row in `truth.identities`, a switched one that of the person whom most of its points show.
    """
    cast = build_cast(world, pictures)
    segments: dict[str, list[pa.Table]] = {contract.name: [] for contract in SEGMENT_TABLES}
    recordings, coverage = [], []
    identities, stops, people = [], [], []
    for night in simulate_nights(cast):
        recordings.append(recordings_of(cast, night))
        coverage.append(coverage_of(cast, night))
        for camera in range(world.cameras):
            for segment in segments_of(cast, night, camera):
                for contract, table in segment.tables:
                    segments[contract.name].append(table)
        identities.append(true_rows.true_identities(cast, night))
        stops.append(true_rows.true_stops(cast, night))
        people.append(true_rows.true_people(cast, night))
    truth = Truth(
        identities=_joined(TRUE_IDENTITIES, identities),
        stops=_joined(TRUE_STOPS, stops),
        people=_joined(TRUE_PEOPLE, people),
        clocks=true_rows.true_clocks(cast),
        transits=true_rows.true_transits(cast),
    )
    return SimulatedTables(
        site=build_site(cast),
        recordings=_joined(RECORDINGS, recordings),
        coverage=_joined(COVERAGE, coverage),
        truth=truth,
        **{contract.name: _joined(contract, segments[contract.name]) for contract in SEGMENT_TABLES},
    )


def _joined(contract: Contract, tables: list[pa.Table]) -> pa.Table:
    table = pa.concat_tables(tables).combine_chunks()
    contract.check(table)
    return table
