"""The demo as a user sees it: real records in, the story of one subject, ten years, what next."""

from __future__ import annotations

import hashlib
import shutil
import time
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import psycopg

from events.envelope import CHINA, Platform
from events.event import event_type
from events.partitioning import LEDGER_PARTITIONS
from events.rules.rulebook import load_rulebook
from events.types.amendment import FieldChange
from ops.audit.state import state_from_kafka
from ops.clock import today
from ops.demo.department import SUBJECT, tell_department
from ops.demo.doors import tell_doors
from ops.demo.evidence import evidence_settings, tell_evidence
from ops.demo.stage import Stage, console, must, title, worker, yuan
from ops.demo.tax_decisions import correction, observations
from ops.demo.ten_years import tell_ten_years
from ops.doors.keys import local_key_file
from ops.doors.opening import make_ready
from ops.environment import prepare
from ops.evidence.keys import make_keys
from ops.local.stack import default_home, down, erase, up
from ops.terms.language import spoken, spoken_language
from ops.terms.naming import Naming
from ops.terms.terms import Terms
from ops.told.event import event_named
from ops.told.places import place_told
from ops.told.profile import told_answer
from ops.vault.opening import VaultSettings, make_vault_ready
from projections.as_of.question import Question
from projections.as_of.state import canonical, state_bytes
from projections.queries.subject.history import MessageEffect, history
from projections.queries.warning_log import warnings
from projections.store.live import live
from projections.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.event import Event
    from ops.demo.tax_decisions import Observation
    from projections.profile.shapes import Profile, ShownRecord

_SQL: Final = statements(__name__)
STORY: Final = "91520423MA6DLH799Q"
RUBBISH: Final = "91451202MAK718N46N"
MENDED_NAME: Final = "广西槟咪科技有限公司"


def run_demo() -> None:
    """Play the demo on a stack of its own, and leave nothing running."""
    began = time.monotonic()
    home = default_home() / "demo"
    erase(home)
    shutil.rmtree(home, ignore_errors=True)
    try:
        title(_said("servers"))
        stack = up(home, say=lambda line: console.print(f"   {line}"))
        topics = prepare(stack, LEDGER_PARTITIONS)
        console.print(_said("topics", count=len(topics)))
        settings = evidence_settings(home)
        make_keys(settings)
        make_vault_ready(VaultSettings(postgres=stack.postgres, keys=settings.keys))
        with worker(stack, home), psycopg.connect(stack.postgres, autocommit=True) as connection:
            stage = Stage(stack, connection)
            Demo(stage).play()
            tell_ten_years(stage)
            make_ready(connection, stack.kafka, home, datetime.now(CHINA))
            tell_department(stack, local_key_file(home))
            tell_doors(stack, settings.keys)
            tell_evidence(stack, settings, SUBJECT)
    finally:
        down(home)
    console.print("\n" + _said("took", seconds=f"{time.monotonic() - began:.0f}"))
    _next_steps()


