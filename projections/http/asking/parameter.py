"""What a parameter of a route is: its name, where it stands, how it is read, what absence means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from projections.http.asking.forms import Form

T = TypeVar("T")


class ParameterPlace(StrEnum):
    """Where a parameter stands, as OpenAPI names it."""

    PATH = "path"
    QUERY = "query"
    BODY = "body"
    """A field of a JSON object, for what is said and not asked."""


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T]):
    """A parameter, and what its absence means; `T` is what a handler gets."""

    name: str
    form: Form[Any]
    text: str
    absent: T
    place: ParameterPlace = ParameterPlace.QUERY


def in_path(name: str, form: Form[T], text: str) -> Parameter[T]:
    """Take a part of the path."""
    missing: Any = None
    return Parameter(name, form, text, missing, ParameterPlace.PATH)


def optional(name: str, form: Form[T], text: str) -> Parameter[T | None]:
    """Take a field of the query that may be absent."""
    return Parameter(name, form, text, None)


def in_body(name: str, form: Form[T], text: str) -> Parameter[T | None]:
    """Take a field of a JSON body that may be absent."""
    return Parameter(name, form, text, None, ParameterPlace.BODY)
