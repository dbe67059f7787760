"""The bulletin as the public asks for it: by name, code or number, and by day of publication."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.envelope import Platform
from events.errors import LedgerError
from events.identifiers import credit_code_problem, normalise_code
from events.numbers import number_key
from projections.bulletin.bulletin import GRAM, SOUGHT_MAX, grams
from projections.record.handles import name_key
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from psycopg import Connection

_SQL: Final = statements(__name__)
COUNTED_MAX: Final = 1_000
"""More entries than these are not counted one by one: what has a common text would all be read."""
LOOKED_AT: Final = 4_000
"""So many of the newest entries are looked at for a text before it is taken for a rare one."""


class SoughtTooShortError(LedgerError):
    """Two characters at least are needed to find anything by."""


class PageUnreadableError(LedgerError):
    """A page begins behind an entry of the one before: follow its link."""


class BulletinRow(NamedTuple):
    """A published record, as `projections.bulletin.BulletinEntry` has it."""

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


_WIDTH: Final = len(BulletinRow._fields)


class BulletinPlace(NamedTuple):
    """The last entry of the page before."""

    day: date
    event_id: str


class BulletinPage(NamedTuple):
    """Some entries, how many there are in all (at most `COUNTED_MAX` + 1), where the next begin.

    `behind` says that the read models have moved since and the bulletin has not followed yet.
    """

    rows: tuple[BulletinRow, ...]
    total: int
    next_after: BulletinPlace | None
    behind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BulletinQuestion:
    """What is asked for; None asks for all. `within` is a division with all below it."""

    text: str | None = None
    type: str | None = None
    department: str | None = None
    within: str | None = None
    since: date | None = None
    until: date | None = None
    after: BulletinPlace | None = None
    limit: int = 50


def parse_after(text: str) -> BulletinPlace:
    """Read where a page begins. Raises `PageUnreadableError`."""
    found = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})/([0-9a-f-]{36})", text)
    try:
        return BulletinPlace(date.fromisoformat(found[1]), found[2]) if found else _unreadable()
    except ValueError:
        return _unreadable()


def _unreadable() -> BulletinPlace:
    raise PageUnreadableError


def bulletin(connection: Connection[Any], question: BulletinQuestion, today: date) -> BulletinPage:
    """Give a page of what is published today. Raises `SoughtTooShortError`."""
    asked = _asked(question, today)
    with connection.transaction():
        at = live(connection, Platform.ORGANISATION)
        rows, known = _page(connection, asked | {"limit": question.limit + 1})
        count = known if known >= asked["bound"] else _count(connection, asked)
        ((ahead,),) = connection.execute(at.statement(_SQL["followed"]), (at.version,)).fetchall()
    found = tuple(BulletinRow(str(row[0]), *row[1:_WIDTH]) for row in rows[: question.limit])
    last = found[-1] if len(rows) > question.limit else None
    after = None if last is None else BulletinPlace(last.published_on, last.event_id)
    return BulletinPage(found, min(count, COUNTED_MAX + 1), after, ahead > 0)


def _page(connection: Connection[Any], asked: dict[str, Any]) -> tuple[list[tuple[Any, ...]], int]:
    """Give the rows of a page, and how many at least there are in all.

    For a text that many have, the newest entries fill a page; for another, its pairs of characters
    lead to the few. Which it is, is seen and not guessed: Postgres takes pairs for independent.
    """
    if asked["grams"] is None:
        return connection.execute(_SQL["page"], asked).fetchall(), 0
    rows = connection.execute(_SQL["newest"], asked).fetchall()
    if len(rows) == asked["limit"]:
        return rows, rows[0][-1]
    return connection.execute(_SQL["rare"], asked).fetchall(), 0


def _count(connection: Connection[Any], asked: dict[str, Any]) -> int:
    ((count,),) = connection.execute(_SQL["count"], asked).fetchall()
    return int(count)


def _asked(question: BulletinQuestion, today: date) -> dict[str, Any]:
    after = question.after
    subject = name = number = sought = None
    if question.text is not None:
        code = normalise_code(question.text)
        if credit_code_problem(code) is None:
            subject = code
        else:
            name, number = name_key(question.text), number_key(question.text)
            forms = [form[:SOUGHT_MAX] for form in (name, number) if len(form) >= GRAM]
            if not forms:
                raise SoughtTooShortError
            # Found by what the forms have in common; then each is compared whole.
            name, number = forms[0], forms[-1]
            sought = sorted(set(grams(name)) & set(grams(number))) or grams(name)
    return {
        "today": today,
        "subject": subject,
        "name": name,
        "number": number,
        "grams": sought,
        "type": question.type,
        "department": question.department,
        "within": None if question.within is None else _beginning(question.within),
        "since": question.since,
        "until": question.until,
        "after_day": None if after is None else after.day,
        "after_id": None if after is None else after.event_id,
        "bound": COUNTED_MAX + 1,
        "looked_at": LOOKED_AT,
    }


def _beginning(division: str) -> str:
    """Give what the codes of a division and of all below it begin with."""
    return re.sub(r"(00){1,2}$", "", division)
