"""The pictures of the nightly report. What is hidden or was not recorded is marked and never drawn as nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.documents.drawing import BLUE, FAINT, GREY, INK, ORANGE, plot, png
from analytics.geometry import BoolArray, FloatArray

_DPI = 200  # for print: the page is 7 inches wide
_WIDE_IN = 9.0
_FEWEST_HOURS = 8  # fewer bars than these are drawn as narrow as if there were so many
_MANY_HOURS = 14  # more labels do not fit side by side
_UNKNOWN = "#f1f2f4"
_NOT_RECORDED: Mapping[str, Any] = {"facecolor": _UNKNOWN, "edgecolor": "#c3c8cf", "hatch": "////", "linewidth": 0.0}


@dataclass(frozen=True, slots=True)
class Hourly:
    """Figures by hour.

    Attributes:
        labels: (n,) local readings.
        values: (n,) figures; NaN: hidden, or not recorded.
        is_hidden: (n,) bool.
        is_recorded: (n,) bool.
    """

    labels: Sequence[str]
    values: FloatArray
    is_hidden: BoolArray
    is_recorded: BoolArray


def visitors_plot(hours: Hourly, lower: FloatArray, upper: FloatArray) -> bytes:
    """Draw visitors by hour with their 90 % intervals, (n,) each."""
    figure, axes = plot(_WIDE_IN, 2.6, dpi=_DPI)
    places = np.arange(len(hours.labels))
    shown = np.isfinite(hours.values)
    axes.bar(places[shown], hours.values[shown], width=0.72, color=BLUE, alpha=0.85)
    axes.vlines(places[shown], lower[shown], upper[shown], color=INK, linewidth=1.3)
    top = float(np.nanmax(np.where(shown, upper, np.nan))) if shown.any() else 1.0
    for place in places[shown]:
        text = f"{hours.values[place]:,.0f}"
        axes.annotate(text, (place, upper[place]), (0, 3), textcoords="offset points", ha="center", fontsize=8.5)
    axes.set_ylim(0, top * 1.16)
    _mark(axes, hours, top * 1.16)
    axes.set_ylabel("different people")
    axes.grid(axis="x", visible=False)
    return png(figure)


def footfall_plot(lines: Sequence[tuple[str, Hourly, Hourly]]) -> bytes:
    """Draw crossings by hour of each line: in upwards, out downwards.

    Args:
        lines: at least one; of each its name, those in and those out.
    """
    figure, found = plot(_WIDE_IN, 0.5 + 0.95 * len(lines), (1,) * len(lines), dpi=_DPI, share_x=True)
    panels = [found] if len(lines) == 1 else list(found)
    top = max((float(np.nanmax(each.values, initial=0)) for _, *both in lines for each in both), default=0) or 1.0
    for axes, (name, into, out) in zip(panels, lines, strict=True):
        places = np.arange(len(into.labels))
        axes.bar(places, np.nan_to_num(into.values), width=0.72, color=BLUE, label="in")
        axes.bar(places, -np.nan_to_num(out.values), width=0.72, color=ORANGE, label="out")
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.set_ylim(-top * 1.15, top * 1.15)
        axes.set_yticks([-top, 0, top], [f"{top:.0f}", "0", f"{top:.0f}"])
        axes.set_title(name, loc="left", fontsize=9.5, color=INK, pad=3)
        axes.grid(axis="x", visible=False)
        _mark(axes, into, top * 1.15, bottom=0.0)
        _mark(axes, out, 0.0, bottom=-top * 1.15)
    panels[0].legend(loc="upper right", ncols=2, frameon=False, fontsize=8.5, bbox_to_anchor=(1, 1.42))
    return png(figure)


def dwell_plot(names: Sequence[str], median_s: FloatArray, p90_s: FloatArray, notes: Sequence[str]) -> bytes:
    """Draw how long visits last: a dot at the median, a line to what one in ten exceeds; (n,) each, n >= 1."""
    figure, axes = plot(_WIDE_IN, 0.75 + 0.33 * len(names), dpi=_DPI)
    places = np.arange(len(names))[::-1]
    unit, size = ("minutes", 60.0) if float(np.nanmax(p90_s)) >= 180 else ("seconds", 1.0)
    axes.hlines(places, median_s / size, p90_s / size, color=BLUE, linewidth=3, alpha=0.4)
    axes.plot(median_s / size, places, "o", color=BLUE, markersize=7, label="median")
    axes.plot(p90_s / size, places, "|", color=BLUE, markersize=11, markeredgewidth=2.2, label="one in ten is longer")
    for place, end, note in zip(places, p90_s / size, notes, strict=True):
        axes.annotate(note, (end, place), (8, 0), textcoords="offset points", va="center", fontsize=8, color=GREY)
    axes.set_yticks(places, names)
    axes.set_xlim(0, float(np.nanmax(p90_s)) / size * 1.18)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlabel(unit)
    axes.grid(axis="y", visible=False)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=8.5)
    return png(figure)


def strip_plot(
    names: Sequence[str],
    labels: Sequence[str],
    values: FloatArray,
    texts: Sequence[Sequence[str]],
    unit: str,
    colours: Sequence[str] = ("#eef4fa", BLUE),
    greatest: float | None = None,
) -> bytes:
    """Draw a coloured cell for each place and hour, with its figure in it.

    Args:
        names: (p,) places.
        labels: (n,) hours.
        values: (p, n) what colours the cells; NaN: hatched.
        texts: (p, n) what stands in them.
        unit: of the values.
        colours: from the least to the greatest; they differ in brightness, which any colour vision tells.
        greatest: value of the last colour; None: the largest there is.
    """
    from matplotlib.colors import LinearSegmentedColormap

    figure, axes = plot(_WIDE_IN, 0.7 + 0.34 * len(names), dpi=_DPI)
    shades = LinearSegmentedColormap.from_list("shades", list(colours)).with_extremes(bad=_UNKNOWN)
    top = greatest or float(np.nanmax(values, initial=0)) or 1.0
    drawn = axes.imshow(np.ma.masked_invalid(values), cmap=shades, vmin=0, vmax=top, aspect="auto")
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            is_dark = np.isfinite(values[row, column]) and values[row, column] > 0.7 * top and colours[-1] == BLUE
            axes.text(column, row, text, ha="center", va="center", fontsize=8, color="white" if is_dark else INK)
    _label_hours(axes, labels)
    axes.set_yticks(np.arange(len(names)), names)
    axes.grid(visible=False)
    axes.set_xticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.set_xlim(-0.5, max(len(labels), _FEWEST_HOURS) - 0.5)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(drawn, ax=axes, fraction=0.02, pad=0.01)
    bar.ax.set_ylim(0, top)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=8, colors=INK)
    bar.set_label(unit, fontsize=8.5)
    return png(figure)


def flows_plot(flows: Sequence[tuple[str, str, float]]) -> bytes:
    """Draw from where people went to where, as bands between two columns, as wide as there were people.

    Args:
        flows: at least one; origin, destination and journeys, all shown figures.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    total = sum(each[2] for each in flows)
    gap = 0.05 * total
    sides = [_stacked(flows, side, gap) for side in (0, 1)]
    height = max(max(top for _, top in side.values()) for side in sides)
    figure, axes = plot(_WIDE_IN, float(np.clip(0.55 * max(map(len, sides)) + 0.6, 2.2, 5.4)), dpi=_DPI)
    tints = _tints(list(dict.fromkeys([*sides[0], *sides[1]])))
    offset = [{name: low for name, (low, _) in side.items()} for side in sides]
    for origin, destination, size in sorted(
        flows, key=lambda each: (list(sides[0]).index(each[0]), list(sides[1]).index(each[1]))
    ):
        left, right = offset[0][origin], offset[1][destination]
        offset[0][origin] += size
        offset[1][destination] += size
        points = [(0, left), (0.5, left), (0.5, right), (1, right)]
        points += [(1, right + size), (0.5, right + size), (0.5, left + size), (0, left + size), (0, left)]
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        axes.add_patch(PathPatch(Path(points, codes), facecolor=tints[origin], alpha=0.55, linewidth=0))
    for side, x, align, place in ((sides[0], 0.0, "right", -0.025), (sides[1], 1.0, "left", 1.025)):
        for name, (low, high) in side.items():
            axes.fill_between([x - 0.012, x + 0.012], low, high, color=tints[name], linewidth=0)
            axes.text(
                place, (low + high) / 2, f"{name}  {high - low:,.0f}", ha=align, va="center", fontsize=9, color=INK
            )
    axes.text(-0.012, -0.03 * height, "from", ha="left", va="bottom", fontsize=8.5, color=GREY)
    axes.text(1.012, -0.03 * height, "to", ha="right", va="bottom", fontsize=8.5, color=GREY)
    axes.set_xlim(-0.3, 1.3)
    axes.set_ylim(height * 1.02, -0.09 * height)
    axes.set_axis_off()
    return png(figure)


