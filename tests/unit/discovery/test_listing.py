"""What is seen below a footage folder, and what is taken for no recording by its name."""

import os
from pathlib import Path

import pytest

from analytics.discovery.listing import list_footage


def paths(footage: Path) -> list[str]:
    return [found.path for found in list_footage(footage)]


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    """Nothing is listed, nothing fails."""
    assert list_footage(tmp_path) == ()


def test_files_come_in_path_order_with_size_and_time(tmp_path: Path) -> None:
    """Whatever order the file system has."""
    for name in ("b/2.mp4", "a/9.mp4", "a/10.mp4", "z.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"123")
        os.utime(tmp_path / name, ns=(5, 7))
    found = list_footage(tmp_path)
    assert [entry.path for entry in found] == ["a/10.mp4", "a/9.mp4", "b/2.mp4", "z.txt"]
    assert {(entry.kind, entry.size_bytes, entry.modified_ns) for entry in found} == {("file", 3, 7)}


def test_sidecars_notes_and_hidden_files_are_no_recordings(tmp_path: Path) -> None:
    """They are the only ones that are left out."""
    for name in (".hidden.mp4", "a.mp4.json", "README.md", "Thumbs.db", "desktop.ini", "kept.part"):
        (tmp_path / name).touch()
    (tmp_path / ".trash").mkdir()
    (tmp_path / ".trash" / "a.mp4").touch()
    assert paths(tmp_path) == ["kept.part"]


def test_a_folder_named_like_a_video_is_listed_and_looked_into(tmp_path: Path) -> None:
    """It hides nothing."""
    (tmp_path / "a.mp4").mkdir()
    (tmp_path / "a.mp4" / "b.mp4").touch()
    assert [(found.path, found.kind) for found in list_footage(tmp_path)] == [
        ("a.mp4", "folder"),
        ("a.mp4/b.mp4", "file"),
    ]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    """A mounted disk is often a link; a link to a folder above would never end."""
    outside = tmp_path / "disk"
    outside.mkdir()
    (outside / "a.mp4").touch()
    footage = tmp_path / "footage"
    footage.mkdir()
    (footage / "cam1").symlink_to(outside)
    (footage / "loop").symlink_to(footage)
    assert paths(footage) == ["cam1/a.mp4"]


def test_pipes_and_dead_links_are_listed_as_what_they_are(tmp_path: Path) -> None:
    """None of them is opened, which could wait for ever."""
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "dead.mp4").symlink_to(tmp_path / "nowhere")
    assert [(found.path, found.kind) for found in list_footage(tmp_path)] == [
        ("dead.mp4", "dangling"),
        ("pipe.mp4", "special"),
    ]


@pytest.mark.parametrize("name", [b"a\xff.mp4", b"\x80\x81.mp4"])
def test_names_that_are_no_utf8_can_be_written_to_a_table(tmp_path: Path, name: bytes) -> None:
    """They are spelt in hexadecimal, and are told apart from names that look like that."""
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).touch()
    (found,) = list_footage(tmp_path)
    assert found.path.encode("utf-8") != name
    (tmp_path / found.path).touch()
    assert len({entry.identity for entry in list_footage(tmp_path)}) == 2


@pytest.mark.parametrize("modified_s", [-(2**31), 2**33 * 20])
def test_absurd_times_of_change_are_brought_into_reach(tmp_path: Path, modified_s: int) -> None:
    """Damaged file systems state times that no calendar has; 1970 to 2100 is kept."""
    (tmp_path / "a.mp4").touch()
    try:
        os.utime(tmp_path / "a.mp4", (modified_s, modified_s))
    except OSError:
        pytest.skip("this file system has no such times")
    (found,) = list_footage(tmp_path)
    assert 0 <= found.modified_ns <= 4_102_444_800 * 10**9
