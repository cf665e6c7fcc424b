"""Real crops of 37 people in two cameras, linked as tracklets with the default embedder's vectors."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from analytics.linking.answers import Place
from analytics.linking.gathering import CameraTables, gather
from analytics.linking.link import Window
from analytics.perception import plugins
from analytics.perception.frame import Crop
from analytics.perception.models import ModelFolder
from analytics.perception.plugins import Workplace
from analytics.sites import Site
from analytics.tables import (
    BOUNDARY_POINTS,
    COVERAGE,
    DECISIONS,
    EMBEDDINGS,
    IDENTITY_MEMBERS,
    TRACK_POINTS,
    TRACKLETS,
)
from tests.builders.linking import linked

NIGHT = date(2026, 1, 5)
BASE = {"site_id": "pku", "night": NIGHT}


def window_of(folder: Path, models: ModelFolder) -> tuple[Window, dict[str, str]]:
    """Return the crops as one tracklet for each person and camera, and the person of each.

    People pass the first camera every half minute and reach the second 20 to 60 s later.
    """
    import cv2

    with (folder / "index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    embedder = plugins.build_embedder("openvino_reid", {"precision": "f32"}, Workplace(models, threads=2))
    vectors = embedder.embed([Crop(cv2.imread(str(folder / row["path"]))) for row in rows])
    random = np.random.default_rng(7)
    people = sorted({row["person_id"] for row in rows})
    delay = dict(zip(people, random.uniform(20, 60, len(people)), strict=True))
    tracklets, points, embeddings, person_of = [], [], [], {}
    for number, person in enumerate(people):
        for camera in ("1", "2"):
            own = [place for place, row in enumerate(rows) if (row["person_id"], row["camera_id"]) == (person, camera)]
            start = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(seconds=30 * number)
            start += timedelta(seconds=delay[person]) if camera == "2" else timedelta()
            name = f"{camera}-{person}"
            person_of[name] = person
            place = {**BASE, "camera_id": f"cam{camera}"}
            at = [start + timedelta(seconds=step) for step in range(len(own))]
            tracklets.append(
                {**place, "tracklet_id": name, "segment_id": name, "recording_id": camera, "class_name": "person"}
                | {"starts_at": at[0], "ends_at": at[-1], "point_count": len(own), "mean_score": 0.9}
                | {"best_height_px": 128.0, "began_by": "entered_frame", "ended_by": "left_frame"}
            )
            for instant, crop in zip(at, own, strict=True):
                box = {"x_min": 0.0, "y_min": 0.0, "x_max": 48.0, "y_max": 128.0, "foot_x": 24.0, "foot_y": 128.0}
                points.append({**place, "tracklet_id": name, "captured_at": instant, "detection_no": 0, **box})
                embeddings.append(
                    {**place, "segment_id": name, "captured_at": instant, "detection_no": 0, "quality": 0.8}
                    | {"vector": vectors[crop].astype(np.float16)}
                )
    part = CameraTables(
        TRACKLETS.from_rows(tracklets),
        TRACK_POINTS.from_rows(points),
        BOUNDARY_POINTS.empty(),
        (EMBEDDINGS.from_rows(embeddings),),
    )
    seen = gather([part])
    return Window(Place("pku", NIGHT), seen, IDENTITY_MEMBERS.empty(), DECISIONS.empty(), COVERAGE.empty()), person_of


def links_of(tables: dict[str, pa.Table]) -> list[tuple[str, str]]:
    rows = tables["links"].to_pylist()
    return [(row["tracklet_a"], row["tracklet_b"]) for row in rows if row["verdict"] == "accepted"]


@pytest.mark.shared
def test_real_people_are_linked_across_two_cameras(shared: Path, tmp_path: Path) -> None:
    """At the balanced point nine in ten people are found again; at the strict one no link is wrong."""
    window, person = window_of(shared / "crops" / "pku", ModelFolder(shared / "models", tmp_path))
    site = Site(site_id="pku")
    strict = links_of(linked(window, site, operating_point="strict"))
    wrong = [(a, b) for a, b in strict if person[a] != person[b]]
    assert not wrong
    assert len(strict) >= 30
    balanced = linked(window, site, operating_point="balanced")["identity_members"].to_pylist()
    identity = {row["tracklet_id"]: row["identity_id"] for row in balanced}
    people = sorted(set(person.values()))
    found = sum(identity[f"1-{name}"] == identity[f"2-{name}"] for name in people)
    print(f"PKU: strict {len(strict)} links, {len(wrong)} wrong; balanced {found} of {len(people)} people found again")
    assert found >= 0.9 * len(people)
