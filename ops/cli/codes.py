"""What has a Chinese name may be named by it at the command line, as it may in files."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, get_args

from ops.terms.terms import Language, Terms

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_LISTS: Final = {
    "department": "department",
    "category": "category",
    "region": "division",
    "city": "division",
    "division": "division",
    "domain": "domain",
    "archive": "archive",
    "profession": "profession",
    "industry": "industry",
    "section": "industry",
    "event_type": "EventType",
    "disclosure": "Disclosure",
}
"""Parameters that hold a code, whatever the verb, by their name: of which list it is."""


def taking_names(command: Any) -> Any:
    """Give a command, or a group with all of its commands, that takes a name for such a code.

    So does each parameter that is one of few. A name that is of no code, or of several, stays: the
    verb says that there is no such code.
    """
    for inner in getattr(command, "commands", {}).values():
        taking_names(inner)
    for parameter in command.params:
        if parameter.name in _LISTS and parameter.callback is None:
            parameter.callback = partial(_code, _LISTS[parameter.name])
        if (of := one_of_few(parameter)) is not None:
            parameter.process_value = partial(_chosen, of, parameter.process_value)
    return command


def one_of_few(parameter: Any) -> type[StrEnum] | None:
    """Give the enumeration that a parameter is one, or some, of; None of all others."""
    return _enumeration(parameter.type_descriptor.annotation)


def _enumeration(annotation: Any) -> type[StrEnum] | None:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return annotation
    return next((of for each in get_args(annotation) if (of := _enumeration(each))), None)


def names_of_few(of: type[StrEnum]) -> Mapping[str, str]:
    """Give the codes of an enumeration by their Chinese names; nothing where it has none."""
    from ops.dictionary.code_lists import words_of_few  # noqa: PLC0415 - reads rules

    words = words_of_few(frozenset(each.value for each in of))
    return {zh: code for code, (zh, _) in words.items()}


def _chosen(of: type[StrEnum], process: Any, context: Any, given: Any) -> Any:
    if isinstance(given, (list, tuple)):
        return process(context, type(given)(_coded(of, each) for each in given))
    return process(context, _coded(of, given))


def _coded(of: type[StrEnum], given: Any) -> Any:
    if not isinstance(given, str) or given.isascii():
        return given
    return names_of_few(of).get(given.strip(), given)


def _code(codes: str, context: Any, parameter: Any, given: Any) -> Any:
    del context, parameter
    if not isinstance(given, str) or given.isascii():
        return given
    # Reads the rulebook, which most verbs do not need.
    from ops.dictionary.code_lists import codes_by_name, divisions_by_name  # noqa: PLC0415

    known = divisions_by_name() if codes == "division" else codes_by_name(codes)
    return known.get(given.strip(), given)


def near_told(codes: str, said: str, listed: Collection[str] = ()) -> tuple[str, str]:
    """Tell what of a list looks like what is none of it, in Chinese and in English; else nothing."""
    from ops.dictionary.code_lists import names_like  # noqa: PLC0415 - reads rules

    found = names_like(codes, said, listed)
    if not found:
        return "", ""
    zh, en = (
        Terms(each).say("did_you_mean", "usage", names=Terms(each).joined(found))
        for each in (Language.ZH, Language.EN)
    )
    return zh, en
