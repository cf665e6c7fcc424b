"""`crosscam export report`: one night of a site for people who were not there, as HTML and as PDF."""

from analytics.documents.content import Section
from analytics.documents.page import page
from analytics.documents.pdf import pdf
from analytics.exporting.report.night import NightFigures
from analytics.exporting.report.sections import (
    dwell_section,
    footfall_section,
    headline,
    occupancy_section,
    visitors_section,
    ways_section,
)
from analytics.exporting.report.trust import cameras_section, links_section, made_section
from analytics.exporting.report.wording import clock, share, weekday

_MAX_WIDTH_PX = 980


def sections_of(figures: NightFigures) -> tuple[Section, ...]:
    """Return the report's sections, in order."""
    return (
        headline(figures),
        visitors_section(figures),
        footfall_section(figures),
        dwell_section(figures),
        occupancy_section(figures),
        ways_section(figures),
        cameras_section(figures),
        links_section(figures),
        made_section(figures),
    )


def render(figures: NightFigures) -> tuple[str, bytes]:
    """Return the report as HTML that needs no other file, and as PDF; both say the same."""
    site = figures.site
    title = f"{site.site_id}: {weekday(figures.night)}"
    begins = clock(figures.begins_at, site.zone_info)
    facts = (
        f"Foot traffic from {begins} to {begins} the next day, {site.timezone}. {len(figures.cameras)} cameras, "
        f"{share(figures.about['coverage'])} of the expected time analysed."
    )
    sections = sections_of(figures)
    return page(title, facts, sections, max_width_px=_MAX_WIDTH_PX), pdf(title, facts, sections)
