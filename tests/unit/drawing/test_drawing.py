"""Colours, labels and blurred regions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.drawing.blurring import CELLS, blur, head_regions, may_have_a_head
from analytics.drawing.colours import PALETTE, STAFF, colours
from analytics.drawing.lettering import measure, text_size, write
from analytics.drawing.outlines import outlines
from analytics.drawing.people import Figure, draw_people
from analytics.sites import Camera, Line, Site


@given(st.lists(st.sets(st.integers(0, 30), max_size=9), max_size=12))
def test_people_who_are_in_view_together_have_different_colours(groups: list[set[int]]) -> None:
    """As long as nobody meets more people than there are colours; the order of the others changes nothing."""
    together: dict[str, set[str]] = {}
    for group in groups:
        for number in group:
            together.setdefault(f"p{number}", set()).update(f"p{other}" for other in group - {number})
    people = [f"p{number}" for number in range(31)]
    chosen = colours(people, together)
    assert chosen == colours(people, {name: sorted(others) for name, others in together.items()})
    assert STAFF not in PALETTE
    for name, others in together.items():
        if len(others) < len(PALETTE):
            met_before = {other for other in others if people.index(other) < people.index(name)}
            assert chosen[name] not in {chosen[other] for other in met_before}


def test_whoever_meets_nobody_keeps_the_colour_of_their_id() -> None:
    """Other people and other exports do not change it."""
    alone = colours(["a", "b", "c"], {})
    assert colours(["x", "c", "y", "a"], {"x": ["y"], "y": ["x"]})["a"] == alone["a"]


@pytest.mark.parametrize("width_px", [640, 1920])
def test_labels_cover_no_head(width_px: int) -> None:
    """Two people stand in front of a third: no label lies on any of the three heads."""
    scale = width_px / 640
    pixels = np.full((round(360 * scale), width_px, 3), 128, np.uint8)
    boxes = np.array([[200, 60, 240, 180], [190, 182, 240, 340], [245, 170, 290, 330]]) * scale
    draw_people(pixels, [Figure(box, (), PALETTE[number], "abc from hall") for number, box in enumerate(boxes)])
    plates = [128 * 0.08 + np.array(colour) * 0.92 for colour in PALETTE[:3]]  # a label's ground over this grey
    is_label = np.any([np.abs(pixels - plate).max(axis=2) <= 1 for plate in plates], axis=0)
    assert np.sum(is_label) > 500 * scale
    for x0, y0, x1, y1 in head_regions(boxes).round().astype(int).tolist():
        assert np.mean(is_label[y0:y1, x0:x1]) < 0.01  # where lines fade into the ground


def test_text_is_legible_at_every_width_and_grows_with_it() -> None:
    """At least 11 px high on small pictures; wider text on wider pictures; letters beyond ASCII are drawn."""
    assert text_size(320 / 640) == text_size(1.0) == 11
    assert text_size(3.0) > 24
    pixels = np.zeros((40, 200, 3), np.uint8)
    assert write(pixels, "Köln 10:00", 5, 5, 20) == 5 + measure("Köln 10:00", 20)[0]
    assert 50 < np.count_nonzero(pixels[:, :, 0] > 128) < 2000
    assert measure("00:00", 20) == measure("47:12", 20)


def test_blurring_leaves_few_colours_and_nothing_outside() -> None:
    """A head becomes a smooth patch, also at the border; other pixels stay."""
    random = np.random.default_rng(1)
    pixels = random.integers(0, 255, (100, 80, 3), dtype=np.uint8)
    before = pixels.copy()
    blur(pixels, np.array([[10.0, 10, 50, 60], [-20, -20, 5, 5], [200, 200, 210, 210], [70, 90, 70, 95]]))
    is_inside = np.zeros((100, 80), bool)
    is_inside[10:60, 10:50] = is_inside[:5, :5] = True
    assert np.array_equal(pixels[~is_inside], before[~is_inside])
    patch = pixels[10:60, 10:50].astype(int)
    assert np.abs(np.diff(patch, axis=0)).max() <= 255 // CELLS
    assert patch.var() < 0.05 * before[10:60, 10:50].var()


def test_the_head_of_a_cut_off_person_is_a_larger_share_of_the_box() -> None:
    """Of a standing person 22 % and a margin; of head and shoulders most; vehicles have none."""
    standing, bust = head_regions(np.array([[0.0, 0, 30, 100], [0, 0, 100, 90]])).tolist()
    assert standing == pytest.approx([-3, -2.2, 33, 22])
    assert bust[3] == pytest.approx(60)
    assert may_have_a_head("person")
    assert may_have_a_head("customer")
    assert not may_have_a_head("Car")


def test_the_arrow_of_a_line_points_to_where_people_come_in() -> None:
    """From start to end upwards, left is at smaller x: who comes from the left goes to larger x."""
    line = {"line_id": "door", "camera_id": "cam", "start": (50, 90), "end": (50, 10)}
    for side, expected in (("left", [1.0, 0.0]), ("right", [-1.0, 0.0])):
        site = Site(site_id="s", cameras=(Camera(camera_id="cam"),), lines=(Line(**line, in_from=side),))
        assert outlines(site, "cam", 100, 100).lines[0][2].tolist() == pytest.approx(expected)
