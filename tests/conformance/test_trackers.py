"""What every tracker promises, over everything in the plug-in folder."""

import gc
import sys
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import pytest

from analytics.perception import plugins
from analytics.perception.frame import Assignment, Detections, Frame
from analytics.perception.plugins import Tracker

WIDTH_PX, HEIGHT_PX, FPS = 480, 360, 10
METHODS = ("bytetrack", "botsort", "ocsort", "deepocsort", "tracktrack")
PIXELS = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
Make = Callable[..., Tracker]


def variants() -> list[Any]:
    """Every plug-in with its defaults, and `ultralytics` with each of its methods."""
    plain = [(name, {}) for name in plugins.names("trackers") if name != "ultralytics"]
    wrapped = [("ultralytics", {"method": method}) for method in METHODS]
    return [pytest.param(v, id="-".join([v[0], *map(str, v[1].values())])) for v in [*plain, *wrapped]]


@pytest.fixture(params=variants())
def make(request: pytest.FixtureRequest) -> Make:
    """Build a fresh tracker of the variant under test; keywords add to its parameters."""
    name, params = request.param
    return lambda **more: plugins.build_tracker(name, {**params, **more})


def frame(at_s: float) -> Frame:
    return Frame("cam1", round(at_s * 1e6), PIXELS)


def person(x: float, y: float = 100.0, score: float = 0.9, class_no: int = 0, look: int = 0) -> tuple[Any, ...]:
    """A box of 40 x 100 px whose upper left corner is (x, y), and a unit vector that tells looks apart."""
    vector = np.full(8, 0.1)
    vector[look] = 1.0
    return (x, y, x + 40, y + 100), score, class_no, vector / np.linalg.norm(vector)


def seen(*people: tuple[Any, ...], features: bool = True) -> Detections:
    if not people:
        return Detections.none(8 if features else None)
    boxes, scores, classes, vectors = zip(*people, strict=True)
    return Detections(
        np.array(boxes, np.float32),
        np.array(scores, np.float32),
        np.array(classes, np.int16),
        np.array(vectors, np.float32) if features else None,
    )


def numbers(assignment: Assignment) -> dict[int, int]:
    """The track number of each detection that has one."""
    return dict(zip(assignment.detection_nos.tolist(), assignment.track_nos.tolist(), strict=True))


def walk(tracker: Tracker, steps: int, start_s: float = 0.0, x: float = 50.0, fps: float = FPS) -> list[dict[int, int]]:
    """Let one person walk to the right at 20 px/s; one dictionary of numbers for each frame."""
    times = [k / fps for k in range(steps)]
    return [numbers(tracker.update(seen(person(x + 20 * t)), frame(start_s + t))) for t in times]


def crowd(seed: int, steps: int) -> list[Detections]:
    """A seeded scene of five people, two classes, misses and doubtful scores."""
    random = np.random.default_rng(seed)
    starts, speeds = random.uniform(20, 400, 5), random.uniform(-3, 3, 5)
    scenes = []
    for step in range(steps):
        shown = [
            person(starts[k] + speeds[k] * step, 40 + 50 * k, round(random.uniform(0.15, 0.95), 3), k % 2, k)
            for k in range(5)
            if random.random() > 0.15
        ]
        scenes.append(seen(*shown))
    return scenes


def answers(tracker: Tracker, scenes: list[Detections], fps: float = FPS) -> list[dict[int, int]]:
    return [numbers(tracker.update(scene, frame(k / fps))) for k, scene in enumerate(scenes)]


def test_a_steady_walker_keeps_one_number(make: Make) -> None:
    """One person in plain sight is one track, numbered from 1, reported within the first second."""
    per_frame = walk(make(), 40)
    assert {n for found in per_frame for n in found.values()} == {1}
    assert all(found == {0: 1} for found in per_frame[FPS:])


def test_the_same_input_gives_the_same_answer(make: Make) -> None:
    """Two instances that see the same scenes answer the same."""
    assert answers(make(), crowd(1, 60)) == answers(make(), crowd(1, 60))


def test_instances_are_independent(make: Make) -> None:
    """Interleaving two cameras in one process gives each what it gets alone."""
    here, there = crowd(2, 50), crowd(3, 50)
    alone_here, alone_there = answers(make(), here), answers(make(), there)
    first, second = make(), make()
    both = [
        (numbers(first.update(a, frame(k / FPS))), numbers(second.update(b, frame(k / FPS))))
        for k, (a, b) in enumerate(zip(here, there, strict=True))
    ]
    assert both == list(zip(alone_here, alone_there, strict=True))


