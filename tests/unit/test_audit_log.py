"""The audit log: whatever is done to its files shows."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analytics.audit_log import AuditLog
from analytics.lake.audit import unreferenced
from analytics.lake.lake import Lake
from analytics.lake.store import open_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a lake whose log has five entries."""
    log = AuditLog(open_store(str(tmp_path)))
    for number in range(5):
        log.record(at=number, by="ann", action="search", facts={"purpose": f"why {number}"})
    return tmp_path


def log_of(folder: Path) -> AuditLog:
    """Open the log anew."""
    return AuditLog(open_store(str(folder)))


def file_of(folder: Path, number: int) -> Path:
    """Return the file of an entry."""
    return folder / "_audit" / f"{number:09d}.json"


def test_a_whole_log_has_no_problems_and_its_entries_in_order(folder: Path) -> None:
    """Empty ones too."""
    entries = log_of(folder).entries()
    assert [(entry.number, entry.facts["purpose"]) for entry in entries] == [(n + 1, f"why {n}") for n in range(5)]
    assert log_of(folder).verify() == ()
    assert log_of(folder).verify(entries[2].digest) == ()
    assert log_of(folder / "new").verify() == ()
    assert log_of(folder / "new").entries() == ()


@pytest.mark.parametrize("number", [1, 3, 5])
@pytest.mark.parametrize("field", ["by", "facts", "at", "previous"])
def test_an_edited_entry_shows(folder: Path, number: int, field: str) -> None:
    """Whatever was edited, wherever it lies."""
    content = json.loads(file_of(folder, number).read_text())
    content[field] = {"by": "eve", "facts": {}, "at": 99, "previous": "0" * 64}[field]
    file_of(folder, number).write_text(json.dumps(content))
    assert any(f"entry {number} was edited" in problem for problem in log_of(folder).verify())


def test_an_edited_entry_with_a_new_digest_breaks_the_chain(folder: Path) -> None:
    """The next entry remembers the old digest; of the last one `newest` does."""
    for number, expected in ((2, "entry 3 does not follow"), (5, "entry 5 is not the one")):
        log = log_of(folder)
        entry = log.entries()[number - 1].model_copy(update={"by": "eve"})
        forged = entry.model_copy(update={"digest": entry.expected_digest()})
        kept = file_of(folder, number).read_text()
        file_of(folder, number).write_text(forged.model_dump_json())
        assert any(expected in problem for problem in log.verify())
        file_of(folder, number).write_text(kept)
        assert log.verify() == ()


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_removed_entry_shows(folder: Path, number: int) -> None:
    """The last one too."""
    file_of(folder, number).unlink()
    assert f"entry {number} is missing" in log_of(folder).verify()


def test_reordered_and_damaged_entries_show(folder: Path) -> None:
    """Two that changed places, one that is no entry, and a lost `newest`."""
    second, third = file_of(folder, 2).read_text(), file_of(folder, 3).read_text()
    file_of(folder, 2).write_text(third)
    file_of(folder, 3).write_text(second)
    assert any("entry 2 was edited or moved" in problem for problem in log_of(folder).verify())
    file_of(folder, 2).write_text("{}")
    assert any("damaged" in problem for problem in log_of(folder).verify())
    (folder / "_audit" / "newest").unlink()
    assert any("newest is missing" in problem for problem in log_of(folder).verify())


def test_a_log_that_was_written_anew_shows_by_what_was_noted(folder: Path) -> None:
    """Nothing inside can tell; a digest that somebody noted can."""
    noted = log_of(folder).entries()[-1].digest
    for path in (folder / "_audit").iterdir():
        path.unlink()
    log_of(folder).record(at=7, by="eve", action="search", facts={})
    assert log_of(folder).verify() == ()
    assert any("noted" in problem for problem in log_of(folder).verify(noted))


def test_writers_at_once_get_a_number_each(tmp_path: Path) -> None:
    """No entry is lost, and the chain holds."""

    def write(number: int) -> int:
        return log_of(tmp_path).record(at=number, by="ann", action="search", facts={}).number

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(write, range(24)))
    assert sorted(numbers) == list(range(1, 25))
    assert not [problem for problem in log_of(tmp_path).verify() if "newest" not in problem]


def test_entries_are_no_leftovers(folder: Path) -> None:
    """What tidies a lake of files that nobody names must not take the log for one."""
    assert unreferenced(Lake(open_store(str(folder)))) == ()
