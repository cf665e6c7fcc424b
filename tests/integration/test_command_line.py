"""The command line: exit codes, what goes to which stream, and messages that say what to do."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import get_args

import pytest

from analytics.perception import plugins
from tests.builders.nights import SmallSite, add_bad_files, command, small_site


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallSite, Path, int, str, str]:
    """A site with bad files after `crosscam run --executor local`: site, lake, exit code, both streams."""
    folder = tmp_path_factory.mktemp("site")
    site = small_site(folder, seconds=2.0)
    add_bad_files(site)
    words = ("run", str(site.footage), "--lake", str(folder / "lake"), "--settings", str(site.settings))
    return (site, folder / "lake", *command(*words, "--executor", "local"))


def test_run_with_bad_files_exits_3_and_talks_on_standard_error(done: tuple[SmallSite, Path, int, str, str]) -> None:
    """Standard output stays empty; standard error counts what was done and points to `crosscam status`."""
    _, _, code, out, err = done
    assert (code, out) == (3, "")
    assert "4 complete, 1 partial, 1 quarantined" in err
    assert "crosscam status --lake" in err
    assert "camera-seconds done, about 0 s left" in err


def test_status_lists_cameras_and_problems_as_json(done: tuple[SmallSite, Path, int, str, str]) -> None:
    """Each camera has its counts and coverage; each bad file its reason and what to do."""
    code, out, _ = command("status", "--lake", str(done[1]), "--format", "json")
    shown = json.loads(out)
    assert code == 0
    assert [(row["camera_id"], row["segments_done"] > 0, row["segments_missing"]) for row in shown["cameras"]] == [
        ("cam1", True, 0),
        ("cam2", True, 0),
    ]
    assert all(0 < row["coverage"] <= 1 for row in shown["cameras"])
    files = [(row["path"], row["status"]) for row in (*shown["problems"], *shown["worth_knowing"])]
    assert files == [("cam1/20260105T110000Z.mp4", "quarantined"), ("cam2/20260105T110000Z.mkv", "partial")]
    assert all(row["reason"] and row["repair"] for row in (*shown["problems"], *shown["worth_knowing"]))


def test_status_as_csv_and_table(done: tuple[SmallSite, Path, int, str, str]) -> None:
    """CSV has the cameras, or with --problems the files that need a hand; the table has all."""
    lake = str(done[1])
    cameras = list(csv.DictReader(io.StringIO(command("status", "--lake", lake, "--format", "csv")[1])))
    assert [row["camera_id"] for row in cameras] == ["cam1", "cam2"]
    problems = command("status", "--lake", lake, "--format", "csv", "--problems")[1]
    assert [row["path"] for row in csv.DictReader(io.StringIO(problems))] == ["cam1/20260105T110000Z.mp4"]
    assert "cam2" not in command("status", "--lake", lake, "--problems")[1]
    table = command("status", "--lake", lake)[1]
    assert "cam2" in table
    assert "3 complete" not in table
    assert "2 complete, 1 partial" in table
    assert max(map(len, table[: table.index("Files that need")].splitlines())) <= 100
    assert "cam1/20260105T110000Z.mp4" in table[table.index("Files that need a hand") : table.index("Worth knowing")]
    assert "cam2/20260105T110000Z.mkv" in table[table.index("Worth knowing") :]


def test_status_of_a_night_that_is_not_there(done: tuple[SmallSite, Path, int, str, str]) -> None:
    """An unknown night is an error that names the nights there are."""
    code, out, err = command("status", "--lake", str(done[1]), "--night", "2020-01-01")
    assert (code, out) == (1, "")
    assert "2026-01-05" in err


def test_status_of_what_is_no_lake(tmp_path: Path) -> None:
    """A misspelt folder is an error, not an empty table."""
    code, out, err = command("status", "--lake", str(tmp_path / "laek"))
    assert (code, out) == (1, "")
    assert "laek has none: check --lake" in err


def test_second_run_says_that_there_is_nothing_to_do(done: tuple[SmallSite, Path, int, str, str]) -> None:
    """The same command again does nothing, and the bad files still make it exit 3."""
    site, lake = done[0], done[1]
    code, _, err = command("run", str(site.footage), "--lake", str(lake), "--settings", str(site.settings))
    assert code == 3
    assert "nothing to do" in err


def test_check_lists_plugins_with_their_parameters() -> None:
    """Every plug-in has a row with what it is; every parameter one with its default and, most, their meaning."""
    code, out, err = command("check", "--plugins", "--format", "json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    found = {(row["kind"], row["name"]) for row in rows}
    assert found == {(kind[:-1], name) for kind in get_args(plugins.Kind) for name in plugins.names(kind)}
    assert all(row["meaning"] for row in rows if row["parameter"] is None)
    by_name = {(row["name"], row["parameter"]): row for row in rows}
    assert by_name["bytetrack", "max_gap_s"]["default"] == "1.0"
    assert by_name["replay", "lake"]["default"] == "required"
    assert by_name["onnx_reid", "width_px"]["meaning"]  # inherited
    assert "tracktrack" in by_name["ultralytics", "method"]["meaning"]


def test_check_prints_the_plan_and_writes_nothing(done: tuple[SmallSite, Path, int, str, str], tmp_path: Path) -> None:
    """Cameras, recordings and segments as rows; settings and bad files on standard error; exit 0."""
    site = done[0]
    words = ("check", str(site.footage), "--settings", str(site.settings), "--format", "json")
    code, out, err = command(*words)
    assert code == 0
    assert [(row["camera_id"], row["recordings"], row["not_used"]) for row in json.loads(out)] == [
        ("cam1", 3, 1),
        ("cam2", 3, 0),
    ]
    assert "replay, botsort_centroid, colour_histogram" in err
    assert "cam1/20260105T110000Z.mp4: quarantined" in err


def test_check_names_cameras_without_recordings(done: tuple[SmallSite, Path, int, str, str], tmp_path: Path) -> None:
    """A misspelt folder in site.yaml is seen before the night is run."""
    cameras = [{"camera_id": "cam1"}, {"camera_id": "hall", "folder": "hal"}, {"camera_id": "cam2"}]
    (tmp_path / "site.yaml").write_text(json.dumps({"site_id": "s", "cameras": cameras}))
    words = ("check", str(done[0].footage), "--settings", str(done[0].settings), "--site", str(tmp_path / "site.yaml"))
    code, _, err = command(*words)
    assert code == 0
    assert [line.split(":")[0] for line in err.splitlines() if "no recordings in" in line] == ["camera hall"]


def test_a_site_file_may_leave_the_cameras_to_the_footage(
    done: tuple[SmallSite, Path, int, str, str], tmp_path: Path
) -> None:
    """Name and time zone alone are a site; names that fit no template are told before anything runs."""
    path, footage = tmp_path / "site.yaml", done[0].footage
    path.write_text("site_id: mine\ntimezone: Europe/Berlin\n")
    words = ("check", str(footage), "--settings", str(done[0].settings), "--site", str(path), "--format", "json")
    code, out, err = command(*words)
    assert (code, [row["camera_id"] for row in json.loads(out)]) == (0, ["cam1", "cam2"])
    assert "site mine: cameras: 2, Europe/Berlin" in err
    path.write_text("site_id: mine\nfootage: {template: blueiris}\n")
    code, _, err = command(*words)
    assert code == 2
    assert "list the cameras, or change footage.template" in err


def test_check_fails_where_there_is_nothing_to_run(done: tuple[SmallSite, Path, int, str, str], tmp_path: Path) -> None:
    """A wrong folder, a folder of files that are no recordings, or a night without any must not pass a cron job."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts" / "cam1").mkdir(parents=True)
    (tmp_path / "texts" / "cam1" / "20260105T090000Z.mp4").write_text("no video")
    settings = ("--settings", str(done[0].settings))
    for words, says in (
        ((str(tmp_path / "empty"),), f"no recordings in {tmp_path / 'empty'}"),
        ((str(tmp_path / "texts"),), f"no recordings in {tmp_path / 'texts'}"),
        ((str(done[0].footage), "--night", "2020-01-01"), "no recordings of 2020-01-01 in"),
    ):
        code, _, err = command("check", *words, *settings)
        assert code == 1
        assert says in err


