"""Look-up: a subject by any name or number, and what was found in a product or batch, page by page.

Handles lead to records (`projections.record.handles`); each hit is read anew from the journal, and
is one only where the reader may see the record today (`projections.profile.findable`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.errors import LedgerError
from events.identifiers import credit_code_problem, is_person_token, normalise_code
from events.persons import has_identity_number
from projections.fold.state import SubjectState, decode_state
from projections.fold.steps import current_profile
from projections.profile.findable import (
    Findable,
    FoundRecord,
    FoundSubject,
    Reader,
    found_record,
    found_subject,
)
from projections.record.chain import fold_chain
from projections.record.handles import (
    BATCH,
    IDENTIFIER,
    NAME,
    NUMBER,
    PRODUCT,
    handle,
    handles_of,
    name_key,
)
from projections.store.erasing.erasures import is_shown
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg import Connection

    from events.envelope import Platform
    from projections.calendar.rules import RuleCalendar
    from projections.record.credit_record import Fact
    from projections.record.entry import Entry
    from projections.record.handles import Handle
    from projections.store.live import Live

PAGE_SUBJECTS_MAX: Final = 100
"""Each subject on a page is assessed for it."""

SUBJECT: Final = "subject"
"""What a subject is found by where its own code was asked for."""

_SQL: Final = statements(__name__, is_shown=is_shown("h"))


class PersonSoughtError(LedgerError):
    """A resident identity number is never looked up: a person is found by the token only."""


class NothingSoughtError(LedgerError):
    """Nothing to look for: give a name, a code or a number; or a product, or a batch."""


class SubjectUnreadableError(LedgerError):
    """A page of subjects goes on behind one of them: take the `next_after` of that page."""


class FoundPage(msgspec.Struct, frozen=True):
    """Some subjects; `next_after` asks for what follows, None at the end.

    A page is filled with what the reader may see, and goes on behind the last of it: neither how
    full it is nor where it ends tells of what is not shown.
    """

    on: date
    found: tuple[FoundSubject, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Who looks, on which day, how many subjects a page has, and behind which it begins."""

    reader: Reader
    on: date
    limit: int = 20
    after: str | None = None


def parse_subject(text: str) -> str:
    """Read behind which subject a page begins. Raises `SubjectUnreadableError`."""
    if re.fullmatch(r"[0-9A-Za-z_:.-]{1,100}", text) is None:
        raise SubjectUnreadableError
    return text


def find(
    connection: Connection[Any],
    platform: Platform,
    text: str,
    sought: Sought,
    calendar: RuleCalendar,
) -> FoundPage:
    """Find subjects by a name, a code or a number, of today or of before, in any writing.

    In the order of subject ids. Raises `PersonSoughtError` and `NothingSoughtError`.
    """
    handles = _handles(text, (NAME, NUMBER, IDENTIFIER))
    code = normalise_code(text)
    own = None if credit_code_problem(code) is not None else code
    if is_person_token(text.strip()):
        own = text.strip()
    return _found(connection, platform, handles, sought, calendar, own)


def findings(
    connection: Connection[Any],
    platform: Platform,
    sought: Sought,
    calendar: RuleCalendar,
    *,
    product: str | None = None,
    batch: str | None = None,
) -> FoundPage:
    """Give what was found in a product or a batch, over all subjects, in the order of their ids.

    Where both are given, in either. Raises `PersonSoughtError` and `NothingSoughtError`.
    """
    asked = ((PRODUCT, product), (BATCH, batch))
    handles = [each for kind, text in asked if text for each in _handles(text, (kind,))]
    if not handles:
        raise NothingSoughtError
    return _found(connection, platform, handles, sought, calendar, None)


def _handles(text: str, kinds: Sequence[str]) -> list[Handle]:
    if has_identity_number(text, is_number=True):
        raise PersonSoughtError
    found = [made for kind in kinds if (made := handle(kind, text)) is not None]
    if not found:
        raise NothingSoughtError
    return found


def _found(
    connection: Connection[Any],
    platform: Platform,
    handles: Sequence[Handle],
    sought: Sought,
    calendar: RuleCalendar,
    own: str | None,
) -> FoundPage:
    at = live(connection, platform)
    asked = {
        "kinds": [kind for kind, _ in handles],
        "keys": [key for _, key in handles],
        "limit": sought.limit + 1,
    }
    found: list[FoundSubject] = []
    after, is_end = sought.after or "", False
    while not is_end and len(found) <= sought.limit:
        behind = {**asked, "after": after}
        rows = connection.execute(at.statement(_SQL["subjects_found"]), behind).fetchall()
        is_end = len(rows) <= sought.limit
        own_ones = {own} if own is not None and own > after else set()
        subjects = sorted({row[0] for row in rows} | own_ones)[: sought.limit + 1]
        led = _led(connection, at, {**asked, "subjects": subjects})
        for subject_id in subjects:
            subject = _Subject(connection, at, subject_id, sought, calendar)
            each = subject.found(led.get(subject_id, []), is_own=subject_id == own)
            found += [] if each is None else [each]
        after = subjects[-1] if subjects else after
    more = found[sought.limit - 1].subject_id if len(found) > sought.limit else None
    return FoundPage(sought.on, tuple(found[: sought.limit]), more)


