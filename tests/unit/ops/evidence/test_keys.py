"""Keys: made beside those there are, closed to others, of a kind that can sign what they are for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from events.envelope import Platform
from ops.evidence.keys import (
    KeyLostError,
    KeyOfOtherNameError,
    KeyOpenError,
    KeyUnfitError,
    NoPrivateKeyError,
    known_keys,
    make_keys,
    new_key_named,
    policy_of,
    read_key,
    signers_of,
)
from ops.evidence.settings import EvidenceSettings
from ops.terms.errors import error_told
from ops.terms.terms import Language, Terms
from ops.vault.keys import SEALS, TOKENS, make_key
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


def test_of_a_key_that_was_lost_the_public_half_stays_and_it_is_told_what_to_do(
    settings: EvidenceSettings,
) -> None:
    made = make_keys(settings)
    for name in ("organisation", "reports"):
        (settings.keys / f"{name}.key").unlink()
    assert make_keys(settings) == []
    assert {each.vkey for each in known_keys(settings)} == set(made)
    with pytest.raises(KeyLostError) as raised:
        signers_of(settings, "organisation", settings.log_name(ORGANISATION))
    for language in Language:
        told = error_told(raised.value, Terms(language))
        assert "credit-ledger keys new organisation" in told
        assert str(settings.keys) in told
    place, new = new_key_named(settings, "organisation")
    assert place.name == "organisation-2.key"
    [signer] = signers_of(settings, "organisation", settings.log_name(ORGANISATION))
    assert signer.verifier == new


@pytest.mark.parametrize("file", ["organisation", "reports"])
@pytest.mark.parametrize("is_lost", [False, True])
def test_a_key_of_another_origin_is_not_taken_for_lost(
    settings: EvidenceSettings, file: str, *, is_lost: bool
) -> None:
    """To put back a key that signs under the old name would help nobody."""
    make_keys(settings)
    if is_lost:
        (settings.keys / f"{file}.key").unlink()
    moved = replace(settings, origin="new.example")
    with pytest.raises(KeyOfOtherNameError) as raised:
        signers_of(moved, file, f"new.example/{file}")
    for language in Language:
        told = error_told(raised.value, Terms(language))
        for word in (f"new.example/{file}", f"credit.example/{file}", "CREDIT_LEDGER_ORIGIN"):
            assert word in told
        assert f"credit-ledger keys new {file}" in told
        assert f"{file}.key" not in told

    _, new = new_key_named(moved, file)
    assert [each.verifier for each in signers_of(moved, file, new.name)] == [new]
    (settings.keys / f"{file}-2.key").unlink()
    with pytest.raises(KeyLostError):
        signers_of(moved, file, new.name)


def test_whoever_was_killed_between_both_halves_of_a_key_finds_the_other_made(
    settings: EvidenceSettings,
) -> None:
    made = make_keys(settings)
    (settings.keys / "organisation.vkey").unlink()
    assert make_keys(settings) == []
    assert {each.vkey for each in known_keys(settings)} == set(made)


def test_the_keys_of_the_vault_beside_them_are_none_of_a_log(settings: EvidenceSettings) -> None:
    """Both kinds lie in one folder, and `person-tokens.key` begins as the keys of persons do."""
    for vault_key in (TOKENS, SEALS, "vault-1"):
        make_key(settings.keys, vault_key)
    assert len(make_keys(settings)) == len(Platform) + 1
    for platform in Platform:
        assert len(signers_of(settings, platform, settings.log_name(platform))) == 1


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


@pytest.mark.parametrize(
    "content", [b"junk", b"crl_0123456789ab_x", b"\xff\xfe", b"PRIVATE+KEY+x", b""]
)
@pytest.mark.parametrize("language", list(Language))
def test_a_file_that_holds_no_private_key_is_named_with_what_makes_one(
    tmp_path: Path, language: Language, content: bytes
) -> None:
    file = tmp_path / "mine.key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(NoPrivateKeyError) as raised:
        read_key(file)
    told = error_told(raised.value, Terms(language))
    assert str(file) in told
    assert "keys new" in told
    assert "crl_" not in told


@pytest.mark.parametrize("language", list(Language))
def test_a_key_that_others_may_read_is_named(tmp_path: Path, language: Language) -> None:
    file = tmp_path / "open.key"
    file.touch(0o644)
    with pytest.raises(KeyOpenError) as raised:
        read_key(file)
    assert str(file) in error_told(raised.value, Terms(language))
