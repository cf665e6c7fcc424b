"""Simulated people for tests that draw them."""

from functools import cache

import pytest

from analytics.simulation.people.bodies import BodyModel
from analytics.simulation.people.cast import Casting, Person, cast


@cache
def _model() -> BodyModel:
    return BodyModel()


@cache
def people_or_skip(people: int, seed: int, staff: int = 0) -> tuple[Person, ...]:
    """Return a cast; skip the test where the extra `simulation` is not installed."""
    pytest.importorskip("anny", reason="needs the extra crosscam[simulation]")
    return tuple(cast(_model(), Casting(people, seed, staff=staff)))
