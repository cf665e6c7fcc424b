"""What pydantic finds wrong with a setting, in words that say where it is, what was expected and what was given."""

import difflib
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


def explain(error: ValidationError, model: type[BaseModel], where: str = "") -> tuple[str, str]:
    """Return the dotted field of the first fault, and its reason with every further fault on a line of its own.

    Args:
        error: what validating raised.
        model: what was validated, for the names that a misspelt field may have meant.
        where: dotted path of the model itself; it goes before every field.
    """
    # a typo gives two errors, an unknown field and a missing one: the unknown one says what to do
    details = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    faults = [_explain(each, model) for each in details]
    (field, reason), *others = [(".".join(filter(None, (where, name))), why) for name, why in faults]
    return field, reason + "".join(f"\n  also {name}: {why}" for name, why in others)


def _explain(details: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """Return the dotted field and the reason of one of pydantic's errors."""
    where = [*map(str, details["loc"])]
    context = details.get("ctx", {})
    if "field" in context:
        return ".".join([*where, str(context["field"])]), str(context["reason"])
    field = ".".join(where)
    if details["type"] == "extra_forbidden":
        known = _fields_at(model, details["loc"][:-1])
        near = difflib.get_close_matches(where[-1], known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
        return field, f"unknown field; {hint}"
    if details["type"] == "missing":
        return field, "expected a value, the field is missing"
    shown = repr(details["input"])
    if details["type"] in ("model_type", "dict_type"):
        return field, f"expected fields with values, got {shown}"
    if details["type"] in ("too_short", "too_long"):
        bound = f"least {context['min_length']}" if "min_length" in context else f"most {context['max_length']}"
        return field, f"expected at {bound} values, got {context['actual_length']}"
    reason = details["msg"].removeprefix("Value error, ")
    return field, reason if "got " in reason else f"{reason}, got {shown if len(shown) <= 80 else shown[:77] + '...'}"


def _fields_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Return the field names of the model that lies at a location below another."""
    kind: Any = model
    for step in location:
        if isinstance(step, str) and isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = _model_in(kind.model_fields[step].annotation) if step in kind.model_fields else None
    return sorted(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
