"""In which language somebody is spoken to: the setting's, or else the terminal's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from events.errors import LedgerError
from ops.terms.terms import Language, Terms

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING: Final = "CREDIT_LEDGER_LANGUAGE"
_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")


class LanguageUnknownError(LedgerError):
    """The setting names a language that nothing is told in."""


def language(environment: Mapping[str, str] = os.environ) -> Language:
    """Give the language to speak in; English where neither setting nor locale says Chinese."""
    wanted = environment.get(SETTING, "").strip().lower()
    if wanted:
        if wanted not in {each.value for each in Language}:
            raise LanguageUnknownError(
                f"{SETTING}={wanted}: one of {', '.join(Language)}",
                setting=SETTING,
                wanted=wanted,
                allowed="、".join(Language),
            )
        return Language(wanted)
    found = next((value for name in _LOCALE if (value := environment.get(name))), "")
    return Language.ZH if found.lower().startswith("zh") else Language.EN


def spoken(code: str, group: str, /, **values: object) -> str:
    """Give a sentence of the dictionary in the language to speak in, with its places filled."""
    return Terms(language()).say(code, group, **values)


def spoken_language() -> Language:
    """Give the language to speak in; where the setting itself is wrong, the terminal's."""
    try:
        return language()
    except LanguageUnknownError:
        return language({name: os.environ.get(name, "") for name in _LOCALE})
