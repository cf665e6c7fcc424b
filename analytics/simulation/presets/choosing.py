"""The sites that can be simulated, by name."""

from collections.abc import Callable, Mapping

from analytics.errors import ConfigError
from analytics.simulation.premises import Premises
from analytics.simulation.presets.demo import demo
from analytics.simulation.presets.random_site import random_site
from analytics.simulation.presets.station import station
from analytics.simulation.presets.street import street

PRESETS: Mapping[str, Callable[[int], Premises]] = {
    "demo": lambda seed: demo(),
    "station": lambda seed: station(),
    "street": lambda seed: street(),
    "random": random_site,
}
"""What makes each; the seed matters to those that are drawn at random."""


def premises_of(preset: str, seed: int) -> Premises:
    """Return a site by name.

    Raises:
        ConfigError: there is no such site, or the seed gives none.
    """
    if preset not in PRESETS:
        raise ConfigError(f"expected one of {', '.join(PRESETS)}, got {preset!r}", field="--preset")
    try:
        return PRESETS[preset](seed)
    except ValueError as error:
        raise ConfigError(str(error), field="--seed") from error
