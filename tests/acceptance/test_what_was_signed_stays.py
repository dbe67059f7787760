"""What was signed stays: a ledger that lost it is not appended to, though nobody else remembers."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from events.envelope import Platform
from events.partitioning import LEDGER_PARTITIONS, partition_of
from ops.environment import prepare
from ops.evidence.copies.filling import LedgerFilling
from ops.evidence.keys import make_keys
from ops.evidence.proving import prove_consistency
from ops.evidence.settings import EvidenceSettings
from ops.evidence.standing import newest_cut
from ops.local.stack import Stack
from projections.proof.errors import ProofError
from tests.acceptance.conftest import run_verb
from tests.acceptance.test_log_lost_its_end import GAVE_UP, WITHIN_S, cut, some, status, submit
from tests.support.chaos import wait_for, workers
from tests.support.guide import Step, answered, steps_of, without_what_varies
from tests.support.keys import local_key_of
from tests.support.ledger import LEDGER, ends_of, positions, saying
from tests.support.stack import fresh_database, private_stack
from tests.test_house import ROOT

if TYPE_CHECKING:
    from pathlib import Path

ORGANISATION = Platform.ORGANISATION
LOST = 3  # records cut off
SIGNED = 11  # ten records of one subject, and the one that is reported as the guide is followed

pytestmark = [pytest.mark.chaos, pytest.mark.stack]


def signed_up_to(settings: EvidenceSettings) -> int:
    """Give how many events the newest signed cut holds."""
    try:
        return sum(newest_cut(settings, ORGANISATION).cut.offsets)
    except ProofError:
        return 0


def asked(home: Path, stack: Stack, *verb: str) -> tuple[int, Any]:
    """Ask as a user does; give the exit code and the JSON."""
    done = run_verb(
        *(*verb, "--json"),
        CREDIT_LEDGER_HOME=str(home),
        CREDIT_LEDGER_KAFKA=stack.kafka,
        CREDIT_LEDGER_POSTGRES=stack.postgres,
    )
    found = json.loads(done.stdout) if done.stdout else done.stderr
    if isinstance(found, dict):
        found.pop("edition", None)
    return done.returncode, found


def followed(step: Step, folder: Path, given: dict[str, str]) -> Step:
    """Run a step of the guide; what is signed within seconds is asked for until it is."""
    until = time.monotonic() + WITHIN_S
    while True:
        run = step._replace(answer=answered(step.command, folder, **given))
        waits = step.command.startswith("credit-ledger prove ") and "no signed cut" in "".join(
            run.answer
        )
        if not waits or time.monotonic() > until:
            return run


def follow_the_guide(home: Path, stack: Stack, folder: Path) -> None:
    """Run every command of the guide; each answers what the guide says, but for hashes and numbers."""
    folder.mkdir()
    (folder / "verify.py").write_bytes((ROOT / "ops/evidence/verify_alone.py").read_bytes())
    steps = steps_of((ROOT / "ops/evidence/README.md").read_text("utf-8"))
    assert len(steps) > 8
    given = {
        "CREDIT_LEDGER_HOME": str(home),
        "CREDIT_LEDGER_KEYS": str(home / "keys"),
        "CREDIT_LEDGER_KAFKA": stack.kafka,
        "CREDIT_LEDGER_POSTGRES": stack.postgres,
        "CREDIT_LEDGER_LANGUAGE": "en",
        "CREDIT_LEDGER_KEY": local_key_of(stack) or "",
    }
    found = [followed(step, folder, given) for step in steps]
    lines = (f"$ {step.command}\n" + "".join(f"{line}\n" for line in step.answer) for step in found)
    (folder / "transcript").write_text("".join(lines), "utf-8")
    for step, run in zip(steps, found, strict=True):
        told = step.command, without_what_varies(step.answer)
        assert (run.command, without_what_varies(run.answer)) == told


@pytest.mark.requirement(52, at="command")
def test_over_a_gap_in_what_was_signed_nothing_is_appended_until_a_copy_heals_it(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    settings = EvidenceSettings(
        origin="localhost/credit", folder=home / "evidence", keys=home / "keys"
    )
    make_keys(settings)
    told = {"CREDIT_LEDGER_HOME": str(home), "CREDIT_LEDGER_CUT_EVERY_S": "0.2"}
    with private_stack(tmp_path) as servers:
        stack = Stack(kafka=servers.kafka.start(), postgres=servers.postgres.start())
        prepare(stack, LEDGER_PARTITIONS)
        with workers(stack, tmp_path, "admission", "projector", "signer", **told) as running:
            for first in range(0, 10, 2):
                submit(stack, some(first, 2))
                wait_for(lambda n=first: signed_up_to(settings) == n + 2, WITHIN_S, "it is signed")  # type: ignore[misc]
            wait_for(
                lambda: sum(positions(stack.postgres).values()) == 10, WITHIN_S, "all is applied"
            )
            follow_the_guide(home, stack, tmp_path / "court")
            for worker in running:
                worker.kill()
        code, copied = asked(home, stack, "export", str(tmp_path / "copy"))
        assert code == 0, copied
        assert copied["organisation"]["records"] == SIGNED
        partition = partition_of(saying(some(0, 1)[0]).key.decode(), LEDGER_PARTITIONS)
        cut(servers, LEDGER, partition, LOST)
        before = ends_of(stack.kafka, LEDGER)
        with fresh_database(stack.postgres) as other:
            anew = Stack(kafka=stack.kafka, postgres=other)
            prepare(anew, LEDGER_PARTITIONS)
            with workers(anew, tmp_path, "admission", "signer", **told) as (admission, signer):
                wait_for(lambda: not admission.is_alive, WITHIN_S, "admission stops")
                assert admission.process.returncode == GAVE_UP
                wait_for(lambda: bool(signer.told("signer_stopped")), WITHIN_S, "the signer stops")
                place = f"{LEDGER}, {partition}@{before[partition]}: the ledger ends here"
                assert str(signer.told("signer_stopped")[-1]["error"]).startswith(place)
                code, lost = status(anew)
                assert code == 1
                assert lost[0].startswith(f"{LEDGER}, partition {partition}: ")
                assert "of the signed log goes up to 10" in lost[0]
                assert ends_of(stack.kafka, LEDGER) == before
            copy = str(tmp_path / "copy")
            refused, _ = asked(home, anew, "restore", copy)
            assert refused == 1
            shown = newest_cut(settings, ORGANISATION)
            code, restored = asked(home, anew, "restore", copy, "--replace-beginning")
            assert (code, restored) == (0, copied)
            with LedgerFilling(stack.kafka, ORGANISATION, LEDGER_PARTITIONS) as filled:
                assert filled.ends()[partition] == 10
            with workers(anew, tmp_path, "admission", "signer", **told):
                submit(stack, some(20, 1))
                # Who lost his positions says all of it again, and the fold drops the repeats.
                wait_for(
                    lambda: signed_up_to(settings) == 2 * SIGNED + 1, 2 * WITHIN_S, "both go on"
                )
            cuts = newest_cut(settings, ORGANISATION).cut.number
            assert len(prove_consistency(settings, ORGANISATION, shown.cut.number, cuts)) > 0
            code, audited = asked(home, anew, "audit", "--log-only", "--platform", "organisation")
            assert (code, audited["events"], audited["cuts"]) == (0, 2 * SIGNED + 1, cuts)
