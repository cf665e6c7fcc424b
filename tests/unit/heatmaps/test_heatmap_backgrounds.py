"""The empty picture of a camera: nobody who was detected is in it, whether they walk or stand all the time."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from analytics.heatmaps.backgrounds import background_of
from analytics.heatmaps.periods import period_of
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.sites import Camera, Site
from tests.builders.scenes import Scene, Walk, background
from tests.builders.tracks import write_tracks
from tests.builders.video import detections_table, instant, write_video

STARTS_AT = instant("20260105T090000Z")
SCENE = Scene(
    "cam1",
    duration_s=6.0,
    # one walks across, one stands still from beginning to end
    walks=(
        Walk(1, 60, ((0.0, 10.0, 100.0), (6.0, 150.0, 100.0))),
        Walk(2, 60, ((0.0, 80.0, 110.0), (6.0, 80.0, 110.0))),
    ),
    width_px=160,
    height_px=120,
)


def test_nobody_is_in_the_empty_picture(tmp_path: Path) -> None:
    """Where somebody walked is the true background; where somebody stood all the time it is filled from around."""
    video = write_video(SCENE, tmp_path / "footage" / "cam1" / "a.mp4", fps=10)
    truth = SCENE.truth(video.offsets_us)
    lake = Lake(open_store(str(tmp_path / "lake")))
    table: pa.Table = detections_table(truth, SCENE, starts_at=STARTS_AT)
    write_tracks(
        lake,
        truth,
        camera_id="cam1",
        starts_at=STARTS_AT,
        frame_count=len(video.offsets_us),
        duration_s=video.duration_s,
        detections=table,
    )
    site = Site(site_id="site", cameras=(Camera(camera_id="cam1"),))
    period = period_of(site, lake.ledger.nights())
    found = background_of(lake, site.camera("cam1"), tmp_path / "footage", period)
    assert found is not None
    assert found.frames == 15
    empty = background(160, 120, SCENE.seed).astype(float)
    standing = next(box for box in SCENE.truth_at(0.0) if box.identity == 2)
    own = np.zeros((120, 160), bool)
    own[max(0, standing.y_min - 12) : standing.y_max + 12, standing.x_min - 12 : standing.x_max + 12] = True
    error = np.abs(found.pixels.astype(float) - empty).mean(axis=2)
    assert error[~own].max() < 30  # the codec's
    assert error[~own].mean() < 4
    with_people = np.abs(SCENE.draw(3.0).astype(float) - empty).mean(axis=2)
    drawn = with_people > 25  # the figure itself, not what its box covers beside it
    assert with_people[drawn & own].mean() > 3 * error[drawn & own].mean()
    assert 0 < found.filled_share < 0.3
    assert background_of(lake, site.camera("cam1"), tmp_path / "gone", period) is None
