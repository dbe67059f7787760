"""The demo as a user sees it: real records in, the story of one subject, what to try next."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg
from confluent_kafka import Consumer, TopicPartition
from rich.console import Console

from events.amendment import FieldChange
from events.codec import cloud_event_headers, decode_record, department_source, encode_record
from events.envelope import Platform
from events.errors import LedgerError
from events.partitioning import LEDGER_PARTITIONS
from events.rulebook import load_rulebook
from events.topics import rejections_topic, submissions_topic
from events.types import event_to_record, event_type
from ops.cli.asking import show_profile
from ops.cli.terminal import today, yuan
from ops.demo.tax_decisions import Observation, correction, observations
from ops.environment import prepare
from ops.ledger_reader import state_from_kafka
from ops.local.stack import Stack, default_home, down, erase, up
from projections import queries
from projections.as_of import canonical, state_bytes
from projections.rules import RuleCalendar
from streams.producer import Sender, create_producer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from events.types import Event

STORY: Final = "91520423MA6DLH799Q"
RUBBISH: Final = "91451202MAK718N46N"
MENDED_NAME: Final = "广西槟咪科技有限公司"
_WAIT_MAX_S: Final = 90.0

console = Console(highlight=False)


class DemoFailedError(LedgerError):
    """The demo did not come out as it must."""


def run_demo() -> None:
    """Play the demo on a stack of its own, and leave nothing running."""
    began = time.monotonic()
    home = default_home() / "demo"
    erase(home)
    shutil.rmtree(home, ignore_errors=True)
    try:
        _title("1. A real Kafka and a real Postgres")
        stack = up(home, say=lambda line: console.print(f"   {line}"))
        topics = prepare(stack, LEDGER_PARTITIONS)
        console.print(f"   {len(topics)} topics and the tables are there")
        with _worker(stack), psycopg.connect(stack.postgres, autocommit=True) as connection:
            Demo(stack, connection).play()
    finally:
        down(home)
    console.print(f"\nThe whole took {time.monotonic() - began:.0f} s. Nothing was left running.")
    _next_steps()


@contextmanager
def _worker(stack: Stack) -> Iterator[None]:
    """Run `credit-ledger worker` beside us, as an operator would in a terminal of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ops", "worker"],
        env={
            **os.environ,
            "CREDIT_LEDGER_KAFKA": stack.kafka,
            "CREDIT_LEDGER_POSTGRES": stack.postgres,
        },
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


