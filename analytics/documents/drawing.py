"""How the pictures of all reports look: axes, colours, legends. Figures in, bytes out."""

import io
from collections.abc import Sequence
from typing import Any

BLUE, ORANGE, GREEN, PURPLE = "#1f6fb4", "#e08214", "#4d9221", "#8856a7"
RED, GREY, INK, FAINT = "#d62728", "#8a8f98", "#22262b", "#e5e7ea"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
"""Told apart with any colour vision, and in grey by their order of brightness."""

_DPI = 144


def plot(
    width_in: float, height_in: float, heights: Sequence[int] = (1,), *, dpi: int = _DPI, share_x: bool = False
) -> tuple[Any, Any]:
    """Return a figure and its axes, one above the other; a single one is no list.

    Args:
        width_in: width, inches.
        height_in: height, inches.
        heights: of the axes, relative to each other.
        dpi: dots an inch.
        share_x: all axes have the x axis of the lowest.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), dpi=dpi, layout="constrained")
    axes = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False, sharex=share_x)[:, 0]
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.spines[["left", "bottom"]].set_color(GREY)
        each.tick_params(colors=INK, labelsize=9)
        each.grid(color=FAINT, linewidth=0.8)
        each.set_axisbelow(True)
    return figure, axes[0] if len(axes) == 1 else axes


def legend(axes: Any, place: str) -> None:
    """Draw a legend in a place as matplotlib calls it."""
    axes.legend(loc=place, frameon=False, fontsize=9)


def png(figure: Any) -> bytes:
    """Return a figure as a PNG, the same bytes for the same figure."""
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
