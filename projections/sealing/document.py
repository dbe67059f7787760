"""Opens what is sealed in a document of plain values, as an answer holds it. Pure.

Each sealed text says which record's key it needs. One whose key is there is opened; of one whose
key is gone it is said that it was erased; for whoever needs no names nothing is opened at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from events.sealing.errors import UnopenedError
from events.sealing.form import SealedPlace, looks_sealed, sealed_text
from projections.sealing.sealer import opened_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from projections.sealing.sealer import RecordKey

KEPT_SEALED: Final = "(sealed)"
"""Stands for a text that the reader's purpose does not need."""

ERASED: Final = "(erased)"
"""Stands for a text whose key was destroyed."""


def records_sealed_in(document: Any) -> set[str]:
    """Give the records whose keys open what is sealed in a document."""
    texts = (sealed_text(text) for text in _texts(document) if looks_sealed(text))
    return {sealed.record for sealed in texts if sealed is not None}


def opened_document(
    document: Any, keys: Mapping[str, Sequence[tuple[str, RecordKey]]] | None
) -> Any:
    """Give a document with its sealed texts opened; without keys, with none of them.

    `keys` are by record, each with whose it is.
    """
    return _mapped(document, lambda text: _opened(text, keys))


def _opened(text: str, keys: Mapping[str, Sequence[tuple[str, RecordKey]]] | None) -> str:
    sealed = sealed_text(text)
    if sealed is None or keys is None:
        return KEPT_SEALED
    for subject, key in keys.get(sealed.record, ()):
        try:
            return opened_for(SealedPlace(subject, sealed.record, sealed.field), sealed, key)
        except UnopenedError:
            continue  # Of another person, under whose name this record was amended by mistake.
    return ERASED


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value) if looks_sealed(value) else value
    if isinstance(value, dict):
        return _mapped_object(value, change)
    return [_mapped(item, change) for item in value] if isinstance(value, list) else value


def _mapped_object(value: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Map an object; what is counted by names that turn out to be one name is added up."""
    mapped: dict[str, Any] = {}
    for name, item in value.items():
        new = change(name) if looks_sealed(name) else name
        told = _mapped(item, change)
        mapped[new] = mapped[new] + told if new in mapped and isinstance(told, int) else told
    return mapped


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
