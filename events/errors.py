"""The root of every error of the ledger. A refusal is a value (`events.admission`), no error."""


class LedgerError(Exception):
    """The credit ledger met a bug or an outage."""

    def __init__(self, message: str | None = None) -> None:
        """Use the class's docstring as the message where none is given."""
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
