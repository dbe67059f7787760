"""From an entry to the matter that is kept of it, or to a tally. Pure."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - a NamedTuple reads its hints
from operator import attrgetter
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    NamedTuple,
    TypeAlias,
    cast,
    get_origin,
    get_type_hints,
)

from events.types.court import CaseFiled, JudgmentRendered
from events.types.finding import InspectionReported, InspectionResult
from projections.record.kinds import KINDS
from projections.record.matter import Matter
from projections.record.matters import AnyMatter, Marked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from events.envelope import Disclosure, Source
    from events.event import Event
    from events.roles import Original
    from projections.record.entry import Entry
    from projections.record.marks import Marks

_PASSED: Final = InspectionResult.PASSED


CRIMINAL: Final = "judgment.criminal"
"""Convictions are kept one by one; judgments of other categories are tallied."""


Common: TypeAlias = (
    "tuple[str, str, str, str, str, str | None, Disclosure, Source, date, str, date | None, "
    "bool | None, int, date | None, Marks | None]"
)
"""What every matter has, in the order of the fields of `Matter`."""


def to_matter(entry: Entry) -> AnyMatter | None:
    """Give the matter that is kept of an entry, or None where it is tallied."""
    event = entry.event
    built = _BUILT.get(type(event))
    if built is not None and not is_tallied(event):
        made: AnyMatter = built.kind(*_common(entry), *built.said(event), *built.added(entry))
        return made
    if entry.marks is not None:
        return Marked(*_common(entry), type(event).__name__, tallied_amount_fen(event))
    return None


def tallied_amount_fen(event: Event) -> int | None:
    """Give the amount that a tally sums: of a case or judgment; others have none, which is 0."""
    kind = type(event)
    if kind is JudgmentRendered:
        return cast("JudgmentRendered", event).amount_fen
    if kind is CaseFiled:
        return cast("CaseFiled", event).claim_fen
    return 0


def is_tallied(event: Event) -> bool:
    """Say whether an event of a kind that is kept one by one is tallied all the same."""
    kind = type(event)
    if kind is JudgmentRendered:
        return event.envelope.category != CRIMINAL
    return kind is InspectionReported and cast("InspectionReported", event).result is _PASSED


def _common(entry: Entry) -> Common:
    """Give what every matter has, in the order of its fields."""
    envelope = entry.event.envelope
    return (
        envelope.event_id,
        envelope.category,
        envelope.department,
        envelope.region,
        envelope.document_no,
        envelope.subject_name,
        envelope.disclosure,
        envelope.source,
        entry.clock.day,
        entry.clock.basis,
        envelope.published_on,
        envelope.verified,
        len(entry.corrections),
        entry.ended_on,
        entry.marks,
    )


class _Built(NamedTuple):
    """How a kind of matter is made: what its event says, then what its entry adds."""

    kind: type
    said: Callable[[Any], tuple[Any, ...]]
    added: Callable[[Any], tuple[Any, ...]]


def _built(kind: type[Matter], opened_by: type[Original]) -> _Built:
    own = kind.__struct_fields__[_COMMON:]
    said_as = kind.traits.said_as
    said = [name for name in own if said_as.get(name, name) in opened_by.__struct_fields__]
    added = list(own[len(said) :])
    hints = get_type_hints(kind)
    lists = [place for place, name in enumerate(said) if get_origin(hints[name]) is tuple]
    return _Built(kind, _reader([said_as.get(name, name) for name in said], lists), _reader(added))


def _reader(names: list[str], lists: Sequence[int] = ()) -> Callable[[Any], tuple[Any, ...]]:
    """Give what reads some fields of an object; those at the places `lists` become tuples."""
    if not names:
        return _nothing
    # Of one name it gives the value itself, and no tuple, as mypy has it of several.
    read: Callable[[Any], Any] = attrgetter(*names)
    if len(names) == 1:
        return (lambda of: (tuple(read(of)),)) if lists else (lambda of: (read(of),))
    if not lists:
        return read

    def with_tuples(of: Any) -> tuple[Any, ...]:
        values = list(read(of))
        for place in lists:
            values[place] = tuple(values[place])
        return tuple(values)

    return with_tuples


def _nothing(_: object) -> tuple[Any, ...]:
    return ()


_COMMON: Final = len(Matter.__struct_fields__)
_BUILT: Final[dict[type, _Built]] = {
    kind.opened_by: _built(kind, kind.opened_by) for kind in KINDS if kind.opened_by is not None
}
