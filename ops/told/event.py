"""What an event is called, and what a field of it says in words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from events.rules.rulebook import load_rulebook
from events.types.declaration import ItemValue
from ops.dictionary.code_lists import names_of_codes, words_of
from ops.submission.files.fields import FieldKind, fields_of
from ops.terms.naming import Naming
from ops.terms.terms import Language

if TYPE_CHECKING:
    from ops.submission.files.fields import Field
    from ops.terms.terms import Terms


def event_named(kind: str | None, terms: Terms) -> str:
    """Name a type of event: its English name is also what files and schemas call it."""
    if kind is None:
        return terms.say("unreadable", "history")
    if terms.language is Language.EN:
        return kind
    words = words_of("EventType")
    return terms.word(words, kind) if kind in words else terms.of("event_type", kind)


ITEM: Final = "items."


def field_value_told(kind: str, category: str, field: str, value: Any, terms: Terms) -> str:
    """Tell what a field of an event says, in words: amounts in yuan, codes by their names.

    `field` of an item (信息项) is `items.<code>`; `value` is as JSON has it.
    """
    if value in (None, "", []):
        return terms.say("nothing", "submission")
    if field.startswith(ITEM):
        naming = Naming(terms, load_rulebook(), None)
        return naming.item(category, ItemValue(field.removeprefix(ITEM), str(value)), date.max)
    known = fields_of(kind).get(field)
    if known is None:
        return str(value)
    if isinstance(value, list):
        return terms.joined([_one(known, each, terms) for each in value])
    return _one(known, value, terms)


def _one(field: Field, value: Any, terms: Terms) -> str:
    match field.kind:
        case FieldKind.AMOUNT:
            return terms.yuan(value)
        case FieldKind.BOOLEAN:
            return terms.say("yes" if value else "no")
        case FieldKind.SYMBOL | FieldKind.SYMBOLS:
            return terms.word(words_of(field.of.__name__), value)
        case FieldKind.STRUCTS:
            words = words_of("AliasScheme")
            return terms.say("item", name=terms.word(words, value["scheme"]), value=value["value"])
        case _:
            names = {} if field.codes is None else names_of_codes(field.codes)
            return terms.word(names, value) if value in names else str(value)
