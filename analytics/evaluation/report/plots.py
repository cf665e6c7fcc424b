"""The report's plots as PNG pictures. Arrays in, bytes out; the figures that they show are computed elsewhere."""

from collections.abc import Sequence

import numpy as np

from analytics.documents.drawing import BLUE, COLOURS, GREY, INK, RED, legend, plot, png
from analytics.evaluation.reliability import Reliability
from analytics.geometry import BoolArray, FloatArray, IntArray

_COLOURED_PEOPLE = 16  # as many colours as tell apart, see `_colours`
_MARKERS = "os^Dv<>pP*Xhd"
_MANY = 60  # curves above it are drawn fainter, so that their density shows


def cmc_plot(curves: Sequence[tuple[str, FloatArray]], by_person: Sequence[FloatArray]) -> bytes:
    """Draw the share of queries with the right person among the first k.

    Args:
        curves: at least one; of each its name and (r,) shares over all queries, of ranks 1 ... r. The first stands out.
        by_person: of each person the (r,) shares of their own queries.
    """
    figure, axes = plot(6.4, 4.2)
    count = len(curves[0][1])
    ranks = np.arange(1, count + 1)
    alpha = 0.35 if len(by_person) <= _MANY else max(0.04, 20 / len(by_person))
    for curve in by_person:
        axes.plot(ranks, curve, color=GREY, alpha=alpha, linewidth=0.8)
    axes.plot([], [], color=GREY, linewidth=0.8, label=f"each of {len(by_person)} people")
    for row, (name, curve) in reversed(list(enumerate(curves))):
        style = {"linewidth": 2.4, "marker": "o", "markersize": 3} if row == 0 else {"linewidth": 1.6}
        colour = COLOURS[row % len(COLOURS)]
        axes.plot(ranks, curve, color=colour, label=f"{name}, Rank-1 {curve[0]:.3f}", **style)
    axes.set(xlabel="rank k", ylabel="right person among the first k", xlim=(0.7, count + 0.3), ylim=(-0.02, 1.02))
    axes.set_xticks([k for k in (1, 5, 10, 15, 20, 30, 40, 50) if k <= count])
    legend(axes, "lower right")
    return png(figure)


def precision_recall_plot(curves: Sequence[tuple[str, FloatArray, FloatArray]]) -> bytes:
    """Draw precision over recall.

    Args:
        curves: at least one; of each its name, (n,) rising recall and (n,) precision.
    """
    figure, axes = plot(5.2, 4.2)
    for row, (name, recall, precision) in enumerate(curves):
        axes.step(recall, precision, where="post", color=COLOURS[row % len(COLOURS)], linewidth=2, label=name)
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    legend(axes, "lower left")
    return png(figure)


def reliability_plot(found: Reliability) -> bytes:
    """Draw how often what was given a probability came true, above how many cases each bin has."""
    figure, (axes, below) = plot(5.2, 5.2, heights=(3, 1))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="as stated")
    middle, width = (found.low + found.high) / 2, found.high - found.low
    # two standard errors of a share (Wilson 1927): a bin of few cases may lie off the line by chance
    low, high = wilson(found.observed, found.count)
    axes.vlines(found.stated, low, high, color=BLUE, alpha=0.45, linewidth=3)
    axes.plot(found.stated, found.observed, color=BLUE, marker="o", markersize=5, linewidth=1.4, label="observed")
    axes.set(ylabel="share that is one person", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    legend(axes, "upper left")
    below.bar(middle, found.count, width=width * 0.92, color=BLUE, alpha=0.75)
    below.set(xlabel="stated probability", ylabel="pairs", xlim=(-0.02, 1.02), yscale="log")
    below.set_ylim(0.7, max(2, int(found.count.max(initial=1)) * 2))
    return png(figure)


def interval_plot(
    names: Sequence[str], estimate: FloatArray, lower: FloatArray, upper: FloatArray, truth: FloatArray
) -> bytes:
    """Draw counts with their intervals beside the truth, all (n,); an interval that misses it is red."""
    figure, axes = plot(float(np.clip(2 + 0.3 * len(names), 5.2, 12)), 4.2)
    places, is_inside = np.arange(len(names)), (lower <= truth) & (truth <= upper)
    for own, colour, label in ((is_inside, BLUE, "holds the truth"), (~is_inside, RED, "misses it")):
        axes.vlines(places[own], lower[own], upper[own], color=colour, linewidth=4, alpha=0.5, label=label)
        axes.plot(places[own], estimate[own], color=colour, marker="o", markersize=5, linestyle="none")
    axes.plot(places, truth, color=INK, marker="_", markersize=11, markeredgewidth=2, linestyle="none", label="truth")
    axes.set_ylim(bottom=0)
    axes.set(ylabel="people")
    axes.set_xticks(places, names, rotation=90 if len(names) > 6 else 0)
    legend(axes, "lower left")
    return png(figure)


def map_plot(
    points: FloatArray, people: IntArray, cameras: IntArray, is_wrong: BoolArray, camera_names: Sequence[str]
) -> bytes:
    """Draw where tracklets lie in a plane in which alike ones are near each other.

    Args:
        points: (n, 2) places.
        people: (n,) person of each, negative: nobody. Those with most tracklets have colours of their own.
        cameras: (n,) camera of each: the shape of the mark.
        is_wrong: (n,) ringed in red.
        camera_names: of the cameras, by number.
    """
    figure, axes = plot(7.2, 6.4)
    numbers, counts = np.unique(people[people >= 0], return_counts=True)
    chosen = numbers[np.argsort(-counts, kind="stable")][:_COLOURED_PEOPLE]
    colours = _colours()
    size = float(np.clip(12000 / max(1, len(points)), 14, 46))
    for place, camera in enumerate(np.unique(cameras)):
        marker = _MARKERS[place % len(_MARKERS)]
        own = cameras == camera
        others = own & ~np.isin(people, chosen)
        axes.scatter(*points[others].T, s=size * 0.6, c="#c9cdd3", marker=marker, linewidths=0)
        shown = own & np.isin(people, chosen)
        tints = [colours[int(np.flatnonzero(chosen == person)[0])] for person in people[shown]]
        axes.scatter(*points[shown].T, s=size, c=tints or None, marker=marker, linewidths=0.3, edgecolors="white")
        axes.scatter([], [], s=40, c=GREY, marker=marker, label=camera_names[camera])
    axes.scatter(*points[is_wrong].T, s=size * 3, facecolors="none", edgecolors=RED, linewidths=1.3)
    if 0 < len(np.unique(cameras)) <= len(_MARKERS):
        figure.legend(loc="outside lower center", ncols=6, frameon=False, fontsize=9)
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(True)
    axes.grid(visible=False)
    return png(figure)


def wilson(share: FloatArray, count: IntArray, deviations: float = 2.0) -> tuple[FloatArray, FloatArray]:
    """Return the lower and upper ends of the intervals of shares of `count` cases each (Wilson 1927)."""
    square = deviations**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = deviations / (1 + square / count) * np.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def _colours() -> FloatArray:
    from matplotlib import colormaps

    # not the reds, which say wrong, nor the greys, which say nobody in particular
    return np.delete(colormaps["tab20"](np.arange(20)), [6, 7, 14, 15], axis=0)
