"""Which track continues with which detection: the pairs whose gains add up to the most.

A pair that is not allowed is never made, and leaving a track and a detection alone gains nothing, so that a good pair
is not given up to make two poor ones out of four.
"""

import numpy as np

from analytics.geometry import BoolArray, FloatArray, IntArray

_WORTH = 1e-6  # so that an allowed pair with no gain (exactly at its threshold) is still made


def best_pairs(gain: FloatArray, allowed: BoolArray) -> tuple[IntArray, IntArray]:
    """Choose pairs of a row and a column, each row and column at most once, with the greatest total gain.

    Args:
        gain: (n, m) what each pair is worth, >= 0 where it is allowed; elsewhere it is not read.
        allowed: (n, m) which pairs may be made.

    Returns:
        (k,) rows, rising, and their (k,) columns; only allowed pairs.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = np.flatnonzero(allowed.any(axis=1)), np.flatnonzero(allowed.any(axis=0))
    if rows.size == 0:
        return rows, columns
    part = np.ix_(rows, columns)
    worth = np.where(allowed[part], gain[part] + _WORTH, 0.0)
    chosen_rows, chosen_columns = linear_sum_assignment(worth, maximize=True)
    made = worth[chosen_rows, chosen_columns] > 0
    return rows[chosen_rows[made]], columns[chosen_columns[made]]
