"""Heatmaps as tables: a row for each cell, with everything that tells how sure its value is."""

import numpy as np
import pyarrow as pa

from analytics.contracts import Column, Contract, within
from analytics.geometry import BoolArray, FloatArray
from analytics.heatmaps.heatmap import Difference, Heatmap, Measure, Presence

UNITS: dict[Measure, str] = {"visits": "visits", "dwell": "s"}

_CELL = (
    Column("site_id", pa.string(), "the site"),
    Column("view", pa.string(), "camera id, or floor"),
    Column("measure", pa.string(), "visits (of people, breaks bridged) or dwell (seconds of people)"),
    Column("row_no", pa.int32(), "from 0 at the top"),
    Column("column_no", pa.int32(), "from 0 at the left"),
    Column("x", pa.float64(), "middle of the cell: metres from the plan's left edge, or px of the camera's picture"),
    Column("y", pa.float64(), "middle of the cell: metres or px from the top edge"),
    Column("size", pa.float64(), "side of the cell, metres or px"),
    Column("unit", pa.string(), "unit of the values"),
    Column("is_seen", pa.bool_(), "a camera with footage sees the cell; where none does there is no value"),
)

HEATMAP_CELLS = Contract(
    name="heatmap_cells",
    version=1,
    key=("row_no", "column_no"),
    columns=(
        *_CELL,
        Column("value", pa.float64(), "as counted: visits, or seconds; null: not seen, or too few people", True),
        Column("smoothed", pa.float64(), "spread by the kernel, same unit and sum; null: not seen", True),
        Column("people", pa.int32(), "different people; null: not seen, or too few people", True),
        Column("is_small", pa.bool_(), "somebody was there, but fewer than the fewest people that are published"),
        Column("footage_h", pa.float64(), "hours of footage, of the camera that has most of those that see the cell"),
        Column(
            "coverage", pa.float64(), "share of the expected seconds analysed, of the cameras that see it; [0, 1]", True
        ),
    ),
    rules=(within("coverage", 0, 1),),
)

HEATMAP_DIFFERENCES = Contract(
    name="heatmap_differences",
    version=1,
    key=("row_no", "column_no"),
    columns=(
        *_CELL,
        Column("before", pa.float64(), "smoothed value of the earlier or other period for each hour of footage", True),
        Column("after", pa.float64(), "the same of the period of interest", True),
        Column("difference", pa.float64(), "after - before; null: not seen in both, or too few people in one", True),
        Column("coverage_before", pa.float64(), "share of the expected seconds analysed, [0, 1]", True),
        Column("coverage_after", pa.float64(), "the same of the period of interest", True),
    ),
    rules=(within("coverage_before", 0, 1), within("coverage_after", 0, 1)),
)


def cells_of(heatmap: Heatmap) -> pa.Table:
    """Return a heatmap as a table, contract HEATMAP_CELLS, with all cells of the grid."""
    presence = heatmap.presence
    is_told = presence.seen & ~heatmap.is_small
    return HEATMAP_CELLS.from_columns(
        {
            **_common(presence, heatmap.measure, presence.seen, UNITS[heatmap.measure]),
            "value": _or_null(heatmap.values, is_told),
            "smoothed": _or_null(heatmap.smoothed, presence.seen),
            "people": _or_null(heatmap.people.astype(np.float64), is_told).cast(pa.int32()),
            "is_small": heatmap.is_small.ravel(),
            "footage_h": presence.hours.ravel(),
            "coverage": _or_null(presence.cell_coverage, ~np.isnan(presence.cell_coverage)),
        }
    )


def differences_of(difference: Difference) -> pa.Table:
    """Return a difference as a table, contract HEATMAP_DIFFERENCES, with all cells of the grid."""
    before, after = difference.before, difference.after
    is_told = difference.seen & ~difference.is_small
    return HEATMAP_DIFFERENCES.from_columns(
        {
            **_common(after.presence, after.measure, difference.seen, f"{UNITS[after.measure]}/h"),
            "before": _or_null(before.per_hour, is_told),
            "after": _or_null(after.per_hour, is_told),
            "difference": _or_null(difference.values, is_told),
            **{
                f"coverage_{name}": _or_null(each.presence.cell_coverage, ~np.isnan(each.presence.cell_coverage))
                for name, each in (("before", before), ("after", after))
            },
        }
    )


def _common(presence: Presence, measure: Measure, seen: BoolArray, unit: str) -> dict[str, object]:
    grid = presence.view.grid
    row, column = np.indices(grid.shape, np.int32)
    centres = grid.centres()
    return {
        "site_id": presence.site_id,
        "view": presence.view.name,
        "measure": measure,
        "row_no": row.ravel(),
        "column_no": column.ravel(),
        "x": centres[:, 0],
        "y": centres[:, 1],
        "size": grid.size,
        "unit": unit,
        "is_seen": seen.ravel(),
    }


def _or_null(values: FloatArray, is_told: BoolArray) -> pa.Array:
    return pa.array(values.ravel(), pa.float64(), mask=~is_told.ravel())
