"""What a lake's tracklets are and what the truth says, camera by camera, on the frames that can be compared.

Track points come from the lake, truth from MOTChallenge files; nothing is scored here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import ConfigError
from analytics.evaluation import motchallenge
from analytics.evaluation.frames import FrameTimes, Stretch, evenly_spaced
from analytics.evaluation.motchallenge import Annotations
from analytics.evaluation.presentation import read_times
from analytics.geometry import BoolArray, IntArray
from analytics.lake.lake import Lake
from analytics.tables import RECORDINGS, TRACK_POINTS, TRACKLETS
from analytics.timebase import to_instant


@dataclass(frozen=True, slots=True)
class NumberedRecording:
    """A recording with the numbers of its frames in the truth.

    Attributes:
        times: when its frames were captured.
        before: frames of the camera's earlier recordings.
        nights: nights that it is counted to; two where it goes on beyond the end of one.
    """

    times: FrameTimes
    before: int
    nights: frozenset[date]

    @property
    def frame_count(self) -> int:
        """Number of its frames."""
        return len(self.times.offsets_us)

    def frames(self, captured_at: IntArray) -> IntArray:
        """Return the frame numbers of (k,) UTC microseconds. Raises ConfigError as `FrameTimes.number`."""
        return self.times.number(captured_at) + self.before


@dataclass(frozen=True, slots=True)
class CameraTracks:
    """One camera's tracks and truth on the frames that are evaluated.

    Attributes:
        camera_id: the camera.
        truth: boxes that count.
        found: boxes of tracklets; their identities are places in `tracklet_ids`.
        found_at: (n,) UTC microseconds of the boxes of tracklets.
        tracklet_ids: the camera's tracklets of the class wanted, with or without a box.
        recordings: whose frames these are, in order; the first one's begin at 1.
        truth_frames: frames that the truth covers: all of the recordings.
        frames: (f,) those of them that were analysed.
        note: what is left out, or what looks as if the truth were not whole.
    """

    camera_id: str
    truth: Annotations
    found: Annotations
    found_at: IntArray
    tracklet_ids: tuple[str, ...]
    recordings: tuple["NumberedRecording", ...]
    truth_frames: int
    frames: IntArray
    note: str | None


def read_cameras(
    lake: Lake,
    truth: Path,
    *,
    nights: Collection[date] | None = None,
    cameras: Collection[str] | None = None,
    class_name: str = "person",
    footage: Path | None = None,
) -> tuple[CameraTracks, ...]:
    """Read the published tracklets of a lake and their truth.

    Args:
        lake: where the tracklets are.
        truth: folder of MOTChallenge files, `<camera_id>.txt`; frames count from 1 through the camera's recordings of
            the nights in order of time. It is taken for whole: a box on a frame without truth is a false positive.
        nights: nights wanted; None: all.
        cameras: cameras wanted; None: all that have truth.
        class_name: class of the tracklets wanted.
        footage: folder of the recordings, for their presentation times; None: frames are spaced evenly.

    Returns:
        The cameras in order of name.

    Raises:
        ConfigError: truth is missing or broken, a camera has no tracks, or its frames cannot be numbered.
        LakeError: the lake is damaged.
    """
    files = _truth_files(truth, cameras)
    _check_known(lake, nights, files)
    stretches = _stretches(lake, nights)
    return tuple(
        _camera(lake, camera_id, file, nights, class_name, stretches, footage) for camera_id, file in files.items()
    )


def has_boxes(truth: Path) -> bool:
    """Tell whether a folder holds truth as boxes."""
    return any(truth.glob("*.txt"))


def _check_known(lake: Lake, nights: Collection[date] | None, files: Mapping[str, Path]) -> None:
    known = {name for name in lake.read(RECORDINGS, nights, columns=["camera_id"])["camera_id"].to_pylist() if name}
    for camera_id, file in files.items():
        if camera_id not in known:
            names = ", ".join(sorted(known)) or "it has none"
            raise ConfigError(
                f"expected the truth of one of the lake's cameras ({names}), got that of {camera_id}: "
                "name the file <camera_id>.txt, or run `crosscam run` first",
                path=file,
            )


def _truth_files(folder: Path, cameras: Collection[str] | None) -> Mapping[str, Path]:
    """Return the truth files wanted, by camera."""
    if not folder.is_dir():
        raise ConfigError("expected a folder of <camera_id>.txt files, found none", path=folder)
    files = {path.stem: path for path in sorted(folder.glob("*.txt"))}
    if not files:
        raise ConfigError("expected truth as <camera_id>.txt, found no such file", path=folder)
    missing = sorted(set(cameras or ()) - set(files))
    if missing:
        raise ConfigError(f"expected truth of {', '.join(missing)}, found {', '.join(files)}", path=folder)
    return {camera: path for camera, path in files.items() if not cameras or camera in cameras}


def _stretches(lake: Lake, nights: Collection[date] | None) -> Mapping[str, Sequence[Stretch]]:
    """Return what was decoded of each recording, from the entries of the segments whose tracks are published."""
    found: dict[str, list[Stretch]] = {}
    for night in sorted(lake.ledger.nights() if nights is None else set(nights)):
        for stage in lake.ledger.stages(night):
            for entry in lake.ledger.published(night, stage):
                if any(file.table == TRACK_POINTS.name for file in entry.files):
                    recording_id, _, offset_us = entry.item_id.rpartition("-")
                    found.setdefault(recording_id, []).append(_stretch(int(offset_us), entry.facts))
    return found


def _stretch(offset_us: int, facts: Mapping[str, Any]) -> Stretch:
    return Stretch(offset_us, int(facts["frames_decoded"]), float(facts["decoded_s"]), facts.get("analysis_fps"))


def _camera(
    lake: Lake,
    camera_id: str,
    truth_file: Path,
    nights: Collection[date] | None,
    class_name: str,
    stretches: Mapping[str, Sequence[Stretch]],
    footage: Path | None,
) -> CameraTracks:
    truth = motchallenge.read(truth_file)
    recordings, analysed = _number_frames(_recordings(lake, camera_id, nights), camera_id, stretches, footage)
    last = int(truth.frames.max())
    truth_frames = max(last, len(analysed))
    frames = np.flatnonzero(analysed) + 1
    found, found_at, tracklet_ids = _found(lake, camera_id, nights, class_name, recordings)
    late = int(np.sum(found.frames > last))
    return CameraTracks(
        camera_id=camera_id,
        truth=truth.counted(),
        found=found,
        found_at=found_at,
        tracklet_ids=tracklet_ids,
        recordings=tuple(recordings.values()),
        truth_frames=truth_frames,
        frames=frames,
        note=_note(truth_frames, len(frames), last, late),
    )


def _recordings(lake: Lake, camera_id: str, nights: Collection[date] | None) -> list[dict[str, Any]]:
    """Return a camera's recordings with a known start, each once with all of its nights, in order of time."""
    rows = lake.read(RECORDINGS, nights, [camera_id], ["recording_id", "starts_at", "path", "night"]).to_pylist()
    known = [row for row in rows if row["starts_at"] is not None]
    all_nights: dict[str, set[date]] = {}
    for row in known:
        all_nights.setdefault(row["recording_id"], set()).add(row["night"])
    by_id = {row["recording_id"]: {**row, "nights": frozenset(all_nights[row["recording_id"]])} for row in known}
    return sorted(by_id.values(), key=lambda row: (row["starts_at"], row["recording_id"]))


