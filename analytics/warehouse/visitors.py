"""How many different people were in each zone, with an interval, from stored links: zones move without linking anew.

As `linking.visitors` counts the site and its cameras, but over what linking has written: see `linking.counting`.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.contracts import INSTANT
from analytics.linking.counting import LEVELS, Cells, Doubts, count
from analytics.linking.model import LinkModel

_NIGHT, _HOUR = LEVELS.index("place_night"), LEVELS.index("place_hour")


def count_visitors(parts: pa.Table, links: pa.Table, spots: pa.Table, model: LinkModel, worlds: int) -> pa.Table:
    """Return the expected number of different people of each zone, for the night and each hour, with 90 % intervals.

    Args:
        parts: number, counts, is_left_out, as `sql/visitor_parts.sql` tells them, in order of number.
        links: a, b, probability, as `sql/visitor_links.sql` does.
        spots: zone_id, hour_at (null: the night), number, as `sql/visitor_spots.sql` does, in this order.
        model: how far counts are off.
        worlds: number of worlds drawn.

    Returns:
        zone_id, hour_at, estimate, lower, upper; no row for a zone and time without anybody.
    """
    a, b, probability = (links[name].to_numpy() for name in ("a", "b", "probability"))
    counts, is_left_out = (parts[name].to_numpy() for name in ("counts", "is_left_out"))
    doubts = Doubts(parts.num_rows, a, b, probability, counts, is_left_out)
    places = spots.select(["zone_id", "hour_at"])
    cells = places.group_by(["zone_id", "hour_at"], use_threads=False).aggregate([])
    number = pa.array(np.arange(cells.num_rows))
    hours = [pc.fill_null(table["hour_at"].cast(pa.int64()), -1) for table in (cells, spots)]
    keyed = pa.table({"zone_id": cells["zone_id"], "hour": hours[0], "cell": number})
    found = pa.table({"zone_id": spots["zone_id"], "hour": hours[1], "number": spots["number"]})
    placed = found.join(keyed, ["zone_id", "hour"], use_threads=False)
    level = np.where(pc.is_null(cells["hour_at"]).to_numpy(), _NIGHT, _HOUR)
    counted = count(doubts, Cells(placed["number"].to_numpy(), placed["cell"].to_numpy(), level), model.count, worlds)
    return pa.table(
        {
            "zone_id": cells["zone_id"],
            "hour_at": cells["hour_at"].cast(INSTANT),
            "estimate": counted.estimate,
            "lower": counted.lower,
            "upper": counted.upper,
        }
    )
