"""The picture that the demo searches by."""

from pathlib import Path

from PIL import Image

from jobs.commands.demo import write_example
from tests.builders.linked import write_linked_lake


def test_the_example_is_of_somebody_whom_the_most_cameras_saw(tmp_path: Path) -> None:
    """The others are somebody else in each camera; the box is all of the picture."""
    shown = {}
    for person, name in ((1, "a"), (2, "a"), (2, "z")):

        def identity(other: int, camera: int, person: int = person, name: str = name) -> str:
            return name if other == person else f"m{other}-{camera}"

        path = tmp_path / f"{person}{name}.jpg"
        box = write_example(write_linked_lake(tmp_path / path.stem, identity=identity).lake, path)
        shown[person, name] = path.read_bytes()
        with Image.open(path) as picture:
            assert box == f"0,0,{picture.width},{picture.height}"
    assert shown[2, "a"] == shown[2, "z"] != shown[1, "a"]


def test_without_identities_or_pictures_there_is_no_example(tmp_path: Path) -> None:
    """Nothing is written."""
    unlinked = write_linked_lake(tmp_path / "a", identity=None)
    bare = write_linked_lake(tmp_path / "b", with_crops=False)
    for each in (unlinked, bare):
        assert write_example(each.lake, tmp_path / "example.jpg") is None
    assert not (tmp_path / "example.jpg").exists()
