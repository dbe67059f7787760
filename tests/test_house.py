"""The style of the house as law: what a reader may rely on without looking (CONTRIBUTING)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias, get_args

import pytest
import typer.main

import events
from events.envelope import Platform
from events.event import AMENDMENTS, EVENT_TYPES
from events.rules.rulebook import load_rulebook
from events.topics import submissions_topic
from ops.cli import app
from ops.compile import modules, pure_packages
from ops.dictionary.code_lists import event_type_words
from projections.record.amending import AnyAmendment
from streams.topics import topic_table

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("events", "streams", "projections", "ops")
LAYERS = {"events": 0, "projections": 1, "streams": 2, "ops": 3}
MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 70
FOLDER_MODULES_MAX = 16

EDGE_PACKAGES = {"store", "queries", "http"}
"""The packages of `projections` that read or write the database, or serve who does."""
EDGE_MODULES = {
    *("faust", "mode", "aiokafka", "confluent_kafka", "psycopg", "psycopg_pool"),
    *("starlette", "uvicorn", "httpx", "asyncio", "socket", "subprocess", "threading"),
}
IMPURE_CALLS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"),
    *("time.monotonic", "uuid4", "uuid1", "os.environ", "os.getenv"),
}
IMPURE_IMPORTS = {"random", "secrets", "time"}

LONG_MODULES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
INTERNAL_SETTINGS = {
    "CREDIT_LEDGER_SUPERVISOR": "marks our own child processes, so that `down` ends only those",
}


@cache
def committed() -> tuple[Path, ...]:
    """Give every file under version control, and those about to be."""
    if not (ROOT / ".git").exists():
        skipped = {"build", "dist", "__pycache__"}
        return tuple(
            path
            for path in ROOT.rglob("*")
            if path.is_file()
            and not any(part.startswith(".") or part in skipped for part in path.parts)
        )
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    return tuple(path for name in listed if name and (path := ROOT / name).is_file())


def sources(*packages: str) -> list[Path]:
    return [p for p in committed() if p.suffix == ".py" and relative(p).split("/")[0] in packages]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def pure_sources() -> list[Path]:
    """Give what a path says is pure: the packages that the import contract names."""
    folders = tuple(f"{package.replace('.', '/')}/" for package in pure_packages())
    return [path for path in sources(*PACKAGES) if relative(path).startswith(folders)]


def test_a_package_of_projections_is_pure_or_an_edge() -> None:
    """A new package is one or the other, and the direction of imports is checked of it."""
    packages = {p.name for p in (ROOT / "projections").iterdir() if (p / "__init__.py").exists()}
    pure = {name.split(".")[1] for name in pure_packages() if name != "events"}

    assert packages == pure | EDGE_PACKAGES
    assert not pure & EDGE_PACKAGES


def test_no_folder_is_a_heap() -> None:
    """A folder of more modules than these no longer says what its code is about."""
    folders = Counter(p.parent for p in sources(*PACKAGES) if p.name != "__init__.py")
    large = {relative(f) for f, n in folders.items() if n > FOLDER_MODULES_MAX}
    assert large == set()


def imported(path: Path) -> Iterator[str]:
    """Give the full name of every module that a file imports, also for types only."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)} imports by a relative name"
            yield node.module or ""


def test_imports_point_one_way() -> None:
    """The direction is ops > streams > projections > events."""
    upward = [
        f"{relative(path)} imports {name}"
        for path in sources(*PACKAGES)
        for name in imported(path)
        if LAYERS.get(name.split(".")[0], -1) > LAYERS[relative(path).split("/")[0]]
    ]
    assert upward == []


def test_no_package_imports_the_tests() -> None:
    found = [
        relative(path)
        for path in sources(*PACKAGES)
        if any(name.split(".")[0] == "tests" for name in imported(path))
    ]
    assert found == []


def test_the_pure_core_imports_no_edge() -> None:
    found = [
        f"{relative(path)} imports {name}"
        for path in pure_sources()
        for name in imported(path)
        if name.split(".")[0] in EDGE_MODULES | IMPURE_IMPORTS
    ]
    assert found == []


def test_the_pure_core_loads_no_edge_by_way_of_others() -> None:
    names = [relative(p).removesuffix(".py").replace("/", ".") for p in pure_sources()]
    names = [name.removesuffix(".__init__") for name in names]
    program = (
        f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\n"
        f"print(*sorted({{'faust', 'aiokafka', 'confluent_kafka', 'psycopg', 'starlette'}} "
        "& sys.modules.keys()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert loaded == []


def test_the_pure_core_asks_no_clock_no_chance_and_no_environment() -> None:
    found = [
        f"{relative(path)}:{node.lineno} {called}"
        for path in pure_sources()
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.Attribute, ast.Name))
        and (called := ast.unparse(node))
        and any(called == name or called.endswith(f".{name}") for name in IMPURE_CALLS)
    ]
    assert found == []


