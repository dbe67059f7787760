"""Contagion on a real Kafka and Postgres: told, shown, and answered with the same bytes from both."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from events.envelope import CHINA, Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from events.rules.rulebook import load_rulebook
from ops.audit.ledger import LedgerReader
from ops.audit.replay import fold_partition, replay
from ops.audit.state import state_from_kafka
from ops.environment import prepare
from ops.generator import GeneratorPlan, generate
from ops.generator.subjects import subject_id_at
from ops.local.stack import Stack
from projections.as_of.cut import CutSilentError, format_cut, parse_cut
from projections.as_of.question import Question
from projections.as_of.state import state_bytes
from projections.calendar.rules import RuleCalendar
from projections.http.application import create_service
from projections.projector import Projector
from projections.queries.subject.profile import answer_profile
from projections.queries.subject.state import answer_state
from projections.store.database import live_schema
from projections.store.live import ProjectionBehindError
from projections.store.store import Store
from streams.publishing.producer import Sender, create_producer
from tests.acceptance.conftest import run_verb
from tests.support import builders as a
from tests.support.asking import client_of, gate, noon
from tests.support.ledger import LEDGER, saying
from tests.support.stack import private_stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from events.event import Event

ORGANISATION = Platform.ORGANISATION
CALENDAR = RuleCalendar(load_rulebook())
FIRM, SISTER = a.SUBJECT, a.OTHER_SUBJECT
CONTROLLED = subject_id_at(ORGANISATION, 901)
JOINED = subject_id_at(ORGANISATION, 902)
"""Tied to the same person by a correction only."""
TODAY = datetime.now(CHINA).date()
TOMORROW = TODAY + timedelta(days=1)
DAYS = (date(2025, 3, 9), date(2025, 3, 25), TOMORROW)
PLAN = GeneratorPlan(
    events=300, subjects=40, seed=11, first_day=date(2024, 1, 1), last_day=date(2026, 8, 31)
)
ITS_TIE = a.a_relation(1, "2024-05-01", subject_id=SISTER)
OTHER_TIE = a.a_relation(1, "2024-05-01", subject_id=JOINED, other="P" + "9" * 32)
BEFORE = [
    OTHER_TIE,
    a.a_correction(OTHER_TIE, "2024-06-01", other=a.PERSON),
    a.a_relation(1, "2024-05-01", subject_id=FIRM),
    ITS_TIE,
    a.a_relation(1, "2024-05-01", subject_id=CONTROLLED, other=SISTER, role="actual_controller"),
    *generate(PLAN),
]
FLED = a.a_tax_listing(1, "2025-03-10", ground="fled", notified_on="2024-01-10", subject_id=SISTER)
MOVED = a.a_correction(ITS_TIE, "2025-06-01", other="P" + "9" * 32)
RULE = "warning.related"


@dataclass
class Played:
    """A ledger on servers of its own, and the cut behind each part of what was said."""

    stack: Stack
    cuts: list[dict[int, int]] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)

    def say(self, *events: Event) -> None:
        """Append to the ledger, project it, and keep the cut behind it."""
        sender = Sender(create_producer(self.stack.kafka))
        said = [saying(event) for event in events]
        sender.send([(LEDGER, each.key, each.value, None) for each in said])
        with LedgerReader(self.stack.kafka, ORGANISATION) as reader:
            cut = {partition: reader.end(partition) for partition in reader.partitions}
        for partition, end in cut.items():
            fold_partition(self.stack.kafka, self.stack.postgres, ORGANISATION, 1, partition, end)
        self.cuts.append(cut)

    def tell(self, to: date) -> None:
        """Let a day begin in all partitions, and tell of contagion."""
        with psycopg.connect(self.stack.postgres, autocommit=True) as connection:
            projector = projector_of(connection)
            for partition in range(LEDGER_PARTITIONS):
                while projector.sweep(connection, partition, to)[1]:
                    pass
            for partition in range(LEDGER_PARTITIONS):
                assert projector.relate(connection, partition, to) is not None
            self.told.append(answer_profile(connection, ORGANISATION, FIRM, to, CALENDAR))

    def both(self, subject: str, **asked: Any) -> tuple[Any, bytes, bytes]:
        """Answer from Postgres, and from Kafka alone at the cut that answer names."""
        with psycopg.connect(self.stack.postgres, autocommit=True) as connection:
            answer = answer_state(
                connection, Question(platform=ORGANISATION, subject_id=subject, **asked), CALENDAR
            )
        if asked.keys().isdisjoint(("cut", "known_at_ms")):
            asked["cut"] = named_cut(answer.state)
        own = state_from_kafka(
            self.stack.kafka, Question(platform=ORGANISATION, subject_id=subject, **asked), CALENDAR
        )
        return answer.state, answer.body, state_bytes(own)


def without_moment(body: bytes) -> Any:
    return {name: value for name, value in json.loads(body).items() if name != "known_at"}


def projector_of(connection: psycopg.Connection[Any]) -> Projector:
    return Projector(ORGANISATION, Store(live_schema(connection, ORGANISATION)), CALENDAR)


def named_cut(state: Any) -> Mapping[int, int]:
    """Give the cut that an answer rests on."""
    whole = state.contagion.cut
    return {state.partition: state.cut} if whole is None else parse_cut(whole)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with private_stack(tmp_path_factory.mktemp("contagion")) as servers:
        found = Played(Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start()))
        prepare(found.stack, LEDGER_PARTITIONS)
        found.say(*BEFORE)
        found.say(FLED)
        yield found


def test_the_subjects_lie_in_different_partitions() -> None:
    assert len({partition_of(subject) for subject in (FIRM, SISTER, CONTROLLED)}) == 3


@pytest.mark.requirement(59, 90)
def test_postgres_and_kafka_alone_give_the_same_bytes_across_partitions(played: Played) -> None:
    warned: dict[tuple[int, str, date], Any] = {}
    for number, cut in enumerate(played.cuts[:2]):
        for subject in (FIRM, SISTER, CONTROLLED):
            for on in DAYS:
                state, body, own = played.both(subject, valid_on=on, cut=cut)
                assert own == body
                warned[number, subject, on] = state.contagion.warning
                if subject is not CONTROLLED:
                    assert state.contagion.relatives == 2, "each other, and who joined them"

    assert {key for key, warning in warned.items() if warning is not None} == {
        (1, subject, on) for subject in (FIRM, CONTROLLED) for on in DAYS[1:]
    }


def test_a_moment_gives_the_cut_of_every_partition(played: Played) -> None:
    with LedgerReader(played.stack.kafka, ORGANISATION) as reader:
        fled = reader.messages_of(SISTER, played.cuts[1][partition_of(SISTER)])[-1].recorded_ms
    for moment, is_warned in ((fled - 1, False), (fled, True)):
        state, body, own = played.both(FIRM, valid_on=TOMORROW, known_at_ms=moment)
        assert own == body
        assert (state.contagion.warning is not None) is is_warned
        _, by_cut, _ = played.both(FIRM, valid_on=TOMORROW, cut=named_cut(state))
        # The moment stands in the answer to it, outside what the hashes cover.
        assert without_moment(by_cut) == without_moment(body)


def test_what_is_known_now_names_a_cut_from_which_kafka_gives_the_same(played: Played) -> None:
    for subject in (FIRM, *(subject_id_at(ORGANISATION, n) for n in range(4))):
        _, body, own = played.both(subject, valid_on=TODAY)
        assert own == body


def test_a_cut_of_the_own_partition_alone_is_silent_on_contagion(played: Played) -> None:
    cut = {partition_of(FIRM): played.cuts[1][partition_of(FIRM)]}
    state, body, own = played.both(FIRM, valid_on=TODAY, cut=cut)

    assert own == body
    assert state.contagion.asked == "cut_silent"
    assert state.contagion.silent == [p for p in range(LEDGER_PARTITIONS) if p not in cut]
    with pytest.raises(CutSilentError):
        played.both(SISTER, valid_on=TODAY, cut=cut)
    with pytest.raises(ProjectionBehindError):
        played.both(FIRM, valid_on=TODAY, cut={**played.cuts[1], partition_of(SISTER): 10**9})


def test_the_verb_answers_the_same_from_both_and_tells_it_in_both_languages(
    played: Played,
) -> None:
    servers = {
        "CREDIT_LEDGER_KAFKA": played.stack.kafka,
        "CREDIT_LEDGER_POSTGRES": played.stack.postgres,
    }
    cut = format_cut(played.cuts[1])
    asked = ("state", FIRM, "--valid-on", "2025-03-25", "--cut", cut)
    one, other = (
        run_verb(*asked, "--from", source, "--json", **servers) for source in ("postgres", "kafka")
    )
    assert (one.returncode, other.returncode) == (0, 0), one.stderr + other.stderr
    assert one.stdout == other.stdout
    assert "looking for ties in partition 0" in other.stderr
    found = json.loads(one.stdout)["contagion"]
    assert (found["cut"], found["warning"]["rule"]) == (cut, RULE)
    for language, title in (("en", "Contagion"), ("zh", "关联预警")):
        told = run_verb(*asked, "--language", language, **servers)
        assert told.returncode == 0, told.stderr
        assert title in told.stdout
        assert SISTER in told.stdout


@pytest.mark.requirement(90)
def test_what_is_told_at_midnight_stands_in_the_profile_and_is_lifted_when_the_tie_moves(
    played: Played,
) -> None:
    played.tell(TOMORROW)
    shown = played.told[-1].contagion
    holds = played.both(FIRM, valid_on=TOMORROW, cut=played.cuts[1])[0].contagion.warning
    assert replay(played.stack, ORGANISATION).differences == []

    assert shown.concluded_on == TOMORROW
    assert shown.warning.since == TOMORROW
    assert (shown.warning.rule, shown.warning.rule_from) == (holds.rule, holds.rule_from)
    assert (shown.warning.level, shown.warning.evidence) == (holds.level, holds.evidence)
    assert shown.warning.domain == holds.domain
    assert by_http(played, f"subjects/{FIRM}/profile")["contagion"]["warning"]["rule"] == RULE
    assert by_http(played, f"subjects/{SISTER}/profile")["contagion"]["warning"] is None
    (listed,) = [
        w
        for w in by_http(played, "warnings?active=true&limit=1000")["warnings"]
        if (w["subject_id"], w["rule"]) == (FIRM, RULE)
    ]
    assert listed["evidence"] == list(holds.evidence)

    played.say(MOVED)
    played.tell(TOMORROW + timedelta(days=1))

    assert played.told[-1].contagion.warning is None
    state, body, own = played.both(FIRM, valid_on=TOMORROW)
    assert own == body
    assert (state.contagion.warning, state.contagion.relatives) == (None, 1)
    path = f"subjects/{FIRM}/state?valid_on={TOMORROW}&cut="
    answered = by_http(played, path + format_cut(played.cuts[1]))["contagion"]
    assert answered["warning"]["evidence"] == list(holds.evidence)


def by_http(played: Played, path: str) -> Any:
    with ConnectionPool(played.stack.postgres, kwargs={"autocommit": True}) as pool:
        client = client_of(create_service(pool, CALENDAR, noon(TOMORROW), dict, gate=gate()))
        answer = client.get(f"/v1/organisation/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()


def test_a_day_that_was_told_is_not_locked_for_again(played: Played) -> None:
    with (
        psycopg.connect(played.stack.postgres) as holder,
        psycopg.connect(played.stack.postgres, autocommit=True) as connection,
    ):
        projector = projector_of(connection)
        schema = live_schema(connection, ORGANISATION)
        connection.execute("SET lock_timeout = '2s'")
        holder.execute(f"SELECT FROM {schema}.position FOR UPDATE".encode())
        related_on = projector.store.positions(connection.cursor())[0].related_on

        assert projector.relate(connection, 0, related_on) is None
        assert projector.relate(connection, 0, related_on + timedelta(days=9)) is None, "not swept"
