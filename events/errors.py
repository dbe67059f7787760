"""The root of every error of the ledger. A refusal is a value (`events.admission`), no error."""

from typing import ClassVar


class LedgerError(Exception):
    """The credit ledger met a bug or an outage.

    A command that ends with one ends with its `exit_code`: 1 refused, 2 wrong usage, 3 an outage.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str | None = None, /, **said: object) -> None:
        """Use the class's docstring as the message where none is given.

        `said` are the values in it by their names, for whoever tells it in another language.
        """
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
        self.said = said
