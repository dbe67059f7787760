"""Every verb that gives records is refused to an operator before anything is read: walked by what the code says."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from events.rules.access import Gives, Role, load_access_policy
from ops.cli import app
from ops.cli.access.door import asked_by
from ops.clock import today
from ops.doors.asking import QuestionRefusedError
from projections.access.asker import Asker
from tests.acceptance.test_odd_verbs import VERBS
from tests.support import builders as a
from tests.support.asking import GateOfTests

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTERED = {
    "subject": a.SUBJECT,
    "text": "x",
    "year": "2025",
    "department": "market-zj",
    "category": "penalty.market",
    "region": "330100",
    "purpose": "audit",
    "what": "profiles",
    "event_id": "x",
    "erasure": "x",
    "ground": "unlawful",
    "a": "2026-01-01",
    "b": "2026-01-02",
}
OPERATOR = Asker(role=Role.OPERATOR, organisation="credit-zj", key_id="operator")
MARKED = {verb: asked_by(command) for verb, command in VERBS.items() if asked_by(command)}


def is_given(gives: frozenset[Gives]) -> bool:
    policy = load_access_policy()
    return any(policy.rows_of(Role.OPERATOR, each, today()) for each in gives)


class NothingIsRead:
    """A database of which nothing may be asked."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} of the database before the decision")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> GateOfTests:
    @contextmanager
    def opened() -> Iterator[Any]:
        yield NothingIsRead()

    found = GateOfTests(operator=OPERATOR)
    monkeypatch.setenv("CREDIT_LEDGER_POSTGRES", "postgresql://nobody@127.0.0.1:9/none")
    monkeypatch.setenv("CREDIT_LEDGER_KAFKA", "127.0.0.1:9")
    monkeypatch.setattr("ops.cli.access.door.database", opened)
    monkeypatch.setattr("ops.cli.access.door.gate", lambda: found)
    monkeypatch.setattr("ops.doors.shown_key.shown_key", lambda *_: "operator")
    return found


@pytest.mark.parametrize("verb", [v for v, g in MARKED.items() if not is_given(g)], ids=" ".join)
def test_a_verb_refuses_before_it_reads_and_the_refusal_is_recorded(
    verb: tuple[str, ...], gate: GateOfTests
) -> None:
    line = list(verb)
    for each in VERBS[verb].params:
        entered = ENTERED.get(str(each.name))
        if entered is not None and (each.required or each.name == "subject"):
            is_argument = each.param_type_name == "argument"
            line += [entered] if is_argument else [f"{each.opts[0]}={entered}"]
    done = CliRunner().invoke(app, line)

    assert isinstance(done.exception, QuestionRefusedError), (done.output, done.exception)
    assert [(each.channel, each.role) for each in gate.inquiries] == [("command line", "operator")]


def test_what_gives_records_is_marked() -> None:
    known = {verb[0] for verb in MARKED}
    assert known >= {"profile", "history", "state", "hint", "cases", "find", "findings", "firms"}
    assert known >= {"reviews", "waits", "receipt", "report", "compare", "analysis", "inquiries"}
    assert {opt for each in VERBS["profile",].params for opt in each.opts} >= {"--key", "--purpose"}
