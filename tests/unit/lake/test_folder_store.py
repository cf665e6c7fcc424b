"""What only a folder can get wrong: killed writers, full disks, files in the way, modes."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analytics.errors import LakeError
from analytics.lake.store import FolderStore, open_store

ENDLESS_WRITER = """
import sys
from analytics.lake.store import open_store
store = open_store(sys.argv[1])
while True:
    for letter in (b"a", b"b"):
        store.write("t/x.bin", letter * 3_000_000)
"""


def test_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    """A location that is a file is refused at once, naming it."""
    (tmp_path / "lake").write_text("no folder")
    with pytest.raises(LakeError, match=r"expected a folder for the lake, .*lake is a file"):
        open_store(str(tmp_path / "lake"))


@pytest.mark.parametrize("location", ["ftp://host/lake", "s4://bucket", "az://"])
def test_unknown_kind_of_store_is_an_error(location: str) -> None:
    """A URL that names no known store is refused, naming it, without a page of debugging output."""
    with pytest.raises(LakeError, match=location) as caught:
        open_store(location)
    assert "\n" not in str(caught.value)


def test_opening_makes_nothing(tmp_path: Path) -> None:
    """Opening and reading a folder that is not there does not bring it into being."""
    open_store(str(tmp_path / "lake")).list()
    assert not (tmp_path / "lake").exists()


def test_location_opens_the_same_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative folder stays the same when the process moves elsewhere."""
    monkeypatch.chdir(tmp_path)
    store = open_store("lake")
    monkeypatch.chdir("/")
    store.write("a", b"1")
    assert (tmp_path / "lake" / "a").read_bytes() == b"1"
    assert open_store(store.location) == store


def test_home_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A location may begin with a tilde."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_store("~/lake") == FolderStore(tmp_path / "lake")


def test_file_where_a_folder_is_needed_is_an_error(tmp_path: Path) -> None:
    """Writing below a file says what stands in the way and what to do."""
    store = FolderStore(tmp_path)
    store.write("a", b"1")
    with pytest.raises(LakeError, match=r"cannot write .*a/b: .*move it away"):
        store.write("a/b", b"1")
    with pytest.raises(LakeError, match="move it away"):
        store.create("a/b", b"1")


def test_folder_where_a_file_is_needed_is_an_error(tmp_path: Path) -> None:
    """Writing over a folder fails, names it, and leaves nothing behind."""
    store = FolderStore(tmp_path)
    store.write("a/b", b"1")
    with pytest.raises(LakeError, match=r"cannot write .*a: .*move it away"):
        store.write("a", b"1")
    assert not store.create("a", b"1")
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["a", "b"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_rights_is_an_error(tmp_path: Path) -> None:
    """A folder that may not be written to says so."""
    tmp_path.chmod(0o500)
    with pytest.raises(LakeError, match="give this user the right"):
        FolderStore(tmp_path).write("a", b"1")


def test_folder_that_nobody_may_write_is_an_error() -> None:
    """Where even root may not make a folder, the error says to choose another."""
    with pytest.raises(LakeError, match=r"cannot write /proc/.*choose another folder"):
        FolderStore(Path("/proc/crosscam")).write("a", b"1")


@pytest.mark.parametrize("doing", ["write", "create"])
def test_disk_that_fills_up_leaves_nothing(tmp_path: Path, doing: str) -> None:
    """When the system refuses the rest of a file, the old content stays and no part of the new one."""
    store = FolderStore(tmp_path)
    store.write("old", b"1")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        with pytest.raises(LakeError, match="cannot write"):
            getattr(store, doing)("old" if doing == "write" else "new", b"2" * 3_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [entry.name for entry in tmp_path.iterdir()] == ["old"]
    assert store.read("old") == b"1"


def test_killed_writer_leaves_no_object(tmp_path: Path) -> None:
    """Whenever a writer is killed, what can be listed is whole; its leftovers are swept once they are old."""
    store = FolderStore(tmp_path)
    for delay_s in (0.02, 0.035, 0.05):
        writer = subprocess.Popen([sys.executable, "-c", ENDLESS_WRITER, str(tmp_path)])
        try:
            while not store.exists("t/x.bin"):
                time.sleep(0.005)
            time.sleep(delay_s)
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        assert store.list() == ("t/x.bin",)
        assert set(store.read("t/x.bin")) in ({ord("a")}, {ord("b")})
        assert store.sizes() == {"t/x.bin": 3_000_000}
    store.sweep(older_than_s=0)
    assert [entry.name for entry in (tmp_path / "t").iterdir()] == ["x.bin"]


def test_sweep_waits_until_leftovers_are_old(tmp_path: Path) -> None:
    """A write that is under way is left alone; one that is older than asked for goes, and is named."""
    store = FolderStore(tmp_path)
    store.write("t/x", b"1")
    fresh, stale = tmp_path / "t" / ".writing-1", tmp_path / "t" / ".writing-2"
    for leftover in (fresh, stale):
        leftover.write_bytes(b"half")
    os.utime(stale, (time.time() - 7200,) * 2)
    assert store.list() == ("t/x",)
    assert store.sweep(older_than_s=3600) == ("t/.writing-2",)
    assert fresh.exists()
    assert not stale.exists()


def test_others_may_read_what_the_mode_mask_allows(tmp_path: Path) -> None:
    """Files get the mode that the user's mask gives, not a private one: the dashboard runs as somebody else."""
    before = os.umask(0o022)
    try:
        FolderStore(tmp_path).write("written", b"1")
        FolderStore(tmp_path).create("created", b"1")
    finally:
        os.umask(before)
    assert {oct(entry.stat().st_mode & 0o777) for entry in tmp_path.iterdir()} == {"0o644"}


def test_linked_table_folder_is_followed(tmp_path: Path) -> None:
    """A table's folder may be a link to another disk."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "crops").symlink_to(tmp_path / "disk")
    store = FolderStore(tmp_path / "lake")
    store.write("crops/a", b"1")
    assert (tmp_path / "disk" / "a").read_bytes() == b"1"
    assert store.list() == ("crops/a",)
    assert store.folders() == ("crops",)
