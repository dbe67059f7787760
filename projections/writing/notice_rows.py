"""What is told, as rows in Postgres's binary COPY format, beside `projections.writing.rows`. Pure.

Typed plain Python that mypyc compiles. What Postgres takes is known by its lengths and the numbers
of its types alone, so a test reads back from a real one what is written here.
"""

from __future__ import annotations

from datetime import date
from struct import Struct
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from projections.ledger.reading import midnight_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from projections.notices.notice import ListNotice, WarningNotice
    from projections.writing.rows import OutboxRow

WARNING_COLUMNS: Final = (
    *("partition", "generation", "n", "warning_id", "episode_id", "subject_id", "rule"),
    *("rule_from", "transition", "level", "previous_level", "region", "domain", "evidence"),
    *("on_day", "offset", "by_time", "recorded_ms", "kind", "since", "expires_on", "window_months"),
    *("recipients", "list", "acknowledged_by"),
)
OUTBOX_COLUMNS: Final = ("partition", "generation", "n", "topic", "key", "value", "headers")

# Fixed columns in a row: the count of columns at the head, then (length, value) of each.
_HEAD: Final = Struct("!hihiqii").pack
_PLACE: Final = Struct("!iiiqi?iq").pack
_INTEGER: Final = Struct("!ii").pack
# Length, dimensions, whether any is null, type; of the one dimension its count and first index.
_ARRAY: Final = Struct("!iiiiii").pack
_EMPTY: Final = Struct("!iiii").pack
_TEXT: Final = 25
_UUID: Final = 2950

_POSTGRES_EPOCH: Final = date(2000, 1, 1).toordinal()
_NULL: Final = (-1).to_bytes(4, "big", signed=True)
_LENGTHS: Final = [length.to_bytes(4, "big") for length in range(1_024)]
_NO_TEXTS: Final = _EMPTY(12, 0, 0, _TEXT)
_NO_IDS: Final = _EMPTY(12, 0, 0, _UUID)
_ID_LENGTH: Final = "00000010"
_DAYS_KEPT_MAX: Final = 65_536
_days: Final[dict[date, bytes]] = {}


def came_about_ms(notice: WarningNotice, recorded: Mapping[int, int]) -> int:
    """Give when a warning came to be told: as its event was recorded, or as its day began."""
    return midnight_ms(notice.on) if notice.by_time else recorded[notice.offset]


def warning_row(
    partition: int, generation: int, n: int, notice: WarningNotice, recorded_ms: int
) -> bytes:
    """Pack what was told of a warning, in WARNING_COLUMNS."""
    parts: list[bytes] = [_HEAD(25, 2, partition, 8, generation, 4, n)]
    parts.append(_ids((notice.warning_id, notice.episode_id)))
    _add_text(parts, notice.subject_id)
    _add_text(parts, notice.rule)
    parts.append(_day(notice.rule_from))
    _add_text(parts, notice.transition)
    _add_text(parts, notice.level)
    _add_text(parts, notice.previous_level)
    _add_text(parts, notice.region)
    _add_text(parts, notice.domain)
    _add_ids(parts, notice.evidence)
    days = notice.on.toordinal() - _POSTGRES_EPOCH
    parts.append(_PLACE(4, days, 8, notice.offset, 1, notice.by_time, 8, recorded_ms))
    _add_text(parts, notice.kind)
    parts.append(_day(notice.since))
    parts.append(_day(notice.expires_on))
    months = notice.window_months
    parts.append(_NULL if months is None else _INTEGER(4, months))
    _add_texts(parts, notice.recipients)
    _add_text(parts, notice.list)
    _add_texts(parts, notice.acknowledged_by)
    return b"".join(parts)


def last_changes(changes: Iterable[ListNotice]) -> list[ListNotice]:
    """Give the last change of each list entry, as one statement writes an entry only once.

    A change that does not name its list, as of what is void, has the name told before.
    """
    last: dict[tuple[str, str], ListNotice] = {}
    for change in changes:
        place = (change.subject_id, change.entry_id)
        before = last.get(place)
        if before is None or change.list:
            last[place] = change
        else:
            last[place] = replace(change, list=before.list)
    return list(last.values())


def outbox_row(partition: int, row: OutboxRow) -> bytes:
    """Pack a message that waits to be published, in OUTBOX_COLUMNS."""
    parts: list[bytes] = [_HEAD(7, 2, partition, 8, row.generation, 4, row.n)]
    _add_text(parts, row.topic)
    _add_bytes(parts, row.key)
    _add_bytes(parts, row.value)
    _add_text(parts, row.headers)
    return b"".join(parts)


def _add_text(parts: list[bytes], text: str | None) -> None:
    if text is None:
        parts.append(_NULL)
    else:
        _add_bytes(parts, text.encode())


def _add_bytes(parts: list[bytes], data: bytes) -> None:
    length = len(data)
    parts.append(_LENGTHS[length] if length < len(_LENGTHS) else length.to_bytes(4, "big"))
    parts.append(data)


def _add_texts(parts: list[bytes], texts: tuple[str, ...]) -> None:
    if not texts:
        parts.append(_NO_TEXTS)
        return
    own: list[bytes] = []
    for text in texts:
        _add_bytes(own, text.encode())
    _add_array(parts, _TEXT, len(texts), b"".join(own))


def _add_ids(parts: list[bytes], ids: tuple[str, ...]) -> None:
    if not ids:
        parts.append(_NO_IDS)
        return
    _add_array(parts, _UUID, len(ids), _ids(ids))


def _add_array(parts: list[bytes], kind: int, count: int, items: bytes) -> None:
    parts.append(_ARRAY(20 + len(items), 1, 0, kind, count, 1))
    parts.append(items)


def _ids(texts: tuple[str, ...]) -> bytes:
    """Pack ids, each behind its length: all at once, while they are hexadecimal digits."""
    digits = _ID_LENGTH + _ID_LENGTH.join(texts)
    return bytes.fromhex(digits.replace("-", ""))


def _day(value: date | None) -> bytes:
    if value is None:
        return _NULL
    packed = _days.get(value)
    if packed is None:
        packed = _INTEGER(4, value.toordinal() - _POSTGRES_EPOCH)
        if len(_days) < _DAYS_KEPT_MAX:
            _days[value] = packed
    return packed
