"""Of the catalogue: lists with their grounds, and measures with who may take them on which basis."""

from __future__ import annotations

from events.rules.dated import version_on
from events.rules.rulebook import load_rulebook
from ops.cli.catalogue.rows import On, coded, print_rows, source
from ops.cli.tables import names, table_of
from ops.cli.terminal import Json, day
from ops.clock import today
from ops.dictionary.code_lists import names_of_codes, words_of
from ops.terms.language import spoken

_ANYBODY = "*"


def lists_verb(on: On = None, as_json: Json = False) -> None:
    """Show lists (名单) in force on a day: grounds with their term in months, and prior notice."""
    at = day(on) if on else today()
    found = [
        (rule, version)
        for rule in load_rulebook().lists.values()
        if (version := version_on(rule.in_force, at)) is not None
    ]
    table = table_of("list", "name", "category", "grounds", "notice", "from", "reference")
    for rule, version in found:
        grounds = ", ".join(
            f"{coded(words_of('ground'), ground)} {_months(months)}"
            for ground, months in version.grounds.items()
        )
        notice = spoken("yes" if version.notice_required else "no", "text")
        category = coded(names_of_codes("category"), rule.category)
        table.add_row(
            *(rule.code, names(rule), category, grounds, notice),
            *(str(version.start), source(version)),
        )
    print_rows([rule for rule, _ in found], table, as_json=as_json)


def measures_verb(on: On = None, as_json: Json = False) -> None:
    """Show measures (奖惩措施清单) in force on a day: who may initiate each, and because of what."""
    at = day(on) if on else today()
    found = [
        (rule, version)
        for rule in load_rulebook().measures.values()
        if (version := rule.version_on(at)) is not None
    ]
    departments = names_of_codes("department")
    table = table_of("measure", "name", "initiated by", "because", "from", "reference")
    for rule, version in found:
        by = ", ".join(
            spoken("every_department", "counted") if each == _ANYBODY else coded(departments, each)
            for each in version.departments
        )
        because = ", ".join(_basis(each) for each in version.because)
        table.add_row(*(rule.code, names(rule), by, because, str(version.start), source(version)))
    print_rows([rule for rule, _ in found], table, as_json=as_json)


def _months(months: int | str) -> str:
    """Give the term of an entry: in months, or until it is removed."""
    if isinstance(months, int):
        return spoken("term_months", "counted", count=months)
    return spoken("until_removed", "counted")


def _basis(said: str) -> str:
    """Tell what a measure may rest on: a list by its name, else as the rules write it."""
    kind, _, code = said.partition(":")
    return coded(names_of_codes("list"), code) if kind == "list" else said
