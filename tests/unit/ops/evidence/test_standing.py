"""How each log stands: its newest cut, and which witnesses of the policy are silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events.envelope import Platform
from ops.evidence.standing import cuts_now, silent_witnesses
from projections.proof.checkpoints import parse_checkpoint
from projections.proof.errors import ProofError
from projections.proof.notes import parse_note
from projections.proof.policy import parse_policy
from tests.unit.ops.evidence.test_proving import signed_world
from tests.unit.ops.evidence.test_witness import KEYS
from tests.unit.streams.signing.fakes import KEY

if TYPE_CHECKING:
    from pathlib import Path


def test_a_cut_says_its_age_and_a_witness_that_did_not_cosign_is_silent(tmp_path: Path) -> None:
    world, settings = signed_world(tmp_path)
    (found,) = cuts_now(settings, world.now_ms / 1000 + 5)
    assert (found.platform, found.cut, found.silent, found.wrong) == ("organisation", 7, [], None)
    assert found.events == sum(world.ledger.ends())

    trusted = (
        f"log {KEY.verifier.vkey()}\n"
        f"witness A {KEYS[0].verifier.vkey()} https://a.example\n"
        f"witness B {KEYS[1].verifier.vkey()} https://b.example\n"
        "group any 1 A B\nquorum any\n"
    )
    note = (settings.log_folder(Platform.ORGANISATION) / "checkpoint").read_text("utf-8")
    text = parse_checkpoint(parse_note(note).text).text()
    policy = parse_policy(trusted)
    with pytest.raises(ProofError, match="quorum"):
        silent_witnesses(policy, note)
    one = note + KEYS[1].signature(text, 9)
    assert silent_witnesses(policy, one) == ["A"]
    assert silent_witnesses(policy, one + KEYS[0].signature(text, 9)) == []
