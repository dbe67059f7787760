"""What the documents say of routes, topics and fields, in the words of a page."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.rules.access import Role, load_access_policy
from events.rules.rulebook import load_rulebook
from events.wire.schemas import load_schemas
from ops.dictionary.asyncapi import topic_kind
from ops.dictionary.code_lists import event_type_words
from ops.dictionary.contents import dictionary
from ops.terms.terms import Language, Terms
from projections.http.asking.asked import Face
from projections.http.door.described import is_public, rights_of
from projections.http.routes import ROUTES
from streams.topics import UNLIMITED, region_account, topic_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from ops.pages.frame import Frame
    from projections.http.asking.asked import Row
    from streams.topics import Topic

_MS_OF_A_DAY: Final = 24 * 60 * 60 * 1000
_REGION: Final = region_account("")


class RouteTold(NamedTuple):
    """A route: method and path, what it gives, to whom and for what, what it takes."""

    method_and_path: str
    summary: str
    is_public: bool
    rights: Sequence[tuple[str, str]]
    takes: Sequence[tuple[str, str]]


class TopicsOfKind(NamedTuple):
    """The topics of one kind: what they hold, and for how many days (None: for good)."""

    topics: Sequence[Topic]
    records: Sequence[str]
    kept_days: int | None


@cache
def question_words() -> Mapping[str, str]:
    """Read the Chinese of what routes and parameters say, by its English."""
    text = (files("ops.terms") / "questions.toml").read_text(encoding="utf-8")
    found: dict[str, str] = tomllib.loads(text)["questions"]
    return found


@lru_cache(maxsize=2 * len(Language))
def routes_told(language: Language, on: date) -> Sequence[RouteTold]:
    """Tell every route but those by which clients of a schema registry ask.

    Kept for the day: it rests on nothing but the rows of the policy, which are dated.
    """
    terms = Terms(language)
    return tuple(_route(terms, row, on) for row in ROUTES if row.face is not Face.REGISTRY)


def method_and_path(row: Row) -> str:
    """Give methods and path of a route."""
    return f"{' '.join(row.methods)} {row.plain_path}"


def _route(terms: Terms, row: Row, on: date) -> RouteTold:
    purposes = {str(each.code): each for each in load_access_policy().purposes}
    rights: dict[str, dict[str, None]] = {}
    for right in rights_of(row, on):
        if right["role"] != Role.PUBLIC:
            named = [terms.name(purposes[each], each) for each in right["purposes"]]
            rights.setdefault(terms.of("asker", right["role"]), {}).update(dict.fromkeys(named))
    return RouteTold(
        method_and_path(row),
        _said(terms, row.summary),
        is_public(row, on),
        [(role, terms.joined(list(named))) for role, named in rights.items()],
        [(each.name, _said(terms, each.text)) for each in row.takes],
    )


def _said(terms: Terms, english: str) -> str:
    return question_words()[english] if terms.language is Language.ZH else english


def record_name(frame: Frame, record: str) -> str:
    """Name a record of the wire: a type of event as people call it, another by what it tells."""
    short = record.rpartition(".")[2]
    if short not in event_type_words():
        return frame.terms.of("told_record", short)
    return frame.terms.word(event_type_words(), short)


def fields_told(fields: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], str | None]]:
    """Give fields, each with the name of the code list that it is one of, where there is a page."""
    known = dictionary()["code_lists"]
    return [(each, each["codes"] if each["codes"] in known else None) for each in fields]


@cache
def kinds_of_topics() -> Mapping[str, TopicsOfKind]:
    """Give the topics by their kind, in the order of the table."""
    found: dict[str, list[Topic]] = {}
    for topic in topic_table(load_rulebook()):
        found.setdefault(topic_kind(topic.name), []).append(topic)
    return {kind: _of_kind(kind, topics) for kind, topics in found.items()}


def _of_kind(kind: str, topics: Sequence[Topic]) -> TopicsOfKind:
    records = dict.fromkeys(entry.record for entry in load_schemas().for_topic(kind))
    kept = topics[0].retention_ms
    days = None if kept == UNLIMITED else int(kept) // _MS_OF_A_DAY
    return TopicsOfKind(topics, list(records), days)


def accounts_told(frame: Frame, accounts: Iterable[str], on: date) -> str:
    """Name accounts: services, departments, cities with their counties, supervisors of a region."""
    return frame.terms.joined([_account(frame, each, on) for each in accounts])


def _account(frame: Frame, name: str, on: date) -> str:
    if name.startswith(_REGION):
        place = frame.place(name.removeprefix(_REGION), on)
        return frame.terms.say("supervisors", "docs", place=place)
    if name.isdecimal():
        return frame.terms.say("offices", "docs", place=frame.place(name, on))
    department = load_rulebook().department(name)
    return frame.terms.of("account", name) if department is None else frame.naming.department(name)
