"""The kinds of value that a site's fields have: ids, local times, points and polygons, with what each refuses."""

from datetime import time
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, FiniteFloat, StringConstraints
from pydantic_core import PydanticCustomError

from analytics.geometry import crosses_itself

ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_.-]*"


class FrozenModel(BaseModel):
    """A model whose fields cannot change and that takes no unknown field."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def wrong(field: str, reason: str) -> PydanticCustomError:
    """Return an error that names the field below the model that is being checked."""
    return PydanticCustomError("inconsistent", "{reason}", {"field": field, "reason": reason})


def _clock_reading(value: Any) -> Any:
    # pydantic takes a number for seconds since midnight: `day_starts_at: 4` would be 00:00:04
    if not isinstance(value, (str, time)):
        raise ValueError(f'expected a time such as "04:00", got {value!r}')
    return value


def _without_zone(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError(f"expected a local time without an offset, got {value.isoformat()}")
    return value


def _simple(polygon: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if len(polygon) < 3:
        raise ValueError(f"expected at least 3 corners, got {len(polygon)}")
    if len(set(polygon)) != len(polygon):
        raise ValueError("expected different corners, one occurs twice (the last need not repeat the first)")
    if crosses_itself(np.array(polygon, np.float64)):
        raise ValueError("expected a polygon whose edges do not cross, these do; list the corners in order round it")
    return polygon


Id = Annotated[str, StringConstraints(pattern=f"^{ID_PATTERN}$", max_length=100)]
LocalTime = Annotated[time, BeforeValidator(_clock_reading), AfterValidator(_without_zone)]
Point = tuple[FiniteFloat, FiniteFloat]
Polygon = Annotated[tuple[Point, ...], AfterValidator(_simple)]
