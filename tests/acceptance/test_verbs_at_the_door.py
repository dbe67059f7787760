"""The command line goes through the door that HTTP has: the same rows, views and inquiries.

Verbs and what they are marked with are read off the command line itself, so that a new one is walked too.
"""

from __future__ import annotations

import hashlib
import itertools
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
import pytest
from typer.testing import CliRunner

from events.envelope import CHINA, Disclosure, Platform
from events.identifiers import credit_code, organisation_code
from events.rules.access import Gives, Role, load_access_policy
from events.topics import inquiries_topic
from events.wire.codec import decode_record
from ops.cli import app
from ops.cli.access.door import asked_by
from ops.cli.terminal import prints_json
from ops.clock import today
from ops.doors.asking import ActRefusedError, QuestionRefusedError
from ops.doors.keys import create_key, end_key
from ops.doors.shown_key import KeyFileUnfitError, shown_key
from ops.doors.telling import Teller
from ops.serving import application
from ops.terms.terms import Language, Terms
from tests.acceptance.test_odd_verbs import NOT_RUN, VERBS
from tests.support import builders as a
from tests.support.answers import answer_of
from tests.support.asking import client_of
from tests.support.keys import key_of_department, local_key_of
from tests.support.ledger import read_all
from tests.support.reported import the_fields

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.testclient import TestClient
    from typer.testing import Result

    from tests.acceptance.conftest import Ledger

SUBJECT: Final = credit_code(f"91330100{organisation_code('MA2KNRY1')}")
NUMBER: Final = "罚杭市监〔2026〕7391号"
SAID: Final = "未按规定保存进货查验记录七三九一"
CANARIES: Final = (NUMBER, SAID, "2026〕7391")
ENTERED: Final = {
    "subject": SUBJECT,
    "text": NUMBER,
    "year": "9998",
    "department": "market-zj",
    "category": "penalty.market",
    "region": "330100",
    "purpose": "audit",
    "what": "profiles",
    "erasure": "x",
    "ground": "unlawful",
    "a": today().isoformat(),
    "b": today().isoformat(),
}


