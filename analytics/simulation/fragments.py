"""What a tracker makes of people's stays in view: fragments, cuts at segments' ends, and ids that change person.

Times are frames since the opening by the camera's own clock. Nothing here knows of images or vectors.
"""

from dataclasses import dataclass, replace

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray
from analytics.simulation.itineraries import Stops
from analytics.simulation.world import Purpose, World, stream
from analytics.tables import TRACKLET_BEGINNINGS, TRACKLET_ENDINGS

_APPEARED, _ENTERED, _CUT_BEFORE = (
    TRACKLET_BEGINNINGS.index(name) for name in ("appeared", "entered_frame", "segment_cut")
)
_LOST, _LEFT, _CUT_AFTER = (TRACKLET_ENDINGS.index(name) for name in ("lost", "left_frame", "segment_cut"))

_SECONDS_PER_BREAK = 2.0  # a stay of d seconds breaks at most d / 2 times
_SHORTEST_S = 0.3  # a fragment of three frames at 10 a second: shorter ones are noise to the perceive stage
_GAP_S = (1.0, 0.8, 5.0)  # how long a person is lost: median, sigma of the logarithm, most
_LOST_AT_MOST = 0.4  # of a stay, all gaps together
_OVERLAP_SHARE = 0.1  # of breaks where the new tracklet begins before the old one is given up
_OVERLAP_S = 0.5
_SWITCH_OVERLAP_S = 1.0  # two people are in view together for at least this long where their ids switch


@dataclass(frozen=True, slots=True)
class Grid:
    """Where recordings and segments of a night begin; the same for every camera, by its own clock.

    Attributes:
        starts: (k,) first frame of each segment.
        ends: (k,) the frame after its last.
        recording: (k,) number of the segment's recording.
        recording_starts: (r,) first frame of each recording.
        recording_ends: (r,) the frame after its last.
    """

    starts: IntArray
    ends: IntArray
    recording: IntArray
    recording_starts: IntArray
    recording_ends: IntArray


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracklets of one night, by camera, segment and first frame.

    Attributes:
        camera: (n,) number of the camera.
        segment: (n,) number of the segment in the night's grid.
        stop: (n,) whose it is at first: row of the night's stops.
        other_stop: (n,) whose it becomes, or -1.
        starts: (n,) first frame.
        switches: (n,) first frame of the other person; `ends` + 1 where there is none.
        ends: (n,) last frame.
        began_by: (n,) index into TRACKLET_BEGINNINGS.
        ended_by: (n,) index into TRACKLET_ENDINGS.
        goes_on_in: (n,) the tracklet that goes on behind the cut in the same recording, or -1.
        comes_from: (n,) the tracklet that was cut before this one, or -1.
    """

    camera: IntArray
    segment: IntArray
    stop: IntArray
    other_stop: IntArray
    starts: IntArray
    switches: IntArray
    ends: IntArray
    began_by: IntArray
    ended_by: IntArray
    goes_on_in: IntArray
    comes_from: IntArray

    def __len__(self) -> int:
        """Return the number of tracklets."""
        return len(self.stop)

    @property
    def is_switched(self) -> BoolArray:
        """(n,) whether it shows two people."""
        return self.other_stop >= 0

    @property
    def first_share(self) -> FloatArray:
        """(n,) share of its frames that are the first person's, in (0, 1]."""
        return (self.switches - self.starts) / (self.ends + 1 - self.starts)

    def take(self, rows: IntArray | BoolArray) -> "Tracks":
        """Return some tracklets; references between tracklets stay as they are."""
        return Tracks(**{name: getattr(self, name)[rows] for name in self.__slots__})


def build_grid(world: World) -> Grid:
    """Return the grid of recordings and segments."""
    whole = world.frames_per_night
    step, part = max(1, world.frames(world.recording_s)), max(1, world.frames(world.segment_s))
    recording_starts = np.arange(0, whole, step)
    recording_ends = np.append(recording_starts[1:], whole)
    inside = [np.arange(start, end, part) for start, end in zip(recording_starts, recording_ends, strict=True)]
    starts = np.concatenate(inside)
    recording = np.repeat(np.arange(len(inside)), [len(starts) for starts in inside])
    return Grid(starts, np.append(starts[1:], whole), recording, recording_starts, recording_ends)


