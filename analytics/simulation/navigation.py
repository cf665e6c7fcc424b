"""Ways across a layout's floor, around walls and furniture.

Paths are the cheapest ones on a grid (Dijkstra, with a price on coming close to things), then pulled straight where
nothing is in the way.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from analytics.geometry import BoolArray
from analytics.simulation.layout import Layout
from analytics.simulation.obstacles import (
    WALL_THICKNESS_M,
    distance_to_rectangle,
    distance_to_segments,
    footprint,
    is_in_the_way,
    walls_of,
)
from analytics.simulation.scene import FloatArray, IntArray

BODY_RADIUS_M = 0.25
"""Half the breadth of an adult's shoulders (elliptical body of 0.5 x 0.3 m, Fruin 1971), rounded."""

COMFORTABLE_M = 0.5
"""Distance between the middle of a body and a wall below which people feel it (Weidmann 1993: 0.25 m from the body)."""

_FINE_M = 0.05
NODE_M = 0.2
_STANDER_M = 0.6
_STANDER_PRICE = 15.0
"""How much dearer a step is next to somebody who stands: a detour of metres is taken, a closed way is not."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The floor that people can walk on.

    Attributes:
        clearance_m: (rows, columns) distance from the middle of each cell of 0.05 m to the nearest thing in the way,
            metres; 0 inside things and outside all rooms.
        gradient: (2, rows, columns) direction x, y away from it.
        graph: steps between neighbouring nodes of the coarse grid, with their prices.
        node_m: (n, 2) places of the nodes.
    """

    clearance_m: FloatArray
    gradient: FloatArray
    graph: csr_matrix
    node_m: FloatArray

    def clearance(self, points_m: FloatArray) -> FloatArray:
        """Return the (k,) distances of (k, 2) points to the nearest thing in the way, metres, interpolated."""
        rows, columns, down, across = self._cells(points_m)
        field = self.clearance_m
        top = field[rows, columns] * (1 - across) + field[rows, columns + 1] * across
        bottom = field[rows + 1, columns] * (1 - across) + field[rows + 1, columns + 1] * across
        value: FloatArray = top * (1 - down) + bottom * down
        return value

    def away(self, points_m: FloatArray) -> FloatArray:
        """Return the (k, 2) unit directions that lead away from the nearest thing in the way; 0 where there is none."""
        rows, columns, _, _ = self._cells(points_m)
        found = self.gradient[:, rows, columns].T
        length = np.hypot(found[:, 0], found[:, 1])[:, None]
        return np.divide(found, length, out=np.zeros_like(found), where=length > 1e-9)

    def narrowest(self, start_m: FloatArray, end_m: FloatArray) -> float:
        """Return the least clearance on the straight way between two (2,) points, metres, to half a cell."""
        (x0, y0), (x1, y1) = start_m, end_m
        count = max(2, int(max(abs(x1 - x0), abs(y1 - y0)) / _FINE_M) + 1)
        shares = np.arange(count) / (count - 1)
        columns = ((x0 + shares * (x1 - x0)) / _FINE_M).astype(np.int64)
        rows = ((y0 + shares * (y1 - y0)) / _FINE_M).astype(np.int64)
        # whoever asks for a point off the plan gets a cell of its border, which is as good as blocked
        return float(self.clearance_m.take(rows * self.clearance_m.shape[1] + columns, mode="clip").min())

    def path(self, start_m: FloatArray, goal_m: FloatArray, standers_m: FloatArray | None = None) -> FloatArray:
        """Return the corners of a way, start and goal included.

        Args:
            start_m: (2,) x, y.
            goal_m: (2,) x, y.
            standers_m: (k, 2) people who stand and whom the way should not touch; None: nobody.

        Returns:
            (n, 2) corners, n >= 2.

        Raises:
            ValueError: no way leads there.
        """
        if self.narrowest(start_m, goal_m) >= COMFORTABLE_M and not _touched(start_m, goal_m, standers_m):
            return np.stack([start_m, goal_m])
        first, last = self._node(start_m), self._node(goal_m)
        graph = self.graph if standers_m is None else self._with_standers(standers_m, goal_m)
        found, parents = dijkstra(graph, indices=np.array([first]), return_predecessors=True)
        costs, before = found[0], parents[0]
        if not np.isfinite(costs[last]):
            raise ValueError(f"no way leads from {_shown(start_m)} to {_shown(goal_m)}: is it inside something?")
        nodes = [last]
        while nodes[-1] != first:
            nodes.append(int(before[nodes[-1]]))
        corners = np.concatenate([start_m[None], self.node_m[nodes[::-1]], goal_m[None]])
        return self._straightened(corners, standers_m)

    def distances(self, starts: BoolArray) -> FloatArray:
        """Return the (n,) lengths of the shortest ways from any node of a set to each node; infinite where none leads.

        Args:
            starts: (n,) whether a node is in the set.
        """
        lengths = self._lengths()
        found: FloatArray = dijkstra(lengths, indices=np.flatnonzero(starts), min_only=True)
        return found

    def _lengths(self) -> csr_matrix:
        steps = self.graph.tocoo()
        lengths = np.hypot(*(self.node_m[steps.row] - self.node_m[steps.col]).T)
        return csr_matrix((lengths, (steps.row, steps.col)), shape=self.graph.shape)

    def _with_standers(self, standers_m: FloatArray, goal_m: FloatArray) -> csr_matrix:
        others = standers_m[np.hypot(*(standers_m - goal_m).T) > 0.3]
        if not len(others):
            return self.graph
        near = (np.hypot(*(self.node_m[:, None] - others[None]).transpose(2, 0, 1)) < _STANDER_M).any(axis=1)
        graph = self.graph.copy()
        graph.data = graph.data * np.where(near[graph.indices], _STANDER_PRICE, 1.0)
        return graph

    def _node(self, point_m: FloatArray) -> int:
        """Return the nearest node that can be walked to straight, or simply the nearest."""
        distance = np.hypot(*(self.node_m - point_m).T)
        for node in np.argsort(distance)[:12]:
            if self.narrowest(point_m, self.node_m[node]) >= min(
                BODY_RADIUS_M, float(self.clearance(point_m[None])[0])
            ):
                return int(node)
        return int(distance.argmin())

    def _straightened(self, corners: FloatArray, standers_m: FloatArray | None) -> FloatArray:
        """Leave out corners where the straight way is as clear as the one around them, or comfortable."""
        clear = self.clearance(corners)
        kept, at = [0], 0
        while at < len(corners) - 1:
            following = at + 1
            for candidate in range(len(corners) - 1, at + 1, -1):
                needed = min(COMFORTABLE_M, float(clear[at : candidate + 1].min()))
                if self.narrowest(corners[at], corners[candidate]) >= needed - 0.02 and not _touched(
                    corners[at], corners[candidate], standers_m
                ):
                    following = candidate
                    break
            kept.append(following)
            at = following
        return corners[kept]

    def _cells(self, points_m: FloatArray) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        rows_count, columns_count = self.clearance_m.shape
        across = np.clip(points_m[:, 0] / _FINE_M - 0.5, 0, columns_count - 1.001)
        down = np.clip(points_m[:, 1] / _FINE_M - 0.5, 0, rows_count - 1.001)
        columns, rows = across.astype(np.int64), down.astype(np.int64)
        return rows, columns, down - rows, across - columns


