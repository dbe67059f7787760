"""Forms of parameters: how a text is read, which texts are taken, and how that is described.

A form says its rule once, in English and in Chinese; from it come the refusal and the JSON Schema
of the OpenAPI document, so that what is described is what is checked.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar

from events.errors import LedgerError
from projections.http.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from events.envelope import Platform
    from events.rules.rulebook import Rulebook

T = TypeVar("T")

TEXT_MAX: Final = 4_000
"""Characters of a parameter; a cut of all partitions has some hundred."""


class Around(NamedTuple):
    """What a text is read in: now, in China; the rules; the platform, where the path has one."""

    now: datetime
    rulebook: Rulebook
    platform: Platform | None

    @property
    def today(self) -> date:
        """Give the day it is in China."""
        return self.now.date()


class UnfitError(LedgerError):
    """A text is not of its form; `rule` says what would be, `do` the next step where there is one.

    A value that may name a person is not `shown`; a `well_formed` one names what is not there.
    """

    def __init__(
        self,
        rule: Words,
        do: Words | None = None,
        *,
        shown: bool = True,
        well_formed: bool = False,
    ) -> None:
        """Keep what the refusal has to say."""
        super().__init__(rule.en)
        self.rule, self.do, self.shown, self.well_formed = rule, do, shown, well_formed


class Form(ABC, Generic[T]):
    """How one kind of parameter is written."""

    __slots__ = ()

    @abstractmethod
    def read(self, text: str, around: Around) -> T:
        """Read a text. Raises `UnfitError`."""

    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema of the texts that are taken."""
        return {"type": "string", "maxLength": TEXT_MAX}


@dataclass(frozen=True, slots=True)
class NumberForm(Form[int]):
    """A whole number within bounds."""

    lowest: int
    highest: int

    def read(self, text: str, _: Around) -> int:
        """Read decimal digits; the length is looked at first, for reading long ones costs."""
        if re.fullmatch(r"-?[0-9]{1,16}", text) and self.lowest <= int(text) <= self.highest:
            return int(text)
        raise UnfitError(
            Words(
                f"a whole number from {self.lowest} to {self.highest}",
                f"{self.lowest} 至 {self.highest} 的整数",
            )
        )

    def schema(self) -> dict[str, Any]:
        """Give the bounds."""
        return {"type": "integer", "minimum": self.lowest, "maximum": self.highest}


@dataclass(frozen=True, slots=True)
class TextForm(Form[str]):
    """A text that is only compared with what is there."""

    def read(self, text: str, _: Around) -> str:
        """Take it as it is."""
        return text


@dataclass(frozen=True, slots=True)
class FlagForm(Form[bool]):
    """Yes or no."""

    def read(self, text: str, _: Around) -> bool:
        """Read true, false, 1 or 0."""
        found = {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
        if found is None:
            raise UnfitError(Words("true or false", "true 或 false"))
        return found

    def schema(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class WrittenForm(Form[T]):
    """What a module of its own reads and writes, such as a cut or where a page ended."""

    parse: Callable[[str], T]
    rule: Words
    sample: str

    def read(self, text: str, _: Around) -> T:
        """Read by its own parser."""
        try:
            return self.parse(text)
        except LedgerError:
            raise UnfitError(self.rule) from None

    def schema(self) -> dict[str, Any]:
        """Give an example."""
        return {"type": "string", "maxLength": TEXT_MAX, "examples": [self.sample]}


def read_text(form: Form[T], text: str, around: Around) -> T:
    """Read a text by a form, if it is not longer than any may be. Raises `UnfitError`."""
    if len(text) > TEXT_MAX:
        raise UnfitError(Words(f"at most {TEXT_MAX} characters", f"至多 {TEXT_MAX} 个字符"))
    return form.read(text, around)
