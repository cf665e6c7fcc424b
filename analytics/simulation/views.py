"""Where people are in the images of a simulated site that nobody draws: gates, ways from gate to gate, boxes.

A person comes in through the gate of the camera that they come from, walks to a spot, stays about there, and leaves by
the gate of the camera that they go to. All views have the same size and slant: a box is the taller, the lower its foot.
"""

from dataclasses import dataclass

import numpy as np

from analytics.geometry import FloatArray, IntArray, clip_boxes
from analytics.simulation.fragments import Tracks
from analytics.simulation.itineraries import Graph, Stops
from analytics.simulation.world import Purpose, World, stream

WIDTH_PX, HEIGHT_PX = 1280, 720
CENTRE_PX = (640.0, 470.0)
"""Middle of the floor in the image."""

GATES_PX = (600.0, 230.0)
"""Half axes of the ellipse around the middle on which the gates lie."""

FLOOR_PX = ((200.0, 300.0), (1080.0, 690.0))
"""Where people stay: upper left and lower right corner."""

GATE_BOX_PX = ((40.0, 240.0), (1240.0, 700.0))
"""Upper left and lower right corner of what lies within the gates: no foot is outside."""

_HORIZON_Y_PX = 120.0
_HEIGHT_PER_PX = 0.45  # of foot below the horizon: 81 px tall at the floor's far edge, 256 at its near one
_WIDTH_PER_HEIGHT = 0.38  # of a standing person's box
_STATURE_SD = 0.05
_WALK_S, _WALK_SHARE = 4.0, 0.25  # from a gate to the spot, and the most of a stay that this takes
_WANDER_PX = 40.0  # sd of the way from the first to the last spot
_GATE_SD_PX = 15.0


@dataclass(frozen=True, slots=True)
class Paths:
    """The ways of one night's stops on the floor of the image: straight lines between four knots, and statures.

    Attributes:
        at: (n, 4) frames since the opening by the camera's clock, rising: in, at the spot, away from it, out.
        foot_px: (n, 4, 2) foot points at those frames.
        stature: (n,) height as a multiple of the mean person's.
    """

    at: FloatArray
    foot_px: FloatArray
    stature: FloatArray

    def feet(self, stop: IntArray, frame: IntArray | FloatArray) -> FloatArray:
        """Return (m, 2) foot points, px, of some stops at some frames; beyond the ends a person stands still."""
        at, foot = self.at[stop], self.foot_px[stop]
        knot = np.clip((at <= np.asarray(frame)[:, None]).sum(axis=1) - 1, 0, 2)
        row = np.arange(len(stop))
        span = np.maximum(at[row, knot + 1] - at[row, knot], 1e-9)
        part = np.clip((frame - at[row, knot]) / span, 0, 1)[:, None]
        feet: FloatArray = foot[row, knot] * (1 - part) + foot[row, knot + 1] * part
        return feet

    def boxes(self, stop: IntArray, frame: IntArray) -> FloatArray:
        """Return (m, 4) float32 boxes, px, cut to the image."""
        x, y = self.feet(stop, frame).T
        height = _HEIGHT_PER_PX * (y - _HORIZON_Y_PX) * self.stature[stop]
        half = _WIDTH_PER_HEIGHT * height / 2
        boxes = np.stack([x - half, y - height, x + half, y], axis=1).astype(np.float32)
        return clip_boxes(boxes, WIDTH_PX, HEIGHT_PX)


def gates(world: World, graph: Graph) -> FloatArray:
    """Return (cameras, most + 1, 2) px: each camera's gate to each of its neighbours, and last the one to outside."""
    rng = stream(world, Purpose.CAMERAS)
    count, most = graph.neighbours.shape
    slot = np.minimum(np.arange(most + 1), graph.degree[:, None])
    slot[:, -1] = graph.degree
    spread = rng.random((count, most + 1)) * 0.5
    angle = 2 * np.pi * (rng.random((count, 1)) + (slot + spread) / (graph.degree[:, None] + 1))
    x, y = CENTRE_PX[0] + GATES_PX[0] * np.cos(angle), CENTRE_PX[1] + GATES_PX[1] * np.sin(angle)
    return np.stack([x, y], axis=-1)


def build_paths(
    world: World,
    graph: Graph,
    stops: Stops,
    tracks: Tracks,
    statures: FloatArray,
    clock_error_s: FloatArray,
    night: int,
) -> Paths:
    """Return the ways of a night's stops; two people whose ids switch meet at that instant.

    Args:
        world: the frame rate.
        graph: the gates' neighbours.
        stops: the stays.
        tracks: for the switches.
        statures: (stops,) height of each stop's person, as a multiple of the mean.
        clock_error_s: (cameras,) what each camera's clock shows minus true time, seconds.
        night: number of the night.
    """
    rng = stream(world, Purpose.PATHS, night)
    count = len(stops)
    begin = (stops.arrived_s + clock_error_s[stops.camera]) * world.analysis_fps
    end = (stops.left_s + clock_error_s[stops.camera]) * world.analysis_fps
    walk = np.minimum(_WALK_S * world.analysis_fps, _WALK_SHARE * (end - begin))
    places = gates(world, graph)
    entry = places[stops.camera, _slot(graph, stops.camera, stops.came_from)] + rng.normal(0, _GATE_SD_PX, (count, 2))
    leave = places[stops.camera, _slot(graph, stops.camera, stops.goes_to)] + rng.normal(0, _GATE_SD_PX, (count, 2))
    low, high = np.array(FLOOR_PX)
    spot = rng.uniform(low, high, (count, 2))
    # who does not stay for long does not come far
    part = (walk / (_WALK_S * world.analysis_fps))[:, None]
    spot = entry + (spot - entry) * part
    later = spot + rng.normal(0, _WANDER_PX, (count, 2))
    foot = np.clip(np.stack([entry, spot, later, later + (leave - later) * part], axis=1), *np.array(GATE_BOX_PX))
    at = np.stack([begin, begin + walk, end - walk, end], axis=1)
    return _with_meetings(world, Paths(at, foot, statures), tracks)


def _with_meetings(world: World, paths: Paths, tracks: Tracks) -> Paths:
    """Let one of two people whose ids switch stand where the other one is at that instant."""
    meeting = np.flatnonzero(tracks.is_switched & (tracks.stop > tracks.other_stop))
    stop, host, frame = tracks.stop[meeting], tracks.other_stop[meeting], tracks.switches[meeting]
    at, foot = paths.at.copy(), paths.foot_px.copy()
    spot = paths.feet(host, frame)
    full = _WALK_S * world.analysis_fps
    at[stop, 1], at[stop, 2] = np.minimum(at[stop, 1], frame), np.maximum(at[stop, 2], frame)
    for gate, knot in ((0, 1), (3, 2)):
        part = np.abs(at[stop, knot] - at[stop, gate]) / full
        foot[stop, gate] = spot + (foot[stop, gate] - spot) * np.minimum(part, 1)[:, None]
        foot[stop, knot] = spot
    return Paths(at, foot, paths.stature)


def draw_statures(world: World, people: int) -> FloatArray:
    """Return (people,) heights as multiples of the mean."""
    return np.clip(stream(world, Purpose.PEOPLE, 1).normal(1, _STATURE_SD, people), 0.8, 1.2)


def _slot(graph: Graph, camera: IntArray, neighbour: IntArray) -> IntArray:
    """Return which gate leads to a neighbour; the last one where it is no camera."""
    is_it = graph.neighbours[camera] == neighbour[:, None]
    slot: IntArray = np.where(neighbour >= 0, is_it.argmax(axis=1), graph.neighbours.shape[1])
    return slot
