"""A row of a file as it was read, and the fault of a file as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from ops.terms.errors import DictionaryError
from ops.terms.terms import Language, Terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events.admission.rejection import Reason
    from ops.submission.files.columns import OfficialForm


_GROUP: Final = "file_fault"


class FileFault(NamedTuple):
    """What is wrong with a file: the code of a sentence of the dictionary, and what it names."""

    code: str
    said: Mapping[str, object]


def file_fault(code: str, **said: object) -> FileFault:
    """Give what is wrong with a file."""
    return FileFault(code, said)


class FileError(DictionaryError):
    """The file cannot be understood as a whole."""

    def __init__(self, *faults: FileFault, line: int | None = None) -> None:
        """Say what is wrong, and on which line where that can be said."""
        self.faults, self.line = faults, line
        super().__init__(self.told(Terms(Language.EN)))

    def told(self, terms: Terms) -> str:
        """Tell it, all faults at once."""
        text = terms.say("semicolon").join(
            terms.say(each.code, _GROUP, **each.said) for each in self.faults
        )
        return (
            text if self.line is None else terms.say("on_line", _GROUP, line=self.line, text=text)
        )


@dataclass(frozen=True, slots=True)
class FileRow:
    """One record of a file: its line as a sheet numbers them, and its values by heading.

    Values are texts (CSV) or JSON values with `Decimal` for numbers that have a point. What could
    not even be read has its reasons here. `form` is the official form that the headings are of.
    """

    line: int
    values: Mapping[str, object]
    reasons: list[Reason] = field(default_factory=list)
    form: OfficialForm | None = None
    not_taken: tuple[str, ...] = ()

    def read_over(self, heading: str) -> bool:
        """Tell whether a heading was said, with the file, to be read over."""
        return heading in self.not_taken
