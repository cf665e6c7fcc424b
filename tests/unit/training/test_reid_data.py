"""Pictures of people on disk: what is read, what is packed, what is refused."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from analytics.errors import ConfigError
from analytics.training.reid_data import HEIGHT_PX, WIDTH_PX, ReidData, open_reid_data, write_pack
from tests.builders.people_pictures import striped_people, write_people_folder


@pytest.fixture(scope="module")
def people() -> ReidData:
    return striped_people(people=3, cameras=2, pictures=2)


def same(found: ReidData, expected: ReidData) -> bool:
    return (
        np.array_equal(found.images, expected.images)
        and [found.person_ids[n] for n in found.people] == [expected.person_ids[n] for n in expected.people]
        and [found.camera_ids[n] for n in found.cameras] == [expected.camera_ids[n] for n in expected.cameras]
    )


def labels_of(data: ReidData, **more: list[str]) -> pa.Table:
    people = [data.person_ids[n] for n in data.people]
    return pa.table({"person_id": people, "camera_id": [data.camera_ids[n] for n in data.cameras], **more})


def test_a_folder_for_each_person_is_packed(people: ReidData, tmp_path: Path) -> None:
    """Pictures keep their pixels, colour order, person and camera; the folder itself is left as it was."""
    write_people_folder(tmp_path / "site", people)
    before = sorted(tmp_path.rglob("*"))
    assert same(open_reid_data(tmp_path / "site", tmp_path / "packs"), people)
    assert sorted(path for path in tmp_path.rglob("*") if "packs" not in path.parts) == before


def test_pictures_of_other_sizes_are_resized(tmp_path: Path) -> None:
    """A half red, half blue picture of any size is one of 128 x 64 with the halves where they were."""
    import cv2

    large = np.zeros((300, 90, 3), np.uint8)
    large[:150, :, 2], large[150:, :, 0] = 255, 255
    (tmp_path / "site" / "anna").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "site" / "anna" / "door_east_0001.png"), large)
    data = open_reid_data(tmp_path / "site", tmp_path / "packs")
    assert data.images.shape == (1, HEIGHT_PX, WIDTH_PX, 3)
    assert data.images[0, 10, 10].tolist() == [255, 0, 0]
    assert data.images[0, 120, 10].tolist() == [0, 0, 255]
    assert (data.person_ids, data.camera_ids) == (("anna",), ("door_east",))


def test_a_changed_picture_makes_a_new_pack(people: ReidData, tmp_path: Path) -> None:
    """What is unchanged is not packed again; a picture more is seen."""
    write_people_folder(tmp_path / "site", people)
    first = open_reid_data(tmp_path / "site", tmp_path / "packs")
    written = next((tmp_path / "packs").rglob("images.npy")).stat().st_mtime_ns
    assert len(open_reid_data(tmp_path / "site", tmp_path / "packs")) == len(first)
    assert next((tmp_path / "packs").rglob("images.npy")).stat().st_mtime_ns == written
    source = next((tmp_path / "site").rglob("*.png"))
    source.with_name("c9_0001.png").write_bytes(source.read_bytes())
    assert len(open_reid_data(tmp_path / "site", tmp_path / "packs")) == len(first) + 1


def test_an_index_names_the_pictures(people: ReidData, tmp_path: Path) -> None:
    """index.csv with path, person_id and camera_id, wherever the pictures lie."""
    write_people_folder(tmp_path, people)
    paths = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.png"))
    lines = [f"{path},{path.parent.name}-x,{path.stem[:2]}" for path in paths]
    (tmp_path / "index.csv").write_text("\n".join(["path,person_id,camera_id", *lines]), encoding="utf-8")
    data = open_reid_data(tmp_path, tmp_path / "packs")
    assert data.person_ids == ("p000-x", "p001-x", "p002-x")
    assert data.camera_ids == ("c0", "c1")
    assert np.array_equal(data.images, people.images)


def test_a_pack_is_read_as_it_was_written(people: ReidData, tmp_path: Path) -> None:
    """Pictures, labels and families come back; nothing is copied into memory."""
    families = ["a", "b"] * 6
    write_pack(tmp_path / "pack", labels_of(people, family=families), iter(people.images))
    data = open_reid_data(tmp_path / "pack", tmp_path / "unused")
    assert same(data, people)
    assert [data.family_names[n] for n in data.families] == families
    assert isinstance(data.images, np.memmap)


@pytest.mark.parametrize("wrong", ["fewer", "more", "larger"])
def test_a_pack_that_cannot_be_whole_does_not_appear(people: ReidData, wrong: str, tmp_path: Path) -> None:
    """Too few, too many or too large pictures are an error, and the older pack stays."""
    write_pack(tmp_path / "pack", labels_of(people), people.images)
    images = {"fewer": people.images[:-1], "more": [*people.images, people.images[0]], "larger": people.images[:, :99]}
    with pytest.raises(ValueError, match=r"zip|expected pictures"):
        write_pack(tmp_path / "pack", labels_of(people), images[wrong])
    assert same(open_reid_data(tmp_path / "pack", tmp_path), people)
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]


def test_what_is_no_data_set_is_refused(tmp_path: Path) -> None:
    """No folder, an empty one, a file that is no picture, an index without columns: each says what was expected."""
    with pytest.raises(ConfigError, match="expected a folder with pictures"):
        open_reid_data(tmp_path / "none", tmp_path / "packs")
    with pytest.raises(ConfigError, match="<person_id>/<camera_id>_<number>"):
        open_reid_data(tmp_path, tmp_path / "packs")
    (tmp_path / "anna").mkdir()
    (tmp_path / "anna" / "door_1.jpg").write_bytes(b"nonsense")
    with pytest.raises(ConfigError, match=r"door_1\.jpg: not a picture"):
        open_reid_data(tmp_path, tmp_path / "packs")
    (tmp_path / "index.csv").write_text("file,who\na.jpg,anna\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="expected the columns path, person_id, camera_id, found file, who"):
        open_reid_data(tmp_path, tmp_path / "packs")


@pytest.mark.parametrize("damage", ["labels", "images", "column"])
def test_a_damaged_pack_is_refused(people: ReidData, damage: str, tmp_path: Path) -> None:
    """Labels that are gone, pictures cut short, a column that is missing."""
    table = labels_of(people)
    write_pack(tmp_path / "pack", table.drop_columns("camera_id") if damage == "column" else table, people.images)
    if damage == "labels":
        (tmp_path / "pack" / "labels.parquet").unlink()
    if damage == "images":
        np.save(tmp_path / "pack" / "images.npy", people.images[1:])
    with pytest.raises(ConfigError, match=r"Make (it|the pack) again|camera_id is missing"):
        open_reid_data(tmp_path / "pack", tmp_path)