def test_numbers_are_not_repeated_in_a_frame(make: Make) -> None:
    """In one frame each detection has at most one number and each number at most one detection."""
    for found in answers(make(), crowd(4, 80)):
        assert len(set(found.values())) == len(found)


def test_numbers_begin_at_one_without_classes_sharing_them(make: Make) -> None:
    """A number belongs to one class for ever."""
    scenes = crowd(5, 80)
    classes: dict[int, set[int]] = {}
    for scene, found in zip(scenes, answers(make(), scenes), strict=True):
        for detection_no, number in found.items():
            classes.setdefault(number, set()).add(int(scene.class_nos[detection_no]))
    assert min(classes) == 1
    assert all(len(kinds) == 1 for kinds in classes.values())


def test_a_track_is_not_continued_by_another_class(make: Make) -> None:
    """A van that stands exactly where a person stood is a new track."""
    tracker = make()
    before = set(walk(tracker, 20)[-1].values())
    van = [numbers(tracker.update(seen(person(90, class_no=1)), frame(2 + k / FPS))) for k in range(20)]
    after = {n for found in van for n in found.values()}
    assert before
    assert after
    assert not before & after


def test_a_first_frame_without_detections_changes_nothing(make: Make) -> None:
    """Empty frames before the first person, with or without features, only pass the time."""
    tracker = make()
    for k, features in enumerate((True, False, True)):
        assert numbers(tracker.update(seen(features=features), frame(k / FPS))) == {}
    assert {n for found in walk(tracker, 20, start_s=0.3) for n in found.values()} == {1}


@pytest.mark.parametrize("features", [True, False])
def test_empty_frames_between_are_bridged(make: Make, features: bool) -> None:
    """A person whom the detector misses in two frames of ten a second keeps the number."""
    tracker = make()
    before = walk(tracker, 20)[-1]
    for k in (20, 21):
        assert numbers(tracker.update(seen(features=features), frame(k / FPS))) == {}
    after = walk(tracker, 10, start_s=2.2, x=50 + 20 * 2.2)
    assert after[-1] == before == {0: 1}


def test_works_without_features(make: Make) -> None:
    """No tracker needs appearance."""
    tracker = make()
    found = [numbers(tracker.update(seen(person(50 + 2 * k), features=False), frame(k / FPS))) for k in range(30)]
    assert found[-1] == {0: 1}


def test_input_is_left_alone(make: Make) -> None:
    """Arrays that cannot be written are enough, and hold the same afterwards."""
    tracker, scenes = make(), crowd(6, 30)
    copies = [(s.boxes.copy(), s.scores.copy(), s.class_nos.copy(), np.array(s.features)) for s in scenes]
    answers(tracker, scenes)
    for scene, (boxes, scores, classes, vectors) in zip(scenes, copies, strict=True):
        assert scene.features is not None
        assert not scene.boxes.flags.writeable
        assert np.array_equal(scene.boxes, boxes)
        assert np.array_equal(scene.scores, scores)
        assert np.array_equal(scene.class_nos, classes)
        assert np.array_equal(scene.features, vectors)


def test_shuffled_detections_give_the_shuffled_answer(make: Make) -> None:
    """The order of a frame's detections decides nothing."""
    random, scenes = np.random.default_rng(0), crowd(7, 60)
    orders = [random.permutation(len(scene)) for scene in scenes]
    shuffled = [
        Detections(s.boxes[o], s.scores[o], s.class_nos[o], None if s.features is None else s.features[o])
        for s, o in zip(scenes, orders, strict=True)
    ]
    back = [
        {int(o[d]): n for d, n in found.items()} for o, found in zip(orders, answers(make(), shuffled), strict=True)
    ]
    assert back == answers(make(), scenes)


@pytest.mark.parametrize("score", [0.1, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7])
def test_a_score_at_a_threshold_loses_nobody(make: Make, score: float) -> None:
    """A person well in view keeps the number while the score sits exactly at, and then just above, a threshold."""
    tracker = make()
    walk(tracker, 20)
    just_above = float(np.nextafter(np.float32(score), np.float32(1)))
    seen_at = [
        numbers(tracker.update(seen(person(90 + 2 * k, score=s)), frame(2 + k / FPS)))
        for k, s in enumerate([score, just_above, score, just_above])
    ]
    assert seen_at[0] == seen_at[2]
    assert {n for found in seen_at for n in found.values()} <= {1}
    after = [numbers(tracker.update(seen(person(98 + 2 * k)), frame(2.4 + k / FPS))) for k in range(5)]
    assert after[-1] == {0: 1}


