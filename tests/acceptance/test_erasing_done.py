"""A person is erased to the end by verbs and by itself: the wait runs out, the workers are killed, keys and rows are gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import pytest

from events.partitioning import LEDGER_PARTITIONS
from events.rules.access import Role
from events.rules.rulebook import load_rulebook
from ops.clock import today
from ops.doors.asking import QuestionRefusedError
from ops.environment import prepare
from ops.erasing.saying import Erasing
from ops.local.stack import Stack
from ops.vault.opening import VaultSettings, make_vault_ready
from ops.vault.scan import PlaceKind, SoughtWords, scan
from projections.calendar.rules import RuleCalendar
from projections.http.asking.asked import Face
from projections.record.erasure import Hand
from streams.publishing.producer import create_producer
from tests.acceptance.conftest import run_verb
from tests.acceptance.test_erasures import HONOUR
from tests.support import canaries
from tests.support.answers import answer_of
from tests.support.chaos import Worker, wait_for, workers
from tests.support.erased import STAYS, table_named
from tests.support.handed import given_a_report, holds_by_every_way, signed
from tests.support.keys import key_of, local_key_of
from tests.support.misused import asked_badly, verbs_used_badly
from tests.support.patience import AMPLE_S
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.stack, pytest.mark.chaos]
NUMBERS = ("330106190001010033", "330106190001010041", "330106190001010017")
PERSONS = 50
WALKED = 100
"""So many lines of verbs at least are walked."""
AT_ONCE = """import tomllib

_loads = tomllib.loads


def loads(text, **options):
    return _loads(text.replace("waiting_days = 7", "waiting_days = 0"), **options)


