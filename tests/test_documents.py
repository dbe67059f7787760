"""The documents are true: what they name exists, and no figure stands twice."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from ops.cli import app
from ops.cli.verbs import VERBS
from ops.told.help import help_words, paragraphs
from tests.test_house import ROOT, committed, relative, sources, tree
from tests.unit.ops.cli.test_spoken import english_meanwhile, english_of_verbs

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = [relative(p) for p in committed() if p.suffix == ".md" and "data/" not in relative(p)]
PACKAGES = ("events", "projections", "streams", "ops", "tests")
HISTORY = {"CHANGELOG.md"}
"""What tells of the past may name what has gone since."""


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def present() -> list[str]:
    return [name for name in DOCUMENTS if name not in HISTORY]


def anchors(name: str) -> set[str]:
    """Give the anchors of a document's headings, as a reader of Markdown makes them."""
    heads = re.findall(r"^#+ (.+)$", text(name), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    dead = []
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text(name)):
        path, _, anchor = target.partition("#")
        place = (ROOT / name).parent / path if path else ROOT / name
        if not place.exists() or (
            anchor and anchor not in anchors(place.resolve().relative_to(ROOT).as_posix())
        ):
            dead.append(target)
    assert dead == []


def named(name: str) -> set[str]:
    """Give what a document puts in backticks, and the words of its command blocks."""
    return set(re.findall(r"`([^`\n]+)`", text(name)))


@pytest.mark.parametrize("name", present())
def test_every_file_that_is_named_exists(name: str) -> None:
    pattern = re.compile(rf"^(?:{'|'.join((*PACKAGES, 'avro'))})/[\w./*<>{{}},-]*$")
    paths = [
        path.rstrip("/")
        for each in named(name)
        if pattern.match(each) and "<" not in each
        for path in braces(each.split("::")[0])
    ]
    assert [path for path in paths if not any(ROOT.glob(path))] == []


def braces(pattern: str) -> list[str]:
    """Spell out `a/{b,c}`."""
    match = re.search(r"\{([^}]*)\}", pattern)
    if match is None:
        return [pattern]
    head, tail = pattern[: match.start()], pattern[match.end() :]
    return [each for word in match[1].split(",") for each in braces(head + word + tail)]


@pytest.mark.parametrize("name", present())
def test_every_file_that_is_named_without_its_folder_exists(name: str) -> None:
    """A table of a package names what lies in it, as `store.py`, `told/`."""
    pattern = re.compile(r"^[\w.-]+(?:\.(?:py|toml|tsv|sql|md|avsc|yaml|lock)|/)$")
    names = {path.name for path in committed()}
    names |= {f"{folder.name}/" for path in committed() for folder in path.parents}
    assert [n for n in sorted(named(name)) if pattern.match(n) and n not in names] == []


def attributes() -> dict[str, set[str]]:
    """Give what each class of ours holds by its own definition, by the name of the class."""
    held: dict[str, set[str]] = {}
    for path in sources(*PACKAGES):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                held.setdefault(node.name, set()).update(members(node))
    return held


def members(definition: ast.ClassDef) -> Iterator[str]:
    """Give the names of methods, of fields, and of what a method puts in itself."""
    for node in definition.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name))
    for part in ast.walk(definition):
        if isinstance(part, ast.Attribute) and ast.unparse(part.value) == "self":
            yield part.attr


def test_every_attribute_that_is_named_exists() -> None:
    held = attributes()
    pairs = [
        (name, *each.split("."))
        for name in present()
        for each in sorted(named(name))
        if re.fullmatch(r"[A-Z]\w*[a-z]\w*\.\w+", each)
    ]
    assert pairs != []
    lost = [f"{name}: {c}.{a}" for name, c, a in pairs if a not in held.get(c, set())]
    assert lost == []


@pytest.mark.parametrize("name", present())
def test_every_module_that_is_named_exists(name: str) -> None:
    pattern = re.compile(rf"^(?:{'|'.join(PACKAGES)})(?:\.\w+)+$")
    suffixes = (".toml", ".tsv", ".sql", ".py", ".md")
    dotted = [n for n in named(name) if pattern.match(n) and not n.endswith(suffixes)]
    assert [n for n in dotted if not resolves(n)] == []


