"""What a kind of matter is: the event that opens it, its fields, and what holds of all of its kind.

Days are days in China, amounts fen; None is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003 - a NamedTuple reads its hints
from datetime import date
from typing import Any, ClassVar, Final, NamedTuple

import msgspec

from events.envelope import Disclosure, Source
from events.roles import Original
from projections.record.marks import Marks


class Traits(NamedTuple):
    """What holds of all matters of a kind.

    `amount` gives what they are about, in fen. `is_open` says that they are open until what is due
    is done, and `is_owed` that what is left of the amount is owed meanwhile. `ends_publication`
    says that from the day after their last they are no longer published, whatever the period says.
    `said_as` names the fields that the event calls otherwise.

    Two follow from the fields: `is_paid`, that `payments`, or what else is done of them, stand
    beside them; `last_day`, the field of the last day on which they are valid.
    """

    amount: Callable[[Any], int | None] | None = None
    is_open: bool = False
    is_owed: bool = False
    ends_publication: bool = False
    said_as: Mapping[str, str] = {}
    is_paid: bool = False
    last_day: str | None = None


def traits_of(kind: type[Matter]) -> Traits:
    """Give what holds of a kind: what its class says, and what follows from its fields."""
    fields = kind.__struct_fields__
    last_day = next((name for name in _LAST_DAYS if name in fields), None)
    return kind.traits._replace(is_paid="payments" in fields, last_day=last_day)


_LAST_DAYS: Final = ("valid_until", "until")


class Matter(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What every record kept one by one has: its names, its clock, its end, its marks.

    Each kind adds what its event says, in fields of the same names, and then what amendments add:
    `payments`, `answers`, `heard_on` of its entry. `building` makes it from these.
    """

    opened_by: ClassVar[type[Original] | None] = None
    traits: ClassVar[Traits] = Traits()

    event_id: str
    category: str
    department: str
    region: str
    document_no: str
    name: str | None
    disclosure: Disclosure
    source: Source
    day: date
    day_basis: str
    published_on: date | None
    verified: bool | None
    corrected: int
    ended_on: date | None
    marks: Marks | None
