"""Sealed texts about persons in an answer, opened by the door and nowhere else. A seam.

What is decided, folded and proved rests on sealed bytes. Whoever composes the service gives it what
opens them; without, names stay sealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from events.sealing.form import SEALED
from projections.sealing.document import opened_document, records_sealed_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from starlette.responses import Response

    from projections.sealing.sealer import RecordKey

_MARK: Final = SEALED.encode()


class NameOpener(Protocol):
    """Gives the keys of records. Raises `VaultClosedError`."""

    def keys_of(self, records: Collection[str]) -> Mapping[str, Sequence[tuple[str, RecordKey]]]:
        """Give the keys that there are of some records, each with whose it is."""


def open_names(answer: Response, opener: NameOpener | None, *, needs_names: bool) -> None:
    """Open what is sealed in an answer, in place; only keep it back where no name is needed."""
    body = getattr(answer, "body", None)
    if not body or _MARK not in body or answer.media_type != "application/json":
        return
    document: Any = msgspec.json.decode(body)
    keys = None
    if opener is not None and needs_names:
        keys = opener.keys_of(records_sealed_in(document))
    answer.body = msgspec.json.encode(opened_document(document, keys), order="sorted")
    answer.headers["Content-Length"] = str(len(answer.body))
    del answer.headers["ETag"]
