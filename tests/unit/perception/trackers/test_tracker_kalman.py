"""The batched filter against the textbook's matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.geometry import FloatArray
from analytics.perception.trackers._kalman import (
    COVARIANCE,
    SPEED,
    SPEED_VARIANCE,
    VALUE,
    VALUE_VARIANCE,
    Motion,
    boxes_of,
)

BOX = np.array([[100.0, 50.0, 140.0, 150.0]])


def shifted(x_px: float) -> FloatArray:
    return BOX + np.array([x_px, 0, x_px, 0])


def corrected_by_matrices(state: FloatArray, axis: int, measured: float, noise: float) -> tuple[FloatArray, FloatArray]:
    """One axis of one box by x + K (z - H x) and (I - K H) P."""
    mean = np.array([state[VALUE, axis], state[SPEED, axis]])
    covariance = np.array(
        [[state[VALUE_VARIANCE, axis], state[COVARIANCE, axis]], [state[COVARIANCE, axis], state[SPEED_VARIANCE, axis]]]
    )
    look = np.array([[1.0, 0.0]])
    gain = covariance @ look.T / (look @ covariance @ look.T + noise)
    return mean + gain[:, 0] * (measured - mean[0]), (np.eye(2) - gain @ look) @ covariance


def test_a_correction_equals_the_matrix_form() -> None:
    """Every axis is corrected as the two-by-two matrices say."""
    motion = Motion()
    ahead = motion.predict(motion.begin(BOX), np.array([0.4]))
    found = BOX + np.array([[6.0, 2.0, 8.0, -4.0]])
    corrected = motion.correct(ahead, found)[0]
    measured = [(found[0, 0] + found[0, 2]) / 2, (found[0, 1] + found[0, 3]) / 2, 42.0, 94.0]
    for axis in range(4):
        mean, covariance = corrected_by_matrices(ahead[0], axis, measured[axis], (motion.measurement * 94.0) ** 2)
        assert corrected[VALUE, axis] == pytest.approx(mean[0])
        assert corrected[SPEED, axis] == pytest.approx(mean[1])
        assert corrected[VALUE_VARIANCE, axis] == pytest.approx(covariance[0, 0])
        assert corrected[COVARIANCE, axis] == pytest.approx(covariance[0, 1])
        assert corrected[SPEED_VARIANCE, axis] == pytest.approx(covariance[1, 1])


@given(st.floats(0.01, 5), st.floats(0.01, 5))
def test_two_steps_lead_where_one_does(first_s: float, second_s: float) -> None:
    """Value and speed after two predictions are those after one of the same length."""
    motion = Motion()
    state = motion.begin(BOX)
    state[:, SPEED] = [[80.0, -20.0, 1.0, 2.0]]
    twice = motion.predict(motion.predict(state, np.array([first_s])), np.array([second_s]))
    once = motion.predict(state, np.array([first_s + second_s]))
    assert twice[:, :2] == pytest.approx(once[:, :2])


def test_no_time_changes_nothing() -> None:
    """A prediction of 0 s is the state itself."""
    state = Motion().begin(BOX)
    assert np.array_equal(Motion().predict(state, np.zeros(1)), state)


def test_nothing_is_predicted_and_corrected_as_nothing() -> None:
    """No boxes give no states in every operation."""
    motion, none = Motion(), np.zeros((0, 4))
    states = motion.correct(motion.predict(motion.begin(none), np.zeros(0)), none)
    assert states.shape == (0, 5, 4)
    assert boxes_of(states).shape == (0, 4)


def test_a_steady_walk_is_learned() -> None:
    """After two seconds at 50 px/s the next place is predicted to within 2 px."""
    motion = Motion()
    states = motion.begin(BOX)
    for step in range(1, 21):
        states = motion.correct(motion.predict(states, np.array([0.1])), shifted(5.0 * step))
    ahead = boxes_of(motion.predict(states, np.array([0.1])))
    assert ahead == pytest.approx(shifted(105.0), abs=2)


@given(st.floats(0, 1000))
def test_an_unseen_track_stays_in_reach(elapsed_s: float) -> None:
    """However long nobody sees it, a track never coasts further than its speed times the memory."""
    motion = Motion()
    states = motion.begin(BOX)
    states[:, SPEED, 0] = 100.0
    ahead = motion.predict(states, np.array([elapsed_s]))
    assert 0 <= ahead[0, VALUE, 0] - states[0, VALUE, 0] <= 100.0 * motion.memory_s


def test_variances_grow_unseen_and_shrink_seen() -> None:
    """Time adds doubt, an observation takes it away."""
    motion = Motion()
    start = motion.begin(BOX)
    ahead = motion.predict(start, np.array([1.0]))
    seen = motion.correct(ahead, BOX)
    assert (ahead[:, VALUE_VARIANCE] > start[:, VALUE_VARIANCE]).all()
    assert (seen[:, VALUE_VARIANCE] < ahead[:, VALUE_VARIANCE]).all()
    assert (seen[:, SPEED_VARIANCE] < ahead[:, SPEED_VARIANCE]).all()
    assert (seen[:, SPEED_VARIANCE] > 0).all()


def test_boxes_are_never_inside_out() -> None:
    """A predicted side that fell below nothing is one pixel."""
    states = Motion().begin(BOX)
    states[:, VALUE, 2] = -5.0
    x_min, _, x_max, _ = boxes_of(states)[0]
    assert x_max - x_min == 1.0
