"""A renderer for tests: people as upright coloured boards before a grey wall, with exact boxes and visible shares."""

import hashlib
from collections.abc import Mapping

import numpy as np

from analytics.simulation.scene import Figures, Picture, View

HEIGHT_M, HALF_WIDTH_M = 1.75, 0.25


class BoardRenderer:
    """Draws each figure as a filled rectangle around its projected cylinder, the far ones first."""

    def __init__(self, views: Mapping[str, View]) -> None:
        self.views = dict(views)
        self.rendered = 0

    def render(self, camera_id: str, figures: Figures) -> Picture:
        """Draw one picture."""
        self.rendered += 1
        view = self.views[camera_id]
        shade = 90 + hashlib.sha256(camera_id.encode()).digest()[0] % 60
        picture = np.full((view.height_px, view.width_px, 3), shade, np.uint8)
        owner = np.full((view.height_px, view.width_px), -1)
        boxes, depths = self._boxes(view, figures)
        limit = np.array([view.width_px, view.height_px] * 2)
        clipped = np.clip(boxes, 0, limit).astype(np.float32)
        for row in np.argsort(-depths):
            x0, y0, x1, y1 = clipped[row].round().astype(int)
            number = int(figures.person_no[row])
            picture[y0:y1, x0:x1] = (40 * number % 200 + 30, 90 * number % 220, 200 - 25 * number % 180)
            owner[y0:y1, x0:x1] = row
        whole = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1.0)
        shown = np.array([(owner == row).sum() for row in range(len(figures))], np.float64)
        return Picture(picture, clipped, np.clip(shown / whole, 0, 1).astype(np.float32))

    @staticmethod
    def _boxes(view: View, figures: Figures) -> tuple[np.ndarray, np.ndarray]:
        boxes, depths = np.zeros((len(figures), 4)), np.zeros(len(figures))
        right = view.axes()[0]
        for row, (x, y) in enumerate(zip(figures.x_m, figures.y_m, strict=True)):
            corners = [
                (x + side * HALF_WIDTH_M * right[0], y + side * HALF_WIDTH_M * right[1], z)
                for side in (-1, 1)
                for z in (0.0, HEIGHT_M)
            ]
            pixels, depth = view.project(corners)
            depths[row] = depth.mean()
            if depth.min() > 0.2:
                boxes[row] = [*pixels.min(axis=0), *pixels.max(axis=0)]
        return boxes, depths
