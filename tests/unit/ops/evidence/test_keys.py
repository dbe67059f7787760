"""Keys: made beside those there are, closed to others, of a kind that can sign what they are for."""

from __future__ import annotations

from pathlib import Path

import pytest

from events.envelope import Platform
from ops.evidence.keys import (
    KeyUnfitError,
    known_keys,
    make_keys,
    new_key_named,
    policy_of,
    signers_of,
)
from ops.evidence.settings import EvidenceSettings
from projections.proof.checkpoints import Checkpoint
from projections.proof.errors import ProofError
from projections.proof.kinds import ML_DSA_44
from projections.proof.notes import parse_note, signed

ORGANISATION = Platform.ORGANISATION


@pytest.fixture
def settings(tmp_path: Path) -> EvidenceSettings:
    return EvidenceSettings(
        origin="credit.example", folder=tmp_path / "evidence", keys=tmp_path / "keys"
    )


def test_a_second_key_signs_beside_the_first_and_the_policy_lists_both(
    settings: EvidenceSettings,
) -> None:
    make_keys(settings)
    place, second = new_key_named(settings, "organisation")
    _, quantum = new_key_named(settings, "organisation", ML_DSA_44)
    name = settings.log_name(ORGANISATION)

    assert (place.name, place.stat().st_mode & 0o777) == ("organisation-2.key", 0o600)
    signers = signers_of(settings, "organisation", name)
    assert [each.kind.name for each in signers] == ["ed25519", "ed25519", "ml-dsa-44"]
    note = signed(Checkpoint(name, 7, bytes(32)).text(), signers, 9)
    assert len(parse_note(note).signatures) == 3
    assert policy_of(settings).check_log(parse_note(note)).size == 7
    logs = [each.verifier for each in policy_of(settings).logs]
    assert {second, quantum} < set(logs)


def test_a_key_that_signs_no_more_still_verifies(settings: EvidenceSettings) -> None:
    make_keys(settings)
    text = Checkpoint(settings.log_name(ORGANISATION), 7, bytes(32)).text()
    old = signed(text, signers_of(settings, "organisation", settings.log_name(ORGANISATION)))
    new_key_named(settings, "organisation")
    (settings.keys / "organisation.key").unlink()
    [signer] = signers_of(settings, "organisation", settings.log_name(ORGANISATION))

    assert policy_of(settings).check_log(parse_note(old)).size == 7
    assert policy_of(settings).check_log(parse_note(signed(text, [signer]))).size == 7
    shown = {each.file: each.signs for each in known_keys(settings)}
    assert shown == {
        "organisation": False,
        "organisation-2": True,
        "person": True,
        "reports": True,
    }


def test_names_say_what_a_key_is_for(settings: EvidenceSettings) -> None:
    assert (
        new_key_named(settings, "departments/court")[1].name == "credit.example/departments/court"
    )
    assert new_key_named(settings, "court.example/witness")[1].name == "court.example/witness"
    assert new_key_named(settings, "reports")[0].name == "reports.key"
    for odd in ("", "departments/", "a b", "a+b", "../x\n", "名", "a" * 121):
        with pytest.raises(ProofError, match="no name of a key"):
            new_key_named(settings, odd)
    with pytest.raises(KeyUnfitError, match="signs checkpoints of logs"):
        new_key_named(settings, "reports", ML_DSA_44)
