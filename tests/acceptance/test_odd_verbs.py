"""Every verb × every option × odd values: one clear error with what to do, and never a traceback.

The verbs and their options are read off the command line itself, so that a new one is walked too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
import typer
from typer.testing import CliRunner

from events.rules.edition import edition
from ops.cli import app, told_error
from ops.cli.terminal import naming_edition, prints_json
from ops.cli.verbs import VERBS as TABLE
from ops.terms.terms import Language, Terms
from streams.publishing.producer import Sender
from streams.publishing.shared import SharedSender
from tests.support.builders import OTHER_SUBJECT
from tests.support.keys import local_key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.acceptance.conftest import Ledger

ODD: Final = (
    *("", "-1", "1e9", "99999999999999999999", "x" * 5000, "[/red]", "9999-12-31", "2026-02-30"),
    *("0001-01-01", "999999", "91330100PDY0000280", "8@28,8@29", "🙈"),
)
NOT_RUN: Final[Mapping[str, str]] = {
    "up": "starts servers",
    "down": "stops servers, those of whoever runs the tests",
    "worker": "goes on until it is told to end",
    "serve": "likewise",
    "watch": "likewise",
    "demo": "starts servers of its own, as do benchmarks",
    "bench": "likewise",
    "generate": "appends for good",
    "replay": "folds the whole ledger, once for each value",
}
"""Verbs whose options are read here, and of which only the help is run."""


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name in inner:
        yield from leaves(inner[name], (*path, name))


VERBS: Final = dict(leaves(typer.main.get_command(app)))
ENTERED: Final[Mapping[str, str]] = {
    "subject": OTHER_SUBJECT,
    "region": "330100",
    "year": "2025",
    "department": "market-zj",
    "category": "penalty.market",
}
"""What a verb must be given, so that it comes to look at the option that is odd."""


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_and_every_option_of_it_explains_itself(verb: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*verb, "--help"])
    assert done.exit_code == 0
    command = VERBS[verb]
    assert command.help
    assert [each.name for each in command.params if not getattr(each, "help", None)] == []


_SENDERS: Final[dict[str, Sender]] = {}


@pytest.fixture
def one_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all commands of this process share a connection to the broker: the first costs a second."""
    own = SharedSender._sender

    def shared(self: SharedSender) -> Sender:
        wanted = f"{self._kafka} {self._overrides}"
        if wanted not in _SENDERS:
            _SENDERS[wanted] = own(self)
        return _SENDERS[wanted]

    monkeypatch.setattr(SharedSender, "_sender", shared)


def as_it_should_be(verb: tuple[str, ...], file: str) -> list[str]:
    """Give a command line that says only what must be said."""
    line = list(verb)
    for each in VERBS[verb].params:
        if each.required:
            good = file if each.name in ("files", "folder") else ENTERED.get(str(each.name), "x")
            is_argument = each.param_type_name == "argument"
            line += [good] if is_argument else [f"{each.opts[0]}={good}"]
    return line


def walked(verb: tuple[str, ...], file: str) -> Iterator[list[str]]:
    """Give the command lines of a verb: each parameter odd in turn, the others as they should be."""
    params = [each for each in VERBS[verb].params if each.name not in ("help", "as_json")]
    for odd in params:
        if getattr(odd, "is_flag", False):
            continue
        for value in ODD:
            line = list(verb)
            for each in params:
                is_argument = each.param_type_name == "argument"
                good = file if each.name in ("files", "folder") else ENTERED.get(str(each.name))
                if each is odd:
                    line += [value] if is_argument else [f"{each.opts[0]}={value}"]
                elif each.required:
                    given = good or "x"
                    line += [given] if is_argument else [f"{each.opts[0]}={given}"]
            yield line


ASKS_OF_THE_SUBJECT: Final = ("profile", "hint", "history", "state", "cases")
LINE: Final = f"""subject_id,document_no,kinds,fine_yuan,occurred_on,legal_basis
{OTHER_SUBJECT},杭市监罚〔2025〕77号,fine,1000,2025-03-01,《中华人民共和国行政处罚法》第三十三条
"""


