"""A report from a real broker: of a subject that is there, of one that is not, and of an altered log."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS
from events.rules.access import Purpose, Role
from events.rules.rulebook import load_rulebook
from events.topics import checkpoints_topic, ledger_topic
from ops.anew.found import DiffersError
from ops.audit.comparing import compare_from_kafka
from ops.cli.subject import report as verbs
from ops.evidence.auditing import Auditor
from ops.evidence.keys import make_keys, policy_text, vkeys
from ops.evidence.pages.documents import ReportFormat, document_of
from ops.evidence.reporting import make_report
from ops.evidence.source import InstalledEvidence
from ops.evidence.standing import cuts_now
from ops.evidence.verify_alone import CHECKS, verify
from ops.evidence.verifying import checks_of
from ops.local.stack import Stack
from ops.terms.terms import Language
from ops.topics import create_topics
from projections.access.asker import Asker, Contract
from projections.access.consents import Consent
from projections.as_of.question import Question
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.proof.errors import ProofError
from projections.store.database import create_control
from streams.publishing.producer import Sender, create_producer
from streams.reading.reader import LogReader
from streams.topics import topic_table
from tests.integration.test_signing import settings_of, signer_of
from tests.support import builders as a
from tests.support.asking import GateOfTests, client_of, gate, noon
from tests.support.given import value_of
from tests.support.stack import fresh_database, private_stack
from tests.unit.projections.proof.test_hostile import harmed

PLATFORM = Platform.PERSON
HARMED = int(os.environ.get("HOSTILE_INPUTS", "300"))
pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run servers of its own: what others report of persons would stand in the log, too."""
    with private_stack(tmp_path_factory.mktemp("reports")) as servers:
        yield Stack(kafka=servers.kafka.address, postgres=servers.postgres.address)


def _ask(stack: Stack, source: InstalledEvidence, calendar: RuleCalendar, subject: str) -> None:
    """Ask for everything that proves over HTTP, with odd paths and bodies between."""
    with fresh_database(stack.postgres) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            create_control(connection, LEDGER_PARTITIONS)
        pool = ConnectionPool(url, min_size=1, max_size=2, kwargs={"autocommit": True}, open=False)
        with pool:
            client = client_of(
                create_service(
                    pool, calendar, noon(date(2026, 11, 28)), dict, gate=gate(), evidence=source
                )
            )
            checkpoint = client.get("/evidence/person/checkpoint")
            assert checkpoint.text.startswith("reports.example/person\n3\n")
            for path in ("entries/000.p/3", "0/000.p/3"):
                assert client.get(f"/evidence/person/tile/{path}").content == source.tile(
                    PLATFORM, path
                )
            for path in (
                "0/000",
                "0/000.p/2",
                "9/000",
                "%2e%2e/checkpoint",
            ):
                assert client.get(f"/evidence/person/tile/{path}").status_code == 404, path
            measured = client.get("/metrics").text
            assert 'credit_ledger_cut_age_seconds{platform="person"}' in measured
            assert 'credit_ledger_silent_witnesses{platform="person"} 0' in measured
            [stands] = source.cuts_now()
            assert (stands.platform, stands.cut, stands.events, stands.wrong) == (
                PLATFORM,
                1,
                2,
                None,
            )
            assert client.get("/evidence/policy").text == source.policy()
            assert client.get("/evidence/verify.py").content == source.verifier()
            asked = f"/v1/person/subjects/{subject}/report"
            report = client.get(asked, params={"purpose": "own", "valid_on": "2026-11-20"})
            assert report.headers["content-type"] == "application/json"
            assert client.post("/v1/verify", content=report.content).json()["ok"] is True
            for accept, language in (("application/pdf", "zh"), ("text/html;q=1, */*", "en")):
                headers = {"Accept": accept, "Accept-Language": language}
                given = {"purpose": "own", "valid_on": "2026-11-20"}
                pages = client.get(asked, params=given, headers=headers)
                assert pages.headers["content-type"].startswith(accept.partition(";")[0])
                checked = client.post("/v1/verify", content=pages.content).json()
                assert [each for each in checked["checks"] if not each["ok"]] == []
                assert checked["checks"][-1]["check"] == "pages"
            for odd in (b"", b"{}", report.content[:-9], report.content.replace(b"own", b"tax")):
                answer = client.post("/v1/verify", content=odd).json()
                assert (answer["ok"], len(answer["checks"])) == (False, len(CHECKS))
            assert client.post("/v1/verify", content=b"[" * (16 << 20 | 1)).status_code == 400
            chance = Random(15)
            for number in range(HARMED):
                odd = harmed(chance, (report if number % 5 else pages).content)
                answer = client.post("/v1/verify", content=odd)
                assert answer.status_code == 200, odd
                assert answer.json()["ok"] is (odd in (report.content, pages.content)), odd
            assert client.get(asked, params={"purpose": "gossip"}).status_code == 400
            assert client.get(f"/v1/person/events/{subject}/proof").status_code == 404
            away = client.get("/evidence/organisation/checkpoint")
            assert (away.status_code, client.get("/evidence/nobody/checkpoint").status_code) == (
                404,
                400,
            )
            other = client.get(
                "/v1/organisation/subjects/91330100PDY000896C/report", params={"purpose": "own"}
            )
            assert (other.status_code, "nothing is signed yet" in other.text) == (503, True)


