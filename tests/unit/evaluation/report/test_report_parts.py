"""Plots, montages and the page of the report."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.documents.content import Grid, Image, Section, shown
from analytics.documents.page import page
from analytics.evaluation.reliability import reliability
from analytics.evaluation.report import plots
from analytics.evaluation.report.montage import MAX_TILES, Mark, Row, Tile, has_pictures, montage
from tests.unit.evaluation.report.html_tables import Reader


def decoded(picture: bytes) -> np.ndarray:
    """Return a picture's pixels, BGR."""
    return cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)


def jpeg(colour: tuple[int, int, int], width: int = 32, height: int = 64) -> bytes:
    """Return a crop of one colour."""
    return cv2.imencode(".jpg", np.full((height, width, 3), colour, np.uint8))[1].tobytes()


def is_near(pixels: np.ndarray, colour: tuple[int, ...], tolerance: int = 40) -> np.ndarray:
    """Tell which pixels have about a colour."""
    return np.abs(pixels.astype(int) - colour).max(axis=-1) <= tolerance


def test_only_wrong_tiles_are_outlined_in_red() -> None:
    """Each tile's frame has its mark's colour: the second is wrong, the first is right."""
    tiles = [Tile(jpeg((90, 90, 90)), ("a",), Mark.RIGHT), Tile(jpeg((90, 90, 90)), ("b",), Mark.WRONG)]
    picture = decoded(montage([Row("who", tiles)]))
    red, green = is_near(picture, Mark.WRONG.value), is_near(picture, Mark.RIGHT.value)
    middle = 12 + 84  # the second tile begins after a gap and the first tile with its own gap
    assert not red[:, :middle].any()
    assert red[:, middle:].sum() > 1000
    assert green[:, :middle].sum() > 1000
    assert not green[:, middle:].any()


def test_missing_tiles_are_dashed() -> None:
    """What is missing is told apart from all others by its outline's form: part of it is paper."""
    count = {
        mark: is_near(decoded(montage([Row("", [Tile(None, (), mark)])])), mark.value).sum()
        for mark in (Mark.MISSING, Mark.RIGHT)
    }
    assert 0.2 < count[Mark.MISSING] / count[Mark.RIGHT] < 0.6  # compression blurs what is dashed


def test_crop_keeps_its_proportions() -> None:
    """A square crop is 64 px wide and high in its tile."""
    picture = decoded(montage([Row("", [Tile(jpeg((200, 30, 200), 50, 50), (), Mark.NEUTRAL)])]))
    places = np.argwhere(is_near(picture, (200, 30, 200)))
    height, width = np.ptp(places, axis=0) + 1
    assert (height, width) == (pytest.approx(64, abs=2), pytest.approx(64, abs=2))


def test_long_rows_say_how_much_they_leave_out() -> None:
    """A row has at most MAX_TILES tiles, rows of different lengths are as wide, and what is cut off is counted."""
    tile = Tile(jpeg((90, 90, 90)), ("a" * 50, "b"), Mark.RIGHT)
    short = decoded(montage([Row("", [tile])]))
    full = decoded(montage([Row("", [tile] * MAX_TILES)]))
    long = decoded(montage([Row("", [tile] * (MAX_TILES + 3))]))
    assert short.shape == full.shape == long.shape
    last = slice(12 + MAX_TILES * 84, None)
    assert (full[:, last] > 200).all()
    assert (long[:, last] < 200).any()


def test_rows_have_room_for_their_captions() -> None:
    """A row of three captions is two lines higher than one of one; a row of no tiles is there too."""
    one, three = (Row("", [Tile(None, ("a",) * count, Mark.RIGHT)]) for count in (1, 3))
    heights = [decoded(montage(rows)).shape[0] for rows in ([one], [three], [one, three], [Row("", []), one])]
    assert heights[1] - heights[0] == 30
    assert heights[2] == heights[0] + heights[1]
    assert heights[0] < heights[3] < 2 * heights[0]
    assert not has_pictures([one, three, Row("", [])])
    assert has_pictures([one, Row("", [Tile(b"", (), Mark.RIGHT)])])


def test_broken_crop_is_an_empty_tile() -> None:
    """Bytes that are no picture are drawn like no crop at all."""
    assert montage([Row("", [Tile(b"no picture", (), Mark.RIGHT)])]) == montage([Row("", [Tile(None, (), Mark.RIGHT)])])


def test_plots_are_pictures_with_something_on_them() -> None:
    """Each plot decodes, shows its curve's colour, and is the same bytes when drawn again."""
    rng = np.random.default_rng(0)
    curve = np.linspace(0.3, 1, 20)
    found = reliability(rng.random(200), rng.random(200) < 0.5)
    points, people, wrong = rng.normal(size=(50, 2)), rng.integers(-1, 30, 50), np.arange(50) < 5
    for draw in (
        lambda: plots.cmc_plot([("all", curve)], [curve, curve**2]),
        lambda: plots.precision_recall_plot([("one", curve, 1 - curve)]),
        lambda: plots.reliability_plot(found),
    ):
        picture = draw()
        assert is_near(decoded(picture), (0xB4, 0x6F, 0x1F), 8).sum() > 500
        assert draw() == picture
    cameras = rng.integers(0, 15, 50)
    assert (
        is_near(
            decoded(plots.map_plot(points, people, cameras, wrong, [f"camera {number}" for number in range(15)])),
            (0x28, 0x27, 0xD6),
            12,
        ).sum()
        > 100
    )
    assert not is_near(
        decoded(plots.map_plot(points, people, cameras, wrong & False, [f"camera {number}" for number in range(15)])),
        (0x28, 0x27, 0xD6),
        12,
    ).any()


def test_plots_of_nothing_are_drawn() -> None:
    """No people, no pairs, no tracklets."""
    empty = np.zeros(0)
    for picture in (
        plots.cmc_plot([("all", np.array([0.5]))], []),
        plots.reliability_plot(reliability(empty, empty > 0)),
        plots.map_plot(np.zeros((0, 2)), empty.astype(int), empty.astype(int), empty > 0, ()),
    ):
        assert decoded(picture).size > 0


def test_wilson_intervals() -> None:
    """As tabulated for 1.96 deviations: 0 of 10, 5 of 10, 10 of 10."""
    low, high = plots.wilson(np.array([0, 0.5, 1]), np.array([10, 10, 10]), 1.96)
    assert low == pytest.approx([0, 0.2366, 0.7225], abs=1e-4)
    assert high == pytest.approx([0.2775, 0.7634, 1], abs=1e-4)


NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8)


@given(st.lists(st.tuples(NAMES, st.none() | st.integers() | st.floats(-2, 2)), min_size=1, max_size=4), NAMES)
def test_page_reads_back_as_it_was_written(rows: list[tuple[str, float | None]], title: str) -> None:
    """Whatever names hold, such as markup: cells are those of the rows, and nothing is fetched from anywhere."""
    grid = Grid([("name", "who"), ("value", title)], [{"name": name, "value": value} for name, value in rows])
    text = page(title, title, [Section(title, title, [grid], [Image(jpeg((1, 2, 3)), title)])])
    reader = Reader(text)
    assert reader.titles == [title]
    assert reader.tables[title][0].rows == [[name, shown(value)] for name, value in rows]
    assert all(address.startswith("data:image/") for address in reader.addresses)
    assert "<script" not in text.lower().replace("&lt;", "")


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (3, "3"), (0.12345, "0.123"), (1.0, "1.000"), ("a", "a")])
def test_figures_have_three_digits(value: object, text: str) -> None:
    """Shares to three digits, counts whole, a hyphen for nothing."""
    assert shown(value) == text
