from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.perception.frame import Assignment, Detections, Frame
from analytics.perception.tracklets import FinishedTrack, TrackCollector, instants_to_fill, interpolate
from analytics.settings import Perception, Tracklets
from analytics.timebase import Interval
from tests.builders.perception import segments

SECOND = 1_000_000
PIXELS = np.zeros((100, 200, 3), np.uint8)
Sighting = tuple[int, float, float]  # track number, x_min, score


def collector(starts_at_s: float = 0.0, ends_at_s: float | None = None, **limits: float) -> TrackCollector:
    """Collect for the stretch of a recording of 100 s that begins at instant 0; without an end it is the last."""
    perception = Perception(tracklets=Tracklets.model_validate({"min_points": 1, "max_interpolated_s": 1.0, **limits}))
    whole = replace(segments(100)[0], recording=Interval(0, 100 * SECOND))
    ends_at = 100 * SECOND if ends_at_s is None else round(ends_at_s * SECOND)
    segment = replace(whole, starts_at=round(starts_at_s * SECOND), ends_at=ends_at, is_last=ends_at_s is None)
    return TrackCollector(perception, segment, max_gap_s=2.0)


def show(to: TrackCollector, at_s: float, *seen: Sighting, box: tuple[float, float] = (20, 60)) -> list[FinishedTrack]:
    boxes = np.array([[x, box[0], x + 10, box[1]] for _, x, _ in seen], np.float32).reshape(-1, 4)
    scores = np.array([score for _, _, score in seen], np.float32)
    frame = Frame("cam1", round(at_s * SECOND), PIXELS)
    numbers = np.array([number for number, _, _ in seen], np.int64)
    found = Detections(boxes, scores, np.zeros(len(seen), np.int16))
    return list(to.add(frame, found, Assignment(np.arange(len(seen)), numbers)))


def test_a_track_ends_when_it_is_unseen_for_longer_than_the_tracker_waits() -> None:
    """At exactly max_gap_s it is alive; beyond, it is finished."""
    tracks = collector()
    show(tracks, 0, (1, 50, 0.9))

    assert show(tracks, 2.0) == []
    (finished,) = show(tracks, 2.1)
    assert finished.ended_by == "lost"
    assert list(tracks.close(is_cut=True)) == []


@pytest.mark.parametrize(
    ("points", "is_cut", "ends_at_s", "kept"),
    [(2, False, None, 0), (3, False, None, 1), (2, True, None, 1), (2, True, 0.15, 0), (3, True, 0.05, 1)],
)
def test_short_tracks_are_noise_unless_the_recording_ended_them(
    points: int, is_cut: bool, ends_at_s: float | None, kept: int
) -> None:
    """min_points counts detected points, those behind the cut too; in the next file a short track may go on."""
    tracks = collector(ends_at_s=ends_at_s, min_points=3)
    for number in range(points):
        show(tracks, number / 10, (1, 50, 0.9))

    assert len(list(tracks.close(is_cut=is_cut))) == kept


def test_weak_tracks_are_left_out() -> None:
    """Below min_mean_score a track is noise; equality is kept."""
    tracks = collector(min_mean_score=0.5)
    show(tracks, 0, (1, 50, 0.5), (2, 90, 0.49))

    assert len(list(tracks.close(is_cut=True))) == 1


def test_short_gaps_are_filled_at_the_sampled_instants() -> None:
    """Straight lines, marked as not detected; a gap above the limit stays open."""
    tracks = collector()
    for at_s in (0.0, 0.5, 1.0, 1.5, 2.0, 2.5):
        show(tracks, at_s, *(((1, 50 + 20 * at_s, 0.9),) if at_s in (0.0, 1.0, 2.5) else ()))

    (finished,) = tracks.close(is_cut=True)

    assert (finished.captured_at / SECOND).tolist() == [0.0, 0.5, 1.0, 2.5]
    assert finished.is_detected.tolist() == [True, False, True, True]
    assert finished.boxes[:, 0].tolist() == [50, 60, 70, 100]


