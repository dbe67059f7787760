"""Every error that an official meets is told in Chinese: by what raises it, not by a list of ours."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from events.errors import LedgerError
from ops.cli.verbs import VERBS
from ops.submission.files.row import FileError, file_fault
from ops.terms.errors import OWN_WORDS, chinese_errors, error_told
from ops.terms.terms import Language, Terms, all_terms
from projections.proof.errors import ProofError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[4]
ENGLISH = re.compile(r"\b[a-z]+ [a-z]+ [a-z]+\b")
CHINESE = re.compile("[一-龥]")
SAYS_ITSELF = frozenset({"UndeliveredError", "ErasureRefusedError"})
"""Errors that give what their sentence names out of what they are made with."""
_LOADED = """
import sys
from importlib import import_module
for module in sys.argv[1:]:
    import_module("ops.cli." + module)
from events.errors import LedgerError
from ops.terms.errors import DictionaryError
from projections.http.asking.forms import UnfitError
def below(kind):
    for each in kind.__subclasses__():
        if each.__module__.startswith("projections.http."):
            continue  # Answered over HTTP, in both languages.
        if each not in (DictionaryError, UnfitError):
            yield each
            yield from below(each)
for each in below(LedgerError):
    print(" ".join(kind.__name__ for kind in each.__mro__))
"""


def told_modules() -> list[str]:
    """Give the modules of all verbs by which people work; benchmarks are for engineers."""
    return sorted({verb.module for verb in VERBS.values()} - {"bench"})


def places(text: str) -> set[str]:
    """Give the names of the places of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def calls(*names: str) -> Iterator[tuple[str, Any]]:
    """Give every call of a function or class of these names, anywhere in the tree."""
    for package in ("events", "projections", "streams", "ops"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                called = node.func if isinstance(node, ast.Call) else None
                if isinstance(called, ast.Name) and called.id in names:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_error_that_a_verb_knows_has_a_chinese_sentence() -> None:
    command = [sys.executable, "-c", _LOADED, *told_modules()]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    kinds = [line.split() for line in told.splitlines()]
    assert kinds
    known = chinese_errors()
    assert [names[0] for names in kinds if not any(name in known for name in names)] == []


def test_a_chinese_sentence_is_chinese() -> None:
    for name, text in chinese_errors().items():
        assert CHINESE.search(text), name
        assert not ENGLISH.search(re.sub(r"credit-ledger [a-z -]+", "", text)), name


def test_what_a_sentence_names_is_said_wherever_it_is_raised() -> None:
    for where, call in calls(*chinese_errors()):
        wanted = places(chinese_errors()[call.func.id]) - {OWN_WORDS}
        if call.func.id in SAYS_ITSELF:
            continue
        assert wanted <= {each.arg for each in call.keywords}, where


@pytest.mark.parametrize(("function", "group"), [("file_fault", "file_fault"), ("unfit", "usage")])
def test_every_code_that_is_used_has_its_sentence_with_these_places(
    function: str, group: str
) -> None:
    found = list(calls(function))
    assert found
    for where, call in found:
        if isinstance(call.args[0], ast.Constant):
            sentences = all_terms()[group][call.args[0].value]
            said = {each.arg for each in call.keywords} - {"hint"}
            assert [places(each) for each in sentences] == [said, said], where


def test_a_fault_of_a_file_is_told_in_both_languages_all_at_once() -> None:
    error = FileError(file_fault("no_rows"), file_fault("columns_twice", names="x / y"), line=3)
    assert str(error) == "line 3: the file has no rows; columns that stand twice: 'x / y'"
    assert error_told(error, Terms(Language.ZH)) == "第3行：文件没有任何记录；重复的列：“x / y”"


def test_what_names_a_place_in_english_alone_names_it_in_chinese_too() -> None:
    told = error_told(ProofError("/keys/policy: line 3 of the policy"), Terms(Language.ZH))
    assert "/keys/policy: line 3 of the policy" in told
    assert CHINESE.search(told)


def test_an_error_without_a_sentence_is_told_in_its_own_words() -> None:
    assert error_told(LedgerError("just so"), Terms(Language.ZH)) == "just so"
