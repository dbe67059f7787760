"""Places of the ledger as people read them, and why a message waits at one.

`8@28`, offset 28 of partition 8, is no time of day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.terms.language import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

_GROUP: Final = "parked_why"
_MEANS: Final = {
    "UndecodableError": "undecodable",
    "SchemaUnknownError": "schema_unknown",
    "the key is not the subject of the event": "other_key",
    "a message without a value": "empty",
    "the record is not named": "no_record",
    "the message ": "undecodable",
    "unreadable": "undecodable",
}
"""What the first words of a reason mean; any other is a fault while an event was applied."""


def place_told(partition: int, offset: int) -> str:
    """Write one place."""
    return f"{partition}@{offset}"


def cut_told(cut: Mapping[int, int] | str | None) -> str | None:
    """Write a cut: the first offset not known, of each partition it names; None is unknown."""
    if cut is None or isinstance(cut, str):
        return cut and cut.replace(":", "@")
    return ",".join(place_told(*each) for each in sorted(cut.items()))


def parked_told(reason: str) -> str:
    """Tell why a message waits: in Chinese its kind, with the code's own words beside it."""
    kind = next((code for words, code in _MEANS.items() if reason.startswith(words)), "fault")
    return spoken(kind, _GROUP, why=reason)
