"""What a record can be looked up by: names, numbers, other identifiers, products, batches. Pure.

A handle is kept in the form by which texts are compared, so that any writing of it finds the
record. It only leads there: who may find what is decided upon asking, by what the record says then.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from events.characters import plain
from events.fields import Holds, holds, marked
from events.identifiers import normalise_code
from events.numbers import number_key
from events.sealing.form import SEALED
from events.types.finding import InspectionReported, RecallOrdered
from events.types.licence import ProductCertified
from events.types.subject import SubjectChanged, SubjectRegistered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from events.event import Event
    from projections.record.entry import Entry

NAME: Final = "name"
NUMBER: Final = "number"
IDENTIFIER: Final = "identifier"
PRODUCT: Final = "product"
BATCH: Final = "batch"
HANDLE_KINDS: Final = (NAME, NUMBER, IDENTIFIER, PRODUCT, BATCH)

KEY_CHARACTERS_MAX: Final = 160
"""A longer text is kept by its beginning: an index of Postgres takes no more than 2,704 bytes."""

_PRODUCTS: Final[Mapping[type, str]] = {
    InspectionReported: "item",
    ProductCertified: "product",
    RecallOrdered: "product",
}
_BATCHES: Final = "batch_no"


Handle: TypeAlias = tuple[str, str]
"""One text by which a record is found: what kind of text it is, and the form it is kept in."""


_SETTLED_NAME: Final = re.compile("[一-龥a-z0-9]*")
"""What is its own key, as most names are."""


def name_key(text: str) -> str:
    """Give the form by which names are compared, whatever their width, case and blanks."""
    if _SETTLED_NAME.fullmatch(text) is not None:
        return text
    return "".join(plain(text).split()).casefold()


_KEYS: Final[Mapping[str, Callable[[str], str]]] = {
    NAME: name_key,
    NUMBER: number_key,
    IDENTIFIER: normalise_code,
    PRODUCT: name_key,
    BATCH: number_key,
}


def handle(kind: str, text: str) -> Handle | None:
    """Give the handle of a text of a kind; None where nothing is left of the text."""
    key = _KEYS[kind](text)
    if len(key) > KEY_CHARACTERS_MAX:
        key = key[:KEY_CHARACTERS_MAX]
    if "\0" in key:  # Postgres takes no such text, and it must not stop a batch.
        key = key.replace("\0", "")
    return (kind, key) if key else None


def handles_of(event: Event) -> dict[Handle, str]:
    """Give what a record is found by, each with the text as it is written there."""
    handles: dict[Handle, str] = {}
    for kind, text in _texts(event):
        made = handle(kind, text)
        if made is not None:
            handles.setdefault(made, text)
    return handles


def handles_said(
    before: Entry | None, after: Entry | None, names: Mapping[str, int]
) -> list[Handle]:
    """Give the handles that an event brought; `before` and `after` are its entry without and with.

    A name that stands on a record of the subject already (`names`) leads there already.
    """
    if after is None or (before is not None and before.event is after.event):
        return []
    said: list[Handle] = []
    for kind, text in _texts(after.event):
        if kind is NAME and text in names:
            continue
        made = handle(kind, text)
        if made is not None and made not in said:
            said.append(made)
    if before is not None and said:
        known = handles_of(before.event)
        said = [made for made in said if made not in known]
    return said


def _texts(event: Event) -> list[tuple[str, str]]:
    """Give the texts of an event by which its record is found, each with its kind."""
    envelope = event.envelope
    texts: list[tuple[str, str]] = []
    name = envelope.subject_name
    # Not by a call, as for every event of the ledger.
    if name and not name.startswith(SEALED):
        texts.append((NAME, name))
    number = envelope.document_no
    if number:
        texts.append((NUMBER, number))
    of_type = type(event)
    fields = _fields_of.get(of_type)
    if fields is None:
        fields = _fields_of[of_type] = _fields(of_type)
    for kind, field in fields:
        text = getattr(event, field)
        if text and not (kind is NAME and text.startswith(SEALED)):
            texts.append((kind, text))
    if of_type is SubjectRegistered or of_type is SubjectChanged:
        registered = cast("SubjectRegistered | SubjectChanged", event)
        texts += [(IDENTIFIER, alias.value) for alias in registered.aliases]
    return texts


_fields_of: Final[dict[type, tuple[tuple[str, str], ...]]] = {}


def _fields(kind: type) -> tuple[tuple[str, str], ...]:
    """Give the fields of a type of event by which its records are found, each with its kind."""
    fields = [
        (BATCH if name == _BATCHES else NUMBER, name)
        for name, mark in marked(kind).items()
        if holds(mark, Holds.NUMBER)
    ]
    if kind in _PRODUCTS:
        fields.append((PRODUCT, _PRODUCTS[kind]))
    if kind is SubjectChanged:
        fields.append((NAME, "name"))
    return tuple(fields)