def _stacked(flows: Sequence[tuple[str, str, float]], side: int, gap: float) -> dict[str, tuple[float, float]]:
    """Return where each place of a side begins and ends, the largest first."""
    sizes: dict[str, float] = {}
    for each in flows:
        name = str(each[side])
        sizes[name] = sizes.get(name, 0.0) + each[2]
    found, low = {}, 0.0
    for name, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        found[name] = (low, low + size)
        low += size + gap
    return found


def _tints(names: Sequence[str]) -> dict[str, Any]:
    """Return a colour for each name: those of Okabe and Ito, told apart with any colour vision, then again."""
    tints = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999933")
    return {name: tints[number % len(tints)] for number, name in enumerate(names)}


def _mark(axes: Any, hours: Hourly, top: float, bottom: float = 0.0) -> None:
    """Hatch what was not recorded, and say what is hidden."""
    from matplotlib.patches import Rectangle

    for place in np.flatnonzero(~hours.is_recorded):
        axes.add_patch(Rectangle((place - 0.5, bottom), 1, top - bottom, zorder=0.5, **_NOT_RECORDED))
    for place in np.flatnonzero(hours.is_hidden):
        at = (place, 0 if bottom == 0 else -0.0)
        shift = 4 if bottom == 0 else -4
        axes.annotate(
            "hidden",
            at,
            (0, shift),
            textcoords="offset points",
            ha="center",
            fontsize=7,
            color=GREY,
            va="bottom" if bottom == 0 else "top",
            rotation=90 if len(hours.labels) > _MANY_HOURS else 0,
        )
    _label_hours(axes, hours.labels)
    axes.set_xlim(-0.6, max(len(hours.labels), _FEWEST_HOURS) - 0.4)
    axes.spines["bottom"].set_color(FAINT)


def _label_hours(axes: Any, labels: Sequence[str]) -> None:
    """Write the hours below the axis, upright where there are many."""
    is_many = len(labels) > _MANY_HOURS
    axes.set_xticks(np.arange(len(labels)), labels, rotation=90 if is_many else 0, fontsize=8 if is_many else 8.5)
