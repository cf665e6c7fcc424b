"""`make demo`: a site drawn on the spot, run through the real pipeline on a local Ray, and scored against its truth.

No detector weights are shipped yet, so detections are replayed: the drawn people's own boxes, with one in twelve
missed and the edges off by a pixel and a half. Decoding, tracking, embedding, storage and scoring are the real ones.
"""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import yaml

from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.perception.segments import Segment, Source
from analytics.perception.video import Moment, read
from analytics.settings import Sampling
from analytics.sites import Site
from analytics.tables import DETECTIONS, RECORDINGS, TRACK_POINTS
from analytics.timebase import Interval, to_datetime, to_instant
from tests.builders.video import (
    detections_table,
    set_modified,
    site_scenes,
    truncate,
    write_footage,
    write_motchallenge,
)

CAMERAS = ("entrance", "aisle", "checkout")
STARTS_AT = datetime(2026, 1, 5, 9, 59, 30, tzinfo=UTC)
DURATION_S, FILE_S, FPS, PEOPLE, SEED = 60.0, 20.0, 10.0, 8, 4
SIZE_PX = {"width_px": 480, "height_px": 360}
ROOT = Path(__file__).parents[1] / "demo"


def main() -> int:
    """Draw, run, run again, and show what came out; return the exit code."""
    if ROOT.exists():
        shutil.rmtree(ROOT)
    draw()
    options = ["--lake", ROOT / "lake", "--site", ROOT / "site.yaml", "--settings", ROOT / "settings.yaml"]
    say("The night: three cameras, three files each, two more files broken on purpose (exit code 3 says so)")
    first = crosscam("run", ROOT / "footage", *options)
    say("The same again: nothing to do")
    second = crosscam("run", ROOT / "footage", *options)
    say("What was done, what was not, and why")
    crosscam("status", "--lake", ROOT / "lake")
    say("The tracks of each camera against the truth (people are not yet linked across cameras)")
    scored = crosscam("evaluate", "--lake", ROOT / "lake", "--truth", ROOT / "truth")
    preview(ROOT / "preview.png")
    say(f"Tables: {ROOT / 'lake'} (Parquet)   Picture: {ROOT / 'preview.png'}   Configuration: {ROOT}/*.yaml")
    return 0 if (first, second, scored) == (3, 3, 0) else 1


def draw() -> None:
    """Write footage, truth, the detections to replay, and the two configuration files."""
    scenes = site_scenes(CAMERAS, people=PEOPLE, duration_s=DURATION_S, seed=SEED, **SIZE_PX)
    write_footage(ROOT / "footage", scenes, STARTS_AT, fps=FPS, file_s=FILE_S)
    offsets_us = [round(number * 1e6 / FPS) for number in range(round(DURATION_S * FPS))]
    lake = Lake(open_store(str(ROOT / "detections")))
    for scene in scenes:
        truth = scene.truth(offsets_us)
        write_motchallenge(ROOT / "truth" / f"{scene.camera_id}.txt", truth, offsets_us)
        table = detections_table(
            truth,
            scene,
            starts_at=to_instant(STARTS_AT),
            min_visibility=0.3,
            drop_share=1 / 12,
            jitter_px=1.5,
            seed=SEED,
        )
        night, key = STARTS_AT.date(), f"drawn-{scene.camera_id}"
        lake.write_item(
            stage="drawn", night=night, camera_id=scene.camera_id, item_id=key, key=key, tables=[(DETECTIONS, table)]
        )
    lake.ledger.publish(STARTS_AT.date(), "drawn", [f"drawn-{camera_id}" for camera_id in CAMERAS])
    break_two_files()
    cameras = [{"camera_id": camera_id, **SIZE_PX} for camera_id in CAMERAS]
    write_yaml("site.yaml", {"site_id": "demo", "timezone": "UTC", "cameras": cameras})
    perception = {
        "sampling": {"analysis_fps": FPS},
        "detector": {"name": "replay", "params": {"lake": str(ROOT / "detections")}},
        "embedder": {"name": "colour_histogram"},
    }
    write_yaml("settings.yaml", {"perception": perception})


