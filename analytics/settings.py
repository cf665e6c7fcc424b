"""What a night is analysed with: sampling, models, thresholds, resources. Loaded from settings.yaml.

`perception` decides what comes out and is part of every work item's key; `resources` decides only how fast.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
)


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PluginChoice(_Frozen):
    """One plug-in by name, with its own parameters; see `crosscam check --plugins`."""

    name: str
    params: dict[str, Any] = {}


class Sampling(_Frozen):
    """Which frames are analysed."""

    analysis_fps: PositiveFloat | None = 10.0
    """Frames analysed for each second of presentation time; null: every frame."""

    segment_s: Annotated[float, Field(ge=1)] = 300.0
    """Longest stretch of a recording that is one unit of work, seconds."""

    overlap_s: NonNegativeFloat = 3.0
    """Stretch on either side of a segment that is analysed too, so that a cut begins and ends no track, seconds."""

    max_jump_s: PositiveFloat = 10.0
    """A step of presentation time above this, or backwards, ends every track (10 s: operations notes, section 4)."""


class Tracklets(_Frozen):
    """When a track becomes a tracklet."""

    min_points: PositiveInt = 3
    """Detected points below which a track is taken for noise and left out."""

    min_mean_score: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Mean detection score below which a track is taken for noise and left out."""

    max_interpolated_s: NonNegativeFloat = 1.0
    """Longest gap inside a track that is filled by straight lines, seconds; 0 fills none."""

    border_share: Annotated[float, Field(ge=0, le=0.2)] = 0.01
    """Share of the image's width and height that counts as its border."""


class Crops(_Frozen):
    """Which pictures of a track are kept and embedded."""

    max_per_tracklet: PositiveInt = 4
    """Pictures of one tracklet that are embedded and stored."""

    min_height_px: PositiveInt = 40
    """Height below which a box is embedded only when the track has nothing better, px."""

    spacing_s: NonNegativeFloat = 0.5
    """Shortest time between two candidates of one track, seconds."""

    jpeg_quality: Annotated[int, Field(ge=1, le=100)] = 90


_DEFAULT_PLUGINS = {"detector": "ultralytics", "tracker": "botsort_centroid", "embedder": "openvino_reid"}


class Perception(_Frozen):
    """Everything that decides what perceiving a segment gives."""

    sampling: Sampling = Sampling()
    detector: PluginChoice = PluginChoice(name=_DEFAULT_PLUGINS["detector"])
    tracker: PluginChoice = PluginChoice(name=_DEFAULT_PLUGINS["tracker"])
    embedder: PluginChoice = PluginChoice(name=_DEFAULT_PLUGINS["embedder"])
    tracking_features: Literal["none", "detector", "embedder"] = "none"
    """Vectors that trackers with re-ID are given: none (the default tracker compares colours that it takes itself), the
    detector's own (it needs `object_features: true`), or the embedder's (slow: every box of every frame)."""

    tracklets: Tracklets = Tracklets()
    crops: Crops = Crops()
    batch_frames: PositiveInt = 8
    """Frames given to the detector at once."""

    @field_validator("detector", "tracker", "embedder", mode="before")
    @classmethod
    def _default_name(cls, value: Any, info: ValidationInfo) -> Any:
        """Let a file that states parameters alone mean the default plug-in's."""
        if isinstance(value, dict) and "name" not in value and info.field_name:
            return {"name": _DEFAULT_PLUGINS[info.field_name], **value}
        return value


class Resources(_Frozen):
    """What one worker may use; changes nothing in the tables."""

    cpus_per_worker: PositiveInt = 1
    gpus_per_worker: NonNegativeFloat = 0.0
    """Share of a GPU that each worker holds; 0 runs on the CPU, 0.25 lets four workers share one GPU."""

    attempts: PositiveInt = 3
    """Times that a segment is tried when its worker dies."""

    segment_timeout_s: PositiveFloat = 3600.0
    """Time after which a worker that does not answer is killed and its segment tried again, seconds."""