def test_the_pure_core_opens_no_file_but_its_own() -> None:
    """`events` reads its rules and schemas; the pure projections read nothing."""
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in pure_sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("open", "io.open", "print")
    ]
    assert found == []


def matches_on_event_types(path: Path) -> Iterator[ast.Match]:
    """Give each `match` of a file in which a case names the class of an event."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Match):
            parts = [part for case in node.cases for part in ast.walk(case.pattern)]
            named = {ast.unparse(part.cls) for part in parts if isinstance(part, ast.MatchClass)}
            if named & set(EVENT_TYPES):
                yield node


def test_a_match_over_event_types_leaves_none_out() -> None:
    """It ends in `assert_never`, so that a new type is decided on; one of a few is an `if`."""
    found = {
        f"{relative(path)}:{node.lineno}": ast.unparse(node.cases[-1])
        for path in sources(*PACKAGES)
        for node in matches_on_event_types(path)
    }
    assert found != {}
    assert [at for at, last in found.items() if "assert_never(" not in last] == []


def test_every_amendment_stands_where_a_match_is_checked_by() -> None:
    assert {*get_args(AnyAmendment)} == {*AMENDMENTS}


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_modules_are_short() -> None:
    """An exception has a reason, and goes when it is no longer needed."""
    long = {relative(p) for p in sources(*PACKAGES) if lines_of(p) > MODULE_LINES_MAX}

    assert long == set(LONG_MODULES)
    assert all(LONG_MODULES.values())


def test_functions_fit_on_a_screen() -> None:
    long = {
        f"{relative(path)}:{node.name}"
        for path in sources(*PACKAGES, "tests")
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES_MAX
    }
    assert long == set(LONG_FUNCTIONS)


SQL = re.compile(
    r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|COPY|CREATE|DROP|ALTER|TRUNCATE|VACUUM|PREPARE|LOCK"
    r"|FROM|WHERE|JOIN|VALUES|RETURNING|GROUP BY|ORDER BY|SET|LIMIT)\s"
)
ASKING = {"execute", "executemany", "copy", "statement"}


def documentation(path: Path) -> set[ast.AST]:
    """Give the strings that stand alone: of a module, class, function or constant."""
    alone = (node for node in ast.walk(tree(path)) if isinstance(node, ast.Expr))
    return {node.value for node in alone}


HANDED_OUT = "ops/sdk/outbox.py"
"""Departments copy this one file, so it has no other beside it; its tables are theirs."""


def test_no_module_holds_sql() -> None:
    """It stands in `.sql` files; a module holds at most names, and what lists them."""
    found = [
        f"{relative(path)}:{node.lineno} {node.value}"
        for path in sources(*PACKAGES)
        if relative(path) != HANDED_OUT
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if SQL.search(f"{node.value} ") and node not in documentation(path)
    ]
    assert found == []


def test_no_database_is_asked_a_text_of_the_module() -> None:
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in sources(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ASKING and node.args
        if isinstance(node.args[0], (ast.Constant, ast.JoinedStr, ast.BinOp))
    ]
    assert found == []


def test_a_compiled_tuple_finds_the_types_of_its_fields() -> None:
    """Compiled, a NamedTuple reads them as its module is imported: none may be there for mypy alone."""
    found = []
    for name in modules():
        nodes = list(ast.walk(tree(ROOT / name)))
        unseen = {
            alias.asname or alias.name
            for node in nodes
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for each in node.body
            if isinstance(each, ast.ImportFrom)
            for alias in each.names
        }
        found += [
            f"{name}:{field.lineno} {used.id}"
            for kind in nodes
            if isinstance(kind, ast.ClassDef)
            if "NamedTuple" in [ast.unparse(base) for base in kind.bases]
            for field in kind.body
            if isinstance(field, ast.AnnAssign)
            for used in ast.walk(field.annotation)
            if isinstance(used, ast.Name) and used.id in unseen
        ]
    assert found == []


def test_no_type_is_found_out_by_whoever_reads_first() -> None:
    """A `Decoder` of the module knows it from the import on.

    Where two threads are the first to decode a type, msgspec lets the process die (events.event).
    """
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in sources(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr == "decode" and ast.unparse(node.func.value).startswith("msgspec.")
        for each in node.keywords
        if each.arg == "type" and isinstance(each.value, ast.Name) and each.value.id[0].isupper()
    ]
    assert found == []


def test_every_module_says_why_it_exists() -> None:
    silent = [
        relative(path)
        for path in sources(*PACKAGES)
        if path.read_text("utf-8").strip() and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_no_module_is_named_for_being_useful() -> None:
    """Names are nouns of the field."""
    vague = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
    assert [relative(p) for p in sources(*PACKAGES, "tests") if p.stem in vague] == []


def types_of(path: Path) -> Iterator[str]:
    """Give the names of the classes and types that a module defines."""
    for node in tree(path).body:
        match node:
            case ast.ClassDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) if (
                name[0].isupper() and not name.isupper()
            ):
                yield name


def test_the_name_of_a_type_means_one_thing() -> None:
    """Whoever searches for a name finds one definition."""
    defined: dict[str, list[str]] = {}
    for path in sources(*PACKAGES):
        for name in types_of(path):
            defined.setdefault(name, []).append(relative(path))

    assert len(defined) > 700
    assert {name: paths for name, paths in defined.items() if len(paths) > 1} == {}


Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(path: Path) -> Iterator[Function]:
    """Give the public functions of a module."""
    for node in tree(path).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name[0] != "_":
            yield node


def module_of(path: Path) -> str:
    return relative(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def names_in(node: ast.AST) -> set[str]:
    """Give each name in a piece of code, dotted as it is written."""
    named = (ast.Name, ast.Attribute)
    return {ast.unparse(part) for part in ast.walk(node) if isinstance(part, named)}


def named_in(path: Path, function: Function) -> set[str]:
    """Give the full names of what a function, or a private one that it calls, names of others."""
    origins = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    names = names_in(function)
    for node in tree(path).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name[0] == "_":
            names |= names_in(node) if node.name in names else set()
    parts = [name.partition(".") for name in names]
    return {f"{origins[first]}{dot}{rest}" for first, dot, rest in parts if first in origins}


def is_program(path: Path, function: Function) -> bool:
    """Say whether it is the `main` of a module that is run, and not asked by name."""
    return function.name == "main" and '__name__ == "__main__"' in path.read_text("utf-8")


def share_a_meaning(one: tuple[Path, Function], other: tuple[Path, Function]) -> bool:
    """Say whether a name may stand for both: they are programs, one protocol, or one's door.

    A protocol is a family within one package whose members take the same and give the same, as
    `add_to` of each verb. A door hands the same question on to the room behind it by its name, as
    a route does to the query.
    """
    (path, function), (other_path, other_function) = one, other
    name = function.name
    same_package = relative(path).split("/")[:2] == relative(other_path).split("/")[:2]
    alike = [(ast.unparse(f.args), ast.unparse(f.returns or f)) for _, f in (one, other)]
    return (
        (is_program(*one) and is_program(*other))
        or (same_package and alike[0] == alike[1])
        or f"{module_of(other_path)}.{name}" in named_in(path, function)
        or f"{module_of(path)}.{name}" in named_in(other_path, other_function)
    )


def meanings(definitions: list[tuple[Path, Function]]) -> list[set[str]]:
    """Part the definitions of a name into those that mean the same, each by its file."""
    parted: list[list[tuple[Path, Function]]] = []
    for one in definitions:
        joined = [group for group in parted if any(share_a_meaning(one, each) for each in group)]
        parted = [group for group in parted if group not in joined]
        parted.append([one, *(each for group in joined for each in group)])
    return [{relative(path) for path, _ in group} for group in parted]


def test_the_name_of_a_function_means_one_thing() -> None:
    """What takes and gives something else, and is nobody's door, has a name of its own."""
    defined: dict[str, list[tuple[Path, Function]]] = {}
    for path in sources(*PACKAGES):
        for function in functions_of(path):
            defined.setdefault(function.name, []).append((path, function))

    assert len(defined) > 900
    parted = {name: meanings(found) for name, found in defined.items()}
    assert {name: files for name, files in parted.items() if len(files) > 1} == {}


