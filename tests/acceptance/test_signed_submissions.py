"""A department that must sign does so in a file, over HTTP and onto Kafka; the ledger keeps what it signed."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka import Producer

from events.envelope import Platform
from events.partitioning import partition_of
from events.rules.rulebook import load_rulebook
from events.topics import ledger_topic, submissions_topic
from events.wire.decoding import decode_event
from ops.anew.attestations import doubt_of, read_signing
from ops.anew.found import FoundAt
from ops.sdk.outbox import OutboxRelay, create_outbox, emit, signs_with
from ops.submission.defaults import defaults_for
from ops.submission.validation import validate
from projections.proof.department_keys import signature_line
from projections.proof.notes import parse_private
from streams.broker import librdkafka
from tests.support.answers import answer_of
from tests.support.asking import LOCAL_KEY
from tests.support.chaos import wait_for
from tests.support.ledger import read_all
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from events.event import Event
    from tests.acceptance.conftest import Ledger
    from tests.support.reporting import ReportingService

pytestmark = pytest.mark.stack
# A department that no other test lets report, as it must sign from now on.
WHO, SUBJECT = "water-zj", "91330100PDY090019M"
TOPIC = submissions_topic(Platform.ORGANISATION, WHO)
LEDGER = ledger_topic(Platform.ORGANISATION)


def a_record(number: str) -> dict[str, Any]:
    return {
        "event_type": "PenaltyImposed",
        "category": "penalty.water",
        "subject_id": SUBJECT,
        "subject_name": "杭州签名有限公司",
        "document_no": number,
        "kinds": "fine",
        "fine_yuan": "100",
        "occurred_on": "2025-03-01",
        "legal_basis": "《中华人民共和国水法》第七十二条",
    }


def a_file(folder: Path, *numbers: str) -> str:
    place = folder / f"{numbers[0]}.ndjson"
    lines = [json.dumps(a_record(number), ensure_ascii=False) for number in numbers]
    place.write_text("\n".join(lines), "utf-8")
    return str(place)


def a_key(ledger: Ledger) -> dict[str, str]:
    made: dict[str, str] = json.loads(
        ledger.run("keys", "new", f"departments/{WHO}", "--json").stdout
    )
    return made


@pytest.fixture(scope="module")
def key(ledger: Ledger) -> Iterator[str]:
    """Make a key as its department does, and register it as the operator does."""
    made = a_key(ledger)
    register = ledger.keys / "departments.toml"
    register.write_text(
        f'[[department]]\ncode = "{WHO}"\nmust_sign_from = 2020-01-01\n'
        f'[[department.key]]\nvkey = "{made["vkey"]}"\nfrom = 2020-01-01\n',
        "utf-8",
    )
    yield made["file"]
    register.write_text("", "utf-8")


def recorded(ledger: Ledger) -> dict[str, tuple[Event, int]]:
    """Give the subject's events on the ledger by document number, each with its stamp."""
    found = [
        (decode_event(message.value() or b""), message.timestamp()[1])
        for message in read_all(ledger.stack.kafka, LEDGER)
        if message.key() == SUBJECT.encode()
    ]
    return {event.envelope.document_no: (event, stamp) for event, stamp in found}


def in_profile(ledger: Ledger) -> set[str]:
    """Give the document numbers in the subject's profile, which follows the ledger."""
    done = ledger.run("profile", SUBJECT, "--json")
    records = answer_of(done.stdout)["profile"]["records"] if done.returncode == 0 else []
    return {record["document_no"] for record in records}


def test_what_is_signed_is_recorded_with_its_signature_by_every_way(
    ledger: Ledger, service: ReportingService, key: str, tmp_path: Path
) -> None:
    told = ledger.ask("submit", a_file(tmp_path, "签文1号"), "--department", WHO, "--key", key)
    assert [each["sent"] for each in told["files"]] == [1]

    outbox = tmp_path / "outbox.sqlite"
    with sqlite3.connect(outbox) as connection:
        connection.execute(create_outbox("?"))
        for number in ("签网1号", "签网2号"):
            emit(connection, a_record(number), "?")
    connection.close()
    relay = OutboxRelay(
        lambda: sqlite3.connect(outbox),
        *(service.address, WHO),
        key=LOCAL_KEY,
        mark="?",
        sign=signs_with(key),
    )
    assert relay.deliver() == 2

    line = json.dumps(a_record("签卡1号"), ensure_ascii=False).encode()
    defaults = defaults_for(load_rulebook(), department=WHO)
    (good,) = validate(line, defaults, load_rulebook(), datetime.now(UTC), name="a.ndjson").good
    with open(key, encoding="utf-8") as file:  # noqa: PTH123 - a path as text
        signer = parse_private(file.read())
    producer = Producer(librdkafka(ledger.stack.kafka, {}))
    by = signature_line(signer, TOPIC, good.value).encode()
    producer.produce(TOPIC, good.value, SUBJECT.encode(), headers=[("signature", by)])
    producer.flush()

    wanted = {"签文1号", "签网1号", "签网2号", "签卡1号"}
    wait_for(lambda: wanted <= set(recorded(ledger)), AMPLE_S, "all are recorded")
    signing = read_signing((ledger.keys / "departments.toml").read_text("utf-8"))
    at = FoundAt(LEDGER, partition_of(SUBJECT, 12), 0)
    for number, (event, stamp) in recorded(ledger).items():
        assert number in wanted
        assert event.envelope.attestation is not None, number
        assert doubt_of(event, Platform.ORGANISATION, signing, at, stamp) is None, number
    wait_for(lambda: len(in_profile(ledger)) >= len(wanted), AMPLE_S, "all are in the profile")
    assert in_profile(ledger) == wanted


def test_what_is_not_signed_is_refused_by_every_way(
    ledger: Ledger, service: ReportingService, key: str, tmp_path: Path
) -> None:
    assert key
    done = ledger.run("submit", a_file(tmp_path, "无签1号"), "--department", WHO, "--json")
    assert done.returncode != 0
    (refused,) = json.loads(done.stdout)["files"][0]["refused"]
    assert [each["code"] for each in refused["reasons"]] == ["signature_missing"]

    body = json.dumps(a_record("无签2号"), ensure_ascii=False)
    answer = service.post(body, "application/json", department=WHO)
    line = service.fates(answer.json()["receipt"])[1]
    assert (line["fate"], [each["code"] for each in line["reasons"]]) == (
        *("refused", ["signature_missing"]),
    )

    other = a_key(ledger)["file"]
    done = ledger.run(
        *("submit", a_file(tmp_path, "无签3号"), "--department", WHO, "--key", other, "--json")
    )
    (refused,) = json.loads(done.stdout)["files"][0]["refused"]
    assert [each["code"] for each in refused["reasons"]] == ["signature_key_unknown"]
    assert not any(number.startswith("无签") for number in recorded(ledger))
