"""Departments, categories and places may be named in Chinese at the command line, as in files."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

_LISTS: Final = {
    "department": "department",
    "category": "category",
    "region": "division",
    "city": "division",
    "division": "division",
}
"""Parameters that hold a code, whatever the verb, by their name: of which list it is."""


def taking_names(command: Any) -> Any:
    """Give a command, or a group with all of its commands, that takes a name for such a code.

    A name that is of no code, or of several, stays: the verb says that there is no such code.
    """
    for inner in getattr(command, "commands", {}).values():
        taking_names(inner)
    for parameter in command.params:
        if parameter.name in _LISTS and parameter.callback is None:
            parameter.callback = partial(_code, _LISTS[parameter.name])
    return command


def _code(codes: str, context: Any, parameter: Any, given: Any) -> Any:
    del context, parameter
    if not isinstance(given, str) or given.isascii():
        return given
    # Reads the rulebook, which most verbs do not need.
    from ops.dictionary.code_lists import codes_by_name, divisions_by_name  # noqa: PLC0415

    known = divisions_by_name() if codes == "division" else codes_by_name(codes)
    return known.get(given.strip(), given)
