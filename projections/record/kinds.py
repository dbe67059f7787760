"""The kinds of matter: the tag under which each is stored, and the event that opens it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from projections.record.matters import AnyMatter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from projections.record.matter import Matter

_ALL: Final[tuple[type[Matter], ...]] = get_args(AnyMatter)
EVENT_TYPES_OF_MATTERS: Final[Mapping[type[Matter], str]] = {
    kind: kind.opened_by.__name__ for kind in _ALL if kind.opened_by is not None
}
KINDS: Final[Mapping[type[Matter], int]] = {
    kind: int(kind.__struct_config__.tag)  # type: ignore[arg-type]
    for kind in _ALL
}
"""The kinds of matter, each with the tag under which it is stored."""


def event_type_of(matter: AnyMatter) -> str:
    """Name the type of event that opened a matter."""
    known = EVENT_TYPES_OF_MATTERS.get(type(matter))
    return matter.event_type if known is None else known  # type: ignore[union-attr]  # only `Marked` is not in it