def track(world: World, stops: Stops, clock_error_s: FloatArray, night: int) -> Tracks:
    """Return the tracklets that a tracker makes of a night's stops.

    Args:
        world: how often it loses people, and whom it mistakes.
        stops: true stays in view.
        clock_error_s: (cameras,) what each camera's clock shows minus true time, seconds.
        night: number of the night.
    """
    grid = build_grid(world)
    broken = _cut(grid, _clocked(world, _broken(world, stops, night), stops, clock_error_s), stops)
    order = np.lexsort((broken.stop, broken.starts, broken.segment, broken.camera))
    rank = np.append(np.argsort(order), -1)
    sorted_tracks = broken.take(order)
    linked = replace(
        sorted_tracks, goes_on_in=rank[sorted_tracks.goes_on_in], comes_from=rank[sorted_tracks.comes_from]
    )
    return _switched(world, linked, night)


@dataclass(frozen=True, slots=True)
class _Fragments:
    stop: IntArray
    starts_s: FloatArray
    ends_s: FloatArray
    is_first: BoolArray
    is_last: BoolArray


def _broken(world: World, stops: Stops, night: int) -> _Fragments:
    """Break every stay at random; true seconds."""
    rng = stream(world, Purpose.FRAGMENTS, night)
    dwell_s = stops.left_s - stops.arrived_s
    mean_s = world.dwell_median_s * np.exp(world.dwell_sigma**2 / 2)  # staff stay longer and break more often
    most = (dwell_s / _SECONDS_PER_BREAK).astype(np.int64)
    breaks = np.minimum(rng.poisson((world.fragments_per_stop - 1) * dwell_s / mean_s), most)
    stop = np.repeat(np.arange(len(stops)), breaks + 1)
    is_first = np.diff(stop, prepend=-1) != 0
    is_last = np.diff(stop, append=-1) != 0
    median_s, sigma, most_s = _GAP_S
    gap_s = np.minimum(median_s * rng.lognormal(0, sigma, len(stop)), most_s)
    is_overlap = rng.random(len(stop)) < _OVERLAP_SHARE
    overlap_s = rng.uniform(0, min(_OVERLAP_S, _SHORTEST_S), len(stop))
    gap_s[is_last] = 0
    # gaps and the shortest fragments must leave something of the stay
    lost_s = np.bincount(stop, gap_s, minlength=len(stops))
    gap_s *= np.minimum(1, _LOST_AT_MOST * dwell_s / np.maximum(lost_s, 1e-9))[stop]
    gap_s = np.where(is_overlap & ~is_last, -overlap_s, gap_s)
    least_s = np.minimum(_SHORTEST_S, 0.5 * dwell_s / (breaks + 1))[stop]
    weight = rng.exponential(size=len(stop))
    spare_s = dwell_s - np.bincount(stop, gap_s + least_s, minlength=len(stops))
    length_s = least_s + weight * (spare_s / np.bincount(stop, weight, minlength=len(stops)))[stop]
    reached_s = np.cumsum(length_s + gap_s)
    before_s = (reached_s - length_s - gap_s)[is_first]
    ends_s = stops.arrived_s[stop] + reached_s - gap_s - before_s[np.cumsum(is_first) - 1]
    return _Fragments(stop, ends_s - length_s, ends_s, is_first, is_last)


def _clocked(world: World, fragments: _Fragments, stops: Stops, clock_error_s: FloatArray) -> Tracks:
    """Put fragments on the frames that the camera's clock shows, and leave out what lies outside the recordings."""
    error_s = clock_error_s[stops.camera[fragments.stop]]
    starts = np.round((fragments.starts_s + error_s) * world.analysis_fps).astype(np.int64)
    ends = np.maximum(starts, np.round((fragments.ends_s + error_s) * world.analysis_fps).astype(np.int64) - 1)
    is_kept = (ends >= 0) & (starts < world.frames_per_night)
    none = np.full(len(starts), -1)
    tracks = Tracks(
        camera=stops.camera[fragments.stop],
        segment=none,
        stop=fragments.stop,
        other_stop=none,
        starts=np.maximum(starts, 0),
        switches=none,
        ends=np.minimum(ends, world.frames_per_night - 1),
        began_by=np.where(fragments.is_first, _ENTERED, _APPEARED),
        ended_by=np.where(fragments.is_last, _LEFT, _LOST),
        goes_on_in=none,
        comes_from=none,
    )
    return tracks.take(is_kept)


