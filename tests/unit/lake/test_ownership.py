"""Whose lake it is."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analytics.errors import LakeError
from analytics.lake.ownership import claim, site_of
from analytics.lake.paths import SITE_PATH
from analytics.lake.store import Store, open_store


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "lake") if request.param == "folder" else "memory://")


def test_the_first_site_keeps_the_lake(store: Store) -> None:
    """Nobody's at first; then the first one's, whoever asks, and asking writes nothing."""
    assert site_of(store) is None
    assert store.list() == ()
    assert claim(store, "north") == "north"
    assert claim(store, "south") == "north"
    assert site_of(store) == "north"
    assert store.list() == (SITE_PATH,)


def test_of_many_who_claim_at_once_one_gets_it(store: Store) -> None:
    """All of them are told the same one."""
    names = [f"site{number}" for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        told = set(pool.map(lambda name: claim(store, name), names))
    assert len(told) == 1
    assert told == {site_of(store)}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"site_id": 3}', b'{"site": "a"}', b"\xff"])
def test_a_damaged_note_says_what_to_do(store: Store, content: bytes) -> None:
    """It is not taken for nobody's."""
    store.write(SITE_PATH, content)
    with pytest.raises(LakeError, match="is damaged: delete it"):
        claim(store, "north")
