"""Ids: the same on every run, machine and Python version."""

import pytest

from analytics import ids


def test_ids_never_change() -> None:
    """A stored golden value: another digest would make every lake that exists worthless."""
    assert ids.digest({"b": [1, 2.5, None], "a": {"ü": True}}) == (
        "2dab1d6ef6ca48b2bb7246443cacd36a26e84d76424665f92405db3101d1c3ce"
    )
    assert ids.recording_id("site", "cam1", "c0ffee", 1_767_603_600_000_000) == "61972e3a3473b2c3"


def test_digest_is_independent_of_key_order() -> None:
    """Two mappings with the same pairs in another order, nested too, have one digest."""
    assert ids.digest({"a": 1, "b": {"c": 2, "d": 3}}) == ids.digest({"b": {"d": 3, "c": 2}, "a": 1})


@pytest.mark.parametrize("other", [{"a": 2}, {"b": 1}, {"a": 1, "b": None}, {"a": "1"}, {"a": [1]}, {}])
def test_digest_tells_values_apart(other: dict[str, object]) -> None:
    """Another value, name, type or nesting gives another digest."""
    assert ids.digest({"a": 1}) != ids.digest(other)


def test_digest_refuses_what_json_cannot_say() -> None:
    """A value without a canonical text is refused, because its repr may change."""
    with pytest.raises(TypeError):
        ids.digest({"a": {1, 2}})


def test_recording_id_ignores_the_name_and_nothing_else() -> None:
    """Site, camera, content and start each make another recording; an unknown start is no start at zero."""
    first = ids.recording_id("s", "c", "k", 5)
    others = [
        ids.recording_id("t", "c", "k", 5),
        ids.recording_id("s", "d", "k", 5),
        ids.recording_id("s", "c", "l", 5),
        ids.recording_id("s", "c", "k", 6),
        ids.recording_id("s", "c", "k", None),
        ids.recording_id("s", "c", "k", 0),
    ]
    assert len({first, *others}) == 7
    assert len(first) == 16


def test_segment_and_tracklet_ids_sort_like_time() -> None:
    """Sorted as text, ids of one recording follow its time, within the first hour and beyond the tenth."""
    starts = [0, 1, 999, 1000, 59_000_000, 3_600_000_000, 36_000_000_000]
    segments = [ids.segment_id("r", 7 + start, 7) for start in starts]
    assert segments == sorted(set(segments))
    tracklets = [ids.tracklet_id(segments[0], number) for number in (0, 9, 10, 99_999)]
    assert tracklets == sorted(set(tracklets))
