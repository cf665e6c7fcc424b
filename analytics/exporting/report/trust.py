"""The sections of the nightly report about the figures themselves: cameras, how sure links are, definitions."""

from collections.abc import Sequence

import numpy as np

from analytics.documents.content import Grid, Image, Section
from analytics.exporting.period import STAGES, crosscam_version, hiding_lines
from analytics.exporting.report.charts import strip_plot
from analytics.exporting.report.night import NightFigures
from analytics.exporting.report.wording import UNKNOWN, clocks, count, duration, share, small_share

_WORST_PAIRS = 5
_FEWEST_LINKS = 20  # below it the mean of their probabilities says little, and few people are behind it
_WHOLE = 0.99  # less is lost between files
_FROM_DARK_TO_SEEN = ("#d55e00", "#fbd9c0", "#e3eef8")
_DEFINITIONS = (
    (
        "Visitors",
        "expected number of different people over all cameras, from the probabilities of the links between "
        "sightings; the 90 % interval holds the true number in nine of ten nights like this one",
    ),
    ("Crossing", "a foot point that goes from one side of a line to the other; swaying on it is none"),
    ("Visit, dwell", "presence of one identity in a zone with short breaks bridged; dwell is its length"),
    ("Wait", "from joining a queue zone to the first presence in a zone that serves it"),
    ("Way", "a stay in one camera's view and the same identity's next one"),
    ("Coverage", "seconds analysed of those that the cameras should have recorded; nothing is scaled up"),
    ("Identity", "sightings believed to be one person; anonymous, and forgotten with its window"),
)


def cameras_section(figures: NightFigures) -> Section:
    """Return how each camera did, and what to repair."""
    columns = (
        *(("camera_id", "camera"), ("coverage", "coverage"), ("recordings", "files"), ("unused", "not or partly used")),
        *(("gaps", "gaps"), ("tracklets", "tracks"), ("notes", "what to look at")),
    )
    rows = [
        {
            "camera_id": row["camera_id"],
            "coverage": share(row["coverage"]),
            "recordings": count(row["recordings"]),
            "unused": count(row["quarantined"] + row["partial"]),
            "gaps": duration(row["gaps_s"]),
            "tracklets": count(row["tracklets"], row["is_suppressed"]),
            "notes": row["notes"] or "nothing",
        }
        for row in figures.cameras
    ]
    to_repair = [str(row["camera_id"]) for row in figures.cameras if row["notes"]]
    text = (
        f"To look at: {', '.join(to_repair)}. `crosscam status` names each file and says how to repair it."
        if to_repair
        else "Nothing to repair."
    )
    grids = [Grid(columns, rows, figures=[name for name, _ in columns[1:-1]])] if rows else []
    return Section("Cameras", text, grids, _coverage_images(figures))


def _coverage_images(figures: NightFigures) -> list[Image]:
    names = sorted({row["camera_id"] for row in figures.coverage})
    if all(row["analysed_expected_s"] >= _WHOLE * row["expected_s"] for row in figures.coverage):
        return []
    of_hour = {(row["camera_id"], row["hour_at"]): row for row in figures.coverage}
    values = np.full((len(names), len(figures.hours)), np.nan)
    texts = [[""] * len(figures.hours) for _ in names]
    for line, name in enumerate(names):
        for column, hour in enumerate(figures.hours):
            row = of_hour.get((name, hour))
            if row and row["expected_s"]:
                values[line, column] = 100 * row["analysed_expected_s"] / row["expected_s"]
                texts[line][column] = f"{values[line, column]:.0f}"
    drawn = strip_plot(
        names, clocks(figures.hours, figures.site.zone_info), values, texts, "% analysed", _FROM_DARK_TO_SEEN, 100.0
    )
    caption = f"Share of the expected time that was analysed, percent. Hours of {figures.site.timezone}."
    return [Image(drawn, f"{caption} Empty: nothing was expected.")]


def links_section(figures: NightFigures) -> Section:
    """Return how sure it is who is who."""
    links = sum(row["links"] for row in figures.links)
    told = {
        row["name"].partition(": ")[2] or row["name"]: row for row in figures.linking if row["section"] == "calibration"
    }
    left_out = [row for row in figures.linking if row["section"] == "exclusions" and row["value"]]
    if not links:
        return Section("How far to trust it", "No sightings were joined: every track counts as somebody of their own.")
    false = sum(row["links"] * row["false_share"] for row in figures.links) / links
    sentences = [
        f"{links:,} links join sightings to people; by their own probabilities {small_share(false)} of them are wrong.",
        _evidence(told.get("proven_strangers"), told.get("camera_pairs_of_too_little_evidence")),
        *(f"{count(row['value'])} {row['note'] or row['name']}." for row in left_out),
        "Intervals of visitors follow from the links alone: people whom no camera saw are in none.",
    ]
    # without the number of links, which is nearly that of people who went this way
    across = [row for row in figures.links if row["camera_a"] != row["camera_b"] and row["links"] >= _FEWEST_LINKS]
    rows = [
        {"pair": f"{row['camera_a']} and {row['camera_b']}", "false": small_share(row["false_share"])}
        for row in across[:_WORST_PAIRS]
    ]
    columns = (("pair", "least certain pairs of cameras"), ("false", "links expected to be wrong"))
    grids = [Grid(columns, rows, figures=("false",))] if rows else []
    return Section("How far to trust it", " ".join(part for part in sentences if part), grids)


def _evidence(strangers: object, few: object) -> str:
    proven = strangers["value"] if isinstance(strangers, dict) else None
    lacking = few["value"] if isinstance(few, dict) else None
    if proven is None:
        return ""
    told = f"The probabilities were checked on {count(proven)} pairs of proven strangers, seen at once in two places"
    if lacking:
        return (
            f"{told}; {count(lacking)} pairs of cameras have too few of their own, there the site's figures stand in."
        )
    return f"{told}."


def made_section(figures: NightFigures) -> Section:
    """Return what words mean, and how the report was made."""
    words: Sequence[dict[str, str]] = [{"word": word, "meaning": meaning} for word, meaning in _DEFINITIONS]
    staff = "Staff are counted too." if figures.with_staff else "Staff are left out."
    digests = ", ".join(f"{stage} {figures.about[f'{stage}_key'] or UNKNOWN}" for stage in STAGES)
    text = (
        f"{' '.join(hiding_lines(figures.min_people, mark='marked so'))} {staff}\n\n"
        f"Made by crosscam {crosscam_version()} from the tables of {figures.site.site_id}. Digests of what each stage "
        f"worked with (site file, settings, models, input): {digests}. A night with other digests was made under other "
        "conditions."
    )
    return Section("Definitions, and how it was made", text, [Grid((("word", "word"), ("meaning", "meaning")), words)])
