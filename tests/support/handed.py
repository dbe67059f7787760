"""A report that a person was handed, and whether it still holds, by every way to verify one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from events.envelope import Platform
from ops.evidence.keys import make_keys
from ops.evidence.settings import EvidenceSettings
from ops.evidence.verify_alone import CHECKS
from streams.reading.reader import LogReader
from tests.integration.test_signing import signer_of
from tests.support.canaries import Service
from tests.support.patience import AMPLE_S

if TYPE_CHECKING:
    from tests.support.credit_centre import Centre


def signed(centre: Centre) -> None:
    """Sign all that the ledger of persons holds, by keys of this folder, as the signer does."""
    settings = EvidenceSettings(
        origin="localhost/credit",
        folder=Path(centre.told["CREDIT_LEDGER_HOME"]) / "evidence",
        keys=Path(centre.told["CREDIT_LEDGER_KEYS"]),
    )
    make_keys(settings)
    person = Platform.PERSON
    with LogReader(centre.stack.kafka) as reader:
        place = settings.log_folder(person)
        signer = signer_of(centre.stack.kafka, settings, place, reader, person)
        with signer.open() as log:
            signer.step(log)


def given_a_report(centre: Centre, subject: str) -> bytes:
    """Have what is known of a person signed, and give the report on it."""
    signed(centre)
    place = centre.folder / "old.json"
    ran = centre.run("report", subject, "--purpose", "audit", "-o", str(place))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert subject.encode() in place.read_bytes()
    return place.read_bytes()


def holds_by_every_way(centre: Centre, report: bytes) -> None:
    """Verify a report by the verb, by the one file that needs nothing but Python, and by the service."""
    place, policy = centre.folder / "handed.json", centre.folder / "policy"
    place.write_bytes(report)
    by_verb = json.loads(centre.run("verify", str(place), "--json").stdout)
    assert (by_verb["ok"], [each["check"] for each in by_verb["checks"]]) == (True, CHECKS)
    policy.write_text(centre.run("keys", "policy").stdout, "utf-8")
    keys = Path(centre.told["CREDIT_LEDGER_KEYS"]) / "reports.vkey"
    with Service(centre.folder / "verify.log", centre.key("who asks"), **centre.told) as service:
        verify = f"{service.address}/v1/verify"
        told = httpx.post(verify, content=report, timeout=AMPLE_S).json()
        alone = centre.folder / "verify.py"
        alone.write_bytes(
            httpx.get(f"{service.address}/evidence/verify.py", timeout=AMPLE_S).content
        )
    assert (told["ok"], len(told["checks"])) == (True, len(CHECKS))
    bare = [sys.executable, "-I", "-S", str(alone), str(policy), str(keys), str(place)]
    done = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count(": ok\n")) == (0, len(CHECKS)), done.stdout
