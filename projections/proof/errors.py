"""What is wrong with something that was to be a proof."""

from __future__ import annotations

from events.errors import LedgerError


class ProofError(LedgerError):
    """A proof, note, entry or file of evidence is not what it must be; the message says how."""

    exit_code = 1
