"""The heatmap as a picture for a presentation: title, period, coverage, colour bar, scale, and what was left out."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.geometry import BoolArray, FloatArray, ImageArray
from analytics.heatmaps.grids import Grid
from analytics.heatmaps.layers import Scale, hatched, layer, over

INK, GREY = "#1d232b", "#5b6470"
_INCHES = (13.33, 7.5)  # a slide
_DPI = 144
_LEFT, _MAP_WIDTH, _BOTTOM, _MAP_HEIGHT = 0.035, 0.66, 0.06, 0.775  # shares of the slide
_PANEL = 0.81
_HATCH = (150, 156, 165)
_SCALE_STEPS_M = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True)
class Outline:
    """A zone that is drawn thinly for orientation: its name and (k, 2) corners in the unit of the view."""

    name: str
    corners: FloatArray


@dataclass(frozen=True)
class Captions:
    """What is written around the map.

    Attributes:
        title: what is shown, in one line.
        period: which time, in one line.
        unit: what the colours mean, beside the colour bar.
        facts: beside the map: a heading and a few words each.
        warning: across the map, where there is nothing to show.
    """

    title: str
    period: str
    unit: str
    facts: tuple[tuple[str, str], ...]
    warning: str | None = None


def picture(
    base: ImageArray,
    values: FloatArray,
    seen: BoolArray,
    grid: Grid,
    scale: Scale,
    captions: Captions,
    outlines: Sequence[Outline] = (),
    *,
    has_metres: bool,
) -> bytes:
    """Draw the picture and return it as a PNG.

    Args:
        base: (height, width, 3) RGB plan or empty camera picture.
        values: (rows, columns).
        seen: (rows, columns); other cells are hatched.
        grid: the cells.
        scale: of the colours.
        captions: texts.
        outlines: zones.
        has_metres: the unit is the metre: a scale bar is drawn.
    """
    height, width = base.shape[:2]
    mixed = over(base, layer(values, seen, grid, scale, width, height))
    if captions.warning is None:
        mixed[hatched(seen, grid, width, height)] = _HATCH
    figure, axes, bar = _page(grid)
    axes.imshow(mixed, extent=(0, grid.width, grid.height, 0), interpolation="antialiased")
    axes.set(xlim=(0, grid.width), ylim=(grid.height, 0), xticks=[], yticks=[])
    _draw_outlines(axes, outlines, grid, "white" if base.mean() < 110 else "#2b4a6f")
    if has_metres:
        _draw_scale_bar(axes, grid)
    if captions.warning is None:
        _draw_colour_bar(bar, scale, captions.unit, base)
        if not seen.all():
            _draw_key(figure)
    else:
        box = {"boxstyle": "round,pad=0.8", "facecolor": "white", "edgecolor": GREY}
        middle = (grid.width / 2, grid.height / 2)
        axes.text(*middle, captions.warning, ha="center", va="center", fontsize=20, color=INK, bbox=box)
        bar.set_visible(False)
    write(figure, captions)
    return png(figure)


def slide() -> Any:
    """Return an empty matplotlib figure of the size of a slide."""
    from matplotlib.figure import Figure

    return Figure(figsize=_INCHES, dpi=_DPI, facecolor="white")


def write(figure: Any, captions: Captions) -> None:
    """Write title, period and facts on a slide."""
    figure.text(_LEFT, 0.95, captions.title, fontsize=21, weight="bold", color=INK, va="center")
    figure.text(_LEFT, 0.893, captions.period, fontsize=14, color=INK, va="center")
    y = 0.825
    for heading, words in captions.facts:
        figure.text(_PANEL, y, heading, fontsize=10.5, color=GREY, va="top")
        figure.text(_PANEL, y - 0.027, words, fontsize=12, color=INK, va="top", linespacing=1.25)
        y -= 0.052 + 0.029 * (words.count("\n") + 1)


def png(figure: Any) -> bytes:
    """Return a matplotlib figure as a PNG, the same bytes for the same figure."""
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _page(grid: Grid) -> tuple[Any, Any, Any]:
    figure = slide()
    shape = grid.width / grid.height / (_INCHES[0] / _INCHES[1])
    width, height = min(_MAP_WIDTH, _MAP_HEIGHT * shape), min(_MAP_HEIGHT, _MAP_WIDTH / shape)
    left = _LEFT + (_MAP_WIDTH - width) / 2
    axes = figure.add_axes((left, _BOTTOM + _MAP_HEIGHT - height, width, height))
    axes.spines[:].set_color("#c3c8cf")
    tall = min(max(height, 0.5), 0.62)  # long enough for its words beside a plan that is low, too
    middle = _BOTTOM + _MAP_HEIGHT - max(height, tall) / 2
    bar = figure.add_axes((left + width + 0.018, middle - tall / 2 + 0.01, 0.014, tall - 0.04))
    return figure, axes, bar


def _draw_outlines(axes: Any, outlines: Sequence[Outline], grid: Grid, colour: str) -> None:
    """Draw zones with their names above them, or below where a name is already."""
    from matplotlib.patheffects import withStroke

    around = [withStroke(linewidth=2.8, foreground="black" if colour == "white" else "white", alpha=0.8)]
    style = {"color": colour, "fontsize": 11, "ha": "center", "clip_on": True, "path_effects": around}
    taken: list[FloatArray] = []
    for outline in outlines:
        corners = np.vstack([outline.corners, outline.corners[:1]])
        axes.plot(*corners.T, color=colour, linewidth=1.3, alpha=0.9, linestyle=(0, (4, 2)))
        low, high = outline.corners.min(axis=0), outline.corners.max(axis=0)
        at = np.array([(low[0] + high[0]) / 2, low[1]])
        is_free = all(np.any(np.abs(at - other) > [0.12 * grid.width, 0.05 * grid.height]) for other in taken)
        taken.append(at)
        if not is_free:
            at[1] = high[1]
        shift, side = ((0, 4), "bottom") if is_free else ((0, -4), "top")
        axes.annotate(outline.name, at, shift, textcoords="offset points", va=side, **style)


def _draw_scale_bar(axes: Any, grid: Grid) -> None:
    from matplotlib.patches import Rectangle

    length = max((step for step in _SCALE_STEPS_M if step <= grid.width / 5), default=_SCALE_STEPS_M[0])
    tall = max(grid.height, grid.width / 2)  # letters are as high on a low plan as on others
    x, y, thick = 0.025 * grid.width, grid.height - 0.035 * tall, 0.009 * tall
    back = (x - 0.012 * grid.width, y - 0.058 * tall)
    size = (length + 0.024 * grid.width, 0.076 * tall)
    axes.add_patch(Rectangle(back, *size, facecolor="white", alpha=0.85, edgecolor="none", zorder=5))
    for part, colour in ((0, INK), (1, "white")):
        start = (x + part * length / 2, y - thick)
        axes.add_patch(Rectangle(start, length / 2, thick, facecolor=colour, edgecolor=INK, zorder=6))
    axes.text(
        x + length / 2, y - 2 * thick, f"{length:g} m", fontsize=11, color=INK, ha="center", va="bottom", zorder=6
    )


def _draw_colour_bar(bar: Any, scale: Scale, unit: str, base: ImageArray) -> None:
    """Draw the colours as they look on the map: over its usual brightness, and as transparent as there."""
    from matplotlib.ticker import MaxNLocator

    share = np.linspace(1, 0, 256)[:, None]
    colours = np.round(scale.colours(share) * 255).astype(np.uint8)
    colours[..., 3] = np.round(scale.opacity(share) * 255).astype(np.uint8)
    ground = np.full((256, 1, 3), np.median(base), np.uint8)
    bar.imshow(over(ground, colours), extent=(0, 1, scale.low, scale.high), aspect="auto")
    bar.set_xticks([])
    bar.yaxis.set_ticks_position("right")
    bar.yaxis.set_label_position("right")
    bar.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    if scale.style == "difference":
        bar.yaxis.set_major_formatter(lambda value, _: f"{value:+g}".replace("-", "\N{MINUS SIGN}") if value else "0")
    bar.set_ylim(scale.low, scale.high)
    bar.tick_params(labelsize=11.5, colors=INK)
    bar.spines[:].set_color("#c3c8cf")
    bar.set_ylabel(unit, fontsize=12, color=INK, labelpad=6)
    if scale.is_cut:
        bar.set_title("or more", fontsize=9.5, color=GREY, pad=4)


def _draw_key(figure: Any) -> None:
    from matplotlib.patches import Patch

    patch = Patch(facecolor="white", edgecolor="#969ca5", hatch="/////", label="not seen by a camera", linewidth=0.6)
    corner = (_PANEL - 0.008, 0.05)
    figure.legend(handles=[patch], loc="lower left", bbox_to_anchor=corner, frameon=False, fontsize=11)
