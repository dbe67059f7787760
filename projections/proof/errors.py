"""What is wrong with something that was to be a proof."""

from __future__ import annotations

from events.errors import LedgerError


class ProofError(LedgerError):
    """A proof, note, entry or file of evidence is not what it must be; the message says how."""

    exit_code = 1


class NotYetSignedError(ProofError):
    """What is asked for stands in no signed cut yet."""


class LogAlteredError(ProofError):
    """A file of a log is not what was signed; all of it can be derived anew from Kafka."""

    def __init__(self, place: object, why: str) -> None:
        """Name the file, and say what is wrong with it."""
        super().__init__(
            f"{place}: {why}. Move the folder away, and keep it: the signer derives all of it anew"
            " from Kafka"
        )


class RefusedByWitnessError(ProofError):
    """A witness does not cosign; `status` is that of its answer, `known_size` told with 409."""

    def __init__(self, status: int, why: str, known_size: int | None = None) -> None:
        """Say why."""
        super().__init__(why)
        self.status = status
        self.known_size = known_size
