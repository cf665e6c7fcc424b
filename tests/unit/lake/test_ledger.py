"""The ledger: entries, their order, damage, and what is published."""

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from analytics.errors import LakeError
from analytics.lake.ledger import Entry, Ledger, WrittenFile
from analytics.lake.store import Store, open_store
from tests.builders.lake import NIGHT, STAGE

_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_TEXT = st.text(st.characters(exclude_categories=("Cs",)))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _FINITE | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=10,
)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store(str(tmp_path) if request.param == "folder" else "memory://")


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store)


def entry(key: str, *, stage: str = STAGE, night: date = NIGHT, rows: int = 1) -> Entry:
    files = (WrittenFile("tracklets", f"tracklets/{key}.parquet", rows, 100),)
    return Entry(stage, night, f"item {key}", key, "done", None, files, {"decoded_s": 5.5, "cuts": [1, 2]})


def test_new_ledger_knows_nothing(ledger: Ledger) -> None:
    """Nothing recorded: no nights, no stages, no entries, nothing published."""
    assert ledger.nights() == ledger.stages(NIGHT) == ()
    assert ledger.entries(NIGHT, STAGE) == ledger.published(NIGHT, STAGE) == ()
    assert ledger.find(NIGHT, STAGE, "a") is None


def test_what_is_recorded_is_found(ledger: Ledger) -> None:
    """An entry comes back equal; one of another key, stage or night does not stand in for it."""
    ledger.record(entry("a"))
    assert ledger.find(NIGHT, STAGE, "a") == entry("a")
    assert ledger.find(NIGHT, STAGE, "b") is None
    assert ledger.find(NIGHT, "link", "a") is None
    assert ledger.find(date(2026, 1, 6), STAGE, "a") is None


@given(facts=st.dictionaries(_TEXT, _JSON, max_size=4), item_id=_TEXT, reason=_TEXT)
def test_any_json_survives(facts: dict[str, JsonValue], item_id: str, reason: str) -> None:
    """Facts of any JSON value and texts of any script come back as they were."""
    ledger = Ledger(open_store("memory://"))
    written = Entry(STAGE, NIGHT, item_id, "k", "quarantined", f"because {reason}", (), facts)
    ledger.record(written)
    assert ledger.find(NIGHT, STAGE, "k") == written


def test_facts_that_are_no_numbers_are_refused(ledger: Ledger) -> None:
    """JSON has no NaN: it is refused instead of written as something else."""
    with pytest.raises(ValueError, match="JSON"):
        ledger.record(Entry(STAGE, NIGHT, "i", "k", facts={"fps": float("nan")}))


@pytest.mark.parametrize("status", ["quarantined", "failed"])
@pytest.mark.parametrize("reason", [None, ""])
def test_what_is_not_done_needs_a_reason(status: str, reason: str | None) -> None:
    """Nobody can leave an item undone without saying why."""
    with pytest.raises(ValidationError, match="expected a reason"):
        Entry(STAGE, NIGHT, "i", "k", status, reason)


@pytest.mark.parametrize("name", ["", "a/b", "..", ".a", "a b", "ü", "x" * 201])
def test_names_that_no_file_can_have_are_refused(name: str) -> None:
    """Stage and key are parts of a path."""
    with pytest.raises(ValidationError):
        Entry(STAGE, NIGHT, "i", name)
    with pytest.raises(ValidationError):
        Entry(name, NIGHT, "i", "k")


def test_recording_again_replaces(ledger: Ledger) -> None:
    """An item that failed and is then done has one entry: done."""
    ledger.record(Entry(STAGE, NIGHT, "item a", "a", "failed", "the worker died"))
    ledger.record(entry("a"))
    assert ledger.entries(NIGHT, STAGE) == (entry("a"),)


def test_entries_come_by_key(ledger: Ledger) -> None:
    """Entries are ordered by key, however they were written and however file names sort."""
    keys = ["b", "ab", "ab-c", "a", "ab.c", "B", "0"]
    for key in keys:
        ledger.record(entry(key))
    ledger.record(entry("other", stage="link"))
    ledger.record(entry("earlier", night=date(2026, 1, 4)))
    assert [found.key for found in ledger.entries(NIGHT, STAGE)] == sorted(keys)
    assert ledger.nights() == (date(2026, 1, 4), NIGHT)
    assert ledger.stages(NIGHT) == ("link", STAGE)


def test_nights_are_told_from_other_folders(ledger: Ledger, store: Store) -> None:
    """Whatever else lies in the ledger's folder is no night."""
    store.write("_ledger/probes/a.json", b"{}")
    store.write("_ledger/night=someday/a.json", b"{}")
    assert ledger.nights() == ()


