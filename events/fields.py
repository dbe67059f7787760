"""What a field of an event is, said at the field: `facts: FreeText`, `filed_no: DocumentNo | None`.

Admission, the normal form, the reader of files and the tests read it from there (`marked`), so a
new type of event needs no row in any table of fields. The marks change nothing else: to msgspec and
to a type checker `FreeText` is a `str`, and `LaterDay` a `date`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, get_args, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@unique
class Holds(StrEnum):
    """What may stand in a text."""

    WORDS = "words"  # free words, and so perhaps a person's name
    PERSON_NAME = "person_name"  # the name of a subject or of another, who may be a person
    THING_NAME = "thing_name"  # what a thing is called: no person's name belongs there
    CODE = "code"  # a code of the rules, of a register or of a form
    NUMBER = "number"  # the number of a document, case, licence or batch, by which records join
    PARTY = "party"  # another party: a credit code or a person's keyed token
    SUCCESSOR = "successor"  # likewise, under which the subject itself goes on
    EVENT_ID = "event_id"  # another event
    OPERATOR_WORDS = "operator_words"  # what an operator wrote, which no department reports


@dataclass(frozen=True, slots=True)
class Text:
    """A text: what may stand in it, whether blanks are too little, of which codes it is one."""

    holds: Holds
    must_be_given: bool = False
    codes: str | None = None
    one_of: tuple[str, ...] = ()


@unique
class When(StrEnum):
    """Where a day lies: passed; not after or not before the decision; plausible at least."""

    PASSED = "passed"
    BEFORE_DECISION = "before_decision"
    AFTER_DECISION = "after_decision"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Day:
    """A day, by where it may lie."""

    when: When


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`, both included, and what it counts."""

    low: int
    high: int
    unit: str


@unique
class Time(StrEnum):
    """A number or text that names a stretch of time that has begun."""

    YEAR = "year"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class NotEmpty:
    """A list of at least one."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A number that means something only beside other fields, which are checked together."""


Mark: TypeAlias = Text | Day | Whole | Time | NotEmpty | Judged
_MARKS: Final = (Text, Day, Whole, Time, NotEmpty, Judged)

FreeText: TypeAlias = Annotated[str, Text(Holds.WORDS)]
NeededText: TypeAlias = Annotated[str, Text(Holds.WORDS, must_be_given=True)]
PersonName: TypeAlias = Annotated[str, Text(Holds.PERSON_NAME)]
ThingName: TypeAlias = Annotated[str, Text(Holds.THING_NAME)]
NeededThingName: TypeAlias = Annotated[str, Text(Holds.THING_NAME, must_be_given=True)]
Code: TypeAlias = Annotated[str, Text(Holds.CODE)]
OperatorWords: TypeAlias = Annotated[str, Text(Holds.OPERATOR_WORDS)]
ListCode: TypeAlias = Annotated[str, Text(Holds.CODE, codes="list")]
GroundCode: TypeAlias = Annotated[str, Text(Holds.CODE, codes="ground")]
SchemeCode: TypeAlias = Annotated[str, Text(Holds.CODE, codes="scheme")]
GradeCode: TypeAlias = Annotated[str, Text(Holds.CODE, codes="grade")]
ProfessionCode: TypeAlias = Annotated[str, Text(Holds.CODE, codes="profession")]
IndicatorCode: TypeAlias = Annotated[str, Text(Holds.CODE, codes="indicator")]
MeasureCode: TypeAlias = Annotated[str, Text(Holds.CODE, codes="measure")]
DepartmentCode: TypeAlias = Annotated[str, Text(Holds.CODE, codes="department")]
WarningCode: TypeAlias = Annotated[str, Text(Holds.CODE, codes="warning")]
DocumentNo: TypeAlias = Annotated[str, Text(Holds.NUMBER)]
PartyCode: TypeAlias = Annotated[str, Text(Holds.PARTY)]
SuccessorCode: TypeAlias = Annotated[str, Text(Holds.SUCCESSOR)]
EventId: TypeAlias = Annotated[str, Text(Holds.EVENT_ID)]
PastDay: TypeAlias = Annotated[date, Day(When.PASSED)]
EarlierDay: TypeAlias = Annotated[date, Day(When.BEFORE_DECISION)]
LaterDay: TypeAlias = Annotated[date, Day(When.AFTER_DECISION)]
AnyDay: TypeAlias = Annotated[date, Day(When.ANY)]
Year: TypeAlias = Annotated[int, Time.YEAR]
Period: TypeAlias = Annotated[str, Time.PERIOD]
JudgedNumber: TypeAlias = Annotated[int, Judged()]


@cache
def marked(kind: type) -> Mapping[str, Mark]:
    """Give the mark of each field of a class that bears one, by the field's name."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: mark for name, hint in hints.items() if (mark := _mark(hint)) is not None}


def holds(mark: Mark | None, *what: Holds) -> bool:
    """Say whether a mark is that of a text that holds one of these."""
    return isinstance(mark, Text) and mark.holds in what


def _mark(hint: Any) -> Mark | None:
    return next((each for each in _parts(hint) if isinstance(each, _MARKS)), None)


def _parts(hint: Any) -> Iterator[Any]:
    for part in getattr(hint, "__metadata__", ()):
        yield part
    for part in get_args(hint):
        yield from _parts(part)
