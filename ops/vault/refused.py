"""What stands against looking after the vault, told in both languages."""

from __future__ import annotations

from ops.terms.errors import DictionaryError
from ops.terms.terms import Language, Terms

_GROUP = "vault_refused"


class VaultRefusedError(DictionaryError):
    """The vault is not rotated, copied or put back, and nothing of it was changed by that."""

    exit_code = 1

    def __init__(self, code: str, /, **said: object) -> None:
        """Say which sentence of the dictionary tells it, and what that names."""
        self.code = code
        self._said = said
        super().__init__(self.told(Terms(Language.EN)))

    def told(self, terms: Terms) -> str:
        """Tell it."""
        return terms.say(self.code, _GROUP, **self._said)