def test_same_work_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two ledgers of the same entries, recorded in another order, are equal byte for byte."""
    stores = [open_store(str(tmp_path / name)) for name in ("one", "two")]
    for store, keys in zip(stores, ("abc", "cba"), strict=True):
        for key in keys:
            Ledger(store).record(entry(key))
        Ledger(store).publish(NIGHT, STAGE, keys)
    one, two = ({path: store.read(path) for path in store.list()} for store in stores)
    assert one == two
    assert len(one) == 4


def test_order_of_facts_leaves_no_trace(ledger: Ledger, store: Store) -> None:
    """Facts gathered in another order, at any depth, are the same bytes."""
    facts: list[dict[str, JsonValue]] = [{"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}]
    contents = []
    for some in facts:
        ledger.record(Entry(STAGE, NIGHT, "i", "k", facts=some))
        contents.append(store.read("_ledger/night=2026-01-05/perceive/k.json"))
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "EOF"),
        (b'{"stage": "perc', "EOF"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "object"),
        (b'{"stage": "perceive"}', "night"),
        (b'{"stage": "perceive", "night": "2026-01-05"}', "item_id"),
        (b'{"stage": "perceive", "night": "2026-01-05", "item_id": "i", "key": "b", "status": "lost"}', "status"),
        (b'{"stage": "perceive", "night": "2026-01-05", "item_id": "i", "key": "b", "spare": 1}', "spare"),
    ],
)
def test_damaged_entry_is_an_error_with_the_repair(ledger: Ledger, store: Store, content: bytes, found: str) -> None:
    """A damaged entry names its file, what is wrong and what to do; it is not taken for work not done."""
    ledger.record(entry("a"))
    store.write("_ledger/night=2026-01-05/perceive/b.json", content)
    for read in (lambda: ledger.entries(NIGHT, STAGE), lambda: ledger.find(NIGHT, STAGE, "b")):
        with pytest.raises(LakeError, match=rf"perceive/b\.json is damaged: .*({found}).*Delete this file"):
            read()


def test_entry_under_another_name_is_an_error(ledger: Ledger, store: Store) -> None:
    """An entry copied to another key would hide that the other item was never done."""
    ledger.record(entry("a"))
    store.write("_ledger/night=2026-01-05/perceive/b.json", store.read("_ledger/night=2026-01-05/perceive/a.json"))
    with pytest.raises(LakeError, match="it tells of perceive a of 2026-01-05"):
        ledger.find(NIGHT, STAGE, "b")


def test_readers_see_what_is_published(ledger: Ledger) -> None:
    """Recording shows nothing; publishing shows the named items by key, and replaces what was shown."""
    for key in ("old-b", "old-a", "new-a"):
        ledger.record(entry(key))
    assert ledger.published(NIGHT, STAGE) == ()
    assert ledger.publish(NIGHT, STAGE, ["old-b", "old-a", "old-b"])
    assert [found.key for found in ledger.published(NIGHT, STAGE)] == ["old-a", "old-b"]
    ledger.publish(NIGHT, STAGE, iter(["new-a"]))
    assert ledger.published(NIGHT, STAGE) == (entry("new-a"),)
    ledger.publish(NIGHT, STAGE, [])
    assert ledger.published(NIGHT, STAGE) == ()


def test_published_items_stay_as_they_were(ledger: Ledger) -> None:
    """An item recorded again or forgotten shows as it was published, until it is published again."""
    ledger.record(entry("a", rows=1))
    ledger.publish(NIGHT, STAGE, ["a"])
    ledger.record(entry("a", rows=2))
    assert ledger.published(NIGHT, STAGE) == (entry("a", rows=1),)
    assert ledger.publish(NIGHT, STAGE, ["a"])
    assert ledger.published(NIGHT, STAGE) == (entry("a", rows=2),)
    ledger.forget(NIGHT, STAGE, "a")
    ledger.forget(NIGHT, STAGE, "a")
    assert ledger.find(NIGHT, STAGE, "a") is None
    assert ledger.published(NIGHT, STAGE) == (entry("a", rows=2),)


def test_publishing_the_same_writes_nothing(tmp_path: Path) -> None:
    """The second run of a night leaves the file untouched and says that nothing changed."""
    ledger = Ledger(open_store(str(tmp_path)))
    ledger.record(entry("a"))
    assert ledger.publish(NIGHT, STAGE, ["a"])
    file = tmp_path / "_ledger" / "night=2026-01-05" / "perceive.current.json"
    before = file.stat()
    assert not ledger.publish(NIGHT, STAGE, ["a"])
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_publishing_what_is_not_there_is_an_error(ledger: Ledger) -> None:
    """A key without an entry is refused by name, and what was published stays."""
    ledger.record(entry("a"))
    ledger.publish(NIGHT, STAGE, ["a"])
    with pytest.raises(LakeError, match=r"perceive/b\.json"):
        ledger.publish(NIGHT, STAGE, ["a", "b"])
    assert [found.key for found in ledger.published(NIGHT, STAGE)] == ["a"]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"stage": "link", "night": "2026-01-05", "entries": []}'])
def test_damaged_publication_is_an_error(ledger: Ledger, store: Store, content: bytes) -> None:
    """A damaged publication is not taken for an empty night."""
    store.write("_ledger/night=2026-01-05/perceive.current.json", content)
    with pytest.raises(LakeError, match=r"perceive\.current\.json is damaged.*Delete this file"):
        ledger.published(NIGHT, STAGE)


def test_thousands_of_entries_are_listed_fast(tmp_path: Path) -> None:
    """A night of 20 cameras in 5-minute segments (5,760 entries) is read in a few seconds, published in one file."""
    store = open_store(str(tmp_path))
    ledger = Ledger(store)
    ledger.record(entry("template"))
    template = store.read("_ledger/night=2026-01-05/perceive/template.json").decode()
    folder = tmp_path / "_ledger" / "night=2026-01-05" / "perceive"
    for number in range(5760):
        (folder / f"key{number}.json").write_text(template.replace("template", f"key{number}"))
    started = time.monotonic()
    entries = ledger.entries(NIGHT, STAGE)
    assert len(entries) == 5761
    assert time.monotonic() - started < 10
    ledger.publish(NIGHT, STAGE, [found.key for found in entries])
    started = time.monotonic()
    assert ledger.published(NIGHT, STAGE) == entries
    assert time.monotonic() - started < 5
