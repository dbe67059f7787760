"""What is made of a profile that was answered: narrowed to an archive, or summed up in a hint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from events.envelope import Platform
from projections.profile.archive import Owing, Selection, narrowed, owing, practises
from projections.profile.hint import Hint
from projections.profile.hint import hint as hint_of
from projections.queries.subject.profile import ProfileAnswer
from projections.store.live import Place

if TYPE_CHECKING:
    from projections.calendar.rules import RuleCalendar


class ArchiveAnswer(ProfileAnswer, frozen=True):
    """The same, narrowed to a view: what belongs to it, and what is owed by its records.

    `practises` is None where the view is of no profession.
    """

    view: Selection
    owing: Owing
    practises: bool | None


class HintAnswer(msgspec.Struct, frozen=True):
    """The composite hint of a subject on a day, and where it stands in the ledger."""

    platform: Platform
    subject_id: str
    name: str | None
    place: Place
    hint: Hint


def archive(answer: ProfileAnswer, view: Selection, calendar: RuleCalendar) -> ArchiveAnswer:
    """Narrow a profile to an archive, a field or a publication class."""
    found = narrowed(answer.profile, view, calendar.rulebook)
    facets = {code: each for code, each in answer.facets.items() if code in found.categories}
    told = msgspec.structs.asdict(answer) | {"profile": found, "facets": facets}
    of = view.profession
    practised = None if of is None else practises(found.records, of)
    return ArchiveAnswer(**told, view=view, owing=owing(found.records), practises=practised)


def hint(answer: ProfileAnswer, calendar: RuleCalendar) -> HintAnswer:
    """Conclude the composite hint of a profile. Raises `NoHintModelError`."""
    return HintAnswer(
        answer.platform,
        answer.subject_id,
        answer.profile.name,
        answer.place,
        hint_of(answer.profile, calendar.rulebook),
    )