@pytest.fixture(scope="module")
def reported(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Let one record stand of the subject, so that a verb that asks of it has an answer."""
    file = tmp_path_factory.mktemp("odd") / "penalties.csv"
    file.write_text(LINE, encoding="utf-8")
    kind = ("--event-type", "PenaltyImposed", "--category", "penalty.market")
    done = ledger.run("submit", str(file), "--department", "market-zj", *kind)
    assert done.returncode == 0, done.stdout + done.stderr
    return ledger


ANSWERING: Final = [
    verb
    for verb, command in VERBS.items()
    if prints_json(command) and not TABLE[verb[0]].as_published
]


@pytest.mark.stack
@pytest.mark.usefixtures("one_sender")
@pytest.mark.parametrize("verb", [v for v in ANSWERING if v[0] not in NOT_RUN], ids=" ".join)
def test_every_verb_that_answers_names_the_edition_of_the_rulebook(
    verb: tuple[str, ...], reported: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = reported
    monkeypatch.setenv("CREDIT_LEDGER_KAFKA", ledger.stack.kafka)
    monkeypatch.setenv("CREDIT_LEDGER_POSTGRES", ledger.stack.postgres)
    monkeypatch.setenv("CREDIT_LEDGER_KEY", local_key_of(ledger.stack) or "")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "file.csv"
    file.write_text("subject_id\n", encoding="utf-8")
    line = as_it_should_be(verb, str(file))
    told, plain = CliRunner().invoke(app, line), CliRunner().invoke(app, [*line, "--json"])
    if verb[0] in ASKS_OF_THE_SUBJECT or told.exit_code == 0:
        assert told.stdout.splitlines()[-1].endswith(edition()), told.output
        assert [json.loads(each)["edition"] for each in plain.stdout.splitlines()] == [edition()]
    else:
        assert told.exception is not None
        assert isinstance(told.exception, SystemExit) or told_error(
            told.exception, Terms(Language.EN)
        ), told.output


def test_a_verb_that_the_walk_leaves_out_is_made_to_name_the_edition_too() -> None:
    assert {verb[0] for verb in ANSWERING} > {"bench", "replay", "status", "profile", "waits"}
    for verb in ANSWERING:
        assert VERBS[verb].callback.__module__ == naming_edition.__module__, verb


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("analysis warnings --since 2190-01-01", "a day such as 2026-11-23, from"),
        ("analysis warnings --until 2190-01-01", "a day such as 2026-11-23, from"),
        ("analysis warnings --since 2026-01-01 --until 2025-01-01", "a day not after the last"),
        ("quality missing --since 2190-01-01", "a day such as 2026-11-23, from"),
        ("region 999999", "a division that there is"),
    ],
)
def test_what_can_have_no_answer_is_refused_and_not_answered_by_nothing(
    line: str, why: str, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_POSTGRES", ledger.stack.postgres)
    monkeypatch.setenv("COLUMNS", "300")
    done = CliRunner().invoke(app, line.split())
    assert done.exit_code == 2
    assert why in done.output


@pytest.mark.stack
@pytest.mark.usefixtures("one_sender")
@pytest.mark.parametrize("verb", [v for v in VERBS if v[0] not in NOT_RUN], ids=" ".join)
def test_no_odd_value_of_any_option_ends_in_a_traceback(
    verb: tuple[str, ...], ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_LEDGER_KAFKA", ledger.stack.kafka)
    monkeypatch.setenv("CREDIT_LEDGER_POSTGRES", ledger.stack.postgres)
    monkeypatch.setenv("CREDIT_LEDGER_KEY", local_key_of(ledger.stack) or "")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "file.csv"
    file.write_text("subject_id\n", encoding="utf-8")
    wrong = []
    for line in walked(verb, str(file)):
        done = CliRunner().invoke(app, line)
        found = done.exception
        ended = (None, done.exit_code) if isinstance(found, SystemExit) else None
        if found is not None and ended is None:
            ended = told_error(found, Terms(Language.EN))
        if found is not None and (ended is None or ended[1] not in (0, 1, 2)):
            wrong.append((line[len(verb) :], repr(found)[:300]))
    assert wrong == []
