"""What of a subject is published: one entry a record, by listing what is in it.

An entry says no more than the public view does: nothing in it follows from a record that is not
published, not even the name, which is the one written on the record itself.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - a NamedTuple reads its hints
from typing import TYPE_CHECKING, Final, NamedTuple

from events.numbers import number_key
from projections.fold.steps import current_profile
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


class BulletinEntry(NamedTuple):
    """A published record. `public_until` is the first day on which it no longer is; None is open.

    `names` and `numbers` are the forms by which texts are compared, `grams` the pairs of characters
    in both.
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
    grams: list[str]


def published(
    subject_id: str, state: SubjectState, calendar: RuleCalendar, on: date
) -> Iterator[BulletinEntry]:
    """Give what of a subject is published on a day."""
    for record in current_profile(state, calendar, on).records:
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
        grams(key),
    )


def grams(key: str) -> list[str]:
    """Give the pairs of characters of a text in the form by which it is compared, each once."""
    words = key.split("\n")
    pieces = {word[at : at + GRAM] for word in words for at in range(len(word) - GRAM + 1)}
    return sorted(pieces)
