"""Zones and lines that are written into a site file: what else stands there stays, and wrong ones are refused."""

from pathlib import Path

import pytest

from analytics.configfile import load
from analytics.errors import ConfigError
from analytics.site_drawings import changes, checked, save_drawings
from analytics.sites import Line, Site, Zone

TEXT = """\
# my shop
site_id: shop
cameras:
- {camera_id: hall, width_px: 640, height_px: 360}  # the big one
zones:
  # where they queue
  - zone_id: queue
    camera_id: hall
    polygon: [[0, 0], [10, 0], [10, 10]]   # by hand
    kind: queue
  # the till
  - zone_id: till
    camera_id: hall
    polygon: [[20, 0], [30, 0], [30, 10]]
    kind: service
    serves: queue
# who knows whom
transits: []
"""
AT = 1_767_600_000_000_000


def _written(folder: Path, text: str = TEXT) -> tuple[Path, Site]:
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return path, load(path, Site)


def test_only_what_changed_is_written_anew(tmp_path: Path) -> None:
    """Comments and the lines of every other entry stay to the letter; the file as it was lies beside it."""
    path, site = _written(tmp_path)
    till = site.zones[1].model_copy(update={"polygon": ((20.0, 0.0), (35.5, 0.0), (30.0, 10.0)), "name": "no"})
    door = Line(line_id="door", camera_id="hall", start=(1.0, 2.0), end=(3.0, 4.0), in_from="right")
    after = checked(site, [site.zones[0], till], [door])
    saved = save_drawings(path, site, after, AT)
    assert saved.site == after
    assert saved.backup.read_text(encoding="utf-8") == TEXT
    old, new = TEXT.splitlines(), path.read_text(encoding="utf-8").splitlines()
    assert new[: old.index("  # the till") + 1] == old[: old.index("  # the till") + 1]
    assert new[new.index("# who knows whom") :][:2] == ["# who knows whom", "transits: []"]
    assert '    name: "no"' in new
    assert changes(site, after) == {"added": ["line-door"], "changed": ["zone-till"], "removed": []}


def test_the_last_zone_can_go_and_the_first_can_come(tmp_path: Path) -> None:
    """A file without zones gets the block; one whose zones all go keeps an empty one."""
    path, site = _written(tmp_path)
    assert save_drawings(path, site, checked(site, [], []), AT).site.zones == ()
    zone = Zone(zone_id="a", name="Tür: links # 2", camera_id="hall", polygon=((0, 0), (9, 0), (9, 9)))
    path, site = _written(tmp_path, "site_id: shop\ncameras:\n- camera_id: hall")
    assert save_drawings(path, site, checked(site, [zone], []), AT).site.zones == (zone,)


def test_wrong_drawings_are_refused(tmp_path: Path) -> None:
    """An id twice, a corner outside the picture, corners on one line, a queue that a till still serves and goes."""
    _, site = _written(tmp_path)
    queue, till = site.zones
    outside = queue.model_copy(update={"polygon": ((0.0, 0.0), (700.0, 0.0), (10.0, 10.0))})
    flat = queue.model_copy(update={"polygon": ((0.0, 0.0), (5.0, 0.0), (9.0, 0.0))})
    for zones, told in (
        ([queue, queue], "different values"),
        ([outside, till], "inside the image"),
        ([flat, till], "with an area"),
        ([till], "zone of kind queue"),
    ):
        with pytest.raises(ConfigError, match=told):
            checked(site, zones, [])


def test_a_file_that_somebody_else_changed_is_left_alone(tmp_path: Path) -> None:
    """Nobody's work is written over, and nothing is left half done."""
    path, site = _written(tmp_path)
    other = TEXT.replace("site_id: shop", "site_id: store")
    path.write_text(other, encoding="utf-8")
    with pytest.raises(ConfigError, match="somebody else"):
        save_drawings(path, site, checked(site, [], []), AT)
    assert path.read_text(encoding="utf-8") == other
    assert [each.name for each in tmp_path.iterdir()] == ["site.yaml"]


def test_a_file_that_cannot_be_edited_by_lines_is_refused(tmp_path: Path) -> None:
    """All of it in braces, or shared by anchors: it is told, and the file stays."""
    for text in (
        "{site_id: shop, cameras: [{camera_id: hall}]}\n",
        "site_id: shop\ncameras:\n- camera_id: hall\nzones:\n"
        "- {zone_id: a, camera_id: hall, polygon: &p [[0, 0], [9, 0], [9, 9]]}\n"
        "- {zone_id: b, camera_id: hall, polygon: *p}\n",
    ):
        path, site = _written(tmp_path, text)
        zone = Zone(zone_id="a", camera_id="hall", polygon=((0, 0), (8, 0), (8, 8)))
        with pytest.raises(ConfigError, match="by hand"):
            save_drawings(path, site, checked(site, [zone, *site.zones[1:]], []), AT)
        assert path.read_text(encoding="utf-8") == text