def test_check_writes_a_picture_of_each_camera_with_its_masks(
    done: tuple[SmallSite, Path, int, str, str], tmp_path: Path
) -> None:
    """What a mask hides is black, a zone's outline is drawn, both scaled from the size that they are drawn on."""
    import cv2

    masks = [[[0, 0], [160, 0], [160, 240], [0, 240]]]
    cameras = [{"camera_id": "cam1", "width_px": 320, "height_px": 240, "masks": masks}, {"camera_id": "cam2"}]
    zone = {"zone_id": "door", "camera_id": "cam1", "polygon": [[200, 40], [300, 40], [300, 200], [200, 200]]}
    line = {"line_id": "way", "camera_id": "cam2", "start": [20, 20], "end": [20, 100]}
    (tmp_path / "site.yaml").write_text(
        json.dumps({"site_id": "s", "cameras": cameras, "zones": [zone], "lines": [line]})
    )
    words = ("check", str(done[0].footage), "--settings", str(done[0].settings), "--site", str(tmp_path / "site.yaml"))
    code, _, err = command(*words, "--preview", str(tmp_path / "new" / "pictures"))
    assert code == 0
    assert f"camera cam1: picture {tmp_path / 'new' / 'pictures' / 'cam1.jpg'}" in err
    assert sorted(path.name for path in (tmp_path / "new" / "pictures").iterdir()) == ["cam1.jpg", "cam2.jpg"]
    one, two = (cv2.imread(str(tmp_path / "new" / "pictures" / f"cam{number}.jpg")) for number in (1, 2))
    assert one is not None
    assert two is not None
    assert one.shape == two.shape == (120, 160, 3)
    assert one[:, :72].max() < 20
    assert one[:, 84:].mean() > 40
    assert abs(two[60, 10].astype(int) - two[60, 20]).max() > 50
    assert abs(one[60, 125].astype(int) - one[60, 100]).max() > 50


