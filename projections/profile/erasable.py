"""What keeps the records of a person from being erased on a day: a list, a term that runs. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from events.rules.catalogue import Polarity
from projections.day.shapes import ListStatus

if TYPE_CHECKING:
    from events.rules.rulebook import Rulebook
    from projections.profile.shapes import Profile


class KeptBy(StrEnum):
    """What stands in the way: an entry on a list of dishonesty, or a term of the law."""

    LIST = "list"
    TERM = "term"


class KeepsFromErasing(msgspec.Struct, frozen=True):
    """A record that is not to be erased yet; `until` is the first day on which it may, if known."""

    why: KeptBy
    event_id: str
    category: str
    until: date | None


def what_keeps(profile: Profile, rulebook: Rulebook) -> list[KeepsFromErasing]:
    """Give what keeps a person from being erased, as the profile stands.

    What the law lets be used against somebody for a term is kept for that term
    (浙江省公共信用信息管理条例 art. 16), and an entry on a list of dishonesty while it stands.
    """
    listed = {
        each.entry_id: each
        for each in profile.lists
        if each.status is ListStatus.IN_EFFECT and not rulebook.lists[each.list].honours
    }
    kept_by = []
    for record in profile.records:
        entry = listed.get(record.event_id)
        row = rulebook.category_of(record.category)
        if entry is not None:
            kept = KeepsFromErasing(KeptBy.LIST, record.event_id, record.category, entry.until)
            kept_by.append(kept)
        elif row is not None and row.polarity is Polarity.BAD and record.shown.shared:
            until = record.shown.shared_until
            kept = KeepsFromErasing(KeptBy.TERM, record.event_id, record.category, until)
            kept_by.append(kept)
    return kept_by