@pytest.mark.parametrize(
    ("start_s", "first_s", "x", "expected"),
    [
        (0.0, 5.0, 50, "appeared"),
        (0.0, 5.0, 0, "entered_frame"),
        (0.0, 0.5, 50, "segment_cut"),
        (0.0, 0.5, 190, "entered_frame"),
        (5.0, 4.0, 0, "segment_cut"),
        (5.0, 5.0, 50, "appeared"),
    ],
)
def test_how_a_track_began(start_s: float, first_s: float, x: float, expected: str) -> None:
    """Seen before the cut, at the border, within a second of the recording's start, or in the middle of nowhere."""
    tracks = collector(start_s)
    for at_s in (first_s, first_s + 1.5):
        show(tracks, at_s, (1, x, 0.9))

    (finished,) = tracks.close(is_cut=True)

    assert finished.began_by == expected


@pytest.mark.parametrize(
    ("x", "unseen_s", "is_cut", "expected"),
    [
        (50, 0.0, True, "segment_cut"),
        (50, 1.0, True, "segment_cut"),
        (0, 0.0, True, "segment_cut"),
        (0, 1.0, True, "left_frame"),
        (50, 1.0, False, "lost"),
        (0, 1.0, False, "left_frame"),
    ],
)
def test_how_a_track_ended(x: float, unseen_s: float, is_cut: bool, expected: str) -> None:
    """In view at the cut it may go on; last seen at the border it left; otherwise it was lost."""
    tracks = collector()
    show(tracks, 3.0, (1, x, 0.9))
    if unseen_s:
        show(tracks, 3.0 + unseen_s)

    (finished,) = tracks.close(is_cut=is_cut)

    assert finished.ended_by == expected


def test_tracks_of_the_overlap_alone_belong_to_the_neighbours() -> None:
    """Before the segment or behind it: left out here, even when a gap across the segment would be filled."""
    tracks = collector(starts_at_s=5, ends_at_s=5.5)
    show(tracks, 4.8, (1, 50, 0.9), (2, 90, 0.9), (3, 20, 0.9))
    show(tracks, 5.0, (2, 90, 0.9))
    show(tracks, 5.6, (3, 20, 0.9), (4, 150, 0.9))

    assert [track.boxes[0, 0] for track in tracks.close(is_cut=True)] == [90]


def test_a_track_seen_behind_the_cut_ended_by_it() -> None:
    """Wherever it went after that."""
    tracks = collector(ends_at_s=5)
    show(tracks, 4.9, (1, 50, 0.9))
    show(tracks, 5.1, (1, 0, 0.9))
    (finished,) = show(tracks, 9.0)

    assert finished.ended_by == "segment_cut"


def test_no_picture_is_kept_from_the_overlap() -> None:
    """Crops are all inside the segment."""
    tracks = collector(starts_at_s=5, ends_at_s=7)
    for at_s in (3.5, 4.5, 5.5, 6.5, 7.5):
        show(tracks, at_s, (1, 50, 0.9))

    (finished,) = tracks.close(is_cut=True)

    assert [crop.captured_at / SECOND for crop in finished.crops] == [5.5, 6.5]


@given(st.sets(st.integers(0, 40), min_size=2), st.sets(st.integers(0, 40)), st.integers(0, 10))
def test_filling_equals_looking_at_each_instant(seen: set[int], others: set[int], max_gap: int) -> None:
    """An instant is filled when the points around it are at most max_gap apart and it is not a point itself."""
    points, sampled = np.array(sorted(seen)), np.array(sorted(seen | others))

    expected = [
        at
        for at in sampled.tolist()
        if at not in seen
        and points[0] < at < points[-1]
        and points[points > at].min() - points[points < at].max() <= max_gap
    ]

    assert instants_to_fill(points, sampled, max_gap).tolist() == expected


def test_interpolation_of_nothing_is_empty() -> None:
    """No instants give no boxes."""
    assert interpolate(np.array([0, 1]), np.zeros((2, 4), np.float32), np.zeros(0, np.int64)).shape == (0, 4)
