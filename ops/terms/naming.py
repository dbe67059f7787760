"""Names for what a profile holds by code: departments, categories, lists, documents, values."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from events.rules.catalogue import Information, load_catalogue
from events.rules.code_lists import IndicatorUnit, ItemKind, is_written
from events.rules.dated import version_on
from ops.terms.terms import code_words
from projections.profile.shapes import ShownRecord
from projections.record.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from events.rules.code_lists import ItemRow
    from events.rules.evaluation import ScoreVersion
    from events.rules.rulebook import Rulebook
    from events.types.declaration import ItemValue
    from ops.terms.terms import Terms
    from projections.access.shapes import DisclosedRecord
    from projections.profile.shapes import Profile

SHORT_ID: Final = 8
_SHOWN_DOCUMENTS_MAX: Final = 6


class Naming:
    """The names of one profile's contents, in one language; or of a region's, with no profile."""

    def __init__(
        self,
        terms: Terms,
        rulebook: Rulebook,
        profile: Profile | None,
        records: Sequence[ShownRecord | DisclosedRecord] = (),
    ) -> None:
        """Take the words, the rules, and the profile whose records give the document numbers.

        Of a view of a profile only its records are given.
        """
        self.terms = terms
        self.rulebook = rulebook
        self.on = date.max if profile is None else profile.assessed_on
        records = records if profile is None else profile.records
        self._records: dict[str, Any] = {record.event_id: record for record in records}

    def department(self, code: str) -> str:
        """Name a department."""
        return self.terms.name(self.rulebook.department(code), code)

    def departments(self, codes: Iterable[str]) -> str:
        """Name several departments."""
        return self.terms.joined([self.department(code) for code in codes])

    def category(self, code: str) -> str:
        """Name a category by its newest row."""
        return self.terms.name(self.rulebook.category_of(code), code)

    def domain(self, code: str) -> str:
        """Name a field of supervision."""
        return self.terms.name(load_catalogue().domains.get(code), code)

    def archive(self, code: str) -> str:
        """Name an archive."""
        return self.terms.name(self.rulebook.archives.get(code), code)

    def classed(self, category: str) -> str:
        """Say of which publication class a category is, and whether it is of the market."""
        row = self.rulebook.category_of(category)
        if row is None:
            return ""
        said = [self.terms.of("publication", row.publication)]
        if row.information is Information.MARKET:
            said.append(self.terms.of("information", row.information))
        return self.terms.joined(said)

    def list_name(self, code: str) -> str:
        """Name a list."""
        return self.terms.name(self.rulebook.lists.get(code), code)

    def measure(self, code: str) -> str:
        """Name a measure of joint reward or punishment."""
        return self.terms.name(self.rulebook.measures.get(code), code)

    def warning(self, code: str) -> str:
        """Name the rule of a warning."""
        rule = next((rule for rule in self.rulebook.warnings if rule.id == code), None)
        if rule is None:
            return code
        return rule.title_zh if self.terms.language == "zh" else rule.title

    def profession(self, code: str) -> str:
        """Name a profession."""
        return self.terms.name(self.rulebook.professions.get(code), code)

    def industry(self, code: str) -> str:
        """Name an industry by GB/T 4754: a section, a division, or both as in C14."""
        industries = self.rulebook.industries
        row = industries.get(code) or industries.get(code[1:3]) or industries.get(code[:1])
        named = self.terms.name(row, code)
        return code if named == code else self.terms.say("industry_of", code=code, name=named)

    def grade(self, scheme: str, grade: str, on: date) -> str:
        """Name a grade of a scheme on a day."""
        found = self.rulebook.grades.get(scheme)
        version = None if found is None else version_on(found.in_force, on)
        grades = () if version is None else version.grades
        return self.terms.name(next((g for g in grades if g.code == grade), None), grade)

    def scheme(self, code: str) -> str:
        """Name a scheme of grades."""
        return self.terms.name(self.rulebook.grades.get(code), code)

    def indicator(self, code: str) -> str:
        """Name an indicator."""
        return self.terms.name(self.rulebook.indicators.get(code), code)

    def reading(self, code: str, value: int) -> str:
        """Write an indicator's value in its unit."""
        row = self.rulebook.indicators.get(code)
        if row is not None and row.unit is IndicatorUnit.FEN:
            return self.terms.yuan(value)
        return (
            f"{value:,}‰"
            if row is not None and row.unit is IndicatorUnit.PER_MILLE
            else f"{value:,}"
        )

    def items(self, category: str, values: Iterable[ItemValue], on: date) -> list[str]:
        """Write the items of a record (信息项), each by its name and in its unit."""
        return [
            self.terms.say(
                "item",
                name=self.terms.name(self._row(category, each, on), each.item),
                value=self.item(category, each, on),
            )
            for each in values
        ]

    def _row(self, category: str, said: ItemValue, on: date) -> ItemRow | None:
        held = self.rulebook.items_on(category, on)
        return None if held is None else held.item(said.item)

    def item(self, category: str, said: ItemValue, on: date) -> str:
        """Write what an item says, in the form of its kind."""
        item = self._row(category, said, on)
        # What an earlier set, or none, held to its form is told as it stands.
        if item is None or not is_written(item.kind, said.value):
            return said.value
        if item.kind is ItemKind.FEN:
            return self.terms.yuan(int(said.value))
        if item.kind is ItemKind.FLAG:
            return self.terms.say("yes" if said.value == "true" else "no")
        return f"{int(said.value):,}" if item.kind is ItemKind.COUNT else said.value

    def score_version(self, model: str, start: date) -> ScoreVersion | None:
        """Give the version of a score's model."""
        found = next((m for m in self.rulebook.scores if m.id == model), None)
        return None if found is None else version_on(found.in_force, start)

    def document(self, event_id: str) -> str:
        """Name the document of a record; of a record not shown here, the start of its id."""
        known = self._records.get(event_id)
        return event_id[:SHORT_ID] if known is None else known.document_no or event_id[:SHORT_ID]

    def record(self, event_id: str) -> ShownRecord | None:
        """Give a record that the profile shows whole; of a view of it, which shows less, none."""
        found = self._records.get(event_id)
        return found if isinstance(found, ShownRecord) else None

    def documents(self, event_ids: Sequence[str]) -> str:
        """Name the documents of several records, the first of many."""
        named = list(dict.fromkeys(self.document(each) for each in event_ids))
        more = len(named) - _SHOWN_DOCUMENTS_MAX
        text = self.terms.joined(named[:_SHOWN_DOCUMENTS_MAX])
        return text if more <= 0 else f"{text} … +{more}"

    def fact(self, field: str, value: str) -> str:
        """Write what a department says of a registered fact."""
        groups = {"kind": "subject_kind", "status": "subject_status"}
        if field in groups:
            return self.terms.of(groups[field], value)
        return self.industry(value) if field == "industry" else value

    def value(self, field: str, value: Any, details: dict[str, Any], on: date) -> str:
        """Write the value of a field of a record, by what the field holds."""
        by_code = {
            "list": self.list_name,
            "scheme": self.scheme,
            "profession": self.profession,
            "indicator": self.indicator,
            "measure": self.measure,
            "rule": self.warning,
            "because": self.document,
        }
        if field in by_code:
            return by_code[field](value)
        if field == "targets":
            return self.departments(value)
        if field == "grade":
            return self.grade(details["scheme"], value, on)
        if field == "value":
            return self.reading(details["indicator"], value)
        if field.endswith("_fen"):
            return self.terms.yuan(value)
        if isinstance(value, tuple):
            return self.terms.joined([self._coded(field, str(each)) for each in value])
        return self._coded(field, str(value))

    def _coded(self, field: str, code: str) -> str:
        if field in CODED:
            return self.terms.of(field, code)
        words = code_words(_ENUMERATIONS.get(field, ""))
        return code if words is None else self.terms.word(words, code)


def _enumerations() -> dict[str, str]:
    """Give the enumeration that each field of a record holds a code of, by its class's name."""
    return {
        field: hint.__name__
        for kind in KINDS
        for field, hint in get_type_hints(kind).items()
        if isinstance(hint, type) and issubclass(hint, StrEnum)
    }


_ENUMERATIONS: Final = _enumerations()


CODED: Final = frozenset(
    {
        *("kinds", "result", "seriousness", "risk", "level", "role", "kind", "ground"),
        "finality",
    }
)
"""Fields whose codes have terms under the field's name; of others, under that of their class."""