class Asking:
    """A ledger that is asked by verbs, as whoever has a key."""

    def __init__(self, ledger: Ledger, event_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ledger, self.event_id, self._patch = ledger, event_id, monkeypatch

    def ask(self, key: str | None, *line: str) -> Result:
        told = {
            "CREDIT_LEDGER_KAFKA": self.ledger.stack.kafka,
            "CREDIT_LEDGER_POSTGRES": self.ledger.stack.postgres,
            "CREDIT_LEDGER_KEYS": str(self.ledger.keys),
        }
        for name, value in told.items():
            self._patch.setenv(name, value)
        if key is None:
            self._patch.delenv("CREDIT_LEDGER_KEY", raising=False)
        else:
            self._patch.setenv("CREDIT_LEDGER_KEY", key)
        return CliRunner().invoke(app, line)

    def line(self, verb: tuple[str, ...]) -> list[str]:
        """Give a command line of a verb about the subject of the canary."""
        line = list(verb)
        for each in VERBS[verb].params:
            entered = self.event_id if each.name == "event_id" else ENTERED.get(str(each.name))
            if entered is None or not (each.required or each.name == "subject"):
                continue
            line += (
                [entered] if each.param_type_name == "argument" else [f"{each.opts[0]}={entered}"]
            )
        return [*line, "--count=1", "--from-start"] if verb == ("watch",) else line


@pytest.fixture(scope="module")
def canary(ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Report a record that nobody but state organs may see, and give its id."""
    hidden = a.a_penalty(
        NUMBER.removeprefix("罚"),
        today(),
        subject_id=SUBJECT,
        region="330106",
        disclosure=Disclosure.SHARED,
    )
    hidden = msgspec.structs.replace(hidden, facts=SAID)
    file = tmp_path_factory.mktemp("canary") / "hidden.ndjson"
    file.write_bytes(msgspec.json.encode(the_fields(hidden)))
    done = ledger.run("submit", str(file), "--department", hidden.envelope.department, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    found = ledger.ask("history", SUBJECT)["items"]
    event_id: str = found[0]["event"]["envelope"]["event_id"]
    return event_id


@pytest.fixture
def asking(ledger: Ledger, canary: str, monkeypatch: pytest.MonkeyPatch) -> Asking:
    return Asking(ledger, canary, monkeypatch)


@pytest.fixture(scope="module")
def client(ledger: Ledger, canary: str) -> Iterator[TestClient]:
    assert canary
    service, pool = application(ledger.stack.postgres, ledger.stack.kafka)
    with pool:
        yield client_of(service, None)


def of_operator(ledger: Ledger) -> str:
    now = datetime.now(CHINA)
    with psycopg.connect(ledger.stack.postgres, autocommit=True) as connection:
        name = f"a test {now.isoformat()}"
        roles = (Role.OPERATOR,)
        made = create_key(connection, Teller(ledger.stack.kafka), now, roles=roles, name=name)
    return made.bearer


def is_given(role: Role, gives: frozenset[Gives]) -> bool:
    policy = load_access_policy()
    return any(policy.rows_of(role, each, today()) for each in gives)


def recorded(ledger: Ledger) -> list[dict[str, Any]]:
    topic = inquiries_topic(Platform.ORGANISATION)
    return [decode_record(each.value())[1] for each in read_all(ledger.stack.kafka, topic)]


def told(done: Result) -> str:
    return done.output + str(done.exception or "")


def test_no_verb_tells_an_operator_of_a_record_and_whoever_may_read_is_told(asking: Asking) -> None:
    operator, local = of_operator(asking.ledger), local_key_of(asking.ledger.stack)
    leaks, shown, refused = [], set(), set()
    for verb, command in VERBS.items():
        marked = asked_by(command)
        skipped = verb[0] in NOT_RUN and not marked
        if skipped or not (marked or prints_json(command)):
            continue
        done = asking.ask(operator, *asking.line(verb))
        if any(each in told(done) for each in CANARIES):
            leaks.append(verb)
        if marked and not is_given(Role.OPERATOR, marked):
            assert isinstance(done.exception, QuestionRefusedError), (verb, told(done))
            refused.add(verb)
            if is_given(Role.AUDITOR, marked):
                # A table parts a long number at the end of a line; JSON has it whole.
                plain = ("--json",) if prints_json(command) else ()
                given = asking.ask(local, *asking.line(verb), *plain)
                shown |= {verb} if any(each in told(given) for each in CANARIES) else set()
    assert leaks == []
    assert {("profile",), ("history",), ("state",), ("find",), ("watch",), ("check",)} <= refused
    assert {("profile",), ("history",), ("state",)} <= shown, shown


def test_whoever_shows_no_key_is_the_public(asking: Asking, tmp_path: Path) -> None:
    asking._patch.setenv("CREDIT_LEDGER_HOME", str(tmp_path))
    profile, history = asking.ask(None, "profile", SUBJECT), asking.ask(None, "history", SUBJECT)

    assert profile.exit_code == history.exit_code == 1
    assert "nothing_public" in str(profile.exception)
    assert "unauthenticated" in str(history.exception)
    assert not any(each in told(profile) + told(history) for each in CANARIES)


def test_a_made_up_key_and_one_that_others_may_read_open_nothing(
    asking: Asking, tmp_path: Path
) -> None:
    made_up = f"crl_0123456789ab_{'x' * 43}"
    open_to_all = tmp_path / "key"
    open_to_all.write_text(made_up)
    open_to_all.chmod(0o644)

    done = asking.ask(made_up, "profile", SUBJECT)
    assert (done.exit_code, "no_key_in_force" in str(done.exception)) == (1, True)
    for said in (str(open_to_all), str(tmp_path / "none"), "🙈"):
        with pytest.raises(KeyFileUnfitError) as refused:
            shown_key(said, tmp_path)
        assert said not in str(refused.value)


@pytest.mark.parametrize(
    ("line", "path", "purpose"),
    [
        (("profile", SUBJECT), f"subjects/{SUBJECT}/profile", "supervision"),
        (("hint", SUBJECT), f"subjects/{SUBJECT}/hint", "supervision"),
        (("waits", "market-zj"), "departments/market-zj/waits", "supervision"),
        (("find", NUMBER, "--reader", "shared"), f"find?q={NUMBER}&reader=shared", "licensing"),
        (("firms", "--region", "330100"), "subjects?region=330100", "licensing"),
    ],
)
def test_a_department_is_told_the_same_at_the_command_line_and_recorded_alike(
    asking: Asking, client: TestClient, line: tuple[str, ...], path: str, purpose: str
) -> None:
    key = key_of_department(asking.ledger.stack, "market-zj")
    headers = {"Authorization": f"Bearer {key}", "Credit-Purpose": purpose}
    over_http = client.get(f"/v1/organisation/{path}", headers=headers)
    done = asking.ask(key, *line, "--purpose", purpose, "--json")

    assert (over_http.status_code, done.exit_code) == (200, 0), told(done)
    answer = answer_of(done.stdout)
    assert answer == over_http.json()
    of_http, of_verb = recorded(asking.ledger)[-2:]
    assert (of_http["channel"], of_verb["channel"]) == ("http", "command line")
    assert of_verb["digest"] == hashlib.sha256(over_http.content).hexdigest() == of_http["digest"]
    for field in ("role", "organisation", "purpose", "subjects", "view", "rule", "outcome"):
        assert of_verb[field] == of_http[field], field


def test_who_reports_by_a_verb_has_a_row_and_whose_right_is_gone_is_refused_by_each(
    asking: Asking, tmp_path: Path
) -> None:
    file = tmp_path / "one.ndjson"
    said = a.a_penalty("罚7392号", today(), subject_id=SUBJECT, region="330106")
    file.write_bytes(msgspec.json.encode(the_fields(said)))
    acts = (
        ("submit", str(file)),
        ("correct", SUBJECT, NUMBER, "--set", "罚款金额(元)=1"),
        ("revoke", SUBJECT, NUMBER, "--kind", "annulled"),
        ("acknowledge", "0" * 64),
    )
    stack, whose = asking.ledger.stack, said.envelope.department
    of_department, operator = key_of_department(stack, whose), of_operator(asking.ledger)
    sent = asking.ask(of_department, *acts[0], "--department", whose, "--no-wait")
    by_local = asking.ask(operator, *acts[0], "--department", whose, "--no-wait")
    assert (sent.exit_code, by_local.exit_code) == (0, 0), told(sent) + told(by_local)
    last = recorded(asking.ledger)[-1]
    question = f"credit-ledger submit --department={whose}"
    assert (last["rule"], last["question"]) == ("operator.local_acts", question)

    with psycopg.connect(stack.postgres, autocommit=True) as connection:
        end_key(connection, Teller(stack.kafka), operator.split("_")[1], datetime.now(CHINA))
    refused = [(operator, whose, "no_key_in_force"), (of_department, "tax-zj", "local_acts")]
    for act, (key, department, rule) in itertools.product(acts, refused):
        done = asking.ask(key, *act, "--department", department)
        assert isinstance(done.exception, ActRefusedError), (act, told(done))
        assert (done.exception.exit_code, rule in done.exception.rule) == (2, True)
        helped = done.exception.told(Terms(Language.EN))
        assert ("access key create" in helped) is (key == operator)
        assert not any(each in told(done) for each in CANARIES)


def test_a_purpose_that_is_missing_or_of_another_is_refused_and_recorded(asking: Asking) -> None:
    key = key_of_department(asking.ledger.stack, "market-zj")
    none = asking.ask(key, "profile", SUBJECT)
    other = asking.ask(key, "profile", SUBJECT, "--purpose", "lending")
    not_own = asking.ask(key, "waits", "tax-zj")

    codes = ["purpose_missing", "purpose_not_of_role", "not_own"]
    for code, done in zip(codes, (none, other, not_own), strict=True):
        assert (done.exit_code, code in str(done.exception)) == (1, True)
    assert [each["outcome"] for each in recorded(asking.ledger)[-3:]] == codes


def test_a_basis_with_an_identity_number_is_refused_and_not_repeated(asking: Asking) -> None:
    number = "330106199001010018"
    done = asking.ask(None, "profile", SUBJECT, "--basis", f"本人 {number}")

    assert done.exit_code == 2
    assert number not in told(done)


def test_without_the_broker_a_verb_tells_nothing_that_has_a_right_behind_it(
    asking: Asking, tmp_path: Path
) -> None:
    local = local_key_of(asking.ledger.stack)
    asking.ask(local, "profile", SUBJECT)  # sets where the servers are
    asking._patch.setenv("CREDIT_LEDGER_HOME", str(tmp_path))
    asking._patch.delenv("CREDIT_LEDGER_KAFKA")
    done = CliRunner().invoke(app, ["profile", SUBJECT])

    assert "inquiry_not_recorded" in str(done.exception)
    assert getattr(done.exception, "exit_code", None) == 3
    assert not any(each in told(done) for each in CANARIES)
