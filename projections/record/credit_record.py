"""The credit record of a subject (信用档案): what is known of it, as a sum over its entries.

Pure data; `projections.record.evolving` changes it. What grows without bound (cases, judgments,
inspections passed) is kept as tallies by day; what a conclusion names as its evidence is kept one
by one.
"""

from __future__ import annotations

from datetime import date
from typing import Final, TypeAlias

import msgspec

from events.envelope import Disclosure
from events.types.subject import Alias, SubjectKind, SubjectStatus
from projections.record.kinds import KINDS
from projections.record.marks import Marks
from projections.record.matters import AnyMatter


class Fact(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a register says of the subject from a day on; None says nothing.

    `name` is the one registered, `written_name` the one written on the record. `is_open` where
    everybody may see it.
    """

    day: date
    offset: int
    event_id: str
    department: str
    region: str
    name: str | None
    kind: SubjectKind | None
    status: SubjectStatus | None
    industry: str | None
    aliases: tuple[Alias, ...]
    category: str = ""
    written_name: str | None = None
    marks: Marks | None = None
    is_open: bool = False


class Kind(msgspec.Struct, frozen=True, gc=False, array_like=True, order=True):
    """What entries of tallies have in common: with their day all that assessing them can ask."""

    event_type: str
    category: str
    disclosure: Disclosure
    ended_on: date | None


Tally: TypeAlias = tuple[int, int, int]
"""How many of a day, the sum in fen of the known amounts, and how many amounts are unknown."""

NO_TALLY: Final[Tally] = (0, 0, 0)


class CreditRecord(msgspec.Struct, gc=False, array_like=True):
    """All that is known of a subject. Owned by whoever folds it: `evolve` changes it in place.

    `kinds` holds the matters by kind (`KINDS`) and event id, so that an event costs what its own
    kind costs; `marked` says which of them have marks, and of what kind they are. `rewritten` are
    those whose id is of another writing of their number: their kind, and the id that it has.
    `tallies` are by kind and by the ordinal of their day, which packs in a tenth of what a day does
    that is written out beside its kind.
    """

    kinds: dict[int, dict[str, AnyMatter]] = {}
    marked: dict[str, int] = {}
    facts: dict[str, Fact] = {}
    tallies: dict[Kind, dict[int, Tally]] = {}
    names: dict[str, int] = {}
    repeats: int = 0
    anomalies: dict[str, int] = {}
    rewritten: dict[str, tuple[int, str]] = {}

    @property
    def matters(self) -> dict[str, AnyMatter]:
        """Give all matters by the ids of their events, whatever their kind."""
        return {key: matter for kept in self.kinds.values() for key, matter in kept.items()}

    def of(self, kind: type) -> dict[str, AnyMatter]:
        """Give the matters of a kind by the ids of their events; not to be changed."""
        return self.kinds.get(KINDS[kind], _NO_MATTERS)

    def get(self, event_id: str) -> AnyMatter | None:
        """Give a matter by the id of its event."""
        return next((kept[event_id] for kept in self.kinds.values() if event_id in kept), None)

    def can_tell(self) -> bool:
        """Say whether anything is kept that a warning or a list could rest on."""
        return bool(self.kinds) or len(self.facts) > 1 or self.has_marked_facts()

    def has_marked_facts(self) -> bool:
        """Say whether anything stands beside what registers say."""
        for fact in self.facts.values():  # noqa: SIM110 - of each event of a registered subject
            if fact.marks is not None:
                return True
        return False


_NO_MATTERS: Final[dict[str, AnyMatter]] = {}
