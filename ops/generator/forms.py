"""Forms: which department writes a document, of which category, how numbered, on which law."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

from events.envelope import Disclosure, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

EARLY: Final = date(2014, 1, 1)
"""The first day of any plan: what began before need not say when."""

CREDIT_RULES: Final = "《浙江省公共信用信息管理条例》"
LICENCE_LAW: Final = "《中华人民共和国行政许可法》"


class DocumentForm(NamedTuple):
    """What the documents of one sort have in common.

    `mark` numbers them after the city's first character, `office` is what a city's office is
    called after its name, `detail` is what they say, and `since` the first day of the category.
    """

    department: str
    category: str
    mark: str
    legal_basis: str = CREDIT_RULES
    detail: str = ""
    office: str = ""
    source: Source = Source.DEPARTMENT
    disclosure: Disclosure = Disclosure.PUBLIC
    since: date = EARLY


class _Dated(Protocol):
    @property
    def since(self) -> date: ...


_DatedT = TypeVar("_DatedT", bound=_Dated)


def pick_on(options: Sequence[_DatedT], bits: int, day: date) -> _DatedT:
    """Choose one of the options; the first, which is always in force, where it is not yet."""
    found = options[(bits & 0xFFFF) * len(options) >> 16]
    return found if found.since <= day else options[0]
