"""Time, segments and geometry against slow, obvious references on random input."""

from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import geometry, ids, timebase
from analytics.perception.segments import Source, cut
from analytics.timebase import Interval

ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe"]).map(
    ZoneInfo
)
DAY_STARTS = st.times(max_value=time(12)).map(lambda moment: moment.replace(second=0, microsecond=0))
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)).map(
    lambda moment: timebase.to_instant(moment.replace(tzinfo=UTC))
)
DAY_US = 86_400 * timebase.MICROSECONDS
WHOLE = st.integers(0, 12)
POINT = st.tuples(WHOLE, WHOLE)


@st.composite
def intervals(draw: st.DrawFn, longest_us: int = 3 * DAY_US) -> Interval:
    """Draw an interval, empty ones included."""
    starts_at = draw(INSTANTS)
    return Interval(starts_at, starts_at + draw(st.integers(0, longest_us)))


def joined(parts: list[Interval]) -> list[Interval]:
    """Return parts that meet as one."""
    whole: list[Interval] = []
    for part in parts:
        if whole and whole[-1].ends_at == part.starts_at:
            whole[-1] = Interval(whole[-1].starts_at, part.ends_at)
        else:
            whole.append(part)
    return whole


@given(intervals())
def test_hours_partition_an_interval(interval: Interval) -> None:
    """Together the hours are the interval; each lies in one UTC hour and none is empty."""
    hours = list(timebase.hours_of(interval))
    assert joined(hours) == ([interval] if interval.duration_s else [])
    assert all(hour.starts_at // timebase.HOUR_US == (hour.ends_at - 1) // timebase.HOUR_US for hour in hours)


@given(intervals(), ZONES, DAY_STARTS)
def test_nights_partition_an_interval(interval: Interval, zone: ZoneInfo, day_starts: time) -> None:
    """Cut by its nights an interval loses nothing and gains nothing, and no night is touched without being listed."""
    nights = list(timebase.nights_of(interval, zone, day_starts))
    parts = [timebase.night_interval(night, zone, day_starts).intersect(interval) for night in nights]
    assert joined([part for part in parts if part]) == ([interval] if interval.duration_s else [])
    assert all(parts)


@given(INSTANTS, ZONES, DAY_STARTS)
def test_instant_lies_in_its_night(instant: int, zone: ZoneInfo, day_starts: time) -> None:
    """The night of an instant contains it, and no other night does."""
    night = timebase.night_of(instant, zone, day_starts)
    around = [night + timedelta(days=days) for days in (-1, 0, 1)]
    assert [timebase.night_interval(each, zone, day_starts).contains(instant) for each in around] == [
        False,
        True,
        False,
    ]


@given(
    intervals(),
    st.floats(1, 1e5) | st.sampled_from([300.0, 3600.0]),
    ZONES,
    DAY_STARTS,
)
def test_segments_partition_a_recording(interval: Interval, segment_s: float, zone: ZoneInfo, day_starts: time) -> None:
    """Segments are the recording, none is too long or in two nights, ids sort like time, and a second cut is equal."""
    segment_s = max(segment_s, interval.duration_s / 500)
    source = Source("rec", "site", "cam1", "a.mp4", "key", interval)
    segments = list(cut(source, segment_s, zone, day_starts))
    assert joined([segment.interval for segment in segments]) == ([interval] if interval.duration_s else [])
    assert all(segment.interval.duration_s <= segment_s + 1e-6 for segment in segments)
    for segment in segments:
        assert list(timebase.nights_of(segment.interval, zone, day_starts)) == [segment.night]
    found = [segment.segment_id for segment in segments]
    assert found == sorted(set(found))
    assert [segment.is_last for segment in segments] == [False] * (len(segments) - 1) + [True] * bool(segments)
    assert list(cut(source, segment_s, zone, day_starts)) == segments


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())))
def test_digest_ignores_order(parts: dict[str, object]) -> None:
    """The digest of a mapping is that of the mapping turned around."""
    assert ids.digest(parts) == ids.digest(dict(reversed(parts.items())))


@st.composite
def whole_boxes(draw: st.DrawFn) -> np.ndarray:
    """Draw up to four boxes with integer corners, some without area."""
    rows = draw(st.lists(st.tuples(WHOLE, WHOLE, WHOLE, WHOLE), max_size=4))
    corners = np.array(rows, np.float64).reshape(-1, 2, 2)
    return np.sort(corners, axis=1).reshape(-1, 4)