def ground_of(layout: Layout) -> Ground:
    """Return the floor of a layout: what is inside a room and not inside anything."""
    columns, rows = round(layout.width_m / _FINE_M), round(layout.height_m / _FINE_M)
    x, y = (np.arange(columns) + 0.5) * _FINE_M, (np.arange(rows) + 0.5) * _FINE_M
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    is_free = np.zeros(len(points), np.bool_)
    for room in layout.rooms:
        is_free |= _inside(points, room.x_min_m, room.y_min_m, room.x_max_m, room.y_max_m)
    walls = walls_of(layout)
    for start, end in zip(walls.start_m[walls.base_m == 0], walls.end_m[walls.base_m == 0], strict=True):
        near = _around(points, np.stack([start, end]))
        is_free[near] &= distance_to_segments(points[near], start[None], end[None])[:, 0] > WALL_THICKNESS_M / 2
    for item in filter(is_in_the_way, layout.furniture):
        near = _around(points, footprint(item))
        is_free[near] &= distance_to_rectangle(points[near], footprint(item)) > _FINE_M / 2
    padded = np.pad(is_free.reshape(rows, columns), 1)  # nobody walks off the plan
    clearance = distance_transform_edt(padded)[1:-1, 1:-1] * _FINE_M
    # the transform measures to the middle of the nearest cell that is taken: its edge is half a cell nearer
    clearance = np.maximum(clearance - _FINE_M / 2, 0)
    down, across = np.gradient(clearance)
    graph, node_m = _graph(clearance)
    return Ground(clearance, np.stack([across, down]), graph, node_m)


