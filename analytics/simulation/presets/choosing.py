"""The sites that can be simulated, by name."""

from collections.abc import Callable, Mapping

from analytics.errors import ConfigError
from analytics.simulation.premises import Premises
from analytics.simulation.presets.demo import demo

PRESETS: Mapping[str, Callable[[int], Premises]] = {"demo": lambda seed: demo()}
"""What makes each; the seed matters to those that are drawn at random."""


def premises_of(preset: str, seed: int) -> Premises:
    """Return a site by name.

    Raises:
        ConfigError: there is no such site.
    """
    if preset not in PRESETS:
        raise ConfigError(f"expected one of {', '.join(PRESETS)}, got {preset!r}", field="--preset")
    return PRESETS[preset](seed)
