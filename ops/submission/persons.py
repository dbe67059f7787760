"""Natural persons in what is reported: by number and name at the door, by token and seal behind it.

Of what a department says of a person nothing is repeated: not in a reason, not in a receipt. A
value is shown where it can be nothing but a day, an amount or a code of a few digits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from events.admission.rejection import NOT_SHOWN, Reason, RejectionReason, reason
from events.dates import known_date
from events.event import EVENT_TYPES, field_mark
from events.fields import Holds, holds
from events.identifiers import (
    IdentifierProblem,
    credit_code_problem,
    identity_number_problem,
    is_person_token,
    normalise_code,
    upgraded_identity_number,
)
from ops.submission.files import cells
from ops.submission.files.cells import Fault
from ops.submission.files.columns import NUMBER_KIND, SUBJECT_CLASS, SUBJECT_NUMBER, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from events.event import Event
    from events.sealing.form import SealedPlace, SealedText

_HARMLESS: Final = re.compile(r"[0-9.,:/年月日-]{0,12}")
_PROBLEMS: Final = {
    IdentifierProblem.LENGTH_WRONG: "a resident identity number has 18 characters, or 15 of old",
    IdentifierProblem.CHARACTER_NOT_ALLOWED: "digits, and an X at most as the last",
    IdentifierProblem.BIRTH_DATE_IMPOSSIBLE: "characters 7 to 14 are no date of birth",
    IdentifierProblem.CHECK_DIGIT_WRONG: "the last character does not fit the others",
}
_OF_AGE: Final = 18
_NUMBER_NEEDED: Final = "a natural person is named by the identity number"


class PersonDoor(Protocol):
    """Makes tokens and seals texts: the vault at a door, or keys of the hour where nothing is sent.

    Both raise `VaultAwayError`.
    """

    def token(self, number: str) -> str:
        """Give the token of a right identity number."""

    def sealed(
        self, events: Sequence[Event], numbers: Sequence[str | None] = ()
    ) -> list[Event | None]:
        """Give each event with names and texts sealed; None of a person who was erased.

        `numbers` are the identity numbers by which the events name their persons, where they do.
        """

    def seal_holds(self, place: SealedPlace, sealed: SealedText) -> bool:
        """Say whether a text was sealed here, for its place."""

    def digest(self, text: str) -> str:
        """Give a digest of a file that nobody can try out: what is in one may be guessed."""


def is_identity_number(text: str) -> bool:
    """Say whether a text is a person's number, and no code of an organisation."""
    number = normalise_code(text)
    return identity_number_problem(number) is None and credit_code_problem(number) is not None


def is_about_person(written: Mapping[str, object]) -> bool:
    """Say whether a row is about a natural person, as far as its cells tell."""
    words = wording()
    subject_class = str(written.get(SUBJECT_CLASS, ""))
    if subject_class:
        return subject_class in words.persons
    subject = str(written.get("subject_id", "")).strip()
    return SUBJECT_NUMBER in written or is_person_token(subject)


def number_said(written: Mapping[str, object]) -> object | None:
    """Give the identity number that a row says, where the form has it or among the codes."""
    if SUBJECT_NUMBER in written:
        return written[SUBJECT_NUMBER]
    subject = written.get("subject_id")
    return None if subject is None or is_person_token(str(subject).strip()) else subject


def read_identity_number(raw: object) -> str | Fault:
    """Read an identity number in its one form, or say what is wrong with it."""
    text = (
        cells.read_code(raw)
        if isinstance(raw, str)
        else Fault(
            RejectionReason.VALUE_NOT_ALLOWED,
            "a text in quotes; a number there loses digits (请设为文本)",
        )
    )
    if isinstance(text, Fault):
        return text
    number = normalise_code(text)
    problem = identity_number_problem(number)
    if problem is not None:
        rule = _PROBLEMS.get(problem, _NUMBER_NEEDED)
        return Fault(RejectionReason.IDENTITY_NUMBER_WRONG, f"{rule} (GB 11643)")
    return upgraded_identity_number(number)


def number_fault(written: Mapping[str, object]) -> Fault | None:
    """Say what is wrong with how a person is named beside the number itself."""
    kind = str(written.get(NUMBER_KIND, ""))
    if kind and kind not in wording().identity_cards:
        rule = f"persons are recorded by: {', '.join(wording().identity_cards)}"
        return Fault(RejectionReason.VALUE_NOT_ALLOWED, rule)
    if SUBJECT_NUMBER in written and written.get("subject_id"):
        rule = "give the number or the token of a person, not both"
        return Fault(RejectionReason.VALUE_NOT_ALLOWED, rule)
    return None


def was_minor(number: str, event: Event, today: date) -> Reason | None:
    """Give the reason against a record of who was under eighteen when it was decided."""
    born = int(number[6:14])
    on = known_date(event.envelope, today).day
    if int(on.strftime("%Y%m%d")) - born >= _OF_AGE * 10_000:
        return None
    rule = "only who has full civil capacity is recorded: eighteen years old when it was decided"
    return reason(RejectionReason.PERSON_IS_MINOR, SUBJECT_NUMBER, NOT_SHOWN, rule)


def parties_by_token(values: dict[str, Any], event_type: str, token: Callable[[str], str]) -> None:
    """Name other persons of a record by their tokens where it names them by their numbers."""

    def named(text: Any) -> Any:
        return token(normalise_code(text)) if is_identity_number(str(text)) else text

    kind = EVENT_TYPES[event_type]
    for name, value in values.items():
        if not holds(field_mark(kind, name), Holds.PARTY, Holds.SUCCESSOR) or not value:
            continue
        values[name] = named(value) if isinstance(value, str) else type(value)(map(named, value))


def kept_back(each: Reason, columns: set[str]) -> Reason:
    """Give a reason about a person's record without the words that it might repeat.

    `columns` are the headings that are known; another one may be anything.
    """
    is_shown = _HARMLESS.fullmatch(each.value) or each.value in wording().persons
    value = each.value if is_shown else NOT_SHOWN
    field = each.field if each.field in columns or each.field.isascii() else NOT_SHOWN
    return msgspec.structs.replace(each, value=value, field=field)