def _graph(clearance: FloatArray) -> tuple[csr_matrix, FloatArray]:
    """Return the coarse grid's nodes that a body fits on, and the steps between them."""
    stride = round(NODE_M / _FINE_M)
    coarse = clearance[stride // 2 :: stride, stride // 2 :: stride]
    is_node = coarse > BODY_RADIUS_M + 0.02
    number = np.full(coarse.shape, -1)
    number[is_node] = np.arange(is_node.sum())
    rows, columns = np.divmod(np.flatnonzero(is_node), is_node.shape[1])
    node_m = (np.stack([columns, rows], axis=1) * stride + stride // 2 + 0.5) * _FINE_M
    # walking along a wall costs up to four times as much as in the open
    price = 1 + 3 * np.clip(1 - (coarse - BODY_RADIUS_M) / COMFORTABLE_M, 0, 1)
    steps: list[tuple[IntArray, IntArray, FloatArray]] = []
    high, wide = len(number), len(number.T)
    for down, across in ((0, 1), (1, 0), (1, 1), (1, -1)):
        low, high_to = max(0, -across), wide - max(0, across)
        here = (slice(0, high - down), slice(low, high_to))
        there = (slice(down, high), slice(low + across, high_to + across))
        both = (number[here] >= 0) & (number[there] >= 0)
        cost = np.hypot(down, across) * NODE_M * (price[here] + price[there]) / 2
        steps.append((number[here][both], number[there][both], cost[both]))
    starts, ends, costs = (np.concatenate(parts) for parts in zip(*steps, strict=True))
    shape = (len(node_m), len(node_m))
    one_way = csr_matrix((costs, (starts, ends)), shape=shape)
    both_ways = csr_matrix(one_way + one_way.T)
    return both_ways, node_m.astype(np.float64)


def _inside(points: FloatArray, x0: float, y0: float, x1: float, y1: float) -> BoolArray:
    inside: BoolArray = (points[:, 0] >= x0) & (points[:, 0] <= x1) & (points[:, 1] >= y0) & (points[:, 1] <= y1)
    return inside


def _around(points: FloatArray, corners: FloatArray) -> IntArray:
    """Return which points lie near enough to (k, 2) corners to be looked at."""
    low, high = corners.min(axis=0) - 2 * WALL_THICKNESS_M, corners.max(axis=0) + 2 * WALL_THICKNESS_M
    return np.flatnonzero(_inside(points, low[0], low[1], high[0], high[1]))


def _touched(start_m: FloatArray, end_m: FloatArray, standers_m: FloatArray | None) -> bool:
    if standers_m is None or not len(standers_m):
        return False
    others = standers_m[np.hypot(*(standers_m - end_m).T) > 0.3]
    if not len(others):
        return False
    return bool(distance_to_segments(others, start_m[None], end_m[None]).min() < 2 * BODY_RADIUS_M)


def _shown(point_m: FloatArray) -> str:
    return f"{point_m[0]:.2f}, {point_m[1]:.2f}"