def _led(
    connection: Connection[Any], at: Live, asked: dict[str, Any]
) -> dict[str, list[tuple[str, Handle]]]:
    """Give of each subject the records to which handles lead, each with the handle."""
    led: dict[str, list[tuple[str, Handle]]] = {}
    for _, subject_id, entry_id, kind, key in connection.execute(
        at.statement(_SQL["records_found"]), asked
    ):
        led.setdefault(subject_id, []).append((entry_id, (kind, key)))
    return led


class _Subject:
    """One subject that handles lead to, as its reader may see it."""

    def __init__(
        self,
        connection: Connection[Any],
        at: Live,
        subject_id: str,
        sought: Sought,
        calendar: RuleCalendar,
    ) -> None:
        self._connection, self._at, self._subject_id = connection, at, subject_id
        self._sought, self._calendar = sought, calendar
        self._partition = at.partition_of(subject_id)

    def found(self, led: Sequence[tuple[str, Handle]], *, is_own: bool) -> FoundSubject | None:
        """Give the subject with the records that lead to it; None where the reader sees none."""
        with self._connection.cursor() as cursor:
            states = self._at.store.load_states(cursor, self._partition, [self._subject_id])
        if self._subject_id not in states:
            return None
        state = decode_state(states[self._subject_id])
        profile = current_profile(state, self._calendar, self._sought.on)
        rules = self._calendar.on(profile.assessed_on)
        findable = Findable(profile, rules, self._sought.reader)
        records = list(self._records(led, state, findable))
        facts = shown_facts(self._connection, self._at, self._subject_id, state, findable)
        if is_own and (facts or findable.shows_any()):
            records.insert(0, FoundRecord(SUBJECT, self._subject_id))
        if not records:
            return None
        return found_subject(self._subject_id, findable.identity(facts), tuple(records))

    def _records(
        self,
        led: Sequence[tuple[str, Handle]],
        state: SubjectState,
        findable: Findable,
    ) -> Iterator[FoundRecord]:
        """Give the records that are still what they are found by, and that the reader may see."""
        wanted = {each for _, each in led}
        ids = {entry_id for entry_id, _ in led} | set(_facts_named(state, wanted))
        ids |= {record.event_id for _, record in findable.named_by(list(wanted))}
        entries = read_entries(self._connection, self._at, self._subject_id, state, ids)
        shown_names: set[Handle] = set()
        for entry in sorted(entries.values(), key=lambda e: (e.clock.day, e.offset)):
            if not findable.shows(entry):
                continue
            for each, text in handles_of(entry.event).items():
                # Of records that bear a name, the first is enough.
                if each in wanted and (each[0] != NAME or each not in shown_names):
                    shown_names.add(each)
                    yield found_record(each[0], text, entry)


def shown_facts(
    connection: Connection[Any], at: Live, subject_id: str, state: SubjectState, findable: Findable
) -> list[Fact]:
    """Give what registers say of the subject and the reader may see, the latest last."""
    entries = read_entries(connection, at, subject_id, state, set(state.record.facts))
    shown = [
        fact
        for event_id, fact in state.record.facts.items()
        if event_id in entries and findable.shows(entries[event_id])
    ]
    return sorted(shown, key=lambda fact: (fact.day, fact.offset))


def read_entries(
    connection: Connection[Any], at: Live, subject_id: str, state: SubjectState, ids: set[str]
) -> dict[str, Entry]:
    """Read records of a subject from the journal, as far as its state knows it, by their ids."""
    with connection.cursor() as cursor:
        chains = at.store.load_chains(
            cursor, at.partition_of(subject_id), {(subject_id, each) for each in ids}
        )
    found: dict[str, Entry] = {}
    for (_, entry_id), chain in chains.items():
        known = [
            each
            for each in chain
            if each.offset <= state.last_offset and each.offset not in state.dismissed
        ]
        entry = fold_chain(known).entry if known else None
        if entry is not None:
            found[entry_id] = entry
    return found


def _facts_named(state: SubjectState, wanted: set[Handle]) -> Iterator[str]:
    """Give what registers say of the subject under one of the names."""
    names = {key for kind, key in wanted if kind == NAME}
    for event_id, fact in state.record.facts.items() if names else ():
        if any(name and name_key(name) in names for name in (fact.name, fact.written_name)):
            yield event_id