class Demo:
    """The acts of the demo, on a running ledger."""

    def __init__(self, stack: Stack, connection: psycopg.Connection[Any]) -> None:
        """Read the observations; nothing is sent yet."""
        self._stack = stack
        self._connection = connection
        self._calendar = RuleCalendar(load_rulebook())
        self._sender = Sender(create_producer(stack.kafka))
        self._observations = list(observations())
        self._submitted = 0

    def play(self) -> None:
        """Play every act in order."""
        self._report()
        self._tell_story()
        self._mend_name()
        self._feed_again()

    def _report(self) -> None:
        _title("2. Nine provinces' tax services report what they published (real records of 2026)")
        self._submit(self._observations)
        counts = self._counts()
        refused = self._refused()
        console.print(
            f"   {len(self._observations)} observations of {counts['documents']} decisions submitted in the order "
            "in which they were made"
        )
        console.print(
            f"   recorded: [bold]{counts['recorded']}[/] decisions on {counts['subjects']} enterprises"
        )
        console.print(f"   refused:  [bold]{len(refused)}[/] decisions, for the reason:")
        for document, reason in refused.items():
            console.print(f"      {document}: {reason}", markup=False)
        console.print(
            f"   corrections: [bold]{counts['corrections']}[/] (the verification changed)"
        )
        console.print(
            f"   seen again:  {counts['again']} observations, which changed nothing "
            f'(of them {counts["verified_again"]} only say "verified again")'
        )
        _must(counts["recorded"] == 41, "41 decisions recorded")  # noqa: PLR2004 - known beforehand
        _must(len(refused) == 2, "2 decisions refused")  # noqa: PLR2004 - known beforehand
        _must(counts["corrections"] == 7, "7 corrections")  # noqa: PLR2004 - known beforehand
        unknown = self._unknown_dates()
        console.print(
            f"   unknown stays unknown: {unknown['decision']} decisions without their day, "
            f"{unknown['publication']} without the day of publication; where a clock needs one, "
            "the next known day is used and named"
        )

    def _tell_story(self) -> None:
        _title(f"3. The story of one subject: {STORY}")
        page = queries.history(self._connection, Platform.ORGANISATION, STORY)
        _must(page is not None, "the subject has a history")
        if page is None:
            return
        console.print("   [bold]Reported[/] (credit-ledger history …):")
        for item in page.items:
            if item.effect is not queries.Effect.REPEAT and item.event is not None:
                console.print(
                    f"   offset {item.offset:>3}  {item.event_type:<20} {item.effect:<10} "
                    f"{item.event.envelope.document_no}",
                    markup=False,
                )
        repeats = sum(item.effect is queries.Effect.REPEAT for item in page.items)
        console.print(f"   … and {repeats} repeats of these, without effect")
        console.print("\n   [bold]Profiled and warned[/] (credit-ledger profile …):")
        answer = queries.profile(
            self._connection, Platform.ORGANISATION, STORY, today(), self._calendar
        )
        _must(answer is not None, "the subject has a profile")
        if answer is not None:
            show_profile(STORY, answer.profile, f"{answer.events} events")
        self._show_warnings()
        first_correction = next(
            item.offset for item in page.items if item.event_type == "RecordCorrected"
        )
        self._compare_states(page.place.partition, first_correction)

    def _compare_states(self, partition: int, first_correction: int) -> None:
        console.print(
            "\n   [bold]State as of three days, as known at two moments[/] (credit-ledger state …):"
        )
        days = (date(2025, 8, 28), date(2025, 8, 29), today())
        cuts = {"before the corrections": first_correction, "with all that is known now": None}
        for known, cut in cuts.items():
            for day in days:
                answer = queries.state(
                    self._connection,
                    Platform.ORGANISATION,
                    STORY,
                    valid_on=day,
                    calendar=self._calendar,
                    cut=None if cut is None else {partition: cut},
                )
                console.print(
                    f"   {day}, {known} (before {partition}:{answer.state.cut}): {_summary(answer.state)}"
                )
        again = state_from_kafka(
            self._stack.kafka,
            platform=Platform.ORGANISATION,
            subject_id=STORY,
            valid_on=days[-1],
            calendar=self._calendar,
            cut={partition: answer.state.cut},
        )
        _must(state_bytes(again) == answer.body, "Postgres and Kafka alone give the same bytes")
        digest = hashlib.sha256(answer.body).hexdigest()
        console.print(
            f"   From Kafka alone, as an auditor would: the same {len(answer.body):,} bytes, sha256 {digest[:16]}…"
        )

    def _show_warnings(self) -> None:
        rows = self._connection.execute(
            "SELECT transition, level, region, rule, evidence FROM organisation_v1.warning "
            "WHERE subject_id = %s ORDER BY generation, n",
            (STORY,),
        ).fetchall()
        for transition, level, region, rule, evidence in rows:
            console.print(
                f"   published on credit.organisation.warnings.{region}: [bold]{transition} {level}[/] {rule}, "
                f"evidence {len(evidence)} event{'s' if len(evidence) > 1 else ''}"
            )

    def _mend_name(self) -> None:
        _title(f"4. A name that is scraper rubbish is mended by a correction: {RUBBISH}")
        originals = {
            o.document: o.submission.event
            for o in self._observations
            if o.submission.event.envelope.subject_id == RUBBISH
        }
        corrections: list[Event] = [
            correction(
                event, [FieldChange("envelope.subject_name", f'"{MENDED_NAME}"')], date(2026, 8, 9)
            )
            for event in originals.values()
        ]
        before = self._state(RUBBISH)
        self._send(corrections)
        after = self._state(RUBBISH)
        for label, found in (("before", before), ("after", after)):
            name = found.state.profile.name if found.state.profile else None
            console.print(
                f"   as known {label} (cut {found.state.partition}:{found.state.cut}): {name}",
                markup=False,
            )
        _must(
            after.state.profile is not None and after.state.profile.name == MENDED_NAME,
            "the name is mended",
        )
        console.print(
            "   Both versions stay: the ledger holds what was said, and what was said of it later."
        )

    def _feed_again(self) -> None:
        _title("5. Fed again, in reverse order: the end state is the same")
        before = self._end_state()
        self._submit(self._observations[::-1])
        after = self._end_state()
        _must(before == after, "the end state is the same")
        console.print(
            f"   {len(self._observations)} observations again, in reverse: every profile is the same, sha256 {after[:16]}…"
        )

    def _submit(self, found: Sequence[Observation]) -> None:
        self._send([o.submission.event for o in found])

    def _send(self, events: Sequence[Event]) -> None:
        """Submit, and wait until all of it is admitted and projected."""
        self._sender.send(
            (
                submissions_topic(Platform.ORGANISATION, event.envelope.department),
                event.envelope.subject_id.encode(),
                encode_record(f"credit.{event_type(event)}", event_to_record(event)),
                cloud_event_headers(
                    event_id=event.envelope.event_id
                    or f"{event.envelope.document_no or 'amendment'}",
                    record=f"credit.{event_type(event)}",
                    source=department_source(event.envelope.department),
                    time=self._observations[0].observed_at,
                ),
            )
            for event in events
        )
        self._submitted += len(events)
        deadline = time.monotonic() + _WAIT_MAX_S
        while self._arrived() < self._submitted:
            if time.monotonic() > deadline:
                raise DemoFailedError(
                    f"{self._arrived()} of {self._submitted} submissions arrived in {_WAIT_MAX_S:.0f} s: "
                    "look at the worker with `credit-ledger worker`"
                )
            time.sleep(0.05)

    def _arrived(self) -> int:
        """Count what was projected, and what was refused."""
        row = self._connection.execute(
            "SELECT coalesce(sum(next_offset), 0)::int FROM organisation_v1.position"
        ).fetchone()
        return (row[0] if row else 0) + self._end_of(rejections_topic(Platform.ORGANISATION))

    def _end_of(self, topic: str) -> int:
        with _reader(self._stack.kafka) as reader:
            return int(reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1])

    def _refused(self) -> dict[str, str]:
        """Give the refused documents and their reasons, as the department reads them."""
        found: dict[str, str] = {}
        topic = rejections_topic(Platform.ORGANISATION)
        end = self._end_of(topic)
        with _reader(self._stack.kafka) as reader:
            reader.assign([TopicPartition(topic, 0, 0)])
            for _ in range(end):
                message = reader.poll(10)
                _must(message is not None and message.error() is None, "the refusals can be read")
                _, value = decode_record(message.value())
                reasons = "; ".join(
                    f"{r['field']}: {r['rule']} [{r['code']}]" for r in value["reasons"]
                )
                found[value["document_no"]] = reasons
        return found

    def _counts(self) -> dict[str, int]:
        profiles = self._profiles()
        records = sum(len(p.penalties) + len(p.arrears) for p in profiles.values())
        kinds = [event_type(o.submission.event) for o in self._observations]
        documents = len({o.document for o in self._observations})
        corrections = kinds.count("RecordCorrected")
        return {
            "documents": documents,
            "subjects": len(profiles),
            "recorded": records,
            "corrections": sum(
                p.corrected for q in profiles.values() for p in (*q.penalties, *q.arrears)
            ),
            "again": len(self._observations) - documents - corrections,
            # One of the repeats only moved the address of a web page.
            "verified_again": len(self._observations) - documents - corrections - 1,
        }

    def _unknown_dates(self) -> dict[str, int]:
        firsts = {o.document: o.submission.event for o in reversed(self._observations)}
        envelopes = [event.envelope for event in firsts.values() if event.envelope.document_no]
        return {
            "decision": sum(e.occurred_on is None for e in envelopes),
            "publication": sum(e.published_on is None for e in envelopes),
        }

    def _profiles(self) -> dict[str, Any]:
        subjects = self._connection.execute(
            "SELECT subject_id FROM organisation_v1.profile"
        ).fetchall()
        found = {}
        for (subject_id,) in subjects:
            answer = queries.profile(
                self._connection, Platform.ORGANISATION, subject_id, today(), self._calendar
            )
            if answer is not None:
                found[subject_id] = answer.profile
        return found

    def _end_state(self) -> str:
        """Digest every profile, without the count of repeats, which is all that feeding again adds."""
        profiles = {
            subject_id: msgspec.structs.replace(profile, repeats=0)
            for subject_id, profile in sorted(self._profiles().items())
        }
        return hashlib.sha256(canonical(profiles)).hexdigest()

    def _state(self, subject_id: str) -> queries.StateAnswer:
        return queries.state(
            self._connection,
            Platform.ORGANISATION,
            subject_id,
            valid_on=today(),
            calendar=self._calendar,
        )