def test_nothing_of_the_pure_core_is_called_by_its_being_found() -> None:
    """A name says what it was that was found."""
    bound = [
        f"{relative(path)}:{node.lineno}"
        for path in pure_sources()
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.Name, ast.arg)) and name_of(node) == "found"
    ]
    assert bound == []


def name_of(node: ast.Name | ast.arg) -> str:
    return node.arg if isinstance(node, ast.arg) else node.id


def test_no_work_is_left_for_later_in_a_comment() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    found = {relative(p) for p in readable() if marks.search(p.read_text("utf-8"))}
    assert found == {"pyproject.toml"}, "which names these marks to say that none may land"


def readable() -> list[Path]:
    """Give every text of ours under version control; data of others is theirs."""
    suffixes = {".py", ".md", ".toml", ".sql", ".yaml", ".yml", ".xml", ".avsc", ".lock", ""}
    return [
        path
        for path in committed()
        if path.suffix in suffixes and "tests/data/" not in relative(path)
    ]


def test_avro_is_data_and_no_package() -> None:
    """With an `__init__.py` it would hide the package of that name from everybody."""
    assert list((ROOT / "avro").rglob("*.py")) == []


def test_events_is_ours() -> None:
    """A package of the same name exists; in one environment the other one could be found."""
    assert Path(events.__file__ or "").resolve().parent == ROOT / "events"


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in sources("tests")}
    assert [relative(f) for f in sorted(folders) if not (f / "__init__.py").exists()] == []


