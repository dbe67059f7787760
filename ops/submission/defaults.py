"""What holds for every line of a file: who reports, and what the forms leave out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from events.envelope import Disclosure, Platform, Source
from events.errors import LedgerError
from events.event import EVENT_TYPES
from ops.dictionary.code_lists import names_like

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from events.rules.catalogue import Department
    from events.rules.rulebook import Rulebook

_REGION: Final = re.compile(r"[0-9]{6}")
_LED_BY: Final = ("list", "scheme")
"""Fields whose code is of one category alone."""
_ANY_CATEGORY: Final = frozenset({"RecordCorrected", "RecordRevoked"})


class OptionError(LedgerError):
    """An option of `submit` cannot hold for any line."""


class UnknownDepartmentError(OptionError):
    """No department has this name or code; some look like it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """Values for what a line does not say; a line's own value goes first.

    `categories` are those that the department may report each type of event in; `disclosures` what
    the catalogue leaves no choice in; `of_code` the one category of a list or a scheme of grades.
    """

    department: str
    region: str
    source: Source
    category: str | None
    event_type: str | None
    disclosure: Disclosure | None
    entitled: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]
    disclosures: Mapping[tuple[str, Platform], Disclosure]
    of_code: Mapping[tuple[str, str], str]
    only_event_type: str | None = None

    def category_for(self, event_type: str, values: Mapping[str, object]) -> str | None:
        """Give the category for an event: as given, of its list or scheme, or the only one."""
        said = [(name, str(values[name])) for name in _LED_BY if name in values]
        of_code = [self.of_code[each] for each in said if each in self.of_code]
        fitting = self.categories_for(event_type)
        alone = of_code or ([*fitting] if len(fitting) == 1 else [])
        return self.category or next(iter(alone), None)

    def categories_for(self, event_type: str) -> tuple[str, ...]:
        """Give the categories that an event type can be reported in."""
        return self.categories.get(event_type, ())

    def may_be(self, event_type: str) -> bool:
        """Say whether a line may be of an event type, in the category that holds for all lines."""
        fitting = self.categories_for(event_type)
        return bool(fitting) and self.category in (None, *fitting)

    def disclosure_for(self, category: str, platform: Platform) -> Disclosure:
        """Give the disclosure class: as given, or as open as the catalogue allows."""
        allowed = self.disclosures.get((category, platform), Disclosure.AUTHORISED)
        return self.disclosure or allowed


def defaults_for(
    rulebook: Rulebook,
    *,
    department: str,
    category: str | None = None,
    region: str | None = None,
    event_type: str | None = None,
    disclosure: str | None = None,
) -> Defaults:
    """Check the options of `submit` against the registry and complete them from it.

    Raises `OptionError` naming the option and what it may be.
    """
    entry = rulebook.department(department)
    if entry is None:
        raise _unknown_department(department, rulebook.departments)
    entitled = [code for code in rulebook.categories if entry.may_report(code)]
    if category is not None and category not in entitled:
        raise _refused("--category", category, entitled)
    if region is not None and _REGION.fullmatch(region) is None:
        raise OptionError(
            f"--region {region!r}: a division code has six digits, such as 330100",
            option="--region",
            value=region,
            allowed="六位行政区划代码，如 330100",
        )
    if event_type is not None and event_type not in EVENT_TYPES:
        raise _refused("--event-type", event_type, EVENT_TYPES)
    if disclosure is not None and disclosure not in list(Disclosure):
        raise _refused("--disclosure", disclosure, Disclosure)
    return Defaults(
        department=department,
        region=region or entry.region,
        source=entry.sources[0],
        category=category,
        event_type=event_type,
        disclosure=None if disclosure is None else Disclosure(disclosure),
        entitled=tuple(entitled),
        categories=_fitting_categories(entry, entitled, rulebook),
        disclosures={
            (code, platform): rows[-1].most_open(platform)
            for code, rows in rulebook.categories.items()
            for platform in Platform
        },
        of_code={
            **{("list", code): rule.category for code, rule in rulebook.lists.items()},
            **{("scheme", code): scheme.category for code, scheme in rulebook.grades.items()},
        },
        only_event_type=_only_event_type(category, rulebook),
    )


def _refused(option: str, value: str, allowed: Iterable[str]) -> OptionError:
    found = ", ".join(allowed)
    return OptionError(
        f"{option} {value!r}: one of {found}", option=option, value=value, allowed=found
    )


def _unknown_department(said: str, listed: Iterable[str]) -> UnknownDepartmentError:
    """Say which departments look like one that is none: seventy and three thousand help nobody."""
    near = names_like("department", said, listed)
    return UnknownDepartmentError(
        f"--department {said!r}: no department has this name or code"
        f"{'; did you mean ' + ', '.join(near) + '?' if near else ''}"
        " `credit-ledger catalogue departments` lists them, with `--city 330100` those of a city",
        value=said,
        near="，是否为：" + "、".join(near) if near else "",
    )


def _only_event_type(category: str | None, rulebook: Rulebook) -> str | None:
    row = None if category is None else rulebook.category_of(category)
    return row.event_types[0] if row is not None and len(row.event_types) == 1 else None


def _fitting_categories(
    entry: Department, entitled: Iterable[str], rulebook: Rulebook
) -> dict[str, tuple[str, ...]]:
    rows = [row for code in entitled if (row := rulebook.category_of(code))]
    return {
        event_type: tuple(
            row.code
            for row in rows
            if (event_type in row.event_types or event_type in _ANY_CATEGORY)
            and entry.may_report(row.code, event_type)
        )
        for event_type in EVENT_TYPES
    }
