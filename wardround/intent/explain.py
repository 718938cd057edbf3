"""Turn a model's refusal into problems that say where, what was found and what would be right."""

from __future__ import annotations

import datetime
import types
from collections.abc import Callable
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from wardround.intent.models import known
from wardround.intent.problem import Problem, one_of, shown
from wardround.intent.yaml_file import Steps, YamlFile

Locate = Callable[[Steps], tuple[YamlFile, Steps, str]]
"""From the path inside the checked data to its file, its path there, and the key to print."""

M = TypeVar("M", bound=BaseModel)

_ALLOWED: Final = {
    "missing": "a value: the key is required",
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "tuple_type": "a list",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "date_type": "a date without quotes, such as 2026-09-01",
}


def check(model: type[M], data: Any, locate: Locate) -> tuple[M | None, list[Problem]]:
    """The data as a `model`, or every way in which it is none."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, [_problem(model, data, details, locate) for details in error.errors(include_url=False)]


def _problem(model: type[BaseModel], data: Any, details: Any, locate: Locate) -> Problem:
    kind, found = details["type"], shown(details["input"])
    path = _path_in(data, details["loc"], kind)
    context = details.get("ctx", {})
    if kind == "extra_forbidden":
        found, allowed = "an unknown key", one_of(path[-1], known(_model_at(model, details["loc"][:-1])))
    elif kind == "missing":
        found, allowed = "nothing", _ALLOWED[kind]
    elif kind == "wrong":
        allowed = context["allowed"]
    elif kind == "string_type":
        allowed = "text: put quotes around it" if isinstance(details["input"], int | float | datetime.date) else "text"
    elif kind == "literal_error":
        allowed = one_of(details["input"], context["expected"].replace("'", "").replace(" or ", ", ").split(", "))
    elif kind == "greater_than":
        allowed = f"more than {context['gt']:g}"
    elif kind == "greater_than_equal":
        allowed = f"{context['ge']} or more"
    elif kind == "less_than_equal":
        allowed = f"{context['le']} or less"
    else:
        allowed = _ALLOWED.get(kind, details["msg"])
    file, place, key = locate(path)
    return Problem(file.name, file.line(place), key, found, allowed)


def _path_in(data: Any, location: tuple[str | int, ...], kind: str) -> Steps:
    """The location without the steps that pydantic adds (union tags, `[key]`)."""
    path: list[str | int] = []
    for number, step in enumerate(location):
        last = number == len(location) - 1
        if isinstance(data, dict) and (step in data or (last and kind == "missing")):
            path.append(step)
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int):
            path.append(step)
            data = data[step]
    return tuple(path)


def _model_at(model: type[BaseModel], location: tuple[str | int, ...]) -> type[BaseModel]:
    """The model that the location lies in."""
    inside_container = False
    for step in location:
        if inside_container:
            inside_container = False
        elif (field := known(model).get(str(step))) is not None:
            inside_container = _holds(field.annotation, dict) or _holds(field.annotation, tuple)
            model = _inner_model(field.annotation) or model
    return model


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for inner in get_args(annotation) if (found := _inner_model(inner))), None)


def _holds(annotation: Any, container: type) -> bool:
    return get_origin(annotation) is container or any(_holds(inner, container) for inner in get_args(annotation))