def beginnings(name: str) -> set[str]:
    """Give what a name of a file begins with, word by word."""
    folder, _, file = name.removesuffix(".py").rpartition("/")
    words = file.split("_")
    return {f"{folder}/{'_'.join(words[:size])}" for size in range(1, len(words) + 1)}


def test_unit_tests_mirror_the_modules() -> None:
    """A test module stands where what it tests does; one about many says so: `Across ...:`.

    Where the tests of a module are parted, each part begins with its name: `test_lists_notices`.
    """
    modules = {relative(p).removesuffix(".py") for p in sources(*PACKAGES)}
    lost = [
        name
        for p in sources("tests")
        if (name := relative(p)).startswith("tests/unit/") and p.name.startswith("test_")
        if modules.isdisjoint(beginnings(name.removeprefix("tests/unit/").replace("/test_", "/")))
        and not (ast.get_docstring(tree(p)) or "").startswith("Across ")
    ]
    assert lost == []


def test_every_event_type_says_what_was_said_and_has_a_name_in_both_languages() -> None:
    silent = [name for name, kind in EVENT_TYPES.items() if not vars(kind).get("__doc__")]
    assert silent == []
    assert set(event_type_words()) == set(EVENT_TYPES)


def topic_kinds() -> set[str]:
    """Give each kind of topic as the README writes it."""
    kinds = set()
    for topic in topic_table(load_rulebook()):
        name = topic.name
        for platform in Platform:
            name = name.replace(f"credit.{platform}.", "credit.<platform>.")
        name = re.sub(r"\.(submissions|rejections)\..*", r".\1.<department>", name)
        kinds.add(re.sub(r"\.warnings\..*", ".warnings.<region>", name))
    return kinds


def test_the_readme_lists_every_kind_of_topic() -> None:
    kinds = topic_kinds()

    assert len(kinds) == 11
    assert submissions_topic(Platform.PERSON, "x") == "credit.person.submissions.x"
    assert [kind for kind in sorted(kinds) if f"`{kind}`" not in text("README.md")] == []


def settings() -> set[str]:
    pattern = re.compile(r"CREDIT_LEDGER_[A-Z_]*[A-Z]")
    return {
        name for path in sources(*PACKAGES) for name in pattern.findall(path.read_text("utf-8"))
    }


def test_the_readme_lists_every_setting() -> None:
    assert {name for name in settings() if name not in text("README.md")} == set(INTERNAL_SETTINGS)


def test_the_readme_names_no_setting_that_is_read_nowhere() -> None:
    named = set(re.findall(r"CREDIT_LEDGER_[A-Z_]*[A-Z]", text("README.md")))
    assert named <= settings()


def verbs() -> list[str]:
    command = typer.main.get_command(app)
    return sorted(getattr(command, "commands", {}))


def test_the_readme_lists_every_verb() -> None:
    assert verbs() != []
    assert [verb for verb in verbs() if f"`{verb}`" not in text("README.md")] == []


def test_every_make_target_explains_itself() -> None:
    """`make` without a target prints these explanations."""
    targets = re.findall(r"^([a-z]+):(?!=).*$", text("Makefile"), re.MULTILINE)
    explained = re.findall(r"^([a-z]+):(?!=).*## ", text("Makefile"), re.MULTILINE)
    assert set(targets) == set(explained)


HOSTS = [
    *("pypi" + ".org", "pythonhosted" + ".org", "maven" + ".org", "registry.npm" + "js"),
    *("crates" + ".io", "proxy.golang" + ".org", "artifact" + "ory", "conda" + ".anaconda"),
]


@pytest.mark.parametrize("word", [*HOSTS, f"{ROOT}/", f"{Path.home()}/"])
def test_no_file_names_a_package_host_or_a_path_of_this_machine(word: str) -> None:
    named = [relative(p) for p in committed() if word.encode() in p.read_bytes()]
    assert named == []
