"""Sealed texts about persons in an answer, opened by the door and nowhere else. A seam.

What is decided, folded and proved rests on sealed bytes. Whoever composes the service gives it what
opens them; without, names stay sealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from events.sealing.form import SEALED, looks_sealed
from projections.http.errors import VaultClosedError
from projections.queries.disclosed.persons import PublishedPersons
from projections.sealing.document import ERASED, KEPT_SEALED, opened_document, records_sealed_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from starlette.responses import Response

    from projections.queries.disclosed.persons import PersonsSealed
    from projections.sealing.sealer import RecordKey

_MARK: Final = SEALED.encode()


class NameOpener(Protocol):
    """Gives the keys of records. Raises `VaultClosedError`."""

    def keys_of(self, records: Collection[str]) -> Mapping[str, Sequence[tuple[str, RecordKey]]]:
        """Give the keys that there are of some records, each with whose it is."""

    def numbers_of(self, places: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """Give the masked numbers, sealed, that stand beside some records of persons."""


def holds_names(answer: Response) -> bool:
    """Say whether anything in an answer is sealed: of most nothing is, and no thread is needed."""
    return _MARK in (getattr(answer, "body", None) or b"")


def open_names(answer: Response, opener: NameOpener | None, *, needs_names: bool) -> None:
    """Open what is sealed in an answer, in place; only keep it back where no name is needed."""
    if not holds_names(answer) or answer.media_type != "application/json":
        return
    document: Any = msgspec.json.decode(answer.body)
    keys = None
    if opener is not None and needs_names:
        keys = opener.keys_of(records_sealed_in(document))
    answer.body = msgspec.json.encode(opened_document(document, keys), order="sorted")
    answer.headers["Content-Length"] = str(len(answer.body))
    del answer.headers["ETag"]


def opened_persons(
    list_code: str, sealed: PersonsSealed, opener: NameOpener | None
) -> PublishedPersons:
    """Open the names that a law publishes; of whom no key is left, nothing is told.

    Raises `VaultClosedError`, and so where nothing opens names: a list without them names nobody.
    """
    if not sealed.of:
        return PublishedPersons(list_code, (), sealed.next_after)
    if opener is None:
        raise VaultClosedError(VaultClosedError.__doc__)
    numbers = opener.numbers_of([(subject, each.entry_id) for subject, each in sealed.of])
    keys = opener.keys_of([each.entry_id for _, each in sealed.of])
    told = []
    for subject, each in sealed.of:
        own = {each.entry_id: [pair for pair in keys.get(each.entry_id, ()) if pair[0] == subject]}
        number = numbers.get((subject, each.entry_id))
        name, number = opened_document([each.name, number], own)
        if looks_sealed(each.name) and name not in (ERASED, KEPT_SEALED):
            shown = None if number in (ERASED, KEPT_SEALED) else number
            told.append(msgspec.structs.replace(each, name=name, number=shown))
    return PublishedPersons(list_code, tuple(told), sealed.next_after)
