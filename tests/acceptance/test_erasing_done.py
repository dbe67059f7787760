"""A person is erased to the end by verbs and by itself: the wait runs out, the workers are killed, keys and rows are gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from events.partitioning import LEDGER_PARTITIONS
from ops.doors.asking import QuestionRefusedError
from ops.environment import prepare
from ops.local.stack import Stack
from ops.vault.opening import VaultSettings, make_vault_ready
from ops.vault.scan import PlaceKind, SoughtWords, scan
from streams.publishing.producer import create_producer
from tests.support import canaries
from tests.support.answers import answer_of
from tests.support.chaos import Worker, workers
from tests.support.credit_centre import (
    Centre,
    again_said,
    approved,
    erased,
    in_the_end,
    reported,
    reported_by_every_door,
)
from tests.support.erased import STAYS, table_named
from tests.support.handed import given_a_report, holds_by_every_way, signed
from tests.support.patience import AMPLE_S
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from collections.abc import Iterator


pytestmark = [pytest.mark.stack, pytest.mark.chaos]
NUMBERS = ("330106190001010033", "330106190001010041", "330106190001010017")
PERSONS = 50
AT_ONCE = """import tomllib

_loads = tomllib.loads


def loads(text, **options):
    return _loads(text.replace("waiting_days = 7", "waiting_days = 0"), **options)


tomllib.loads = loads
"""
"""The rule of the days of waiting, made up for every process of this test."""


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