tomllib.loads = loads
"""
"""The rule of the days of waiting, made up for every process of this test."""


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


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    folder = tmp_path_factory.mktemp("erasing")
    keys, rule = folder / "keys", folder / "rule"
    rule.mkdir()
    (rule / "sitecustomize.py").write_text(AT_ONCE)
    with private_stack(folder) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        make_vault_ready(VaultSettings(postgres=stack.postgres, keys=keys))
        told = {
            "CREDIT_LEDGER_KEYS": str(keys),
            "CREDIT_LEDGER_HOME": str(folder / "home"),
            "PYTHONPATH": str(rule),
            "TMPDIR": str(folder / "tmp"),
        }
        (folder / "tmp").mkdir()
        with workers(stack, folder, "admission", "projector", **told) as working:
            where = {"CREDIT_LEDGER_KAFKA": stack.kafka, "CREDIT_LEDGER_POSTGRES": stack.postgres}
            yield Centre(stack, working, folder, told | where, servers.postgres.data)


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


def test_a_verb_erases_who_is_due_once_though_the_projector_is_killed_meanwhile(
    centre: Centre,
) -> None:
    subject = reported(centre, NUMBERS[0])
    copy = centre.folder / "vault.copy"
    assert centre.ask("vault", "backup", str(copy))["records"] == 1
    report = given_a_report(centre, subject)
    second = approved(centre, subject)
    (_, projector) = centre.workers
    projector.kill()

    waits = centre.ask("erase", "run")
    assert (waits["said"], waits["waiting"], waits["kept"]) == (1, 1, 0)
    assert again_said(centre) == 1
    assert centre.keys_of(subject) == 1
    projector.start()
    in_the_end(lambda: centre.stage(subject, second) == "erased")

    assert centre.ask("erase", "run")["destroyed"] == 1
    assert centre.keys_of(subject) == 0
    nothing = {"said": 0, "kept": 0, "waiting": 0, "destroyed": 0}
    assert centre.ask("erase", "run") == nothing
    back = centre.ask("vault", "restore", str(copy))
    assert (back["erased"], back["records"], centre.keys_of(subject)) == (1, 0, 0)
    assert centre.ask("vault", "rotate")["destroyed"] == [1]
    dead = centre.run("vault", "restore", str(copy))
    assert (dead.returncode, "version 1 of the master key" in dead.stderr) == (1, True)
    stands = centre.run("vault", "status")
    assert (stands.returncode, "1 person erased" in stands.stdout) == (0, True), stands.stdout
    assert centre.run("vault", "status", key=second).returncode == QuestionRefusedError.exit_code
    refused = centre.submit(NUMBERS[0])
    assert refused.returncode == 2, refused.stdout
    assert "person_erased" in refused.stdout
    gone = centre.run("history", subject, "--purpose", "audit")
    assert (gone.returncode, "erased" in gone.stderr) == (QuestionRefusedError.exit_code, True)
    late = centre.run(
        "erase",
        "cancel",
        centre.ask("erase", "status", subject, key=second)[0]["erasure_id"],
        key=second,
    )
    assert (late.returncode, "erased_already" in late.stderr) == (1, True), late.stderr
    signed(centre)
    holds_by_every_way(centre, report)


def test_the_follower_erases_who_is_due_by_itself_and_who_is_killed_leaves_it_to_the_next(
    centre: Centre,
) -> None:
    subject = reported(centre, NUMBERS[1])
    second = approved(centre, subject)

    (admission, *_) = centre.workers
    admission.kill()
    follower = Worker(centre.stack, "follower", centre.folder / "follower.log", **centre.told)
    centre.workers.append(follower)
    in_the_end(lambda: [each["said"] for each in follower.told("erased")] == [1])
    follower.kill()
    admission.start()
    in_the_end(lambda: centre.stage(subject, second) == "erased")
    assert centre.keys_of(subject) == 1
    follower.start()
    in_the_end(lambda: [each["destroyed"] for each in follower.told("erased")] == [0, 1])
    assert centre.keys_of(subject) == 0
    assert follower.stop() == 0
    assert centre.ask("erase", "status", "--stage", "approved", key=second) == []


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


def test_nothing_of_fifty_persons_stands_anywhere_and_no_key_of_who_was_erased(
    centre: Centre, tmp_path: Path
) -> None:
    words = SoughtWords(canaries.SOUGHT)
    said = reported_by_every_door(centre, tmp_path)
    assert [text for text in said if words.within(text.encode())] == []
    ((persons,),) = centre.rows("SELECT count(DISTINCT subject_id) FROM vault.person_key")
    assert persons >= PERSONS

    subject = reported(centre, NUMBERS[2])
    settings = VaultSettings(
        postgres=centre.stack.postgres, keys=Path(centre.told["CREDIT_LEDGER_KEYS"])
    )
    plain, wrapped = canaries.keys_of(settings, subject)
    assert (len(plain), len(wrapped)) == (2, 2)
    servers = [centre.stack.postgres], centre.stack.kafka
    stands = scan(SoughtWords(wrapped), *servers, [])
    assert {each.where for each in stands.found} == {"vault.person_key", "vault.record_key"}
    erased(centre, subject)

    never = [*canaries.SOUGHT, *plain]
    every = scan(
        SoughtWords([*never, *wrapped, subject]), *servers, [centre.folder, centre.postgres]
    )

    by_token = len(never) + len(wrapped) + 1
    found = [each for each in every.found if each.word != by_token]
    # Files of the database keep what was deleted until it is written over, wrapped as it was.
    left = [each for each in found if each.where.startswith(str(centre.postgres))]
    assert {each.word for each in left} <= {len(never) + 1, len(never) + 2}
    assert (sorted({*found} - {*left}), every.unread) == ([], 0)
    tables = {e.where for e in every.found if (e.kind, e.word) == (PlaceKind.TABLE, by_token)}
    assert {table_named(each) for each in tables} - {*STAYS} == set()
    assert every.messages > PERSONS
    assert every.rows > PERSONS
    assert every.files > len(centre.workers)


def test_an_operator_is_told_the_places_of_what_was_planted_and_no_others(centre: Centre) -> None:
    words = "\n".join(canaries.SOUGHT)
    clean = centre.run("scan", "--json", given=words)
    assert (clean.returncode, answer_of(clean.stdout)["found"]) == (0, []), clean.stderr
    named = centre.folder / "tmp" / canaries.NAME.format(1)
    (centre.folder / "tmp" / "sent.xlsx").write_bytes(canaries.a_workbook(0, 1))
    named.touch()
    with psycopg.connect(centre.stack.postgres, autocommit=True) as connection:
        connection.execute("CREATE TABLE control.planted (said bytea)")
        planted = json.dumps(canaries.canary(1)).encode()
        connection.execute("INSERT INTO control.planted VALUES (%s)", (planted,))
    producer = create_producer(centre.stack.kafka)
    topic = "credit.person.submissions.market-zj"
    producer.produce(topic, canaries.canaries(1, 1).encode("utf-16-le"), key=b"planted")
    producer.flush(AMPLE_S)

    ran = centre.run("scan", "--json", given=words)
    told = answer_of(ran.stdout)

    places = {(each["kind"], each["where"]) for each in told["found"]}
    assert ran.returncode == 1
    assert places == {
        ("topic", topic),
        ("table", "control.planted"),
        ("file", str(named.parent / "sent.xlsx")),
        ("file_name", str(named.parent)),
    }
    assert SoughtWords(canaries.SOUGHT).within((ran.stdout + ran.stderr).encode()) == set()
