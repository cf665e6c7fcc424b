import numpy as np
import pytest

from analytics.perception.crops import Candidate, CandidatePool, choose_different, qualities
from analytics.perception.frame import Detections, Frame
from analytics.settings import Crops

SECOND = 1_000_000


def frame(at_s: float = 0.0, seed: int = 0) -> Frame:
    pixels = np.random.default_rng(seed).integers(0, 255, (400, 600, 3), np.uint8)
    return Frame("cam1", round(at_s * SECOND), pixels)


def detections(*boxes: tuple[float, float, float, float], score: float = 0.8) -> Detections:
    return Detections(
        np.array(boxes, np.float32), np.full(len(boxes), score, np.float32), np.zeros(len(boxes), np.int16)
    )


def candidate(at_s: float, quality: float, thumbnail: tuple[float, float]) -> Candidate:
    pixels = np.zeros((50, 20, 3), np.uint8)
    return Candidate(round(at_s * SECOND), 0, quality, pixels, None, np.array(thumbnail) / np.hypot(*thumbnail))


def test_quality_is_full_for_a_tall_lone_box_inside() -> None:
    """Nothing but the score counts when the box is 128 px tall, free and inside."""
    assert qualities(detections((100, 100, 150, 228)), frame()) == pytest.approx([0.8])


@pytest.mark.parametrize(
    ("box", "expected"),
    [((100, 100, 150, 164), 0.4), ((0, 100, 50, 228), 0.4), ((100, 272, 150, 400), 0.4), ((100, 100, 150, 300), 0.8)],
)
def test_quality_falls_with_height_and_at_the_border(box: tuple[float, float, float, float], expected: float) -> None:
    """Half the height or a border halves it; more than the full height gains nothing."""
    assert qualities(detections(box), frame()) == pytest.approx([expected])


def test_only_what_stands_nearer_covers() -> None:
    """The box whose foot is lower in the image hides the other, not the other way round."""
    behind, front = qualities(detections((100, 100, 200, 300), (100, 150, 200, 350)), frame())

    assert behind == pytest.approx(0.8 * 0.25)
    assert front == pytest.approx(0.8)


def test_no_detections_have_no_quality() -> None:
    """An empty frame gives an empty answer."""
    assert qualities(Detections.none(), frame()).shape == (0,)


def test_a_pool_keeps_the_best_of_each_spell() -> None:
    """Within spacing_s only the best picture stays; a later spell has its own."""
    pool = CandidatePool(Crops(spacing_s=1.0))
    found = detections((100, 100, 150, 228))
    for at_s, quality in ((0.0, 0.3), (0.5, 0.6), (0.9, 0.5), (1.1, 0.2)):
        pool.offer(frame(at_s, seed=int(at_s * 10)), found, 0, quality)

    assert [(c.captured_at, c.quality) for c in pool._candidates] == [(SECOND // 2, 0.6), (round(1.1 * SECOND), 0.2)]


def test_a_pool_stays_small_and_spread_over_a_long_track() -> None:
    """After thousands of frames there are at most twice max_per_tracklet pictures, from the whole time."""
    pool = CandidatePool(Crops(max_per_tracklet=4, spacing_s=0.5))
    found = detections((100, 100, 150, 228))
    image = frame()
    for number in range(3000):
        pool.offer(Frame("cam1", number * SECOND // 10, image.pixels), found, 0, 0.5 + 0.4 * np.sin(number))

    chosen = pool._candidates
    times_s = [c.captured_at / SECOND for c in chosen]
    assert len(chosen) <= 8
    assert times_s[0] < 100 < 200 < times_s[-1]


def test_candidates_are_copies() -> None:
    """A picture of the pool does not keep its frame alive."""
    pool = CandidatePool(Crops())
    pool.offer(frame(), detections((100, 100, 150, 228)), 0, 0.5)

    assert pool._candidates[0].pixels.base is None


def test_small_pictures_are_taken_only_when_there_is_nothing_taller() -> None:
    """Below min_height_px one picture remains when there are no others."""
    low = CandidatePool(Crops(min_height_px=40, spacing_s=0))
    for at_s in (0, 1, 2):
        low.offer(frame(at_s), detections((100, 100, 110, 130)), 0, 0.2)

    assert len(low.choose()) == 1
    low.offer(frame(3), detections((100, 100, 110, 140)), 0, 0.2)
    assert [c.captured_at for c in low.choose()] == [3 * SECOND]


def test_choice_is_best_first_then_different() -> None:
    """Of two pictures like the best, the one that looks different wins, though it is a little worse."""
    best, same, different = (
        candidate(0, 0.9, (1, 0)),
        candidate(1, 0.89, (1, 0.01)),
        candidate(2, 0.7, (0, 1)),
    )

    assert choose_different([best, same, different], 2) == [best, different]


@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_choice_is_what_trying_each_step_in_full_gives(count: int) -> None:
    """The fast choice equals the definition, written out."""
    random = np.random.default_rng(count)
    pool = [candidate(n, float(random.uniform(0.5, 1)), tuple(random.normal(0, 1, 2))) for n in range(7)]

    chosen = [max(pool, key=lambda c: (c.quality, -c.captured_at))]
    while len(chosen) < min(count, 7):
        left = [c for c in pool if not any(c is d for d in chosen)]
        chosen.append(max(left, key=lambda c: c.quality * (1 - max(float(c.thumbnail @ d.thumbnail) for d in chosen))))

    assert [c.captured_at for c in choose_different(pool, count)] == sorted(c.captured_at for c in chosen)


def test_poor_pictures_are_left_out() -> None:
    """Under half of the best quality a picture is not worth being different."""
    assert len(choose_different([candidate(0, 0.9, (1, 0)), candidate(1, 0.4, (0, 1))], 4)) == 1
    assert choose_different([], 4) == []
