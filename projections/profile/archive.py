"""An archive (信用档案): a profile narrowed to a field, a profession or a publication class. Pure.

It shows nothing that the profile does not show, and it concludes nothing anew. What belongs to an
archive is data (`events/rules/archives.toml`); a field or a class alone narrows without a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from events.envelope import Disclosure, Platform
from events.errors import LedgerError
from events.rules.catalogue import (
    Category,
    Compartment,
    Information,
    PublicationClass,
    Sensitivity,
    covers,
)
from events.rules.offices import acts_as
from projections.profile.category_count import CategoryCount
from projections.profile.shapes import RecordStatus
from projections.record.kinds import EVENT_TYPES_OF_MATTERS
from projections.record.traits import TRAITS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from events.rules.archives import Archive
    from events.rules.rulebook import Rulebook
    from projections.conclusions.conclusions import ActiveWarning, Supervised
    from projections.profile.shapes import Profile, ShownRecord

OWED_TYPES: Final = frozenset(
    EVENT_TYPES_OF_MATTERS[kind] for kind, traits in TRAITS.items() if traits.is_owed
)
"""Types of which it is known what is still owed."""
_NO_DEBT: Final = frozenset({RecordStatus.ENDED, RecordStatus.REPLACED})
_TAX_ARREARS: Final = "arrears.tax"
_FACTS: Final = "registration"


class ArchiveUnknownError(LedgerError):
    """There is no such archive, domain or profession, or not on that day or platform."""


class Facets(msgspec.Struct, frozen=True):
    """What a category is, beside whom it is shown to: the classes of the plan, and its privacy."""

    domain: str
    publication: PublicationClass
    information: Information
    disclosure: Disclosure
    sensitivity: Sensitivity
    compartment: Compartment | None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to a view; of the archive it is of, the code, names and law."""

    code: str | None = None
    name_zh: str | None = None
    name_en: str | None = None
    reference: str | None = None
    domains: tuple[str, ...] | None = None
    categories: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    profession: str | None = None
    publication: PublicationClass | None = None


class Owing(msgspec.Struct, frozen=True):
    """What is owed by the records of a view, and what has been cleared (清欠) since.

    `owed_fen` sums what is known; of `unknown` more records no amount is.
    """

    open: int
    owed_fen: int
    unknown: int
    cleared: int


def selection(
    rulebook: Rulebook,
    platform: Platform,
    on: date,
    *,
    archive: str | None = None,
    domain: str | None = None,
    profession: str | None = None,
    publication: PublicationClass | None = None,
) -> Selection | None:
    """Give what was asked for; None where nothing narrows. Raises `ArchiveUnknownError`.

    Asked for a profession, it is the professional archive.
    """
    row = None
    if domain is not None and (archive is not None or profession is not None):
        raise ArchiveUnknownError(
            "an archive has domains of its own: ask for it, or for a domain",
            asked=f"{archive or profession}+{domain}",
        )
    if archive is not None or profession is not None:
        row = _row(rulebook, platform, on, archive, profession)
    known = {each.domain for rows in rulebook.categories.values() for each in rows}
    if domain is not None and domain not in known:
        raise ArchiveUnknownError(f"{domain!r}: no domain of the catalogue", asked=domain)
    if row is None and domain is None and publication is None:
        return None
    if row is None:
        of_domain = None if domain is None else (domain,)
        return Selection(domains=of_domain, publication=publication)
    return Selection(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        reference=row.reference,
        domains=tuple(row.domains),
        categories=tuple(row.categories),
        departments=tuple(row.departments),
        profession=row.profession,
        publication=publication,
    )


def _row(
    rulebook: Rulebook, platform: Platform, on: date, archive: str | None, profession: str | None
) -> Archive:
    for row in rulebook.archives.values():
        of_code = archive is None or row.code == archive
        of_profession = profession is None or row.profession == profession
        if of_code and of_profession and platform in row.platforms and row.in_force(on):
            return row
    asked = " ".join(each for each in (archive, profession) if each)
    raise ArchiveUnknownError(
        f"{asked!r}: no archive of the {platform} platform on {on}", asked=asked
    )


def facets_of(codes: Iterable[str], rulebook: Rulebook, on: date) -> dict[str, Facets]:
    """Give the facets of categories on a day, or of their newest row where none held then."""
    facets: dict[str, Facets] = {}
    for code in codes:
        row = rulebook.category_on(code, on) or rulebook.category_of(code)
        if row is not None:
            facets[code] = Facets(
                row.domain,
                row.publication,
                row.information,
                row.disclosure,
                row.sensitivity,
                row.compartment,
            )
    return facets


