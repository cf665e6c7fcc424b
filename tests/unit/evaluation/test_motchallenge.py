"""Truth files: what is read, what is written, and what each broken line is told."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import ConfigError
from analytics.evaluation import motchallenge
from analytics.evaluation.motchallenge import annotations


def truth_file(folder: Path, *lines: str) -> Path:
    """Write a truth file of these lines."""
    path = folder / "cam1.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_nine_columns_have_class_and_visibility(tmp_path: Path) -> None:
    """MOT16 and later: left, top, width, height become corners; class and visibility are kept."""
    found = motchallenge.read(truth_file(tmp_path, "1,9,311.88,98.75,19.39,46.98,1,3,0.5"))
    assert (found.frames.tolist(), found.ids.tolist(), found.class_nos.tolist()) == ([1], [9], [3])
    assert found.boxes[0] == pytest.approx([311.88, 98.75, 331.27, 145.73])
    assert found.visibility.tolist() == [0.5]


def test_ten_columns_are_world_coordinates(tmp_path: Path) -> None:
    """MOT15: columns 8 to 10 are no class; everybody is a person, even at world coordinate 7."""
    found = motchallenge.read(truth_file(tmp_path, "1,1,0,0,5,5,1,7.5,-1,-1"))
    assert found.class_nos.tolist() == [motchallenge.PERSON]
    assert len(found.counted()) == 1


def test_seven_columns_are_enough(tmp_path: Path) -> None:
    """Class and visibility may be left out; blank lines, spaces, line ends and a byte order mark do not matter."""
    path = tmp_path / "cam1.txt"
    path.write_bytes("\ufeff 1, 2, 0, 0, 5, 5, 1\r\n\r\n2,2,0,0,5,5,0\r\n".encode())
    found = motchallenge.read(path)
    assert found.is_considered.tolist() == [True, False]


def test_only_considered_boxes_of_the_class_count(tmp_path: Path) -> None:
    """Column 7 = 0 and other classes are ignored; the visibility leaves nobody out."""
    path = truth_file(tmp_path, "1,1,0,0,5,5,1,1,0.0", "1,2,0,0,5,5,0,1,1", "1,3,0,0,5,5,1,7,1")
    found = motchallenge.read(path)
    assert found.counted().ids.tolist() == [1]
    assert found.counted(class_no=7).ids.tolist() == [3]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,2,3", "line 2: expected 9 columns, got 3"),
        ("0,2,0,0,5,5,1,1,1", "line 2: expected a whole frame number from 1, got 0"),
        ("1.5,2,0,0,5,5,1,1,1", "line 2: expected a whole frame number from 1, got 1.5"),
        ("1,-1,0,0,5,5,1,1,1", "line 2: expected a whole identity >= 0"),
        ("1,2,0,0,0,5,1,1,1", "line 2: expected a width > 0, got 0"),
        ("1,2,0,0,5,-5,1,1,1", "line 2: expected a height > 0, got -5"),
        ("1,2,0,0,5,5,0.9,1,1", "line 2: expected 0 or 1 in column 7"),
        ("1,2,0,0,5,5,1,1.5,1", "line 2: expected a whole class, got 1.5"),
        ("1,2,0,0,5,5,1,1,1.1", "line 2: expected a visibility in"),
        ("1,2,x,0,5,5,1,1,1", "line 2: expected a number as left, got 'x'"),
        ("1,2,0,nan,5,5,1,1,1", "line 2: expected a finite number as top, got 'nan'"),
        ("1,2,0,0,inf,5,1,1,1", "line 2: expected a finite number as width"),
        ("1,1,9,9,5,5,1,1,1", "line 2: identity 1 is in frame 1 already, on line 1"),
    ],
)
def test_broken_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    """Each broken line is refused with file, line, what was expected and what was found."""
    path = truth_file(tmp_path, "1,1,0,0,5,5,1,1,1", line)
    with pytest.raises(ConfigError, match=message) as caught:
        motchallenge.read(path)
    assert caught.value.path == path


def test_header_of_another_format_is_named(tmp_path: Path) -> None:
    """A file with the wrong number of columns from the start says which numbers are right."""
    with pytest.raises(ConfigError, match="line 1: expected 7 or 9 or 10 columns, got 8"):
        motchallenge.read(truth_file(tmp_path, "1,1,0,0,5,5,1,1"))


def test_empty_missing_and_binary_files_are_refused(tmp_path: Path) -> None:
    """A file without rows, one that is not there, a folder and one that is no text each say so."""
    empty, binary = tmp_path / "empty.txt", tmp_path / "binary.txt"
    empty.write_text("\n")
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="expected at least one row"):
        motchallenge.read(empty)
    for path in (binary, tmp_path / "none.txt", tmp_path):
        with pytest.raises(ConfigError, match="cannot read it"):
            motchallenge.read(path)


ROWS = st.dictionaries(
    st.tuples(st.integers(1, 50), st.integers(0, 9)),
    st.tuples(*[st.integers(-100_000, 500_000)] * 2, *[st.integers(1, 500_000)] * 2, st.integers(0, 1000)),
    min_size=1,
)


@given(ROWS)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: dict[tuple[int, int], tuple[int, ...]]
) -> None:
    """Boxes to a thousandth of a pixel come back, ordered by frame and identity."""
    keys, values = np.array(list(rows), np.int64), np.array(list(rows.values()), np.float64) / 1000
    boxes = np.hstack([values[:, :2], values[:, :2] + values[:, 2:4]])
    written = annotations(keys[:, 0], keys[:, 1], boxes, values[:, 4])
    path = tmp_path_factory.mktemp("truth") / "cam1.txt"
    motchallenge.write(path, written)
    found = motchallenge.read(path)
    assert list(zip(found.frames.tolist(), found.ids.tolist(), strict=True)) == sorted(rows)
    assert found.boxes == pytest.approx(written.boxes, abs=1e-9)
    assert found.visibility == pytest.approx(written.visibility, abs=1e-9)
    assert found.is_considered.all()


def test_nothing_is_written_as_nothing(tmp_path: Path) -> None:
    """No boxes give an empty file."""
    nobody = annotations(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 4)))
    motchallenge.write(tmp_path / "cam1.txt", nobody)
    assert (tmp_path / "cam1.txt").read_text() == ""


@pytest.mark.shared
def test_pets_truth_is_read(shared: Path) -> None:
    """The real truth of PETS has the boxes and people that its description names."""
    found = motchallenge.read(shared / "truth" / "pets" / "cam1.txt").counted()
    assert (len(found), len(set(found.ids.tolist())), found.frames.max()) == (2222, 10, 400)
