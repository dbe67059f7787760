"""Entries of lists and notices of them, and where they stand on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from projections.day.lists import memberships
from projections.day.shapes import Membership
from projections.record.matters import AnyMatter, Listing, NoticeGiven
from tests.support.matters import a_matter, on_day

LISTED = ("in_effect", "")
UNHEARD = ("no_effect", "no_prior_notice")


def an_entry(on: str = "2025-01-10", **fields: Any) -> Listing:
    return a_matter(Listing, on, **({"event_id": "entry", "document_no": "列1"} | fields))


def a_court_entry(on: str, ground: str = "obstructs", **fields: Any) -> Listing:
    return an_entry(on, list="judgment_defaulter", ground=ground, **fields)


def a_notice(on: str = "2025-01-02", **fields: Any) -> NoticeGiven:
    return a_matter(NoticeGiven, on, **({"event_id": "notice", "document_no": "告1"} | fields))


def only(when: str | date, *matters: AnyMatter, **effects: Any) -> Membership:
    (member,) = memberships(on_day(when, *matters, effects=effects))
    return member


def standing(when: str | date, *matters: AnyMatter, **effects: Any) -> tuple[str, str]:
    member = only(when, *matters, **effects)
    return member.status, member.why