def break_two_files() -> None:
    """Add a recording that breaks off half-way and a text file named like a video."""
    whole = sorted((ROOT / "footage" / "aisle").iterdir())[0]
    cut = whole.with_name("20260105T110000Z.mp4")
    shutil.copy(whole, cut)
    truncate(cut, 0.5)
    text = whole.with_name("20260105T113000Z.mp4")
    text.write_text("not a video")
    for path in (ROOT / "footage").rglob("*.mp4"):
        set_modified(path)


def preview(path: Path) -> None:
    """Draw one moment of each camera with its tracklets' boxes and the way they came."""
    lake = Lake(open_store(str(ROOT / "lake")))
    site = Site.model_validate(yaml.safe_load((ROOT / "site.yaml").read_text()))
    points = lake.read(TRACK_POINTS)
    recordings = [row for row in lake.read(RECORDINGS).to_pylist() if row["status"] == "complete"]
    pictures = []
    for camera in site.cameras:
        own = points.filter(pa.compute.equal(points["camera_id"], camera.camera_id))
        at, counts = np.unique(own["captured_at"].cast(pa.int64()).to_numpy(), return_counts=True)
        moment = int(at[counts.argmax()])
        recording = next(
            row
            for row in recordings
            if row["camera_id"] == camera.camera_id
            and Interval(to_instant(row["starts_at"]), to_instant(row["ends_at"])).contains(moment)
        )
        interval = Interval(to_instant(recording["starts_at"]), to_instant(recording["ends_at"]))
        source = Source(recording["recording_id"], "demo", camera.camera_id, recording["path"], "", interval)
        segment = Segment("", source.recording_id, "demo", camera.camera_id, recording["night"], source.path, "",
                          interval, interval.starts_at, interval.ends_at, True)  # fmt: skip
        frames = read(ROOT / "footage" / source.path, segment, camera, Sampling(analysis_fps=None), 1)
        frame = next(m.frame for m in frames if isinstance(m, Moment) and m.interval.contains(moment))
        pictures.append(annotate(np.array(frame.pixels), own.to_pylist(), moment, camera.camera_id))
    cv2.imwrite(str(path), np.hstack(pictures))


def annotate(pixels: np.ndarray, rows: list[dict[str, object]], moment: int, camera_id: str) -> np.ndarray:
    """Draw the boxes of one instant and the foot points that led to them."""
    numbers = {row["tracklet_id"]: n for n, row in enumerate(rows) if to_instant(row["captured_at"]) == moment}
    for row in rows:
        if row["tracklet_id"] in numbers and to_instant(row["captured_at"]) <= moment:
            hue = (37 * list(numbers).index(row["tracklet_id"])) % 180
            colour = tuple(cv2.cvtColor(np.uint8([[[hue, 220, 230]]]), cv2.COLOR_HSV2BGR)[0, 0].tolist())
            cv2.circle(pixels, (round(row["foot_x"]), round(row["foot_y"])), 2, colour, -1)
            if to_instant(row["captured_at"]) == moment:
                corners = [round(row[side]) for side in ("x_min", "y_min", "x_max", "y_max")]
                cv2.rectangle(pixels, tuple(corners[:2]), tuple(corners[2:]), colour, 2)
    label = f"{camera_id}  {to_datetime(moment):%Y-%m-%d %H:%M:%S} UTC"
    cv2.putText(pixels, label, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 3, cv2.LINE_AA)
    return cv2.putText(pixels, label, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)


def crosscam(*arguments: str | Path) -> int:
    """Run the command line as a user would and return its exit code."""
    sys.stdout.write(f"$ crosscam {' '.join(map(str, arguments))}\n")
    sys.stdout.flush()
    command = [str(Path(sys.executable).parent / "crosscam"), *map(str, arguments)]
    return subprocess.run(command, check=False).returncode


def say(text: str) -> None:
    """Print a heading."""
    sys.stdout.write(f"\n=== {text}\n")
    sys.stdout.flush()


def write_yaml(name: str, content: object) -> None:
    """Write a configuration file."""
    (ROOT / name).write_text(yaml.safe_dump(content, sort_keys=False))


if __name__ == "__main__":
    sys.exit(main())
