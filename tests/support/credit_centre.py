"""A credit centre that reports persons, and erases them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.clock import today
from ops.doors.asking import QuestionRefusedError
from ops.erasing.saying import Erasing
from ops.local.stack import Stack
from projections.calendar.rules import RuleCalendar
from projections.http.asking.asked import Face
from projections.record.erasure import Hand
from streams.publishing.producer import create_producer
from tests.acceptance.conftest import run_verb
from tests.acceptance.test_erasures import HONOUR
from tests.support import canaries
from tests.support.answers import answer_of
from tests.support.chaos import Worker, wait_for
from tests.support.keys import key_of, local_key_of
from tests.support.misused import asked_badly, verbs_used_badly
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Callable
WALKED = 100
"""So many lines of verbs at least are walked."""


class Centre(NamedTuple):
    """Servers, workers and keys of those who erase."""

    stack: Stack
    workers: list[Worker]
    folder: Path
    told: dict[str, str]
    postgres: Path
    """Where Postgres keeps its files."""

    def run(self, *line: str, key: str | None = None, given: str | None = None) -> Any:
        shown = {} if key is None else {"CREDIT_LEDGER_KEY": key}
        return run_verb(*line, given=given, **self.told, **shown)

    def ask(self, *line: str, key: str | None = None) -> Any:
        done = self.run(*line, "--json", key=key)
        assert done.returncode == 0, done.stdout + done.stderr
        return answer_of(done.stdout)

    def key(self, person: str, department: str = "credit-zj") -> str:
        return key_of(self.stack, Role.DEPARTMENT, department, person)

    def key_of_operator(self) -> str:
        return key_of(self.stack, Role.OPERATOR, "", "who runs it")

    def submit(self, number: str) -> Any:
        file = self.folder / f"{number[-4:]}.ndjson"
        said = {**HONOUR, "document_no": f"删表彰{number[-4:]}号", "subject_number": number}
        file.write_text(json.dumps(said, ensure_ascii=False))
        category = ("--category", "commendation.general")
        return self.run("submit", str(file), "--department", "ndrc-zj", *category, "--json")

    def rows(self, statement: str, *values: Any) -> Any:
        with psycopg.connect(self.stack.postgres, autocommit=True) as connection:
            return connection.execute(statement, values).fetchall()

    def keys_of(self, subject: str) -> int:
        asked = "SELECT count(*) FROM vault.person_key WHERE subject_id = %s"
        return int(self.rows(asked, subject)[0][0])

    def stage(self, subject: str, key: str) -> str:
        (known,) = self.ask("erase", "status", subject, key=key)
        return str(known["stage"])


def in_the_end(holds: Callable[[], bool]) -> None:
    wait_for(holds, AMPLE_S, "it comes to its end")


def reported(centre: Centre, number: str) -> str:
    before = {row[0] for row in centre.rows("SELECT subject_id FROM vault.person_key")}
    done = centre.submit(number)
    assert done.returncode == 0, done.stdout + done.stderr
    ((subject,),) = [
        row
        for row in centre.rows("SELECT subject_id FROM vault.person_key")
        if row[0] not in before
    ]
    return str(subject)


def approved(centre: Centre, subject: str) -> str:
    """Take a request and have it approved by a second person, by verbs; give the key of the second."""
    first, second = centre.key(f"first {subject[-4:]}"), centre.key(f"second {subject[-4:]}")
    ground = ("--ground", "consent_withdrawn")
    erasure = centre.ask("erase", "request", subject, *ground, key=first)["erasure_id"]
    alone = centre.run("erase", "approve", erasure, key=first)
    assert (alone.returncode, "same_person" in alone.stderr) == (1, True), alone.stderr
    assert centre.stage(subject, second) == "requested"
    assert centre.ask("profile", subject, "--purpose", "audit")

    told = centre.ask("erase", "approve", erasure, key=second)
    assert told["stage"] == "approved"
    gone = centre.run("profile", subject, "--purpose", "audit")
    assert (gone.returncode, "erased" in gone.stderr) == (QuestionRefusedError.exit_code, True)
    return second


def again_said(centre: Centre) -> int:
    erasing = Erasing(centre.stack.kafka, RuleCalendar(load_rulebook()), 0.0)
    with psycopg.connect(centre.stack.postgres, autocommit=True) as connection:
        return erasing.erase_due(connection, today())[0]


def reported_by_every_door(centre: Centre, aside: Path) -> list[str]:
    """Report fifty persons, also badly, by every way in; give what was answered."""
    told = centre.told | {"CREDIT_LEDGER_SUITE": "intl"}
    log, key = centre.folder / "serve.log", centre.key("department", "market-zj")
    with canaries.Service(log, key, **told) as service:
        taken = service.send("/v1/submissions", canaries.canaries(0, 10), canaries.LINES)
        answers = [
            taken,
            service.send("/v1/submissions", canaries.a_workbook(10, 10), canaries.XLSX),
        ]
        for body in (*canaries.bad_bodies(), canaries.a_table(20, 0)):
            for path, kind in canaries.BADLY:
                answers.append(service.send(path, body, kind))
        producer = create_producer(centre.stack.kafka)
        for subject, value in canaries.sealed_values(service, 20, 10):
            producer.produce("credit.person.submissions.market-zj", value, key=subject)
        producer.flush(AMPLE_S)
        canaries.by_outbox(service, aside / "outbox.db", 30, 10)
        assert service.settled(taken.json()["receipt"]) == {"recorded"}
        misused = list(asked_badly(service.address, key, canaries.number(60)))
        answers += [answer for _, answer in misused]
        answers.append(service.metrics(centre.key_of_operator()))
    assert [each.status_code for each in answers if each.status_code >= 500] == []
    # A page shows who types what it is that he typed, and nobody else.
    own = {id(answer) for row, answer in misused if row.face is Face.PAGE}
    said = [each.text for each in answers if id(each) not in own]
    files = canaries.files_of(aside, 40)
    ran = centre.run("submit", *map(str, files), *canaries.OF_A_DEPARTMENT)
    assert ran.returncode in (0, 1, 2), ran.stderr
    told_of = ran.stdout + ran.stderr
    # Who has the files is told their names, and that of a sheet.
    for own in (*(file.name for file in files), canaries.SHEET):
        told_of = told_of.replace(own, "")
    shown = {"CREDIT_LEDGER_KEY": local_key_of(centre.stack) or ""}
    assert verbs_used_badly(told | shown, canaries.number(61), str(files[-1])) > WALKED
    return [*said, told_of]


def erased(centre: Centre, subject: str) -> None:
    """Have a person erased as the service does it; the last step is a verb's, where no day is waited."""
    erasing = Erasing(centre.stack.kafka, RuleCalendar(load_rulebook()), AMPLE_S)
    with psycopg.connect(centre.stack.postgres, autocommit=True) as connection:
        ground = "consent_withdrawn"
        asked = erasing.request(connection, subject, ground, hand=Hand("credit-zj", "first"))
        erasing.approve(connection, asked.erasure_id, hand=Hand("credit-zj", "second"))
    in_the_end(lambda: centre.ask("erase", "run")["destroyed"] == 1)
    named = "SELECT 1 FROM control.receipt_person WHERE subject_id = %s"
    while centre.rows(named, subject):
        centre.ask("erase", "run")