@pytest.mark.parametrize("frames_between", [0, 40])
def test_a_gap_longer_than_the_limit_ends_tracks(make: Make, frames_between: int) -> None:
    """After more than max_gap_s nobody is continued, whether frames were empty or missing."""
    tracker = make()
    before = set(walk(tracker, 20)[-1].values())
    resume_s = 1.9 + tracker.max_gap_s + 0.001
    for k in range(frames_between):
        tracker.update(seen(), frame(1.9 + (k + 1) * (resume_s - 1.9) / (frames_between + 1)))
    after = {n for found in walk(tracker, 20, start_s=resume_s, x=88) for n in found.values()}
    assert before == {1}
    assert after
    assert not after & before


def test_a_gap_within_the_limit_may_be_bridged(make: Make) -> None:
    """Half the limit after a person stood still, the person is the same."""
    tracker = make()
    for k in range(20):
        tracker.update(seen(person(200)), frame(k / FPS))
    pause = min(tracker.max_gap_s / 2, 1.0)
    found = [numbers(tracker.update(seen(person(200)), frame(1.9 + pause + k / FPS))) for k in range(10)]
    assert {n for f in found for n in f.values()} == {1}


def test_a_limit_that_is_set_is_kept(make: Make) -> None:
    """`max_gap_s` is a parameter of every tracker, in seconds, and what the tracker then promises."""
    tracker = make(max_gap_s=0.5)
    assert tracker.max_gap_s == 0.5
    before = set(walk(tracker, 20)[-1].values())
    after = {n for found in walk(tracker, 20, start_s=2.5, x=88) for n in found.values()}
    assert before
    assert not before & after


def test_a_step_back_in_time_ends_tracks(make: Make) -> None:
    """A clock that jumps back starts anew, without an error."""
    tracker = make()
    before = set(walk(tracker, 20, start_s=100)[-1].values())
    after = {n for found in walk(tracker, 20, start_s=0) for n in found.values()}
    assert before
    assert after
    assert not before & after


def test_two_frames_of_one_instant_are_no_error(make: Make) -> None:
    """A repeated instant keeps the tracks."""
    tracker = make()
    before = walk(tracker, 20)[-1]
    again = numbers(tracker.update(seen(person(50 + 20 * 1.9)), frame(1.9)))
    later = walk(tracker, 10, start_s=2.0, x=90)[-1]
    assert set(again.values()) <= {1}
    assert later == before == {0: 1}


def test_two_separate_walkers_are_never_exchanged(make: Make) -> None:
    """Two people who walk past each other in different halves of the picture keep a number each."""
    tracker = make()
    pairs = []
    for k in range(80):
        left_to_right, right_to_left = person(20 + 5 * k, 30, look=1), person(420 - 5 * k, 220, look=2)
        found = numbers(tracker.update(seen(left_to_right, right_to_left), frame(k / FPS)))
        pairs.append((found.get(0), found.get(1)))
    assert len({pair for pair in pairs if None not in pair}) == 1
    assert {pair[0] for pair in pairs} | {pair[1] for pair in pairs} <= {1, 2, None}
    assert None not in pairs[-1]


def test_an_uneven_frame_rate_is_no_reason_to_lose_anybody(make: Make) -> None:
    """Frames at 0.04, 0.1 and 0.2 s apart, in any order, follow one walker at constant speed."""
    tracker = make()
    random, at_s = np.random.default_rng(8), 0.0
    found = []
    for _ in range(80):
        found.append(numbers(tracker.update(seen(person(20 + 30 * at_s)), frame(at_s))))
        at_s += float(random.choice([0.04, 0.1, 0.2]))
    assert {n for f in found for n in f.values()} == {1}
    assert all(found[10:])


def test_memory_stays_flat(make: Make) -> None:
    """10,000 frames in which people come and go leave nothing behind: a tracker holds no more than half-way."""
    tracker, held = make(), []
    for k in range(10_000):
        visit, step = divmod(k, 10)
        shown = [person(20 + (visit * 97) % 400, 20 + (visit * 53) % 200)] if step < 3 else []
        tracker.update(seen(*shown), frame(k / 2))
        if k in (2000, 9999):
            held.append(bytes_held(tracker))
    assert held[1] <= held[0] * 1.5 + 2000


def bytes_held(root: object) -> int:
    """Size of everything that can be reached from an object, code left out."""
    code = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)
    found, waiting = {id(root): root}, [root]
    while waiting:
        for item in gc.get_referents(waiting.pop()):
            if id(item) not in found and not isinstance(item, code):
                found[id(item)] = item
                waiting.append(item)
    return sum(sys.getsizeof(item) for item in found.values())