def _number_frames(
    recordings: Sequence[Mapping[str, Any]],
    camera_id: str,
    stretches: Mapping[str, Sequence[Stretch]],
    footage: Path | None,
) -> tuple[Mapping[str, NumberedRecording], BoolArray]:
    """Return the recordings with the numbers of their frames, by id, and whether each frame was analysed."""
    numbered: dict[str, NumberedRecording] = {}
    analysed: list[BoolArray] = []
    for row in recordings:
        recording_id, starts_at = row["recording_id"], to_instant(row["starts_at"])
        own = [stretch for stretch in stretches.get(recording_id, ()) if stretch.frame_count]
        if not own:
            continue  # quarantined: nothing of it was decoded, so the truth cannot have numbered it
        frame_times = (
            read_times(footage / row["path"], recording_id, starts_at)
            if footage
            else evenly_spaced(recording_id, starts_at, own)
        )
        numbered[recording_id] = NumberedRecording(frame_times, sum(map(len, analysed)), row["nights"])
        analysed.append(frame_times.analysed(own))
    if not numbered:
        raise ConfigError(f"expected tracks of camera {camera_id}, the lake has none: run `crosscam run` first")
    return numbered, np.concatenate(analysed)


def _found(
    lake: Lake,
    camera_id: str,
    nights: Collection[date] | None,
    class_name: str,
    numbered: Mapping[str, NumberedRecording],
) -> tuple[Annotations, IntArray, tuple[str, ...]]:
    """Return a camera's track points with their frames, their instants, and the tracklets that their ids number."""
    tracklets = lake.read(TRACKLETS, nights, [camera_id], ["tracklet_id", "recording_id", "class_name"])
    wanted = tracklets.filter(pc.equal(tracklets["class_name"], class_name))
    box = ["x_min", "y_min", "x_max", "y_max"]
    points = lake.read(TRACK_POINTS, nights, [camera_id], ["tracklet_id", "captured_at", *box])
    positions = pc.index_in(points["tracklet_id"], value_set=wanted["tracklet_id"].combine_chunks())
    points = points.filter(pc.is_valid(positions))
    ids = positions.drop_null().to_numpy()
    recordings = np.array(wanted["recording_id"].to_pylist(), object)[ids]
    captured_at = points["captured_at"].cast(pa.int64()).to_numpy()
    frames = np.zeros(len(ids), np.int64)
    for recording_id, recording in numbered.items():
        is_own = recordings == recording_id
        frames[is_own] = recording.frames(captured_at[is_own])
    boxes = np.stack([points[name].to_numpy() for name in box], axis=1)
    order = np.lexsort((ids, frames))  # that of `annotations`
    return motchallenge.annotations(frames, ids, boxes), captured_at[order], tuple(wanted["tracklet_id"].to_pylist())


def _note(truth_frames: int, evaluated: int, last: int, late_boxes: int) -> str | None:
    """Say what is left out, and what looks as if the truth were not whole."""
    parts = []
    if evaluated < truth_frames:
        parts.append(f"evaluated on the {evaluated} of {truth_frames} frames that were analysed")
    if late_boxes:
        parts.append(f"the truth's last box is in frame {last}: {late_boxes} boxes found later count as false")
    return "; ".join(parts) or None