def iou_by_counting_pixels(a: np.ndarray, b: np.ndarray) -> float:
    """Return the share of pixels that both of two integer boxes cover."""
    x, y = np.meshgrid(np.arange(12) + 0.5, np.arange(12) + 0.5)
    in_a, in_b = ((x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3]) for box in (a, b))
    union = np.count_nonzero(in_a | in_b)
    return np.count_nonzero(in_a & in_b) / union if union else 0.0


@given(whole_boxes(), whole_boxes())
def test_iou_equals_counting_pixels(a: np.ndarray, b: np.ndarray) -> None:
    """The vectorised IoU of integer boxes is the share of pixels that both cover."""
    expected = [[iou_by_counting_pixels(one, other) for other in b] for one in a]
    assert geometry.iou(a, b) == pytest.approx(np.array(expected).reshape(len(a), len(b)))


@given(st.lists(POINT, min_size=3, max_size=7), st.lists(POINT, min_size=1, max_size=8))
def test_points_in_polygon_equals_exact_ray_casting(
    corners: list[tuple[int, int]], points: list[tuple[int, int]]
) -> None:
    """On integer coordinates the answer is that of exact ray casting, on edges and corners too."""
    found = geometry.points_in_polygon(np.array(points, np.float64), np.array(corners, np.float64))
    assert found.tolist() == [inside_exactly(point, corners) for point in points]


def inside_exactly(point: tuple[int, int], corners: list[tuple[int, int]]) -> bool:
    """Count, in fractions, the edges to the right of a point that span its height."""
    crossings = 0
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (ay > point[1]) != (by > point[1]):
            crossings += point[0] < ax + Fraction((point[1] - ay) * (bx - ax), by - ay)
    return crossings % 2 == 1


COORDINATE = st.floats(-1000, 1000, allow_subnormal=False).map(lambda value: round(value, 3))


@given(st.tuples(COORDINATE, COORDINATE), st.tuples(COORDINATE, COORDINATE), st.floats(0, 1), st.booleans())
def test_point_on_a_shared_edge_is_in_one_polygon(
    a: tuple[float, float], b: tuple[float, float], share: float, is_single: bool
) -> None:
    """Whoever stands on the edge that two polygons share, or by rounding beside it, is in exactly one of them."""
    dtype = np.float32 if is_single else np.float64
    x, y = (a[axis] + share * (b[axis] - a[axis]) for axis in (0, 1))
    far = 1e5
    # the two triangles over the edge, to the far left and the far right, hold every point near it
    left = np.array([a, b, (-far, b[1]), (-far, a[1])], dtype)
    right = np.array([b, a, (far, a[1]), (far, b[1])], dtype)
    points = np.array([[x, y]], dtype)
    low, high = sorted(float(corner) for corner in left[:2, 1])
    inside = [bool(geometry.points_in_polygon(points, polygon)[0]) for polygon in (left, right)]
    assert sum(inside) == (1 if low <= float(points[0, 1]) < high else 0)


@given(st.lists(POINT, min_size=3, max_size=6))
def test_crossing_edges_are_those_that_share_a_point(corners: list[tuple[int, int]]) -> None:
    """A polygon crosses itself when two edges that are not neighbours share a point, worked out in fractions."""
    count = len(corners)
    edges = [(corners[number], corners[(number + 1) % count]) for number in range(count)]
    expected = any(
        share_a_point(*edges[i], *edges[j])
        for i in range(count)
        for j in range(i + 1, count)
        if (j - i) % count not in (1, count - 1)
    )
    assert geometry.crosses_itself(np.array(corners, np.float64)) == expected


def share_a_point(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int], d: tuple[int, int]) -> bool:
    """Solve a + t (b - a) = c + u (d - c) for t and u in [0, 1], exactly."""
    (px, py), (qx, qy), (rx, ry) = (
        (b[0] - a[0], b[1] - a[1]),
        (d[0] - c[0], d[1] - c[1]),
        (c[0] - a[0], c[1] - a[1]),
    )
    determinant = px * qy - py * qx
    if determinant:
        t, u = Fraction(rx * qy - ry * qx, determinant), Fraction(rx * py - ry * px, determinant)
        return 0 <= t <= 1 and 0 <= u <= 1
    return any(lies_on(point, a, b) for point in (c, d)) or any(lies_on(point, c, d) for point in (a, b))


def lies_on(point: tuple[int, int], a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Tell whether a point lies on a segment: collinear and between its ends."""
    turn = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
    return turn == 0 and all(min(a[k], b[k]) <= point[k] <= max(a[k], b[k]) for k in (0, 1))
