"""To which records a dated rule applies (适用范围): by type, field, place and family. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events.rules.catalogue import Category


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """To which records a rule applies; what is left empty does not narrow it.

    `other_than` names types that it leaves out: it holds those of types still to come.
    """

    event_types: list[str] = msgspec.field(default_factory=list)
    domains: list[str] = msgspec.field(default_factory=list)
    regions: list[str] = msgspec.field(default_factory=list)
    polarities: list[str] = msgspec.field(default_factory=list)
    families: list[str] = msgspec.field(default_factory=list)
    other_than: list[str] = msgspec.field(default_factory=list)

    def applies_to(self, event_type: str, category: Category | None, region: str) -> bool:
        """Say whether a record of this type, category and region code falls under the rule."""
        return (
            (not self.event_types or event_type in self.event_types)
            and event_type not in self.other_than
            and (not self.domains or (category is not None and category.domain in self.domains))
            and (
                not self.polarities
                or (category is not None and category.polarity in self.polarities)
            )
            and (
                not self.families
                or (category is not None and category.code.startswith(tuple(self.families)))
            )
            and (not self.regions or any(region.startswith(prefix) for prefix in self.regions))
        )


def region_prefixes(rules: Iterable[Any]) -> list[str]:
    """Give the regions that scopes name, the longest first: it says which of the others hold."""
    prefixes = {prefix for rule in rules for prefix in rule.scope.regions}
    return sorted(prefixes, key=len, reverse=True)
