"""Whether a file's top-level structure is whole."""

import struct
from pathlib import Path

import pytest

from analytics.discovery.boxes import read_riff, read_structure
from tests.builders.video import crossing_scene, truncate, write_video

SCENE = crossing_scene(people=1, duration_s=1.0, width_px=64, height_px=48)


def test_a_closed_mp4_is_surely_closed(tmp_path: Path) -> None:
    """Index present, every box inside the file."""
    structure = read_structure(write_video(SCENE, tmp_path / "a.mp4").path)
    assert structure is not None
    assert structure.is_surely_closed
    assert not structure.is_cut


def test_a_cut_mp4_tells_how_much_is_missing(tmp_path: Path) -> None:
    """The last box announces more than there is."""
    path = write_video(SCENE, tmp_path / "a.mp4").path
    path.write_bytes(path.read_bytes()[:-5])
    structure = read_structure(path)
    assert structure is not None
    assert structure.missing_bytes == 5
    assert not structure.is_surely_closed


def test_a_fragmented_file_is_surely_closed_only_with_its_end_index(tmp_path: Path) -> None:
    """Between two fragments a file under way looks whole: only mfra, written last, proves the end."""
    path = write_video(SCENE, tmp_path / "a.mp4", is_fragmented=True, key_frame_every=5).path
    closed = read_structure(path)
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"mfra") - 4])
    under_way = read_structure(path)
    assert closed is not None
    assert under_way is not None
    assert (closed.is_fragmented, closed.is_surely_closed) == (True, True)
    assert (under_way.is_cut, under_way.is_surely_closed) == (False, False)


@pytest.mark.parametrize("content", [b"", b"ftyp", b"x" * 100, b"\0" * 100, b"\x1aE\xdf\xa3" + b"\0" * 50])
def test_other_files_have_no_boxes(tmp_path: Path, content: bytes) -> None:
    """None says nothing about them."""
    (tmp_path / "a").write_bytes(content)
    assert read_structure(tmp_path / "a") is None
    assert read_riff(tmp_path / "a") is None


def test_boxes_with_64_bit_lengths_and_to_the_end(tmp_path: Path) -> None:
    """Length 1 means a 64-bit length follows; length 0 means to the end of the file."""
    head = struct.pack(">I4sQ", 1, b"mdat", 24) + bytes(8) + struct.pack(">I4s", 8, b"moov")
    (tmp_path / "a").write_bytes(head + struct.pack(">I4s", 0, b"free") + bytes(100))
    structure = read_structure(tmp_path / "a")
    assert structure is not None
    assert structure.is_surely_closed


@pytest.mark.parametrize("tail", [b"\0" * 20, b"\0\0\0\x04free", b"abc", struct.pack(">I4sI", 1, b"mdat", 0)])
def test_bytes_behind_the_last_box_are_stray(tmp_path: Path, tail: bytes) -> None:
    """Zeros of a preallocated file, a length below a header's, half a header."""
    (tmp_path / "a").write_bytes(struct.pack(">I4s", 8, b"moov") + tail)
    structure = read_structure(tmp_path / "a")
    assert structure is not None
    assert structure.stray_bytes == len(tail)


def test_an_avi_is_closed_when_its_lengths_fit(tmp_path: Path) -> None:
    """A cut one misses bytes; one whose recorder died has length 0."""
    path = write_video(SCENE, tmp_path / "a.avi").path
    whole = read_riff(path)
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(4) + content[8:])
    died = read_riff(path)
    path.write_bytes(content)
    truncate(path, 0.5)
    cut = read_riff(path)
    assert whole is not None
    assert whole.is_surely_closed
    assert died is not None
    assert not died.is_surely_closed
    assert cut is not None
    assert cut.missing_bytes == len(content) - len(content) // 2