def narrowed(profile: Profile, view: Selection, rulebook: Rulebook) -> Profile:
    """Give the profile with only what belongs to a view; a score is of the whole, so it has none.

    Repeats and events without effect are counted of the whole subject, and left out too.
    """
    records = [record for record in profile.records if _holds(view, record, rulebook)]
    ids = {record.event_id for record in records}
    whole = view.publication is None
    warnings = [each for each in profile.warnings if whole and _warns(each, view, ids)]
    lists = [member for member in profile.lists if member.entry_id in ids]
    classes = [each for each in profile.supervision if whole and _classes(each, view)]
    measures = [each for each in profile.measures if each.event_id in ids or each.because in ids]
    counted = _counted(profile, view, records, rulebook)
    facts = whole and _of_domain(view, _FACTS)
    rules = {record.shown.rule for record in records} | {member.rule for member in lists}
    rules |= {f"{warning.rule}@{warning.rule_from}" for warning in warnings}
    rules |= {f"{supervised.rule}@{supervised.rule_from}" for supervised in classes}
    rules |= {each.rule for each in measures if each.rule}
    return msgspec.structs.replace(
        profile,
        categories=counted,
        records=records,
        arrears_owed_fen=profile.arrears_owed_fen if _TAX_ARREARS in counted else 0,
        arrears_unknown=profile.arrears_unknown if _TAX_ARREARS in counted else 0,
        lists=lists,
        notices=[notice for notice in profile.notices if notice.event_id in ids],
        warnings=warnings,
        supervision=classes,
        score=None,
        measures=measures,
        discrepancies=profile.discrepancies if facts else [],
        repeats=0,
        anomalies={},
        rules=sorted(rules),
    )


def owing(records: Iterable[ShownRecord]) -> Owing:
    """Sum up what the records of a view say of debts."""
    debts = [r for r in records if r.type in OWED_TYPES and r.status not in _NO_DEBT]
    still = [r for r in debts if r.owed_fen != 0]
    return Owing(
        open=len(still),
        owed_fen=sum(r.owed_fen or 0 for r in still),
        unknown=sum(r.owed_fen is None for r in still),
        cleared=len(debts) - len(still),
    )


def practises(records: Iterable[ShownRecord], profession: str) -> bool:
    """Say whether some record says that the subject now practises a profession."""
    return any(
        record.details.get("profession") == profession and record.status is RecordStatus.IN_EFFECT
        for record in records
        if record.type == "RelationRecorded"
    )


def _holds(view: Selection, record: ShownRecord, rulebook: Rulebook) -> bool:
    row = rulebook.category_on(record.category, record.day) or rulebook.category_of(record.category)
    if row is None or not _holds_category(view, row):
        return False
    practised = record.details.get("profession") if record.type == "RelationRecorded" else None
    if view.profession is not None and practised not in (None, view.profession):
        return False
    return not view.departments or acts_as(record.department) in view.departments


def _holds_category(view: Selection, row: Category) -> bool:
    if view.publication is not None and row.publication is not view.publication:
        return False
    return _of_domain(view, row.domain) or covers(view.categories, row.code)


def _of_domain(view: Selection, domain: str) -> bool:
    return view.domains is None or domain in view.domains


def _warns(warning: ActiveWarning, view: Selection, ids: set[str]) -> bool:
    if view.departments:  # The same field is that of other professions too.
        return bool(warning.evidence) and ids.issuperset(warning.evidence)
    return _of_domain(view, warning.domain) or ids.issuperset(warning.evidence or ("",))


def _classes(supervised: Supervised, view: Selection) -> bool:
    by = not view.departments or supervised.department in view.departments
    return by and _of_domain(view, supervised.domain)


def _counted(
    profile: Profile, view: Selection, records: list[ShownRecord], rulebook: Rulebook
) -> dict[str, CategoryCount]:
    """Count by category: as the profile did, or anew where not all of a category belongs."""
    if not view.departments:
        rows = {code: rulebook.category_of(code) for code in profile.categories}
        return {
            code: counts
            for code, counts in profile.categories.items()
            if (row := rows[code]) is not None and _holds_category(view, row)
        }
    by_code: dict[str, CategoryCount] = {}
    for record in records:
        fen = record.owed_fen if record.type in OWED_TYPES else record.amount_fen
        shown = record.shown
        by_code.setdefault(record.category, CategoryCount()).add(
            1, fen or 0, int(fen is None), public=shown.public, shared=shown.shared
        )
    return dict(sorted(by_code.items()))
