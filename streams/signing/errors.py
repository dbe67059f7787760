"""Why a signer stops: it signs nothing that it cannot stand by."""

from __future__ import annotations

from events.errors import LedgerError


class SignerStoppedError(LedgerError):
    """The signer stops, and somebody must look before it goes on."""

    exit_code = 1


class NotBegunError(LedgerError):
    """There is no log to go on with."""


class TakenError(LedgerError):
    """Another process signs from this folder."""
