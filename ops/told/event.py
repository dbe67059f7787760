"""What an event is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.dictionary.code_lists import words_of
from ops.terms.terms import Language

if TYPE_CHECKING:
    from ops.terms.terms import Terms


def event_named(kind: str | None, terms: Terms) -> str:
    """Name a type of event: its English name is also what files and schemas call it."""
    if kind is None:
        return terms.say("unreadable", "history")
    if terms.language is Language.EN:
        return kind
    words = words_of("EventType")
    return terms.word(words, kind) if kind in words else terms.of("event_type", kind)
