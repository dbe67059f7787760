"""What was signed stays: a report proves itself, and an altered amount is named, whoever altered it."""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.envelope import Platform
from events.rules.rulebook import load_rulebook
from events.types.penalty import PenaltyImposed
from events.wire.decoding import decode_event
from events.wire.encoding import encode_event
from ops.audit.ledger import LedgerReader
from ops.clock import today
from ops.demo.stage import console, must, title, yuan
from ops.evidence.keys import REPORTS, policy_text, signers_of, vkeys
from ops.evidence.reporting import make_report
from ops.evidence.settings import ORIGIN, EvidenceSettings
from ops.evidence.standing import newest_cut
from ops.evidence.verify_alone import verify
from ops.terms.language import language
from ops.terms.terms import Terms
from projections.as_of.question import Question
from projections.calendar.rules import RuleCalendar
from projections.proof.errors import ProofError
from projections.proof.notes import signed
from projections.proof.report import FORMAT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ops.local.stack import Stack
    from projections.proof.notes import Signer

_SIGNED_WITHIN_S: Final = 300.0
_LOOK_EVERY_S: Final = 0.2
_PLATFORM: Final = Platform.ORGANISATION


class Forged(NamedTuple):
    """A report in which one amount is another, signed anew; of which document, and both amounts."""

    report: bytes
    document_no: str
    before_fen: int
    after_fen: int


def evidence_settings(home: Path) -> EvidenceSettings:
    """Give where the demo keeps its log and its keys: apart from those of any other ledger."""
    return EvidenceSettings(
        origin=ORIGIN, folder=home / "evidence", keys=home / "keys", cut_every_s=1.0
    )


def tell_evidence(stack: Stack, settings: EvidenceSettings, subject_id: str) -> None:
    """Make a report, verify it, and have one altered amount named, by a forger with every key."""
    terms = Terms(language())
    title(terms.say("evidence", "demo"))
    _await_signed(stack, settings, subject_id)
    question = Question(platform=_PLATFORM, subject_id=subject_id, valid_on=today())
    report = make_report(stack.kafka, settings, question, "own", RuleCalendar(load_rulebook()))
    body = json.loads(report)["body"]
    events, size = len(body["events"]), f"{len(report):,}"
    _say(terms, "evidence_report", subject=subject_id, events=events, size=size)
    _say(terms, "evidence_cut", cut=newest_cut(settings, _PLATFORM).cut.number)
    checks = _checked(report, settings)
    must(all(each["ok"] for each in checks), "every check of the report holds")
    _say(terms, "evidence_holds", checks=" ".join(each["check"] for each in checks))
    forged = forged_report(report, signers_of(settings, REPORTS, settings.reports_name))
    before, after = yuan(forged.before_fen), yuan(forged.after_fen)
    _say(terms, "evidence_forged", number=forged.document_no, before=before, after=after)
    wrong = [each for each in _checked(forged.report, settings) if not each["ok"]]
    must(bool(wrong), "the altered amount is found")
    _say(terms, "evidence_named", check=wrong[0]["check"], why=wrong[0]["why"])
    _say(terms, "evidence_next")


def forged_report(report: bytes, signers: Sequence[Signer]) -> Forged:
    """Take a nought off a fine in a report, and sign it anew, as whoever stole the key would."""
    body: dict[str, Any] = json.loads(report)["body"]
    for told in body["events"]:
        event = decode_event(b64decode(told["value"]))
        if isinstance(event, PenaltyImposed) and event.fine_fen:
            before, after = event.fine_fen, event.fine_fen // 10
            value = encode_event(event.__class__(**_fields(event) | {"fine_fen": after}))
            told["value"] = b64encode(value).decode()
            return Forged(_written(body, signers), event.envelope.document_no, before, after)
    raise ProofError("the report shows no fine")


def _fields(event: PenaltyImposed) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def _written(body: dict[str, Any], signers: Sequence[Signer]) -> bytes:
    told = _canonical(body)
    note = signed(f"{FORMAT}\n{sha256(told).hexdigest()}\n", signers)
    return b'{"body":' + told + b',"note":' + _canonical(note) + b"}"


def _canonical(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _await_signed(stack: Stack, settings: EvidenceSettings, subject_id: str) -> None:
    """Wait until all that the subject's partition holds now is in a signed cut."""
    with LedgerReader(stack.kafka, _PLATFORM) as reader:
        partition = reader.partition_of(subject_id)
        end = reader.end(partition)
    until = time.monotonic() + _SIGNED_WITHIN_S
    while True:
        try:
            if newest_cut(settings, _PLATFORM).cut.offsets[partition] >= end:
                return
        except (ProofError, OSError):
            pass
        must(time.monotonic() < until, "the signer signs what was recorded")
        time.sleep(_LOOK_EVERY_S)


def _checked(report: bytes, settings: EvidenceSettings) -> list[dict[str, Any]]:
    keys = "\n".join(each.vkey() for each in vkeys(settings, REPORTS))
    return verify(report, policy_text(settings), keys)


def _say(terms: Terms, code: str, **values: object) -> None:
    console.print(f"   {terms.say(code, 'demo', **values)}", markup=False, soft_wrap=True)