def _asked_by_consent_over_http(
    stack: Stack, source: InstalledEvidence, calendar: RuleCalendar, subject: str
) -> None:
    """Ask for a person's report as itself, and as a bank before and after the person lets it."""
    bank = Contract(contract_id="b", purposes=(Purpose.LENDING,), start=date(2026, 1, 1))
    known = GateOfTests(
        itself=Asker(role=Role.SUBJECT, organisation=subject, key_id="itself"),
        bank=Asker(role=Role.AGENCY, organisation="bank", contracts=(bank,), key_id="bank"),
    )
    day = date(2026, 11, 28)
    consent = Consent(
        consent_id="1",
        platform=PLATFORM,
        subject_id=subject,
        organisation="bank",
        purpose=Purpose.LENDING,
        since=day,
        until=date(2199, 1, 1),
    )
    with fresh_database(stack.postgres) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            create_control(connection, LEDGER_PARTITIONS)
        with ConnectionPool(url, min_size=1, max_size=2, kwargs={"autocommit": True}) as pool:
            app = create_service(pool, calendar, noon(day), dict, gate=known, evidence=source)
            client, path = client_of(app, None), f"/v1/person/subjects/{subject}/report"

            def asked(key: str, said: str = "lending") -> httpx.Response:
                headers = {"Authorization": f"Bearer {key}", "Credit-Purpose": said}
                return client.get(path, params={"purpose": "lending"}, headers=headers)

            before = asked("bank")
            known.given.append(consent)
            given, again, own = asked("bank"), asked("bank"), asked("itself", "own")
            elsewhere = asked("bank", "employment")
            known.withdraw(None, "1")
            after = asked("bank")
            assert [each.json()["code"] for each in (before, elsewhere, after)] == [
                "consent_missing",
                "contract_missing",
                "consent_missing",
            ]
            for report in (given, again, own):
                assert client.post("/v1/verify", content=report.content).json()["ok"] is True
            first, second = (_without_its_moment(each.content) for each in (given, again))
            assert first == second
            assert "score" not in json.dumps(first["state"])
            assert _without_its_moment(own.content)["events"] == first["events"]
            recorded = [each.outcome for each in known.inquiries]
            assert recorded.count("answered") == 3


def _without_its_moment(report: bytes) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(report)["body"]
    del body["made_at_ms"]
    return body


@pytest.mark.requirement(27, at="http")
def test_a_report_is_made_verified_and_refused_where_the_log_was_altered(
    stack: Stack, tmp_path: Path
) -> None:
    assert verbs.report_verb.__doc__
    names = {ledger_topic(PLATFORM), checkpoints_topic(PLATFORM)}
    create_topics(stack.kafka, [t for t in topic_table(load_rulebook()) if t.name in names])
    settings = settings_of(tmp_path, "reports.example")
    make_keys(settings)
    there, absent = f"P{1:032x}", f"P{2:032x}"
    events = [a.a_court_listing(there, f"2026-1{i}-01", subject_id=there) for i in range(2)]
    topic = ledger_topic(PLATFORM)
    sender = Sender(create_producer(stack.kafka))
    sender.send([(topic, there.encode(), value_of(event), None) for event in events])
    with LogReader(stack.kafka) as reader:
        signer = signer_of(stack.kafka, settings, settings.log_folder(PLATFORM), reader, PLATFORM)
        with signer.open() as log:
            signer.step(log)
    calendar = RuleCalendar(load_rulebook())
    policy = policy_text(settings)
    keys = "\n".join(each.vkey() for each in vkeys(settings, "reports"))
    for subject in (there, absent):
        question = Question(platform=PLATFORM, subject_id=subject, valid_on=date(2026, 11, 28))
        data = make_report(stack.kafka, settings, question, "trial", calendar)
        assert [each for each in verify(data, policy, keys) if not each["ok"]] == []
        for form, language in product(ReportFormat, Language):
            pages = document_of(data, form, language)
            checked = checks_of(pages, policy, keys, derive=True)
            assert [each for each in checked if not each["ok"]] == []
            assert checked[-1]["check"] == "derived"
        assert value_of(events[0]) != b""
        assert data.startswith(b'{"body":{"cut":"cut 1')
    _ask(stack, InstalledEvidence(stack.kafka, settings, calendar), calendar, there)
    source = InstalledEvidence(stack.kafka, settings, calendar)
    _asked_by_consent_over_http(stack, source, calendar, there)
    auditor = Auditor(stack.kafka, settings, PLATFORM)
    assert auditor.check_log(1) == (2, 1, 0)
    assert auditor.check_subject(there, date(2026, 11, 28), calendar) == (2, 1)
    assert auditor.check_subject(absent, date(2026, 11, 28), calendar) == (0, 1)
    asked = Question(platform=PLATFORM, subject_id=there, valid_on=date(2026, 11, 28))
    first = msgspec.structs.replace(asked, cut=dict.fromkeys(range(LEDGER_PARTITIONS), 0))
    found = compare_from_kafka(stack.kafka, first, asked, calendar)
    assert (found.finding, len(found.events)) == ("other events", 2)
    bundle = max(settings.log_folder(PLATFORM).glob("tile/entries/*.p/*"))
    kept = bundle.read_bytes()
    bundle.write_bytes(kept.replace(b" 0 ", b" 1 ", 1))
    with pytest.raises(DiffersError, match="folder: "):
        auditor.check_log(1)
    bundle.write_bytes(kept)
    tile = max(settings.log_folder(PLATFORM).glob("tile/0/*.p/*"))
    tile.write_bytes(tile.read_bytes()[:-1] + b"x")
    assert "not the tiles" in (cuts_now(settings, 0.0)[0].wrong or "")
    with pytest.raises(ProofError, match="not the tiles of the checkpoint"):
        make_report(stack.kafka, settings, question, "trial", calendar)