def resolves(dotted: str) -> bool:
    """Say whether a dotted name is a module, or something in one."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def commands(name: str) -> list[list[str]]:
    """Give each `credit-ledger …` of a document, word by word, alternatives told apart."""
    lines = re.findall(r"(?:\.venv/bin/)?credit-ledger ([a-z][^`\n#|]*)", text(name))
    return [line.split() for line in lines]


@pytest.mark.parametrize("name", present())
def test_every_command_that_is_named_exists(name: str) -> None:
    wrong = []
    for words in commands(name):
        command = typer.main.get_command(app)
        for word in words:
            inner = getattr(command, "commands", None)
            if inner is not None:
                if word in inner:
                    command = inner[word]
                elif re.fullmatch(r"[a-z][a-z-]*", word):
                    wrong.append(" ".join(words))
                    break
                continue
            known = {option for param in command.params for option in param.opts}
            known |= {option for param in command.params for option in param.secondary_opts}
            if re.fullmatch(r"--[a-z][a-z-]*", word) and word not in known | {"--help"}:
                wrong.append(" ".join(words))
                break
    assert wrong == []


@pytest.mark.parametrize("name", present())
def test_every_make_target_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):(?!=)", text("Makefile"), re.MULTILINE))
    named_targets = set(re.findall(r"(?:`|^)make ([a-z]+)", text(name), re.MULTILINE))
    assert named_targets - targets == set()


@pytest.mark.parametrize("name", present())
def test_every_setting_that_is_named_exists(name: str) -> None:
    pattern = re.compile(r"CREDIT_LEDGER_[A-Z_]*[A-Z]")
    read = {
        setting
        for path in committed()
        if path.suffix == ".py" or path.name in ("Makefile", "run")
        for setting in pattern.findall(path.read_text("utf-8"))
    }
    assert set(pattern.findall(text(name))) - read == set()


def levels(package: str) -> dict[str, int]:
    """Give how high each part of a package stands, as the contract of its imports has it."""
    contracts = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c.get("containers") == [package])
    return {part: -at for at, names in enumerate(layers) for part in re.findall(r"\w+", names)}


@pytest.mark.parametrize("package", ["events", "projections", "streams", "ops"])
def test_each_part_of_a_package_is_told_of_in_its_readme(package: str) -> None:
    told = {re.sub(r"\.py$|/$", "", each) for each in named(f"{package}/README.md")}
    assert {*levels(package)} - told == set()


@pytest.mark.parametrize("package", ["events", "projections"])
def test_the_table_of_a_package_is_in_the_order_of_its_levels(package: str) -> None:
    """What stands lower in the table may import what stands above it, and not the other way."""
    rows = re.findall(r"^\| (`.*?) \|", text(f"{package}/README.md"), re.MULTILINE)
    shown = [part for row in rows for part in re.findall(r"`(\w+)(?:/|\.py)`", row)]
    heights = [levels(package)[part] for part in shown]
    assert heights == sorted(heights)


def test_no_figure_stands_twice() -> None:
    """A figure that was measured stands where its command wrote it; others point there."""
    unit = r"(?:events/s|subjects/s|lines/s|ms|MB|GB|/s)"
    figures = Counter(
        figure
        for name in present()
        for figure in set(re.findall(rf"\b\d[\d,.]*\d\d {unit}(?!\w)", text(name)))
    )
    assert [figure for figure, times in figures.items() if times > 1] == []


def test_the_architecture_can_be_read_in_one_sitting() -> None:
    assert len(text("ARCHITECTURE.md").splitlines()) <= 200
    assert [
        f
        for f in ("events", "projections", "streams", "ops")
        if not (Path(ROOT) / f / "README.md").exists()
    ] == []


def told_of(command: Any) -> set[str]:
    """Give each paragraph of the help of a command, of its options, and of the commands below."""
    said = [command.help, *(getattr(each, "help", None) for each in command.params)]
    own = {each for text in said if text for each in paragraphs(text)}
    return own.union(*map(told_of, getattr(command, "commands", {}).values()))


def test_no_verb_speaks_english_of_its_own() -> None:
    """What is told stands in both languages in `ops/terms/operators.toml`, and is said by `spoken`."""
    assert english_of_verbs() == []
    assert english_meanwhile() == []


def test_every_verb_and_option_is_told_in_chinese_and_nothing_else_is() -> None:
    """What is missing or left over in `ops/terms/help.toml` is named: give its Chinese there."""
    summaries = {verb.summary for verb in VERBS.values()}
    said = told_of(typer.main.get_command(app)) | summaries | {"Show this message and exit."}
    words = help_words()["help"]
    assert said - set(words) == set(), "give these in Chinese in ops/terms/help.toml"
    assert set(words) - said == set(), "nothing says these any more: take them out of help.toml"
    names = re.compile(r"--[a-z][a-z-]+|CREDIT_LEDGER_[A-Z_]+|\d[\d,]{2,}\d")
    unlike = [en for en, zh in words.items() if set(names.findall(en)) != set(names.findall(zh))]
    assert unlike == [], "options, settings and figures stand in both languages"
    assert [zh for zh in words.values() if not re.search("[\u3400-\u9fff]", zh)] == []