class Demo:
    """The acts on real records."""

    def __init__(self, stage: Stage) -> None:
        """Read the observations; nothing is sent yet."""
        self._stage = stage
        self._connection = stage.connection
        self._observations = list(observations())
        self._naming = Naming(Terms(spoken_language()), load_rulebook(), None)

    def play(self) -> None:
        """Play every act in order."""
        self._report()
        self._tell_story()
        self._mend_name()
        self._feed_again()

    def _report(self) -> None:
        title(_said("report"))
        self._submit(self._observations)
        counts = self._counts()
        refused = self._stage.refused()
        seen, documents = len(self._observations), counts["documents"]
        console.print(_said("submitted", observations=seen, documents=documents))
        recorded, subjects = counts["recorded"], counts["subjects"]
        console.print(_said("recorded", recorded=recorded, subjects=subjects))
        console.print(_said("refused", count=len(refused)))
        for document, reason in refused.items():
            console.print(f"      {document}: {reason}", markup=False)
        console.print(_said("corrections", count=counts["corrections"]))
        console.print(_said("again", again=counts["again"], verified=counts["verified_again"]))
        must(counts["recorded"] == 41, "41 decisions recorded")  # noqa: PLR2004 - known beforehand
        must(len(refused) == 2, "2 decisions refused")  # noqa: PLR2004 - known beforehand
        must(counts["corrections"] == 7, "7 corrections")  # noqa: PLR2004 - known beforehand
        unknown = self._unknown_dates()
        console.print(_said("unknown", **unknown))

    def _tell_story(self) -> None:
        title(_said("story", subject=STORY))
        page = history(self._connection, Platform.ORGANISATION, STORY)
        must(page is not None, "the subject has a history")
        if page is None:
            return
        console.print(_said("reported"))
        for item in page.items:
            if item.effect is not MessageEffect.REPEAT and item.event is not None:
                told = _said(
                    "item",
                    offset=f"{item.offset:>3}",
                    type=event_named(item.event_type, self._naming.terms),
                    effect=spoken(item.effect, "message_effect"),
                    document=item.event.envelope.document_no,
                )
                console.print(told, markup=False)
        repeats = sum(item.effect is MessageEffect.REPEAT for item in page.items)
        console.print(_said("repeats", count=repeats))
        console.print("\n" + _said("profiled"))
        console.print(told_answer(self._stage.profile(STORY, today()), spoken_language()))
        self._show_warnings()
        first_correction = next(
            item.offset for item in page.items if item.event_type == "RecordCorrected"
        )
        self._compare_states(page.place.partition, first_correction)

    def _compare_states(self, partition: int, first_correction: int) -> None:
        console.print("\n" + _said("three_days"))
        days = (date(2025, 8, 28), date(2025, 8, 29), today())
        cuts = {_said("before_corrections"): first_correction, _said("all_known"): None}
        for known, cut in cuts.items():
            for day in days:
                answer = self._stage.state(
                    STORY, day, cut=None if cut is None else {partition: cut}
                )
                place = place_told(partition, answer.state.cut)
                state = _summary(answer.state.profile)
                console.print(_said("of_day", day=day, known=known, place=place, state=state))
        again = state_from_kafka(
            self._stage.stack.kafka,
            Question(
                platform=Platform.ORGANISATION,
                subject_id=STORY,
                valid_on=days[-1],
                cut={partition: answer.state.cut},
            ),
            self._stage.calendar,
        )
        must(state_bytes(again) == answer.body, "Postgres and Kafka alone give the same bytes")
        digest = hashlib.sha256(answer.body).hexdigest()
        console.print(_said("from_kafka", bytes=f"{len(answer.body):,}", digest=digest[:16]))

    def _show_warnings(self) -> None:
        for told in warnings(self._connection, Platform.ORGANISATION, subject_id=STORY).warnings:
            level = "" if told.level is None else spoken(told.level, "warning_level")
            moved = f"{spoken(told.transition, 'Transition')} {level}".strip()
            why, count = self._naming.warning(told.rule), len(told.evidence)
            console.print(_said("published", region=told.region, moved=moved, why=why, count=count))

    def _mend_name(self) -> None:
        title(_said("mend", subject=RUBBISH))
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
        before = self._stage.state(RUBBISH, today())
        self._stage.submit(corrections)
        after = self._stage.state(RUBBISH, today())
        for label, found in (("before", before), ("after", after)):
            name = found.state.profile.name if found.state.profile else None
            place = place_told(found.state.partition, found.state.cut)
            told = _said("named", label=_said(label), place=place, name=name)
            console.print(told, markup=False)
        must(
            after.state.profile is not None and after.state.profile.name == MENDED_NAME,
            "the name is mended",
        )
        console.print(_said("both_stay"))

    def _feed_again(self) -> None:
        title(_said("feed_again"))
        before = self._end_state()
        self._submit(self._observations[::-1])
        after = self._end_state()
        must(before == after, "the end state is the same")
        console.print(_said("same_end", count=len(self._observations), digest=after[:16]))

    def _submit(self, found: Sequence[Observation]) -> None:
        self._stage.submit([o.submission.event for o in found])

    def _counts(self) -> dict[str, int]:
        profiles = self._profiles()
        kept = [record for profile in profiles.values() for record in _decisions(profile)]
        kinds = [event_type(o.submission.event) for o in self._observations]
        documents = len({o.document for o in self._observations})
        corrections = kinds.count("RecordCorrected")
        return {
            "documents": documents,
            "subjects": len(profiles),
            "recorded": len(kept),
            "corrections": sum(record.corrected for record in kept),
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

    def _profiles(self) -> dict[str, Profile]:
        statement = live(self._connection, Platform.ORGANISATION).statement(_SQL["subjects"])
        subjects = self._connection.execute(statement).fetchall()
        return {subject: self._stage.profile(subject, today()).profile for (subject,) in subjects}

    def _end_state(self) -> str:
        """Digest every profile, without the count of repeats, which is all that feeding again adds."""
        profiles: dict[str, Any] = {
            subject_id: msgspec.structs.replace(profile, repeats=0)
            for subject_id, profile in sorted(self._profiles().items())
        }
        return hashlib.sha256(canonical(profiles)).hexdigest()


def _decisions(profile: Profile) -> list[ShownRecord]:
    """Give the penalties and arrears of a profile."""
    return [*profile.of("PenaltyImposed"), *profile.of("TaxArrearsAnnounced")]


def _summary(profile: Profile | None) -> str:
    if profile is None or not _decisions(profile):
        return _said("nothing_in_effect")
    verified = {record.verified for record in _decisions(profile)}
    return _said(
        "summary",
        penalties=len(profile.of("PenaltyImposed")),
        arrears=len(profile.of("TaxArrearsAnnounced")),
        owed=yuan(profile.arrears_owed_fen),
        verified=_said("verified" if verified == {True} else "not_verified"),
    )


def _next_steps() -> None:
    """Say where to look next; what the demo ran is gone, so it begins with a ledger of one's own."""
    console.print("\n" + _said("next"), markup=False, soft_wrap=True)


def _said(code: str, **values: object) -> str:
    return spoken(code, "demo", **values)
