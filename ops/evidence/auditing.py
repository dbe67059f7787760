"""The audit as a whole: what is derived anew, and what this installation answers, held together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from events.partitioning import partition_of
from events.topics import ledger_topic
from ops.anew.audit import AuditedLog
from ops.anew.found import FoundAt, differs
from ops.anew.ledger import LedgerPart, everything
from ops.audit.check import compare_rows
from ops.audit.replay import replay
from ops.evidence.history import TOLD_EVERY, read_so_far
from ops.evidence.keys import REPORTS, policy_of, policy_text, read_trusted, vkeys
from ops.evidence.proving import prove
from ops.evidence.reporting import make_report
from ops.evidence.standing import newest_cut
from ops.evidence.verify_alone import verify
from ops.terms.language import spoken
from projections.as_of.question import Question
from projections.proof.checkpoints import Checkpoint
from projections.proof.department_keys import read_department_keys
from projections.proof.errors import ProofError
from projections.queries.event_place import subjects_by_lot
from streams.admitting.department_keys import DEPARTMENT_KEYS_FILE
from streams.broker import broker, librdkafka

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from events.envelope import Platform
    from ops.anew.audit import LogAudited
    from ops.audit.check import Checked
    from ops.evidence.settings import EvidenceSettings
    from ops.evidence.witness import LogWitness
    from ops.local.stack import Stack
    from projections.calendar.rules import RuleCalendar


class AuditedSubject(NamedTuple):
    """How many events of a subject were audited, and up to which cut."""

    events: int
    cut: int


class Auditor:
    """Audits one platform of this installation, or whatever of it is at hand."""

    def __init__(
        self,
        kafka: str,
        settings: EvidenceSettings,
        platform: Platform,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Name what is audited; nothing is read yet."""
        self._kafka = kafka
        self._settings = settings
        self._platform = platform
        self._say = say
        self._client: dict[str, Any] = librdkafka(
            # What the library logs of connections is no finding; what it cannot read is raised.
            kafka,
            {"group.id": broker(kafka).group("audit"), "log_level": 2},
        )
        folder = settings.log_folder(platform)
        name = settings.log_name(platform)
        keys = [each.verifier for each in policy_of(settings).logs if each.verifier.name == name]
        self._log = AuditedLog(
            self._client,
            platform,
            [each.vkey() for each in keys],
            folder if (folder / "tile").exists() else None,
            self._tell,
            _signing_of(settings),
        )

    def check_log(self, first: int) -> LogAudited:
        """Derive the log anew from Kafka alone. Raises `DiffersError`."""
        return self._log.check_log(first)

    def cosign(self, witness: LogWitness, last: int, at_s: int) -> str:
        """Give the checkpoint of cut `last`, up to which all was derived anew, with a cosignature.

        Raises `WitnessStateError` where another history was cosigned before.
        """
        cuts = self._log.cuts()
        newest = cuts[last - 1]
        roots = {cut.size: cut.root for cut in cuts[:last]}
        checkpoint = Checkpoint(newest.origin, newest.size, newest.root)
        return (newest.note or "") + witness.cosign_derived(checkpoint, roots, at_s)

    def check_submissions(self) -> None:
        """Check that every submission was answered. Raises `DiffersError`."""
        found = self._log.check_submissions()
        told = self._said("answered", count=f"{found.answered:,}")
        if found.waiting:
            told += self._said("answers_wait", count=f"{found.waiting:,}")
        if found.signed:
            told += self._said("answers_signed", count=f"{found.signed:,}")
        self._say(told)

    def _said(self, code: str, **values: object) -> str:
        return spoken(code, "progress", platform=spoken(self._platform, "platforms"), **values)

    def _tell(self, what: str, done: int, total: int) -> None:
        self._say(self._said(what, done=f"{done:,}", total=f"{total:,}"))

    def check_read_models(self, stack: Stack, sample: int | None, lot: str) -> None:
        """Fold the read models anew and compare them; or only those of some subjects."""
        if sample is None:
            found = replay(stack, self._platform, say=self._say)
            for each in found.differences:
                expected, live = each.only_replayed, each.only_live
                table = f"{self._platform}.{each.table}"
                raise differs("read model", f"rows of {table}", expected, live)
            return
        with psycopg.connect(stack.postgres, autocommit=True) as connection:
            subjects = subjects_by_lot(connection, self._platform, sample, lot)
        for subject_id in subjects:
            _check_rows(compare_rows(stack, self._platform, subject_id=subject_id))
        self._say(self._said("rows_anew", count=len(subjects)))

    def check_subject(self, subject_id: str, on: date, calendar: RuleCalendar) -> AuditedSubject:
        """Check a subject: its events, and that none is missing. Raises `DiffersError`."""
        question = Question(platform=self._platform, subject_id=subject_id, valid_on=on)
        part = self._part_of(subject_id)
        key = subject_id.encode()
        ours = []
        for each in everything(part):
            if each.offset and each.offset % TOLD_EVERY == 0:
                self._say(read_so_far(part.partition, each.offset, part.end))
            if each.key == key:
                ours.append(each)
        for stands in ours:
            self._check_logged(part.partition, stands.offset, stands.entry(part.partition), key)
        try:
            data = make_report(self._kafka, self._settings, question, "audit", calendar)
        except ProofError as error:
            raise differs(
                "heads", "completeness", "all events", error, subject_id=subject_id
            ) from None
        keys = "\n".join(each.vkey() for each in vkeys(self._settings, REPORTS))
        for check in verify(data, policy_text(self._settings), keys):
            if not check["ok"]:
                field, why = check["check"], check["why"]
                raise differs("report", field, "holds", why, subject_id=subject_id)
        return AuditedSubject(len(ours), newest_cut(self._settings, self._platform).cut.number)

    def check_rows_of(self, stack: Stack, subject_id: str) -> None:
        """Compare the rows of a subject with its events folded anew. Raises `DiffersError`."""
        _check_rows(compare_rows(stack, self._platform, subject_id=subject_id))

    def _check_logged(self, partition: int, offset: int, entry: str, key: bytes) -> None:
        try:
            logged = prove(self._settings, self._platform, partition, offset).entry
        except ProofError as error:
            logged = str(error)
        if logged != entry:
            names = ("", "partition", "offset", "timestamp_ms", "digest of key and value")
            pairs = list(zip(names, logged.split(), entry.split(), strict=False))
            field, expected, found = next((p for p in pairs if p[1] != p[2]), pairs[0])
            raise differs(
                *("ledger", field or "entry", expected, found),
                FoundAt(ledger_topic(self._platform), partition, offset),
                key.decode(),
            )

    def _part_of(self, subject_id: str) -> LedgerPart:
        offsets: Sequence[int] = newest_cut(self._settings, self._platform).cut.offsets
        partition = partition_of(subject_id, len(offsets))
        topic = ledger_topic(self._platform)
        return LedgerPart(self._client, topic, partition, offsets[partition])


def _signing_of(settings: EvidenceSettings) -> str:
    """Give the rows of the departments that sign, where there are any here.

    Raises `ProofError` where they cannot be read: what was signed cannot be audited without them.
    """
    file = settings.keys / DEPARTMENT_KEYS_FILE
    if not file.exists():
        return ""
    text = read_trusted(file)
    try:
        read_department_keys(text)
    except ProofError as error:
        raise ProofError(f"{file}: {error}") from None
    return text


def _check_rows(found: Checked) -> None:
    for row in found.rows:
        field, expected, live = row.row, "a row in both", f"only in the {row.only}"
        if row.fields:
            [first, *_] = row.fields
            field, expected, live = f"{row.row}: {first.field}", first.ledger, first.live
        raise differs(
            *("read model", f"{row.table}, {field}", expected, live),
            subject_id=found.subject_id,
        )
