"""How a command was called wrongly, in Chinese or English. Typer itself says it in English only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError
from typer._click import exceptions as usage

from ops.dictionary.code_lists import words_of_few
from ops.terms.terms import all_terms

if TYPE_CHECKING:
    from ops.terms.terms import Terms

_GROUP: Final = "usage"
_IN_QUOTES: Final = re.compile(r"'([^']*)'")
_TYPED: Final = re.compile(r"'([^']*)'| \((.*)\)$")


def usage_told(error: usage.ClickException, terms: Terms) -> str:
    """Tell what is wrong with a command line, and where its help is."""
    if isinstance(error, usage.NoArgsIsHelpError):
        return error.format_message()
    context = getattr(error, "ctx", None)
    command = "credit-ledger" if context is None else context.command_path
    return terms.say("wrong", _GROUP, what=_what(error, terms), command=command)


def _what(error: usage.ClickException, terms: Terms) -> str:
    match error:
        case usage.MissingParameter():
            return terms.say("missing", _GROUP, name=_name(error))
        case usage.BadParameter():
            # What we say ourselves is in the language already, and names no parameter of Typer's.
            why = error.message if error.param is None else _form(error, terms)
            name = _name(error)
            return terms.say("value", _GROUP, name=name, why=why) if name else why
        case usage.NoSuchOption():
            near = ", ".join(sorted(error.possibilities or ()))
            code = "no_option_near" if near else "no_option"
            return terms.say(code, _GROUP, name=error.option_name, near=near)
        case _:
            return terms.say("no_verb", _GROUP, said=_quoted(error.message))


def _name(error: usage.BadParameter) -> str:
    hint = error.param_hint
    if hint is None and error.param is not None:
        hint = error.param.get_error_hint()
    return hint.strip("'") if isinstance(hint, str) else ", ".join(hint or ())


def _form(error: usage.BadParameter, terms: Terms) -> str:
    """Say what a value must be; Typer's sentence is English, and what it rests on is not."""
    value = _quoted(error.message)
    if not isinstance(error.__cause__, ValidationError):
        return terms.say("path", _GROUP, value=value)
    found = error.__cause__.errors()[0]
    choices = _IN_QUOTES.findall(error.message)[1:]
    if choices:
        return terms.say(
            "one_of", _GROUP, value=value, choices=terms.joined(_named(choices, terms))
        )
    code = found["type"] if found["type"] in all_terms()[_GROUP] else "other"
    return terms.say(code, _GROUP, value=found["input"], **found.get("ctx", {}))


def _named(choices: list[str], terms: Terms) -> list[str]:
    """Name codes that have a name beside each; the others are words themselves."""
    words = words_of_few(frozenset(choices))
    return [
        terms.say("named_code", _GROUP, code=code, name=terms.word(words, code)) if words else code
        for code in choices
    ]


def _quoted(text: str) -> str:
    """Give what was typed: it stands in quotes, or in brackets, in Typer's sentence."""
    found = _TYPED.search(text)
    return text if found is None else found[1] or found[2]
