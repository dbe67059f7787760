"""Each rule can be opened, with the law that each of its versions rests on."""

from __future__ import annotations

from typing import Any

import pytest

from events.rules.rulebook import load_rulebook
from ops.pages.docs.rules import dated_rules, rule_name, version_told
from ops.pages.frame import Frame
from ops.terms.terms import Language, all_terms


def frame(language: Language) -> Frame:
    request: Any = type("Asked", (), {"state": object()})()
    return Frame(request, language)


@pytest.mark.parametrize("language", Language)
def test_every_rule_and_every_version_has_a_name_and_a_law(language: Language) -> None:
    kinds, bases = all_terms()["rule_kind"], all_terms()["rule_basis"]
    for rule, versions in dated_rules().items():
        assert rule.partition(".")[0] in kinds, rule
        assert rule_name(frame(language), rule) not in ("", rule), rule
        for each in map(version_told, versions):
            assert each.reference, rule
            assert each.basis in bases, rule
            assert each.says or rule.startswith(("list.", "measure.")), rule


def test_what_stands_beside_a_record_leads_to_a_version_that_there_is() -> None:
    for rule in load_rulebook().disclosure:
        for version in rule.in_force:
            led = str(frame(Language.ZH).rule(f"{rule.id}@{version.start}"))
            assert f'href="/zh/docs/rules/{rule.id}#v-{version.start}"' in led
            assert f"{version.start}" in [
                each.since for each in map(version_told, dated_rules()[rule.id])
            ]
