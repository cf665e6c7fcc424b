"""What the default tracker does with crossings, gaps, gates and scores."""

from typing import Any

import numpy as np
import pytest

from analytics.errors import ConfigError
from analytics.perception import plugins
from analytics.perception.frame import Detections, Frame
from analytics.perception.plugins import Tracker

WIDTH_PX = 500
BLACK = np.zeros((300, WIDTH_PX, 3), np.uint8)
Person = tuple[float, float, int]  # x of the left side, score, look


def tracker(**params: Any) -> Tracker:
    return plugins.build_tracker("botsort_centroid", {"appearance": "features", **params})


def at(at_s: float, pixels: np.ndarray = BLACK) -> Frame:
    return Frame("cam1", round(at_s * 1e6), pixels)


def see(*people: Person) -> Detections:
    """Boxes of 40 x 100 px; people of different looks have vectors at right angles."""
    boxes = [(x, 100, x + 40, 200) for x, _, _ in people]
    looks = np.eye(4, dtype=np.float32)[[look for _, _, look in people]]
    scores = np.array([score for _, score, _ in people], np.float32)
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), scores, np.zeros(len(people), np.int16), looks)


def numbers(live: Tracker, at_s: float, *people: Person) -> list[int]:
    """The track number of each person, 0 for none."""
    assignment = live.update(see(*people), at(at_s))
    found = dict(zip(assignment.detection_nos.tolist(), assignment.track_nos.tolist(), strict=True))
    return [found.get(position, 0) for position in range(len(people))]


def stand(live: Tracker, x: float, look: int = 0, frames: int = 10) -> None:
    for k in range(frames):
        assert numbers(live, k / 10, (x, 0.9, look)) == [1]


def test_a_track_is_reported_from_its_first_box() -> None:
    """The first box of a person already has the number that the person keeps."""
    assert numbers(tracker(), 0.0, (100, 0.9, 0)) == [1]


@pytest.mark.parametrize(("score", "expected"), [(0.6, 1), (0.599, 0)])
def test_a_score_at_the_limit_begins_a_track(score: float, expected: int) -> None:
    """`begin_score` itself begins a track, anything below does not."""
    assert numbers(tracker(begin_score=0.6), 0.0, (100, score, 0)) == [expected]


@pytest.mark.parametrize(("score", "expected"), [(0.1, 1), (0.099, 0)])
def test_a_low_score_continues_what_it_overlaps(score: float, expected: int) -> None:
    """From `low_score` on a box continues a track and never begins one."""
    live = tracker()
    stand(live, 100)
    assert numbers(live, 1.0, (102, score, 0), (300, score, 1)) == [expected, 0]


def test_the_same_look_near_the_last_box_is_the_same_person() -> None:
    """Five seconds later and 90 px on, within 0.2 of 500 px, the look brings the number back."""
    live = tracker()
    stand(live, 100)
    assert numbers(live, 5.9, (190, 0.9, 0)) == [1]


@pytest.mark.parametrize(("x", "expected"), [(200, 1), (201, 2)])
def test_the_gate_is_measured_from_the_last_observed_box(x: float, expected: int) -> None:
    """Exactly `proximity` times the image width away is near, a pixel more is not."""
    live = tracker(proximity=0.2)
    stand(live, 100)
    assert numbers(live, 5.9, (x, 0.9, 0)) == [expected]


def test_the_gate_follows_a_walker() -> None:
    """Someone who walked right across the picture is looked for where they were last seen, not where they began."""
    live = tracker()
    for k in range(40):
        assert numbers(live, k / 10, (20 + 10 * k, 0.9, 0)) == [1]
    assert numbers(live, 9.0, (390, 0.9, 0)) == [1]


def test_another_look_at_the_same_place_is_another_person() -> None:
    """Where a person vanished, someone of another look begins a track."""
    live = tracker()
    stand(live, 100)
    assert numbers(live, 5.9, (100, 0.9, 1)) == [2]


