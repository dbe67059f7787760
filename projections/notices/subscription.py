"""What a supervisor subscribes to (订阅): region, field, level, kind, a function. Pure.

The stream of the query service and `credit-ledger watch` choose by it alike.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from events.errors import LedgerError
from events.rules.divisions import PROVINCES, WARNING_REGIONS, warning_region
from events.rules.offices import acts_as
from events.rules.versions import Level, WarningKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from events.rules.rulebook import Rulebook

REMEMBERED_MAX: Final = 100_000
_FUNCTION: Final = "penalty."
"""Where a department may decide on penalties, it has a function."""


class SubscriptionUnknownError(LedgerError):
    """A subscription names a region, domain or department that there is."""


class Subscription(NamedTuple):
    """Which warnings are wanted; None wants all. Level: that one and above, and their lifting."""

    regions: frozenset[str] | None = None
    domains: frozenset[str] | None = None
    level: Level | None = None
    kind: WarningKind | None = None
    department: str | None = None
    functions: frozenset[str] = frozenset()

    def takes(
        self,
        *,
        region: str,
        domain: str,
        level: str | None,
        kind: str,
        recipients: Collection[str],
    ) -> bool:
        """Say whether a warning is wanted; `level` is its own, or the one that it had."""
        high = self.level is None or (
            level is not None and Level(level).height >= self.level.height
        )
        mine = self.department is None or self.department in recipients or domain in self.functions
        return (
            high
            and mine
            and (self.regions is None or region in self.regions)
            and (self.domains is None or domain in self.domains)
            and self.kind in (None, kind)
        )


def subscription(
    rulebook: Rulebook,
    *,
    region: str | None = None,
    domains: Sequence[str] = (),
    level: Level | None = None,
    kind: WarningKind | None = None,
    department: str | None = None,
) -> Subscription:
    """Read what is wanted. Raises `SubscriptionUnknownError`.

    Of a department everything is wanted that is for it by name, or of the fields of its function.
    """
    known = {each.domain for rows in rulebook.categories.values() for each in rows}
    for domain in domains:
        if domain not in known:
            raise SubscriptionUnknownError(
                f"{domain!r}: no domain of the catalogue", what="领域", value=domain
            )
    if department is not None and rulebook.department(department) is None:
        raise SubscriptionUnknownError(
            f"no department has the code {department!r}", what="部门", value=department
        )
    return Subscription(
        None if region is None else frozenset(regions_of(region)),
        frozenset(domains) or None,
        level,
        kind,
        department,
        frozenset() if department is None else functions_of(rulebook, department),
    )


def regions_of(code: str) -> tuple[str, ...]:
    """Give the warning regions of a division: of a province all, of a county that of its city."""
    if not (len(code) == 6 and code.isdigit()):  # noqa: PLR2004 - a division code has six digits
        raise SubscriptionUnknownError(
            f"{code!r}: a division code has six digits", what="六位行政区划代码", value=code
        )
    if code in PROVINCES:
        return tuple(each for each in WARNING_REGIONS if each.startswith(code[:2]))
    return (warning_region(code),)


def functions_of(rulebook: Rulebook, department: str) -> frozenset[str]:
    """Give the fields of a department's function (职能): where it classes, or imposes penalties."""
    row = rulebook.department(department)
    if row is None:
        return frozenset()
    by = acts_as(department)
    classes = {rule.domain for rule in rulebook.supervision if rule.department == by}
    decides = {
        each.domain
        for code, rows in rulebook.categories.items()
        for each in rows
        if code.startswith(_FUNCTION) and row.may_report(code)
    }
    return frozenset(classes | decides)


class Once:
    """Remembers ids, the newest of them, so that what is told at least once is passed on once."""

    def __init__(self, remembered_max: int = REMEMBERED_MAX) -> None:
        """Remember so many ids at most."""
        self._max = remembered_max
        self._ids: OrderedDict[str, None] = OrderedDict()

    def is_news(self, told_id: str) -> bool:
        """Say whether this id comes for the first time, as far as is remembered."""
        if told_id in self._ids:
            self._ids.move_to_end(told_id)
            return False
        self._ids[told_id] = None
        if len(self._ids) > self._max:
            self._ids.popitem(last=False)
        return True
