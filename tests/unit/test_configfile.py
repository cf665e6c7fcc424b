"""Errors in YAML name the file, the field and the reason."""

from pathlib import Path

import pytest

from analytics.configfile import load, load_settings
from analytics.errors import ConfigError
from analytics.settings import Settings
from analytics.sites import Site

CAMERAS = "cameras:\n- camera_id: hall\n"


def failure(tmp_path: Path, text: str, model: type[Site] | type[Settings] = Site) -> ConfigError:
    path = tmp_path / "given.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, model)
    assert str(path) in str(caught.value)
    return caught.value


def test_a_site_is_read(tmp_path: Path) -> None:
    """Times of day stay what they are written as."""
    path = tmp_path / "site.yaml"
    path.write_text(f"site_id: s\nday_starts_at: 14:30\n{CAMERAS}  frame_rate_hz: 25\n")
    site = load(path, Site)
    assert site.day_starts_at.isoformat() == "14:30:00"
    assert site.camera("hall").frame_rate_hz == 25.0


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    """Nothing stated is nothing wrong, where every field has a default."""
    path = tmp_path / "settings.yaml"
    path.write_text("# nothing yet\n")
    assert load(path, Settings) == Settings()


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        (f"site_id: s\n{CAMERAS}  clock_ofset_s: 3\n", "cameras.0.clock_ofset_s", "did you mean clock_offset_s?"),
        (f"site_id: s\n{CAMERAS}  qqq: 3\n", "cameras.0.qqq", "expected one of camera_id"),
        ("site_id: s\ncameras:\n- camra_id: hall\n", "cameras.0.camra_id", "did you mean camera_id?"),
        (CAMERAS, "site_id", "the field is missing"),
        ("", "site_id", "the field is missing"),
        (f"site_id: s\nday_starts_at: 4\n{CAMERAS}", "day_starts_at", "expected a time such as"),
        (f"site_id: s\ntimezone: Mars/Base\n{CAMERAS}", "timezone", "'Mars/Base'"),
        (f"site_id: 7\n{CAMERAS}", "site_id", "got 7"),
        (f"site_id: s\n{CAMERAS}  clock_offset_s: .inf\n", "cameras.0.clock_offset_s", "got"),
        (
            f"site_id: s\n{CAMERAS}zones:\n- {{zone_id: z, camera_id: hal, polygon: [[0, 0], [1, 0], [1, 1]]}}\n",
            "zones.0.camera_id",
            "expected one of hall",
        ),
        (
            f"site_id: s\n{CAMERAS}zones:\n- {{zone_id: z, camera_id: hall, polygn: [[0, 0]]}}\n",
            "zones.0.polygn",
            "did you mean polygon?",
        ),
        (f"site_id: s\nfootage: {{template: frigat}}\n{CAMERAS}", "footage.template", "did you mean frigate?"),
        (f"site_id: s\nfootage: {{template: xyz}}\n{CAMERAS}", "footage.template", "such as {camera}/"),
        (
            f"site_id: s\n{CAMERAS}  masks: [[[0, 0], [1, 0]]]\n",
            "cameras.0.masks.0",
            "expected at least 3 corners, got 2",
        ),
        (f"site_id: s\n{CAMERAS}  masks: [[[0, 0, 0]]]\n", "cameras.0.masks.0.0", "expected at most 2 values, got 3"),
        (f"site_id: s\nfootage: {{template: '{{camra}}/x'}}\n{CAMERAS}", "footage.template", "{camera}"),
    ],
)
def test_a_wrong_field_is_named_with_the_reason(tmp_path: Path, text: str, field: str, reason: str) -> None:
    """The dotted path leads to the place, the reason says what to write."""
    error = failure(tmp_path, text)
    assert error.field == field
    assert reason in error.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"site_id: s\nsite_id: t\n{CAMERAS}", "'site_id' is given twice"),
        ("site_id: s\ncameras:\n- camera_id: a\n  camera_id: b\n", "'camera_id' is given twice"),
        ("- a\n- b\n", "expected fields with values, got list"),
        ("just text", "got str"),
        ("a: [1, 2", "expected YAML"),
        ("a: !!python/object/apply:os.system [true]", "expected YAML"),
        ("a: \x00", "expected YAML"),
        ("? [a, b]\n: c\n", "expected YAML"),
        ("a: " + "[" * 5000, "expected YAML"),
        ("a: " + "9" * 5000, "expected YAML"),
    ],
)
def test_what_is_no_mapping_of_fields_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    """Broken YAML, keys given twice, lists and Python objects."""
    assert reason in failure(tmp_path, text).reason


