"""Each dated version says how sure its reference is, and the table of laws says why."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest

from events.rules.dated import Basis
from events.rules.laws import basis_of, laws_named, load_laws


def referring(tree: Any) -> list[dict[str, Any]]:
    """Give every table that cites something."""
    if isinstance(tree, dict):
        inner = [each for value in tree.values() for each in referring(value)]
        return [tree, *inner] if "reference" in tree and "from" in tree else inner
    return [each for item in tree for each in referring(item)] if isinstance(tree, list) else []


def versions() -> list[tuple[str, dict[str, Any]]]:
    folder = files("events") / "rules"
    # Of industries the edition of a code list is cited, which is no rule.
    named = [
        p for p in folder.iterdir() if p.name.endswith(".toml") and p.name != "industries.toml"
    ]
    return [(p.name, v) for p in named for v in referring(tomllib.loads(p.read_text("utf-8")))]


def test_every_dated_version_says_how_sure_its_reference_is() -> None:
    wrong = [
        (name, version["from"], version["reference"])
        for name, version in versions()
        if version.get("basis") != basis_of(version["reference"])
    ]
    assert wrong == []
    assert len(versions()) > 500


def test_more_rests_on_a_text_than_before_and_less_on_assumption_alone() -> None:
    """What rests on assumption alone grows no further; whoever finds the law lowers the number."""
    bases = Counter(version["basis"] for _, version in versions())

    assert bases["assumption"] <= 318
    assert bases["text"] > bases["secondary"]


@pytest.mark.parametrize(
    ("reference", "basis"),
    [
        ("assumption", Basis.ASSUMPTION),
        ("assumption: as later by 征信业管理条例", Basis.ASSUMPTION),
        ("somebody said so", Basis.ASSUMPTION),
        ("浙江省公共信用信息管理条例 art. 16", Basis.TEXT),
        ("浙江省条例 art. 16; 国办发〔2025〕22号", Basis.SECONDARY),
    ],
)
def test_a_reference_is_as_sure_as_the_weakest_source_that_it_names(
    reference: str, basis: Basis
) -> None:
    assert basis_of(reference) is basis


def test_the_longest_name_counts_so_that_one_law_is_not_taken_for_another() -> None:
    found = laws_named(
        "市场监督管理信用修复管理办法; 信用修复管理办法(试行) (国家发展改革委令第58号)"
    )

    assert {law.code for law in found} == {"SAMR-repair-2025", "NDRC-58"}


def test_no_two_laws_have_a_code_or_a_name_in_common() -> None:
    laws = load_laws()
    names = [name for law in laws for name in law.names]

    assert len({law.code for law in laws}) == len(laws)
    assert len(set(names)) == len(names)
