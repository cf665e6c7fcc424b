"""Settings: defaults, frozen values, and no field that nobody reads."""

import json

import pytest
from pydantic import ValidationError

from analytics import ids
from analytics.settings import PluginChoice, Resources, Settings


def test_empty_file_gives_every_default() -> None:
    """Nothing set is a complete setting, and equal to any other."""
    assert Settings.model_validate({}) == Settings()
    assert Settings().perception.sampling.analysis_fps == 10.0


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"perceptions": {}}, ("perceptions",)),
        ({"perception": {"sampling": {"analysis_fp": 5}}}, ("perception", "sampling", "analysis_fp")),
        ({"perception": {"detector": {"nam": "x"}}}, ("perception", "detector", "nam")),
        ({"perception": {"sampling": {"analysis_fps": 0}}}, ("perception", "sampling", "analysis_fps")),
        ({"perception": {"sampling": {"segment_s": 0.5}}}, ("perception", "sampling", "segment_s")),
        ({"perception": {"tracklets": {"border_share": 0.21}}}, ("perception", "tracklets", "border_share")),
        ({"perception": {"crops": {"jpeg_quality": 101}}}, ("perception", "crops", "jpeg_quality")),
        ({"resources": {"cpus_per_worker": 0}}, ("resources", "cpus_per_worker")),
        ({"resources": {"gpus_per_worker": -0.25}}, ("resources", "gpus_per_worker")),
    ],
)
def test_wrong_field_is_named(wrong: dict[str, object], place: tuple[str, ...]) -> None:
    """A misspelt, missing or impossible field is refused with its place."""
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(wrong)
    assert place in [error["loc"] for error in caught.value.errors()]


def test_bounds_themselves_are_allowed() -> None:
    """The smallest and largest values are settings, and null means every frame."""
    Settings.model_validate(
        {
            "perception": {
                "sampling": {"analysis_fps": None, "segment_s": 1, "overlap_s": 0},
                "tracklets": {"border_share": 0.2, "max_interpolated_s": 0},
                "crops": {"jpeg_quality": 1},
            },
            "resources": {"gpus_per_worker": 0},
        }
    )


def test_settings_cannot_be_changed() -> None:
    """A loaded setting is a value."""
    with pytest.raises(ValidationError, match="frozen"):
        Settings().resources.attempts = 5


def test_defaults_are_not_shared() -> None:
    """Parameters of one choice do not leak into the next."""
    PluginChoice(name="a").params["x"] = 1
    assert PluginChoice(name="a").params == {}


def test_perception_goes_into_a_key_and_resources_do_not_touch_it() -> None:
    """The perception dump is JSON, comes back equal, and its digest depends on every change but not on resources."""
    base = Settings()
    dump = base.perception.model_dump(mode="json")
    assert type(base.perception).model_validate(json.loads(json.dumps(dump))) == base.perception
    other = Settings(resources=Resources(cpus_per_worker=2))
    changed = Settings.model_validate({"perception": {"batch_frames": 9}})
    key = ids.digest(dump)
    assert ids.digest(other.perception.model_dump(mode="json")) == key
    assert ids.digest(changed.perception.model_dump(mode="json")) != key


def test_parameters_alone_are_the_default_plug_in_s() -> None:
    """A file that states a parameter need not repeat the plug-in's name; another name is still another plug-in."""
    stated = Settings.model_validate(
        {"perception": {"detector": {"params": {"model": "mine.pt"}}, "tracker": {"name": "sort"}}}
    )
    assert stated.perception.detector == PluginChoice(name="ultralytics", params={"model": "mine.pt"})
    assert stated.perception.tracker == PluginChoice(name="sort")
    assert stated.perception.embedder == Settings().perception.embedder