@pytest.mark.parametrize(
    ("perception", "field", "reason"),
    [
        ("detector: ultralytics", "detector", "expected fields with values, got 'ultralytics'"),
        ("sampling: {segment_s: 1.0e400}", "sampling.segment_s", "finite number"),
        ("sampling: {overlap_s: inf}", "sampling.overlap_s", "finite number"),
        ("tracker: {name: sort, params: {max_gap_s: inf}}", "tracker.params.max_gap_s", "finite number"),
        ("tracker: {name: sort, params: {min_iu: 1}}", "tracker.params.min_iu", "did you mean min_iou?"),
        ("detector: {name: rfdetr, params: {modle: x}}", "detector.params.modle", "did you mean model?"),
        ("detector: {name: rfdetr}", "detector.params.model", "the field is missing"),
        (
            "detector: {name: ultralytics, params: {min_score: 2, foo: 1}}",
            "detector.params.foo",
            "also perception.detector.params.min_score",
        ),
        ("tracking_features: detector", "tracking_features", "object_features: true"),
        (
            "tracker: {name: botsort_centroid, params: {appearance: features}}",
            "tracking_features",
            "expected embedder or detector",
        ),
        ("embedder: {name: yolo_features}", "embedder.name", "object_features: true"),
    ],
)
def test_wrong_perception_is_refused_before_anything_runs(
    tmp_path: Path, perception: str, field: str, reason: str
) -> None:
    """Whatever a worker would stumble over later is an error of the file, with its field."""
    path = tmp_path / "settings.yaml"
    path.write_text(f"perception: {{{perception}}}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert (caught.value.path, caught.value.field) == (path, f"perception.{field}")
    assert reason in caught.value.reason


def test_every_wrong_field_is_told_at_once(tmp_path: Path) -> None:
    """Nobody wants to correct one typo for each run."""
    error = failure(tmp_path, "perception:\n  batch_frames: 0\n  smapling: {}\n", Settings)
    assert "perception.smapling" in str(error)
    assert "perception.batch_frames" in str(error)


def test_a_missing_or_binary_file_is_told(tmp_path: Path) -> None:
    """Neither is a traceback."""
    with pytest.raises(ConfigError, match="expected a readable text file"):
        load(tmp_path / "absent.yaml", Site)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(ConfigError, match="expected a readable text file"):
        load(tmp_path / "binary.yaml", Site)
    with pytest.raises(ConfigError, match="expected a readable text file"):
        load(tmp_path, Site)


@pytest.mark.parametrize("text", ["no", "on", "1_000", "010", "2026-01-05", "12:30:45"])
def test_plain_words_stay_text(tmp_path: Path, text: str) -> None:
    """YAML 1.1 would make a switch, a number or a date of each."""
    path = tmp_path / "site.yaml"
    path.write_text(
        f"site_id: x\n{CAMERAS}zones:\n- {{zone_id: z, name: {text}, camera_id: hall, "
        "polygon: [[0, 0], [1, 0], [1, 1]]}\n"
    )
    assert load(path, Site).zones[0].name == text


def test_a_plugin_parameter_is_checked_with_the_settings(tmp_path: Path) -> None:
    """A typo in a tracker's parameters stops before anything runs, and names file and field."""
    path = tmp_path / "settings.yaml"
    path.write_text("perception:\n  tracker:\n    name: botsort_centroid\n    params:\n      no_such: 1\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert caught.value.path == path
    assert caught.value.field == "perception.tracker.params.no_such"


def test_an_unknown_plugin_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    """The message lists what there is."""
    path = tmp_path / "settings.yaml"
    path.write_text("perception:\n  tracker: {name: nosuch}\n")
    with pytest.raises(ConfigError, match="botsort_centroid") as caught:
        load_settings(path)
    assert caught.value.field == "perception.tracker.name"
