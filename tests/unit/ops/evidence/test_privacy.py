"""Across log and reports: what is not to be known stands nowhere in their bytes."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from random import Random

import pytest

from events.sealing.errors import UnopenedError
from events.sealing.form import SealedPlace, SealSuite, sealed_text
from projections.proof.heads import commitment, tag_of
from projections.sealing.sealer import RecordKey, opened_for, sealed_for
from projections.sealing.suites import KEY_BYTES
from streams.signing.folder import Folder
from tests.unit.ops.evidence.test_verify_alone import wrong
from tests.unit.projections.proof.reports import SUBJECTS, Ledger, hidden, resigned
from tests.unit.streams.signing.fakes import World

SECRETS = [b"91330000SECRET0001", b"91330000SECRET0002"]
CONTENT = b"a fine of 20,000 yuan"


def forms_of(secret: bytes) -> list[bytes]:
    """Give a secret as it stands, in hexadecimal, and in base64 at each of its three offsets."""
    inner = [b64encode(bytes(pad) + secret)[4 if pad else 0 : -4] for pad in range(3)]
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), *inner]


def test_a_secret_would_be_found_however_it_is_written() -> None:
    for secret in (*SECRETS, CONTENT):
        for written in (b"x%sx" % secret, secret.hex().encode()):
            assert any(form in written for form in forms_of(secret))
        for pad in range(3):
            told = b64encode(b"x" * pad + secret + b"end")
            assert any(form in told for form in forms_of(secret))
    assert b64encode(CONTENT) in Ledger([("a", CONTENT)]).report("a")


def test_nothing_of_the_log_holds_content_or_a_subject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.signing.folder.os.fsync", lambda _: None)
    world = World(tmp_path / "log")
    Folder(world.path).begin()
    chance = Random(1)
    for _ in range(2):
        for i in range(300):
            key = chance.choice(SECRETS)
            world.ledger.append(i % 3, key, CONTENT + b" of " + key, world.now_ms)
        world.now_ms += 5_000
        signer = world.signer()
        with signer.open() as log:
            signer.step(log)
    told = [place.read_bytes() for place in world.path.rglob("*") if place.is_file()]
    told += [value for _, value in world.stored]
    assert len(told) > 8
    for data in told:
        for secret in (*SECRETS, CONTENT):
            assert [form for form in forms_of(secret) if form in data] == []


def test_what_a_report_does_not_show_cannot_be_found_in_its_bytes() -> None:
    ledger = Ledger([("a", CONTENT), ("b", SECRETS[0]), ("a", b"shown"), ("a", SECRETS[1])])
    body = json.loads(ledger.report("a"))["body"]
    body["events"] = [
        hidden(body["events"][0], "a"),
        body["events"][1],
        hidden(body["events"][2], "a"),
    ]
    report = resigned(body)
    assert wrong(report) == []
    assert b64encode(b"shown") in report
    for secret in (CONTENT, *SECRETS):
        assert [form for form in forms_of(secret) if form in report] == []


def test_a_report_of_what_nobody_can_open_any_more_still_verifies() -> None:
    """After a key is destroyed what was sealed by it is noise, and the same bytes as ever."""
    place = SealedPlace("P" + "0" * 32, "72fc7892-cd36-5b9e-be53-79a202015640", "facts")
    key, seal_key = RecordKey(SealSuite.INTL, bytes(range(KEY_BYTES))), bytes(KEY_BYTES)
    sealed = sealed_for(place, CONTENT.decode(), key, seal_key)
    report = Ledger([("a", sealed.encode()), ("b", b"x")]).report("a")
    del key

    box = sealed_text(sealed)
    assert box is not None
    with pytest.raises(UnopenedError):
        opened_for(place, box, RecordKey(SealSuite.INTL, seal_key))
    assert wrong(report) == []
    assert b64encode(sealed.encode()) in report
    assert [form for form in forms_of(CONTENT) if form in report] == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_report_names_no_other_subject_but_the_one_at_which_an_absence_ends(subject: str) -> None:
    ledger = Ledger({"a": 2, "b": 3, "c": 1, "d": 2})
    report = ledger.report(subject)
    named = []
    for other in set(SUBJECTS) - {subject}:
        tag = tag_of(other.encode())
        head = ledger.tree.head(tag)
        hashes = [tag, head.head, commitment(head)] if head else [tag]
        if any(
            form in report for each in hashes for form in (b64encode(each), each.hex().encode())
        ):
            named.append(other)
    assert len(named) <= (1 if subject == "e" else 0)
