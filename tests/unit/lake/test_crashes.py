"""A machine that stops anywhere, and two machines that do the same work at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analytics.errors import LakeError
from analytics.lake.audit import contradictions, unreferenced
from analytics.lake.lake import Lake
from analytics.lake.store import Store, open_store
from analytics.tables import EMBEDDINGS, TRACKLETS
from tests.builders.lake import NIGHT, STAGE, DyingStore, PowerCutError, tracklets, write_segment

SEGMENTS = ("a", "b", "c")
CHANGES = 10  # three items of two tables and an entry each, and the publication


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "lake") if request.param == "folder" else "memory://")


def run_night(lake: Lake, generation: str = "1") -> bool:
    """Do what is not done yet, then publish: a night in small. Return whether anything changed."""
    done = {entry.key for entry in lake.ledger.entries(NIGHT, STAGE)}
    keys = {segment: f"{segment}-{generation}" for segment in SEGMENTS}
    for number, (segment, key) in enumerate(keys.items()):
        if key not in done:
            write_segment(lake, segment, number + int(generation), key=key)
    return lake.ledger.publish(NIGHT, STAGE, keys.values())


def content(lake: Lake) -> dict[str, bytes]:
    return dict(zip(lake.store.list(), lake.store.read_many(lake.store.list()), strict=True))


def undisturbed(*generations: str) -> Lake:
    lake = Lake(open_store("memory://"))
    for generation in generations:
        run_night(lake, generation)
    return lake


@pytest.mark.parametrize("is_last_done", [False, True])
@pytest.mark.parametrize("changes", range(1, CHANGES + 1))
def test_a_night_that_stops_anywhere_is_resumed(store: Store, changes: int, is_last_done: bool) -> None:
    """Stopped before or after any change, the lake shows nothing half-done, and a re-run gives the same bytes."""
    with pytest.raises(PowerCutError):
        run_night(Lake(DyingStore(store, changes, is_last_done)))
    lake = Lake(store)
    is_published = changes == CHANGES and is_last_done
    assert lake.read(TRACKLETS).num_rows == (6 if is_published else 0)
    assert contradictions(lake) == ()
    assert run_night(lake) is not is_published
    assert content(lake) == content(undisturbed("1"))
    assert unreferenced(lake) == ()


@pytest.mark.parametrize("changes", range(1, CHANGES + 1))
def test_a_re_run_under_new_settings_that_stops_anywhere_shows_the_old_night(store: Store, changes: int) -> None:
    """Until the new night is complete, readers have the old one, whole; afterwards they have the new one, whole."""
    lake = Lake(store)
    run_night(lake, "1")
    before = lake.read(TRACKLETS), lake.read(EMBEDDINGS)
    with pytest.raises(PowerCutError):
        run_night(Lake(DyingStore(store, changes, is_last_done=False)), "2")
    assert (lake.read(TRACKLETS), lake.read(EMBEDDINGS)) == before
    run_night(lake, "2")
    assert lake.read(TRACKLETS) == undisturbed("2").read(TRACKLETS)
    assert content(lake) == content(undisturbed("1", "2"))


def test_the_night_makes_as_many_changes_as_the_tests_interrupt(store: Store) -> None:
    """The tests above stop at every change: one more is never reached. A second run makes none at all."""
    run_night(Lake(DyingStore(store, CHANGES + 1, is_last_done=False)))
    assert run_night(Lake(DyingStore(store, 1, is_last_done=False))) is False


def test_two_writers_of_one_item_make_one(store: Store) -> None:
    """Two workers that write the same item at once, again and again, leave what one would have left."""
    lake = Lake(store)
    with ThreadPoolExecutor(2) as pool:
        entries = list(pool.map(lambda _: write_segment(lake, "a", 30), range(20)))
    assert len(set(map(repr, entries))) == 1
    alone = Lake(open_store("memory://"))
    write_segment(alone, "a", 30)
    assert content(lake) == content(alone)


def test_readers_of_a_night_that_is_published_again_see_one_or_the_other(store: Store) -> None:
    """While a night is published under two settings in turn, every read is one of the two, never a mixture."""
    lake = Lake(store)
    for generation in ("1", "2"):
        run_night(lake, generation)
    whole = [undisturbed(generation).read(TRACKLETS) for generation in ("1", "2")]

    def republish() -> None:
        for round_no in range(60):
            run_night(lake, "12"[round_no % 2])

    with ThreadPoolExecutor(1) as pool:
        publisher = pool.submit(republish)
        reads = [lake.read(TRACKLETS)]
        while not publisher.done():
            reads.append(lake.read(TRACKLETS))
        publisher.result()
    assert all(read in whole for read in reads)


def test_the_fake_power_cut_is_noticed_by_nobody(store: Store) -> None:
    """The power cut of these tests is no error that the lake could catch, wrap or clean up after."""
    assert not issubclass(PowerCutError, LakeError | OSError | ValueError)
    with pytest.raises(PowerCutError):
        Lake(DyingStore(store, 1, is_last_done=True)).write_files(
            night=NIGHT, camera_id="gate", key="k", tables=[(TRACKLETS, tracklets("a", 1))]
        )
    assert len(store.list()) == 1