def test_check_refuses_a_preview_folder_that_cannot_be_written(
    done: tuple[SmallSite, Path, int, str, str], tmp_path: Path
) -> None:
    """It is told before the footage is looked at; without footage there is nothing to show."""
    (tmp_path / "file").touch()
    words = ("check", str(done[0].footage), "--settings", str(done[0].settings))
    code, out, err = command(*words, "--preview", str(tmp_path / "file" / "pictures"))
    assert (code, out) == (2, "")
    assert "--preview: expected a folder that can be written to" in err
    code, _, err = command("check", "--settings", str(done[0].settings), "--preview", str(tmp_path))
    assert code == 2
    assert "expected FOOTAGE" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "nowhere", "--lake", "lake"), "expected a folder with footage"),
        (("run", "footage", "--lake", "lake", "--night", "5 January"), "expected dates such as 2026-01-05"),
        (("run", "footage", "--lake", "lake", "--settings", "typo.yaml"), "did you mean sampling?"),
        (("run", "footage", "--lake", "lake", "--settings", "absent.yaml"), "absent.yaml"),
        (("run", "footage", "--lake", "lake", "--models", "absent"), "absent is none"),
        (("run", "footage", "--lake", "lake", "--executor", "local", "--workers", "3"), "--executor"),
        (("run", "footage", "--lake", "lake", "--workers", "0"), "--workers"),
        (("run", "footage", "--lake", "lake", "--executor", "threads"), "threads"),
        (("run", "footage"), "--lake"),
        (("run", "footage", "--lake", ""), "--lake: expected a folder or URL"),
        (("frobnicate",), "frobnicate"),
        (("check", "--settings", "typo.yaml"), "perception.samplin"),
    ],
)
def test_wrong_options_exit_2_and_run_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    """A wrong option, file or field exits 2 with what was expected, and no lake appears."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "footage").mkdir()
    (tmp_path / "typo.yaml").write_text("perception: {samplin: {}}\n")
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert says in err
    assert not (tmp_path / "lake").exists()


def test_missing_weights_exit_1_and_say_how_to_get_them(
    done: tuple[SmallSite, Path, int, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that is nowhere stops the run before any worker starts."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CROSSCAM_MODELS", raising=False)
    code, _, err = command("run", str(done[0].footage), "--lake", str(tmp_path / "lake"))
    assert code == 1
    assert "crosscam models fetch" in err


def test_models_path_and_list_look_at_the_folder_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CROSSCAM_MODELS is the model folder; its own files are found by name."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.onnx").write_bytes(b"weights")
    monkeypatch.setenv("CROSSCAM_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert command("models", "path", "mine.onnx") == (0, f"{tmp_path / 'models' / 'mine.onnx'}\n", "")
    rows = json.loads(command("models", "list", "--format", "json")[1])
    assert {"mine.onnx", "yolo26n"} <= {row["name"] for row in rows}
    assert command("models", "path", "nobody")[0] == 1


def test_empty_footage_is_no_error(tmp_path: Path, done: tuple[SmallSite, Path, int, str, str]) -> None:
    """A footage folder without recordings says so and exits 0."""
    (tmp_path / "footage").mkdir()
    words = ("run", str(tmp_path / "footage"), "--lake", str(tmp_path / "lake"), "--settings", str(done[0].settings))
    code, _, err = command(*words)
    assert code == 0
    assert "no recordings" in err


def test_help_and_version() -> None:
    """Help shows examples; the version is one line."""
    code, out, _ = command("--help")
    assert code == 0
    assert "crosscam run footage --lake lake" in out
    code, out, _ = command("--version")
    assert (code, out.count("\n")) == (0, 1)
    assert command("run", "--help")[0] == 0


def test_discover_then_perceive(done: tuple[SmallSite, Path, int, str, str], tmp_path: Path) -> None:
    """The stages run by their own names, one after the other, and give what `run` gives."""
    site = done[0]
    shutil.copytree(site.footage / "cam2", tmp_path / "footage" / "cam2")
    words = (str(tmp_path / "footage"), "--lake", str(tmp_path / "lake"), "--settings", str(site.settings))
    assert command("discover", *words)[0] == 3  # one of the files is cut
    rows = json.loads(command("status", "--lake", str(tmp_path / "lake"), "--format", "json")[1])["cameras"]
    assert (rows[0]["segments_done"], rows[0]["segments_missing"] > 0) == (0, True)
    assert command("perceive", *words, "--executor", "local")[0] == 3
    rows = json.loads(command("status", "--lake", str(tmp_path / "lake"), "--format", "json")[1])["cameras"]
    assert (rows[0]["segments_done"] > 0, rows[0]["segments_missing"]) == (True, 0)
