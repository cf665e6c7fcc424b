from itertools import pairwise

import numpy as np
import pytest

from analytics.linking.gathering import Seen, micros
from analytics.linking.groups import joined
from analytics.linking.uncut import undo_cuts
from tests.builders.linking import decision, linked, world


@pytest.fixture(scope="module")
def seen() -> Seen:
    """A night that was cut every half minute, whoever stays longer several times."""
    return world(seed=2, segment_s=30.0, dwell_median_s=60.0, people_per_night=25).window().seen


def nowhere(seen: Seen) -> np.ndarray:
    return np.zeros(len(seen), bool)


def test_parts_become_one_tracklet(seen: Seen) -> None:
    """A whole lasts from its first part to its last, begins as the one and ends as the other."""
    uncut = undo_cuts(seen, (), nowhere(seen))
    labels = joined(len(seen), seen.joins[:, 0], seen.joins[:, 1])
    starts_at, ends_at = (micros(seen.tracklets[name]) for name in ("starts_at", "ends_at"))
    assert len(uncut.seen) == labels.max() + 1 < len(seen) - 10
    assert len(uncut.seen.joins) == 0
    for row, whole in enumerate(uncut.seen.tracklets.to_pylist()):
        parts = np.flatnonzero(labels == labels[uncut.first[row]])
        assert sorted(np.flatnonzero(uncut.whole == row)) == parts.tolist()
        told = uncut.seen.tracklets.slice(row, 1)
        assert micros(told["starts_at"])[0] == starts_at[parts].min()
        assert micros(told["ends_at"])[0] == ends_at[parts].max()
        first, last = (
            seen.tracklets.slice(int(place), 1).to_pylist()[0] for place in (uncut.first[row], uncut.last[row])
        )
        assert (whole["tracklet_id"], whole["began_by"]) == (first["tracklet_id"], first["began_by"])
        assert whole["ended_by"] == last["ended_by"]
    assert len(uncut.cuts) == len(seen) - len(uncut.seen)
    assert all(uncut.whole[a] == uncut.whole[b] for a, b in uncut.cuts)


def test_a_whole_has_the_best_vectors_and_no_more_than_others(seen: Seen) -> None:
    """Twenty parts weigh no more than one tracklet, and of their crops the best are kept, in order of time."""
    uncut = undo_cuts(seen, (), nowhere(seen)).seen
    whole = undo_cuts(seen, (), nowhere(seen)).whole
    most = np.bincount(seen.owner).max()
    counts = np.bincount(uncut.owner)
    assert counts.max() == most
    for row in np.flatnonzero(np.bincount(whole) > 1):
        every = np.sort(seen.quality[whole[seen.owner] == row])[::-1]
        assert np.array_equal(np.sort(uncut.quality[uncut.owner == row])[::-1], every[:most])
        assert all(a <= b for a, b in pairwise(uncut.captured_at[uncut.owner == row]))


def test_what_is_kept_apart_stays_a_join(seen: Seen) -> None:
    """What a person has spoken of, and what differs in kind, is not put together, and its join is left."""
    spoken = nowhere(seen)
    spoken[seen.joins[0, 0]] = True
    uncut = undo_cuts(seen, (), spoken)
    assert (np.bincount(uncut.whole)[uncut.whole[spoken]] == 1).all()
    touching = spoken[seen.joins].any(axis=1)
    assert np.array_equal(uncut.seen.joins, uncut.whole[seen.joins[touching]])
    each = undo_cuts(seen, (np.arange(len(seen)),), nowhere(seen))
    assert len(each.seen) == len(seen)
    assert np.array_equal(each.seen.joins, seen.joins)


def test_decisions_reach_into_what_was_cut() -> None:
    """A part that a person told apart from its neighbour is another person; one that was marked marks the whole."""
    night = world(seed=2, segment_s=30.0, dwell_median_s=60.0, people_per_night=25, switched_share=0.0)
    answer = linked(night.window(), night.site)
    cut = next(row for row in answer["links"].to_pylist() if row["rule"] == "cut")
    ends = [cut["tracklet_a"], cut["tracklet_b"]]

    def identities(*decisions: tuple[str, list[str]]) -> list[str]:
        (kind, names) = decisions[0]
        table = linked(night.window(decisions=decision(kind, names)), night.site)
        of = dict(
            zip(*(table["identity_members"][name].to_pylist() for name in ("tracklet_id", "identity_id")), strict=True)
        )
        staff = [row["identity_id"] for row in table["identities"].to_pylist() if row["is_staff"]]
        return [of[name] for name in ends] + staff

    apart = identities(("split", ends))
    assert apart[0] != apart[1]
    assert len(set(identities(("staff", ends[:1])))) == 1