def _cut(grid: Grid, tracks: Tracks, stops: Stops) -> Tracks:
    """Cut tracklets where a segment ends; a cut within one recording is seen by both sides."""
    first = np.searchsorted(grid.starts, tracks.starts, side="right") - 1
    last = np.searchsorted(grid.starts, tracks.ends, side="right") - 1
    parts = last - first + 1
    whole = np.repeat(np.arange(len(tracks)), parts)
    segment = first[whole] + np.arange(len(whole)) - np.repeat(np.cumsum(parts) - parts, parts)
    is_cut_before, is_cut_after = segment > first[whole], segment < last[whole]
    numbers = np.arange(len(whole))
    same_recording = grid.recording[np.maximum(segment - 1, 0)] == grid.recording[segment]
    comes_from = np.where(is_cut_before & same_recording, numbers - 1, -1)
    goes_on_in = np.full(len(whole), -1)
    goes_on_in[comes_from[comes_from >= 0]] = numbers[comes_from >= 0]
    pieces = tracks.take(whole)
    ends = np.minimum(pieces.ends, grid.ends[segment] - 1)
    return replace(
        pieces,
        segment=segment,
        starts=np.maximum(pieces.starts, grid.starts[segment]),
        ends=ends,
        switches=ends + 1,
        began_by=np.where(is_cut_before, _CUT_BEFORE, pieces.began_by),
        ended_by=np.where(is_cut_after, _CUT_AFTER, pieces.ended_by),
        goes_on_in=goes_on_in,
        comes_from=comes_from,
    )


def _switched(world: World, tracks: Tracks, night: int) -> Tracks:
    """Exchange the tails of pairs of tracklets that are in view together, until the wanted share is reached.

    Only tracklets that follow one another by their beginnings are paired, one pair for each stay, none that is cut.
    """
    one, other = _pairs(world, tracks, night)
    # both people are where they met in the middle of the time that they share
    at = (tracks.starts[other] + np.minimum(tracks.ends[one], tracks.ends[other])) // 2 + 1
    rows, partners, at = np.concatenate([one, other]), np.concatenate([other, one]), np.concatenate([at, at])
    other_stop, switches = tracks.other_stop.copy(), tracks.switches.copy()
    ends, ended_by = tracks.ends.copy(), tracks.ended_by.copy()
    other_stop[rows], switches[rows] = tracks.stop[partners], at
    ends[rows], ended_by[rows] = tracks.ends[partners], tracks.ended_by[partners]
    return replace(tracks, other_stop=other_stop, switches=switches, ends=ends, ended_by=ended_by)


def _pairs(world: World, tracks: Tracks, night: int) -> tuple[IntArray, IntArray]:
    rng = stream(world, Purpose.SWITCHES, night)
    wanted = round(world.switched_share * len(tracks) / 2)
    is_whole = (tracks.began_by != _CUT_BEFORE) & (tracks.ended_by != _CUT_AFTER)
    together = np.minimum(tracks.ends[:-1], tracks.ends[1:]) - tracks.starts[1:]
    is_candidate = (
        (tracks.camera[:-1] == tracks.camera[1:])
        & (tracks.segment[:-1] == tracks.segment[1:])
        & (tracks.stop[:-1] != tracks.stop[1:])
        & (together >= max(2, world.frames(_SWITCH_OVERLAP_S)))
        & is_whole[:-1]
        & is_whole[1:]
    )
    chosen: list[int] = []
    taken: set[int] = set()
    for row in rng.permutation(np.flatnonzero(is_candidate)).tolist():
        if len(chosen) >= wanted:
            break
        stops = {int(tracks.stop[row]), int(tracks.stop[row + 1])}
        if not stops & taken:
            taken |= stops
            chosen.append(row)
    one = np.array(sorted(chosen), np.int64)
    return one, one + 1