@contextmanager
def _reader(kafka: str) -> Iterator[Consumer]:
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "credit-ledger.demo",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        yield consumer
    finally:
        consumer.close()


def _summary(state: Any) -> str:
    profile = state.profile
    if profile is None or not (profile.penalties or profile.arrears):
        return "nothing in effect"
    verified = {p.verified for p in (*profile.penalties, *profile.arrears)}
    word = "verified" if verified == {True} else "not verified"
    return (
        f"{len(profile.penalties)} penalty, {len(profile.arrears)} arrears, "
        f"owed {yuan(profile.arrears_owed_fen)}, {word}"
    )


def _must(holds: bool, what: str) -> None:  # noqa: FBT001 - a check reads best so
    if not holds:
        raise DemoFailedError(f"the demo did not come out as it must: {what}")


def _title(text: str) -> None:
    console.print(f"\n[bold]{text}[/]")


def _next_steps() -> None:
    console.print(
        "\nTry next:\n"
        "   .venv/bin/credit-ledger up                       a ledger of your own, kept between runs\n"
        "   .venv/bin/credit-ledger worker                   in a second terminal: admits and projects\n"
        "   .venv/bin/credit-ledger generate --events 100000 --subjects 20000\n"
        "   .venv/bin/credit-ledger watch warnings --from-start\n"
        "   .venv/bin/credit-ledger serve                    the query service, with /docs\n"
        "   .venv/bin/credit-ledger replay                   rebuild everything from Kafka and compare\n"
        "   .venv/bin/credit-ledger --help",
        markup=False,
    )