class Linking(_Frozen):
    """Everything that decides which tracklets are one person.

    Values marked 2.4 were measured in the linking research, section 2.4.
    """

    operating_point: Literal["strict", "balanced", "wide"] = "balanced"
    """Where the tree of merges is cut: strict for journeys and search, wide for a raw count of people."""

    window_nights: PositiveInt = 1
    """Nights that are linked together; identities of the earlier ones keep their ids where they are met again."""

    clock_tolerance_s: PositiveFloat = 2.0
    """How far two cameras' clocks may be apart; three standard deviations, not less (2.4)."""

    view_tolerance_s: NonNegativeFloat = 2.0
    """Longest overlap of two tracklets of one person in one view, when a tracker hands over."""

    overlapping_views: tuple[tuple[str, str], ...] = ()
    """Pairs of cameras that may show one person at once."""

    horizon_s: PositiveFloat | None = None
    """Longest absence after which people are looked for by appearance; null: the whole window, at a cost that grows
    with the square of the tracklets."""

    neighbours: PositiveInt = 30
    """People compared with each by appearance (2.4)."""

    soon_s: PositiveFloat = 600.0
    """Those who appear within this time of another's end are compared beyond that (2.4)."""

    soon_neighbours: PositiveInt = 15

    approximate_above: PositiveInt = 2_000_000
    """Number of vectors above which neighbours are searched approximately, and the recall told."""

    rounds: Annotated[int, Field(ge=1, le=4)] = 4
    """Rounds at most; each learns travel times from the one before."""

    camera_shrinkage: PositiveFloat | None = None
    """Tracklets at which half of a camera's mean vector is taken off; null: estimated."""

    day_part_hours: Annotated[float, Field(gt=0, le=24)] = 6.0
    """Parts of a day whose light is taken off apart."""

    min_height_px: NonNegativeFloat = 64.0
    """Height of the tallest box below which a tracklet begins no identity but may join one (2.4)."""

    min_quality: NonNegativeFloat = 0.2
    """Sum of the qualities of a tracklet's crops below which the same holds."""

    fragment_gap_s: NonNegativeFloat = 5.0
    """Longest time unseen after which a tracklet goes on as another in the same place (2.4)."""

    fragment_heights: PositiveFloat = 1.0
    """How far away that place may be, heights of the box, and as much more for each second (2.4)."""

    fragment_likeness: float = 1.5
    """How alike the two must look, standard deviations above chance. Simulated sites: 99 % of joins are right."""

    attach_probability: Annotated[float, Field(gt=0, lt=1)] = 0.7
    """Probability above which a weak tracklet joins an identity at the end (2.4)."""

    keep_above: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """Probability above which a candidate that was not linked is kept for review."""

    count_worlds: Annotated[int, Field(ge=20)] = 200
    """Worlds that are drawn for the interval of a count."""


class Locating(_Frozen):
    """What makes somebody be in a zone or beyond a line."""

    margin_heights: NonNegativeFloat = 0.05
    """How far into or out of a zone, or beyond a line, a foot has to come to be there for good, heights of its box. In
    simulated shops, boxes off by 0.03: footfall 1 % too low; without a margin up to 126 % too high. Two tracklets whose
    feet are within both margins are one person."""

    foot_rise_heights: Annotated[float, Field(ge=0, le=0.2)] = 0.04
    """How far above the bottom of a box its person stands, heights of the box: the nearer foot's toes are lower."""

    max_hole_s: NonNegativeFloat = 2.0
    """Longest time without a foot that is bridged inside a tracklet, seconds; from one frame to the next always."""

    border_share: Annotated[float, Field(ge=0, le=0.2)] = 0.01
    """Share of the image's height at its lower border in which a box's bottom is its cut and not the feet."""

    hidden_share: Annotated[float, Field(ge=0, lt=1)] = 0.7
    """Share of a tracklet's usual height at a place below which the lower part of a box is taken for hidden: a half
    that is hidden is below it, somebody who bends by a quarter is not."""

    min_whole_points: PositiveInt = 5
    """Whole boxes that a tracklet needs before the feet of its other boxes are estimated."""


class Marts(_Frozen):
    """What makes a visit, a stay and a wait of the places where people were."""

    visit_gap_s: NonNegativeFloat = 10.0
    """Longest break of a visit that is bridged, seconds: a step aside and back."""

    stay_gap_s: NonNegativeFloat = 10.0
    """Longest break of a stay in one camera's view that is bridged, seconds."""

    served_within_s: NonNegativeFloat = 10.0
    """How long after leaving a queue zone somebody may enter its service zone and count as served, seconds."""


class Settings(_Frozen):
    """The root of settings.yaml; every field has a default."""

    perception: Perception = Perception()
    linking: Linking = Linking()
    locating: Locating = Locating()
    marts: Marts = Marts()
    resources: Resources = Resources()
