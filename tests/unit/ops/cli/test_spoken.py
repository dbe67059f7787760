"""Across the verbs: what they say stands in the dictionary, in both languages, held by what the code says."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import ops
from ops.terms.terms import all_terms
from tests.support.words import has_chinese

if TYPE_CHECKING:
    from collections.abc import Iterator

OPS: Final = Path(ops.__file__).parent
SENTENCE: Final = re.compile(r"[A-Za-z]{2,}[,:;]? +[a-z(`]{2,}|\b[a-z]{3,} *\(?$|^\)? *[a-z]{3,}\b")
"""Words one after the other, or a word beside a place that is filled in."""

NO_TALK: Final = {"Argument", "Option", "Typer", "Verb", "check_known", "table_of", "unfit"}
"""Help is held by `test_documents.py`, headings by `test_tables.py`, and errors by `test_errors.py`."""

SPEAKING: Final = {"_say", "confirm", "echo", "print", "say"}
FOR_ENGINEERS: Final = {
    "bench",
    "compile.py",
    "demo",
    "generator",
    "local/__main__.py",
    "local/jars.py",
}
"""The demo tells its story by `demo` of the dictionary and scenes of both; the others run no verb of officials."""


def modules() -> list[Path]:
    """Give every module by which a verb speaks; `verify_alone.py` knows nothing of ours."""
    found = sorted(OPS.rglob("*.py"))
    inside = [(path, path.relative_to(OPS)) for path in found if path.name != "verify_alone.py"]
    return [
        path
        for path, place in inside
        if not {place.parts[0], str(place)} & FOR_ENGINEERS and place.parent != Path("cli/bench")
    ]


def name_of(call: ast.Call) -> str:
    """Give the last part of the name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def english(node: ast.AST) -> Iterator[str]:
    """Give the texts below a node that are English sentences of the code's own."""
    if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and name_of(node) in NO_TALK):
        return
    if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
        return
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
        for each in node.body[ast.get_docstring(node) is not None :]:
            yield from english(each)
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.JoinedStr):
        texts = [str(part.value) for part in node.values if isinstance(part, ast.Constant)]
        yield from (text for text in texts if SENTENCE.search(_unmarked(text)))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if re.search(r"[a-z]{2,}[,:;]? [a-z(`]{2,} [a-z]{2,}", node.value):
            yield node.value
        return
    for each in ast.iter_child_nodes(node):
        yield from english(each)


def _unmarked(text: str) -> str:
    """Take out markup, our name, and names of topics and paths."""
    return re.sub(r"\[[a-z/ ]*\]|\S*[./]\S*|credit-ledger", "", text)


def calls(path: Path) -> list[ast.Call]:
    """Give every call in a module."""
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def english_of_verbs() -> list[str]:
    """Give every English sentence that stands in the code of a verb."""
    return [
        f"{path.relative_to(OPS)}: {text}"
        for path in modules()
        if path.is_relative_to(OPS / "cli")
        for text in english(ast.parse(path.read_text("utf-8")))
    ]


def english_meanwhile() -> list[str]:
    """Give every call by which something is told in English, anywhere below the verbs."""
    return [
        f"{path.relative_to(OPS)}: {ast.unparse(call)}"
        for path in modules()
        for call in calls(path)
        if name_of(call) in SPEAKING
        for argument in call.args[:1]
        for text in english(argument)
        if text
    ]


def spoken_calls() -> Iterator[tuple[str, str, str, set[str]]]:
    """Give each call by which a sentence is said: where, group, code, and what is filled in."""
    for path in modules():
        groups = dict(_short_forms(ast.parse(path.read_text("utf-8"))))
        for call in calls(path):
            code = call.args[0] if call.args else None
            if not isinstance(code, ast.Constant):
                continue
            group, by_itself = groups.get(name_of(call), ("", set()))
            if name_of(call) == "spoken" and isinstance(call.args[1], ast.Constant):
                group = str(call.args[1].value)
            if group:
                filled = by_itself | {each.arg for each in call.keywords if each.arg}
                yield f"{path.relative_to(OPS)}:{call.lineno}", group, str(code.value), filled


def _short_forms(tree: ast.Module) -> Iterator[tuple[str, tuple[str, set[str]]]]:
    """Give the functions of a module that say a code of one group: name, group, what they fill in."""
    known = {"spoken": ""}
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or node.args.kwarg is None:
            continue
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and name_of(call) in known and _hands_on(call):
                group: Any = ast.literal_eval(call.args[1]) if len(call.args) > 1 else ""
                known[node.name] = group or known[name_of(call)]
                yield node.name, (known[node.name], {k.arg for k in call.keywords if k.arg})


def _hands_on(call: ast.Call) -> bool:
    return isinstance(call.args[0], ast.Name)


def test_every_sentence_that_is_said_is_there_with_its_places() -> None:
    found = list(spoken_calls())
    assert len(found) > 100
    for where, group, code, filled in found:
        sentences = all_terms()[group].get(code)
        assert sentences is not None, f"{where}: {group}.{code}"
        for each in sentences:
            wanted = {name for _, name, _, _ in string.Formatter().parse(each) if name}
            assert wanted <= filled, where


@pytest.mark.parametrize(
    "group", ["demo", "start", "standing", "parked", "counted", "given", "progress"]
)
def test_what_operators_are_told_in_chinese_is_chinese(group: str) -> None:
    for code, (zh, _) in all_terms()[group].items():
        # A line may hold nothing but places, or a command and places.
        assert has_chinese(zh) or zh.startswith(("● {", "$ ")), code
