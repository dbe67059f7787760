"""What of a subject is published: one entry a record, by listing what is in it.

An entry says no more than the public view does: nothing in it follows from a record that is not
published, not even the name, which is the one written on the record itself.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - a NamedTuple reads its hints
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events.numbers import number_key
from projections.profile.concluding import shown_records
from projections.record.handles import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.calendar.rules import RuleCalendar
    from projections.fold.state import SubjectState
    from projections.profile.shapes import ShownRecord
    from projections.record.matters import AnyMatter

GRAM: Final = 2
"""Characters that names and numbers are found by: so many that follow each other."""
SOUGHT_MAX: Final = 80
"""Characters of a text that is sought; no name of a firm is longer."""


_packed: Final = msgspec.msgpack.Encoder().encode


class BulletinEntry(NamedTuple):
    """A published record. `public_until` is the first day on which it no longer is; None is open.

    `key` holds name and number in the form by which they are compared.
    """

    event_id: str
    subject_id: str
    name: str | None
    type: str
    category: str
    department: str
    region: str
    document_no: str
    day: date
    published_on: date
    public_until: date | None
    rule: str
    key: str


def published(
    subject_id: str, state: SubjectState, calendar: RuleCalendar, on: date
) -> Iterator[BulletinEntry]:
    """Give what of a subject is published on a day."""
    rules = calendar.on(max(on, state.assessed_on))
    for record in shown_records(state.record, rules):
        if record.shown.public:
            yield _entry(subject_id, record, state.record.get(record.event_id))


def _entry(subject_id: str, record: ShownRecord, matter: AnyMatter | None) -> BulletinEntry:
    said_on = None if matter is None else matter.published_on
    key = f"{name_key(record.name or '')}\n{number_key(record.document_no)}"
    return BulletinEntry(
        record.event_id,
        subject_id,
        record.name,
        record.type,
        record.category,
        record.department,
        record.region,
        record.document_no,
        record.day,
        said_on or record.day,
        record.shown.public_until,
        record.shown.rule,
        key,
    )


def digest(entry: BulletinEntry) -> int:
    """Give a number of 64 bits by which it is seen whether an entry stands as it is already."""
    return int.from_bytes(blake2b(_packed(entry), digest_size=8).digest(), "big", signed=True)


def as_array(texts: list[str]) -> str:
    """Write texts of one line each as Postgres writes an array; it knows NULL without quotes."""
    if not texts:
        return "{}"
    inner = "\n".join(texts).replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + inner.replace("\n", '","') + '"}'


def grams(key: str) -> list[str]:
    """Give the pairs of characters of a text in the form by which it is compared, each once."""
    words = key.split("\n")
    pieces = {word[at : at + GRAM] for word in words for at in range(len(word) - GRAM + 1)}
    return sorted(pieces)
