"""What the vault keeps of erasures: how far it went through the ledger, and whose keys went.

Keys are destroyed in the transaction that moves the place, so that a kill anywhere repeats nothing
and leaves nothing out. A vault that is put back from a copy has the place of that copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from projections.record.erasure import Erasure, is_erased, take
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    from projections.ledger.message import Read

_SQL: Final = statements(__name__)
_decoder: Final = msgspec.json.Decoder(Erasure)


class GoneThrough(NamedTuple):
    """How far a partition was gone through; times are made monotone, as the fold does."""

    next_offset: int = 0
    recorded_ms: int = 0


def places_gone_through(connection: Connection[Any]) -> dict[int, GoneThrough]:
    """Give how far each partition was gone through."""
    return {row[0]: GoneThrough(*row[1:]) for row in connection.execute(_SQL["places"])}


def go_on(
    connection: Connection[Any],
    began: Mapping[int, GoneThrough],
    moved: Mapping[int, GoneThrough],
    said: Sequence[tuple[int, Read]],
) -> int | None:
    """Take events of erasures, each with its partition, and move on; give how many were erased.

    None where the vault stands before where reading `began`: a copy was put back meanwhile, and to
    move on would leave out what lies between. Then all is to be read anew.
    """
    count, none = 0, GoneThrough()
    with connection.transaction():
        connection.execute(_SQL["alone"])
        stand = places_gone_through(connection)
        if any(stand.get(each, none).next_offset < place[0] for each, place in began.items()):
            return None
        for partition, item in said:
            # Another process may have been here meanwhile.
            if item.message.offset >= stand.get(partition, none).next_offset:
                count += _take(connection, item)
        for partition, place in moved.items():
            connection.execute(_SQL["move"], (partition, *place))
    return count


def _take(connection: Connection[Any], item: Read) -> bool:
    """Let an event take effect, and say whether it erases somebody: then the keys are destroyed."""
    if item.known is None:
        return False
    row = connection.execute(_SQL["standing"], (item.subject_id,)).fetchone()
    before = None if row is None else _decoder.decode(row[0])
    erasure, _ = take(before, item.known)
    if erasure is None:
        return False
    connection.execute(_SQL["keep"], (item.subject_id, msgspec.json.encode(erasure)))
    if not is_erased(erasure):
        return False
    connection.execute(_SQL["note_erased"], (item.subject_id,))
    connection.execute(_SQL["destroy"], (item.subject_id,))
    return not is_erased(before)
