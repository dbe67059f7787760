"""FollowTheMoney: a subject as an entity, each penalty and each entry of a list as a `Sanction`.

One entity a line of JSON. What is warned of or concluded is no sanction and stands in none; a list
of honours is none, either. Other records have no schema that says the same, and are left out.
Source: the schemata of FollowTheMoney, of which the tests keep those that are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from events.types.listing import ListEntered
from events.types.penalty import PenaltyImposed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.rules.rulebook import Rulebook
    from projections.access.shapes import DisclosedListing, DisclosedRecord
    from projections.exports.exported import ExportedSubject

_CHINA: Final = "cn"
_OF_COMPANIES: Final = "9"
"""What credit codes given by the registers of companies begin with (GB 32100-2015, 5.1)."""
_PENALTY: Final = PenaltyImposed.__name__
_ENTRY: Final = ListEntered.__name__


def entities(subject: ExportedSubject, rulebook: Rulebook) -> Iterator[bytes]:
    """Write a subject and its sanctions, one line each, the subject first."""
    profile = subject.profile
    code = profile.subject_id
    whose = f"cn-usc-{code}"
    yield _line(
        whose,
        "Company" if code.startswith(_OF_COMPANIES) else "Organization",
        name=profile.name or code,
        uscCode=code,
        status=profile.status,
        country=_CHINA,
        jurisdiction=_CHINA,
    )
    entries = {each.entry_id: each for each in profile.lists}
    for record in profile.records:
        if record.type == _PENALTY or (record.type == _ENTRY and not _honours(record, rulebook)):
            yield _sanction(whose, record, subject, rulebook, entries.get(record.event_id))


def _sanction(
    whose: str,
    record: DisclosedRecord,
    subject: ExportedSubject,
    rulebook: Rulebook,
    entry: DisclosedListing | None,
) -> bytes:
    details = record.details
    department = rulebook.department(record.department)
    ends = record.ended_on or details.get("effective_until") or (entry and entry.until)
    return _line(
        f"cn-credit-{record.event_id}",
        "Sanction",
        entity=whose,
        authority=record.department if department is None else department.name_zh,
        authorityId=record.document_no,
        program=_program(record, rulebook),
        programId=record.category,
        status=record.status,
        provisions=_provisions(details),
        reason=details.get("violation") or details.get("ground"),
        description=details.get("facts"),
        country=_CHINA,
        listingDate=subject.published_on.get(record.event_id),
        startDate=record.day if entry is None else entry.since,
        endDate=ends,
        recordId=record.event_id,
    )


def _provisions(details: dict[str, Any]) -> list[Any]:
    said = details.get("content")
    return [said] if said else list(details.get("kinds") or ())


def _honours(record: DisclosedRecord, rulebook: Rulebook) -> bool:
    row = rulebook.lists.get(record.details.get("list", ""))
    return row is not None and row.honours


def _program(record: DisclosedRecord, rulebook: Rulebook) -> str:
    category = rulebook.category_of(record.category)
    return record.category if category is None else category.name_zh


def _line(entity_id: str, schema: str, **properties: Any) -> bytes:
    """Write an entity; each property is a list of texts, and what is unknown is left out."""
    said = {name: _texts(value) for name, value in properties.items()}
    told = {name: texts for name, texts in said.items() if texts}
    entity = {"id": entity_id, "schema": schema, "properties": told}
    return msgspec.json.encode(entity, order="sorted") + b"\n"


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(each) for each in values if each not in (None, "")]
