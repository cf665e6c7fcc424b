"""Annotated videos of real small footage: instants, cards, blurred heads, and what is refused."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pytest
import yaml

from analytics.annotating.band import sheet_for, zoom_of
from analytics.annotating.cast import read_cast
from analytics.annotating.film import CARD_US, Scenario, film, sheet_of
from analytics.annotating.tracks import TrackReader, analysed_segments
from analytics.audit_log import AuditLog
from analytics.discovery.discover import sources
from analytics.drawing.blurring import head_regions
from analytics.encoding import Encoding, Shot, write_video
from analytics.geometry import ImageArray
from analytics.lake.lake import Lake
from analytics.lake.store import open_store
from analytics.sites import Camera, Line, Site, Zone
from analytics.tables import DETECTIONS, RECORDINGS
from analytics.timebase import Interval, seconds_us
from tests.builders.nights import NIGHT, command
from tests.builders.tracks import write_tracks
from tests.builders.video import Scene, Video, detections_table, instant, uneven_times
from tests.builders.video import write_video as write_scene

START = instant("20260105T090000Z")
LATER_S = 10.0  # when the second recording begins
LOOSE, TRACKED = 2, 1
MASK = ((0.0, 0.0), (80.0, 0.0), (80.0, 60.0), (0.0, 60.0))


def _standing(camera_id: str = "cam1") -> Scene:
    """Three people who walk slowly: one is tracked, one only detected, one missed."""
    from tests.builders.scenes import Walk

    walks = tuple(
        Walk(number, 220, ((0.0, 80.0 + 180 * number, 400.0), (4.0, 120.0 + 180 * number, 400.0)))
        for number in (0, 1, 2)
    )
    return Scene(camera_id, 4.0, walks, width_px=640, height_px=480, seed=3)


@dataclass(frozen=True)
class Filmed:
    """A lake of two recordings with 8 s between them, and the footage."""

    folder: Path
    lake: Lake
    scene: Scene
    videos: tuple[Video, Video]
    site: Site

    def scenario(self, begin_s: float, end_s: float, *, is_blurred: bool = True, masked: bool = False) -> Scenario:
        found = tuple(sources(self.lake.read(RECORDINGS)))
        period = Interval(START + seconds_us(begin_s), START + seconds_us(end_s))
        used = tuple(each for each in found if each.interval.intersect(period))
        camera = self.site.cameras[0]
        site = self.site.model_copy(
            update={"cameras": (camera.model_copy(update={"masks": (MASK,) if masked else ()}),)}
        )
        return Scenario(site, "cam1", self.folder / "footage", used, period, is_blurred)

    def shots(self, scenario: Scenario, lake: Lake | None = None) -> list[Shot]:
        chosen = lake or self.lake
        reader = TrackReader(chosen, "cam1", analysed_segments(chosen, [NIGHT], scenario.sources))
        return list(film(scenario, reader, read_cast(chosen, "cam1", [NIGHT]), sheet_of(scenario), lambda done: None))


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    """Return footage in which every other frame was analysed; times of the first recording are uneven."""
    folder, scene = tmp_path_factory.mktemp("filmed"), _standing()
    lake = Lake(open_store(str(folder / "lake")))
    videos = []
    for name, begin_s, times in (("a", 0.0, uneven_times(2.0, 10.0, seed=1)), ("b", LATER_S, [0.0, 0.1, 0.2, 0.3])):
        path = f"cam1/{name}.mp4"
        video = write_scene(scene, folder / "footage" / path, times_s=times, crf=10)
        begin = START + seconds_us(begin_s)
        truth = scene.truth(video.offsets_us[::2])
        found = [box for box in truth if box.identity == LOOSE]
        loose = detections_table(found, scene, starts_at=begin, segment_id=f"{name}-{0:012d}")
        # beside number 0, which is the tracked one's
        numbers = pa.array([1] * loose.num_rows, pa.int16())
        write_tracks(
            lake,
            truth,
            camera_id="cam1",
            starts_at=begin,
            frame_count=len(video.offsets_us),
            duration_s=video.duration_s,
            names=lambda box: "walker" if box.identity == TRACKED else None,
            analysis_fps=5.0,
            recording_id=name,
            path=path,
            size_bytes=(folder / "footage" / path).stat().st_size,
            detections=DETECTIONS.conform(loose.set_column(5, "detection_no", numbers)),
        )
        videos.append(video)
    camera = Camera(camera_id="cam1", width_px=640, height_px=480)
    zone = Zone(zone_id="floor", camera_id="cam1", polygon=((20, 360), (240, 360), (240, 460), (20, 460)))
    line = Line(line_id="door", camera_id="cam1", start=(400, 300), end=(400, 460))
    site = Site(site_id="site", timezone="Europe/Berlin", cameras=(camera,), zones=(zone,), lines=(line,))
    (folder / "site.yaml").write_text(yaml.safe_dump(site.model_dump(mode="json", exclude_unset=True)))
    return Filmed(folder, lake, scene, (videos[0], videos[1]), site)


def _command(filmed: Filmed, out: Path, *words: str) -> tuple[int, str, str]:
    where = ("--lake", str(filmed.folder / "lake"), "--site", str(filmed.folder / "site.yaml"))
    footage = ("--footage", str(filmed.folder / "footage"))
    return command("export", "video", *where, *footage, "--camera", "cam1", "--out", str(out), *words)


def test_a_video_has_every_frame_at_its_instant_and_cards_for_what_is_missing(filmed: Filmed, tmp_path: Path) -> None:
    """Uneven times are kept to the microsecond; 8 s without footage are a card of 3 s; the rest is a card too."""
    out = tmp_path / "out.mp4"
    # 09:00 UTC is 10:00 in Berlin
    code, _, err = _command(filmed, out, "--from", "10:00:00", "--to", "10:00:12")
    assert code == 0, err
    first, second = filmed.videos
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
        shown = sorted(round(packet.pts * stream.time_base * 1_000_000) for packet in packets)
        end = max(round((packet.pts + packet.duration) * stream.time_base * 1_000_000) for packet in packets)
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    ended_us = seconds_us(first.duration_s)
    resumed_us = ended_us + CARD_US
    last_us = resumed_us + seconds_us(second.duration_s)
    assert shown == [*first.offsets_us, ended_us, *(resumed_us + each for each in second.offsets_us), last_us]
    assert end == last_us + seconds_us(12 - LATER_S - second.duration_s)
    content = out.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    assert "every tracklet counts as somebody of its own" in err
    assert list(tmp_path.iterdir()) == [out]


def test_heads_are_blurred_and_nothing_else(filmed: Filmed) -> None:
    """Also between analysed frames, and of whoever is only detected; the missed person stays as they are."""
    blurred = filmed.shots(filmed.scenario(0, 2))
    plain = filmed.shots(filmed.scenario(0, 2, is_blurred=False))
    assert len(blurred) == len(plain) == len(filmed.videos[0].offsets_us)
    for shot, other, offset_us in zip(blurred, plain, filmed.videos[0].offsets_us, strict=True):
        boxes = {each.identity: each for each in filmed.scene.truth_at(offset_us / 1e6)}
        for identity in (TRACKED, LOOSE):
            box = boxes[identity]  # within the lines of the frame that is drawn around the tracked one
            inside = slice(box.y_min + 4, _head(box)[3] - 4), slice(box.x_min + 5, box.x_max - 5)
            assert _roughness(shot.pixels[inside]) < 0.15 * _roughness(other.pixels[inside])
        x0, y0, x1, y1 = _head(boxes[0])
        assert np.array_equal(shot.pixels[y0:y1, x0:x1], other.pixels[y0:y1, x0:x1])
        lowest = max(_head(boxes[identity])[3] for identity in (TRACKED, LOOSE))
        assert np.array_equal(shot.pixels[lowest + 2 :], other.pixels[lowest + 2 :])


def test_masks_stay_black_and_the_picture_is_whole(filmed: Filmed) -> None:
    """The masked corner is black in every frame; the video is as wide as the footage and even in both sides."""
    for shot in filmed.shots(filmed.scenario(0, 1, masked=True)):
        assert not shot.pixels[:60, :80].any()
        height, width = shot.pixels.shape[:2]
        assert (width, height % 2) == (640, 0)
        assert height > 480


def test_what_was_not_analysed_is_shown_only_without_blur(filmed: Filmed, tmp_path: Path) -> None:
    """A recording without published tables has nobody to blur: a card stands for it."""
    scenario = filmed.scenario(0, LATER_S + 0.4)
    partly = Lake(open_store(str(tmp_path)))
    for source, video in zip(scenario.sources[:1], filmed.videos[:1], strict=True):
        write_tracks(
            partly,
            filmed.scene.truth(video.offsets_us),
            camera_id="cam1",
            starts_at=START,
            frame_count=1,
            duration_s=video.duration_s,
            recording_id=source.recording_id,
        )
    hidden = filmed.shots(scenario, partly)
    assert len(hidden) == len(filmed.videos[0].offsets_us) + 1
    shown = filmed.shots(replace(scenario, is_blurred=False), partly)
    assert len(shown) == len(filmed.videos[0].offsets_us) + 1 + len(filmed.videos[1].offsets_us)
    # same picture, same clock: the band says "not analysed" instead of a zero
    known = filmed.shots(replace(scenario, is_blurred=False))
    assert np.array_equal(shown[0].pixels[480:, :100], known[0].pixels[480:, :100])
    assert not np.array_equal(shown[-1].pixels[480:], known[-1].pixels[480:])


def test_a_small_picture_is_enlarged_so_that_figures_fit_below_it() -> None:
    """Of 320 px by two, of 352 too; a picture of 640 px and more stays."""
    assert [zoom_of(width) for width in (160, 320, 352, 639, 640, 1920)] == [4, 2, 2, 2, 1, 1]
    assert sheet_for(352, 288).width_px == 704
    assert sheet_for(641, 361).size_px[0] == 642


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "11:00", "--to", "12:00"), "end at 2026-01-05 10:00:10 CET"),
        (("--from", "10:00:05", "--to", "10:00:04"), "expected a time after --from 10:00:05"),
        (("--from", "soon"), "--from: expected a time such as"),
    ],
)
def test_periods_without_footage_are_refused(filmed: Filmed, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    """Nothing is written, and the message says of when there are recordings."""
    code, _, err = _command(filmed, tmp_path / "out.mp4", *words)
    assert code == 2
    assert told in err
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_refused_before_work(filmed: Filmed, tmp_path: Path) -> None:
    """A missing folder, a folder as the file, another ending, and a camera that is none."""
    (tmp_path / "folder.mp4").mkdir()
    for out, told in (
        (tmp_path / "none" / "out.mp4", "none is no folder"),
        (tmp_path / "folder.mp4", "it is a folder"),
        (tmp_path / "out.avi", "ends in .mp4"),
    ):
        code, _, err = _command(filmed, out)
        assert (code, told in err) == (2, True), err
    code, _, err = _command(filmed, tmp_path / "out.mp4", "--camera", "cam9")
    assert code == 2
    assert "expected one of cam1, got cam9" in err


def test_footage_that_is_not_what_was_analysed_is_refused(filmed: Filmed, tmp_path: Path) -> None:
    """Boxes would lie beside the people: a missing file and one of another size."""
    other = tmp_path / "footage"
    (other / "cam1").mkdir(parents=True)
    words = ("--from", "10:00:00", "--to", "10:00:01", "--footage", str(other))
    code, _, err = _command(filmed, tmp_path / "out.mp4", *words)
    assert code == 2
    assert "a.mp4 is missing" in err
    (other / "cam1" / "a.mp4").write_bytes(b"short")
    code, _, err = _command(filmed, tmp_path / "out.mp4", *words)
    assert code == 2
    assert "has 5: boxes would not fit it" in err


def test_an_interrupted_video_leaves_what_was_there(tmp_path: Path) -> None:
    """Ctrl-C in the middle of encoding leaves the earlier file and no other."""
    out = tmp_path / "out.mp4"
    out.write_text("earlier")

    def stopped() -> Iterator[Shot]:
        yield Shot(np.zeros((64, 64, 3), np.uint8), 0, 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(out, stopped(), Encoding(1000, 30), size_px=(64, 64), frame_rate_hz=10)
    assert out.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [out]


def _head(box: object) -> tuple[int, int, int, int]:
    sides = np.array([[getattr(box, name) for name in ("x_min", "y_min", "x_max", "y_max")]], float)
    x0, y0, x1, y1 = head_regions(sides)[0].round().astype(int).tolist()
    return max(x0, 0), max(y0, 0), x1, y1


def _roughness(pixels: ImageArray) -> float:
    """Return how much neighbouring pixels differ: what blurring takes away."""
    values = pixels.astype(float)
    return float(np.var(np.diff(values, axis=0)) + np.var(np.diff(values, axis=1)))


def test_who_drew_faces_is_in_the_audit_log_and_blurred_videos_are_not(filmed: Filmed, tmp_path: Path) -> None:
    """The camera, the period in UTC, where to and by whom; without a name no video is drawn."""
    out, when = tmp_path / "out.mp4", ("--from", "10:00:00", "--to", "10:00:00.5")
    log = AuditLog(filmed.lake.store)
    before = len(log.entries())
    assert _command(filmed, out, *when)[0] == 0
    out.unlink()
    code, _, err = _command(filmed, out, *when, "--no-blur", "--by", "")
    assert (code, out.exists(), len(log.entries())) == (2, False, before)
    assert "--by: expected who exports" in err
    assert _command(filmed, out, *when, "--no-blur", "--by", "ann")[0] == 0
    (entry,) = log.entries()[before:]
    assert (entry.by, entry.action) == ("ann", "export")
    assert entry.facts == {
        "what": "video",
        "camera": "cam1",
        "from": "2026-01-05T09:00:00+00:00",
        "to": "2026-01-05T09:00:00.500000+00:00",
        "is_blurred": False,
        "out": str(out),
    }