def test_nobody_is_brought_back_faster_than_people_move() -> None:
    """1.1 s later and 240 px on, two and a half heights, is too fast; ten seconds later it is not."""
    fast, slow = tracker(proximity=1.0), tracker(proximity=1.0)
    stand(fast, 100)
    stand(slow, 100)
    assert numbers(fast, 1.9 + 0.1, (400, 0.9, 0)) == [2]
    assert numbers(slow, 9.9, (400, 0.9, 0)) == [1]


@pytest.mark.parametrize(("gap_us", "expected"), [(10_000_000, 1), (10_000_001, 2)])
def test_the_gap_is_exact(gap_us: int, expected: int) -> None:
    """Unseen for exactly `max_gap_s` continues, a microsecond more does not."""
    live = tracker()
    stand(live, 100)
    assert numbers(live, 0.9 + gap_us / 1e6, (100, 0.9, 0)) == [expected]


def test_people_who_cross_keep_their_numbers() -> None:
    """Two people of different looks walk through one another, both hidden for half a second in the middle."""
    live = tracker()
    for k in range(60):
        people = [(100 + 5 * k, 0.9, 0), (395 - 5 * k, 0.9, 1)]
        hidden = 27 <= k <= 32
        found = numbers(live, k / 10, *([] if hidden else people))
        assert found == ([] if hidden else [1, 2])


def test_looks_decide_between_people_who_overlap() -> None:
    """Where two people stand close and both boxes lie between them, overlap alone would exchange their numbers."""
    live = tracker()
    for k in range(10):
        assert numbers(live, k / 10, (100, 0.9, 0), (116, 0.9, 1)) == [1, 2]
    assert numbers(live, 1.0, (110, 0.9, 0), (106, 0.9, 1)) == [1, 2]


def test_a_second_box_of_a_person_begins_no_track() -> None:
    """A box that covers most of a matched one is taken for the detector's own double."""
    live = tracker()
    stand(live, 100)
    assert numbers(live, 1.0, (101, 0.9, 0), (104, 0.8, 0)) == [1, 0]
    assert numbers(live, 1.1, (101, 0.9, 0), (300, 0.8, 1)) == [1, 2]


def test_a_fast_walker_at_two_frames_a_second_is_followed() -> None:
    """Boxes that never overlap from frame to frame are joined by where they must be."""
    live = tracker(appearance="none")
    assert [numbers(live, k / 2, (20 + 45 * k, 0.9, 0)) for k in range(8)] == [[1]] * 8


def test_features_may_be_missing_in_some_frames() -> None:
    """A frame without features neither forgets what was known nor fails."""
    live = tracker()
    stand(live, 100)
    bare = Detections(see((102, 0.9, 0)).boxes, np.array([0.9], np.float32), np.zeros(1, np.int16))
    assert live.update(bare, at(1.0)).track_nos.tolist() == [1]
    assert numbers(live, 6.0, (150, 0.9, 0)) == [1]


def test_features_of_another_length_are_refused() -> None:
    """Vectors of two models in one stretch are a mistake of the caller."""
    live = tracker()
    stand(live, 100)
    wrong = Detections(see((100, 0.9, 0)).boxes, np.array([0.9], np.float32), np.zeros(1, np.int16), np.ones((1, 7)))
    with pytest.raises(ValueError, match="expected features of 4 numbers"):
        live.update(wrong, at(1.0))


def test_clothes_are_read_from_the_frame() -> None:
    """By default the colours of the picture decide: the same place and another shirt is another person."""

    def picture(colour: tuple[int, int, int]) -> np.ndarray:
        pixels = BLACK.copy()
        pixels[100:200, 100:140] = colour
        return pixels

    live, red, blue = tracker(appearance="colour"), picture((20, 20, 220)), picture((220, 20, 20))
    for k in range(10):
        live.update(see((100, 0.9, 0)), at(k / 10, red))
    assert live.update(see((100, 0.9, 0)), at(5.0, red)).track_nos.tolist() == [1]
    assert live.update(see((100, 0.9, 0)), at(9.0, blue)).track_nos.tolist() == [2]


def test_an_unknown_parameter_is_refused() -> None:
    """A typo in the settings is a ConfigError that names it."""
    with pytest.raises(ConfigError, match=r"tracker.params.proximty"):
        plugins.build_tracker("botsort_centroid", {"proximty": 0.2})
