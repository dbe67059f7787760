"""Each rule as a page of its own: its versions, the law that each rests on, and what it says.

So the version that an answer names can be opened beside it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from events.rules.rulebook import load_rulebook
from ops.pages.problems import told_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from events.rules.dated import Version
    from ops.pages.frame import Frame
    from ops.pages.opened import PageAsked

_CURRENT: Final = "docs"
_TOLD_APART: Final = frozenset({"from", "reference", "basis", "note"})


class VersionTold(NamedTuple):
    """A version: since when, by which law, how sure that is, and what it says as data."""

    since: str
    reference: str
    basis: str
    note: str
    says: Sequence[tuple[str, str]]


@cache
def dated_rules() -> Mapping[str, Sequence[Version]]:
    """Give the versions of every rule that assesses, by its id."""
    found: dict[str, list[Version]] = {}
    for rule, version in load_rulebook().dated():
        found.setdefault(rule, []).append(version)
    return found


def rule_name(frame: Frame, rule: str) -> str:
    """Name a rule, where it has a name; else by its kind."""
    kind, _, code = rule.partition(".")
    rulebook, naming = load_rulebook(), frame.naming
    named: dict[str, Any] = {
        "list": rulebook.lists.get(code),
        "measure": rulebook.measures.get(code),
    }
    row = named.get(kind)
    if row is not None:
        return frame.terms.name(row, code)
    found = naming.warning(rule)
    return frame.terms.of("rule_kind", kind) if found == rule else found


def version_told(version: Version) -> VersionTold:
    """Tell a version; what it says stands as in the file of its rule."""
    data: Mapping[str, Any] = msgspec.to_builtins(version)
    says = [
        (name, value if isinstance(value, str) else msgspec.json.encode(value).decode())
        for name, value in data.items()
        if name not in _TOLD_APART and value not in (None, [], {})
    ]
    return VersionTold(
        str(version.start), version.reference, version.basis.value, version.note, says
    )


async def rules_page(asked: PageAsked) -> Response:
    """Answer every rule, by its kind."""
    frame = asked.frame
    kinds: dict[str, list[tuple[str, str]]] = {}
    for rule in dated_rules():
        kinds.setdefault(rule.partition(".")[0], []).append((rule, rule_name(frame, rule)))
    return frame.render("docs_rules.html", current=_CURRENT, kinds=kinds)


async def rule_page(asked: PageAsked) -> Response:
    """Answer a rule with all its versions, the newest first."""
    frame, rule = asked.frame, asked.request.path_params["rule"]
    versions = dated_rules().get(rule)
    if versions is None:
        return told_page(frame, 404, frame.page("no_page"))
    return frame.render(
        "docs_rule.html",
        current=_CURRENT,
        rule=rule,
        name=rule_name(frame, rule),
        versions=[version_told(each) for each in reversed(versions)],
    )
