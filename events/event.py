"""Every event type, found by the role that its class says; and what an event concerns."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from events import types
from events.envelope import Envelope
from events.fields import marked
from events.roles import (
    Amendment,
    OfSubject,
    OperatorsWord,
    Original,
    OthersAmendment,
    OwnAmendment,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from events.fields import Mark

Event: TypeAlias = Original | Amendment | OfSubject | OperatorsWord

_Role = TypeVar("_Role", bound=msgspec.Struct)


def _of_role(role: type[_Role]) -> Iterator[type[_Role]]:
    """Give the event types of a role, in the order of their modules and in these."""
    for module in iter_modules(types.__path__):
        name = f"{types.__name__}.{module.name}"
        for kind in vars(import_module(name)).values():
            if isinstance(kind, type) and issubclass(kind, role) and kind.__module__ == name:
                yield kind


ORIGINALS: Final[tuple[type[Original], ...]] = tuple(_of_role(Original))
OWN_AMENDMENTS: Final[tuple[type[OwnAmendment], ...]] = tuple(_of_role(OwnAmendment))
OTHERS_AMENDMENTS: Final[tuple[type[OthersAmendment], ...]] = tuple(_of_role(OthersAmendment))
AMENDMENTS: Final[tuple[type[Amendment], ...]] = (*OWN_AMENDMENTS, *OTHERS_AMENDMENTS)
OF_SUBJECT: Final[tuple[type[OfSubject], ...]] = tuple(_of_role(OfSubject))
_ALL: Final[tuple[type, ...]] = (
    *ORIGINALS,
    *AMENDMENTS,
    *OF_SUBJECT,
    *_of_role(OperatorsWord),
)
EVENT_TYPES: Final[Mapping[str, type]] = {kind.__name__: kind for kind in _ALL}
AMENDMENT_TYPES: Final = frozenset(AMENDMENTS)

# msgspec finds out how a type is built when it is first asked to, and while one thread does so
# another may find it half done: the process then dies of it. So all are asked here, at import.
_BUILT: Final[tuple[Any, ...]] = tuple(msgspec.json.Decoder(kind) for kind in _ALL)


def event_type(event: Event) -> str:
    """Name the type of an event as the schema and the headers name it."""
    return type(event).__name__


def is_amendment(event: Event) -> bool:
    """Say whether an event is about the record that another event opened."""
    return type(event) in AMENDMENT_TYPES


def record_id(event: Event) -> str:
    """Give the event_id of the record that the event opens or is about."""
    if type(event) in AMENDMENT_TYPES:
        return cast("Amendment", event).concerns
    return event.envelope.event_id


def event_from_record(name: str, record: Mapping[str, Any]) -> Event:
    """Build the event named `credit.<Type>` from its decoded Avro record.

    Raises `msgspec.ValidationError` where a value is not of its field's type.
    """
    return cast("Event", msgspec.convert(record, EVENT_TYPES[name.removeprefix("credit.")]))


def event_to_record(event: Event) -> dict[str, Any]:
    """Give the Avro record of an event: plain values, days as `date`."""
    return cast("dict[str, Any]", msgspec.to_builtins(event, builtin_types=(date, bytes)))


def field_type(kind: type, field: str) -> Any | None:
    """Give the type of a field of a record, `envelope.` before those of the envelope, or None."""
    owner, name = (Envelope, field[9:]) if field.startswith("envelope.") else (kind, field)
    if name == "envelope":
        return None
    return _hints(owner).get(name)


def field_parts(kind: type, field: str) -> frozenset[Any]:
    """Give the types that a field of a record may be of, besides None."""
    hint = field_type(kind, field)
    is_union = get_origin(hint) in (Union, UnionType)
    return frozenset(get_args(hint) if is_union else (hint,)) - {NoneType, None}


def field_mark(kind: type, field: str) -> Mark | None:
    """Give what a field of a record is, `envelope.` before those of the envelope; None unsaid."""
    is_of_envelope = field.startswith("envelope.")
    return marked(Envelope).get(field[9:]) if is_of_envelope else marked(kind).get(field)


@cache
def _hints(owner: type) -> dict[str, Any]:
    return get_type_hints(owner)
