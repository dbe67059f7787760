"""Notes and keys are those of C2SP signed-note: its own example, and every way to be none."""

from __future__ import annotations

import pytest

from projections.proof.checkpoints import Checkpoint
from projections.proof.errors import ProofError
from projections.proof.kinds import COSIGNATURE, ED25519, KINDS, ML_DSA_44, SignatureKind
from projections.proof.notes import (
    Signer,
    parse_note,
    parse_private,
    parse_vkey,
    parse_vkeys,
    signed,
    verified,
)
from projections.proof.policy import parse_policy
from tests.support import sm2

VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
"""The example of the specification."""

ONE = Signer("example.com/one", ED25519, bytes(32))
TWO = Signer("example.com/two", COSIGNATURE, bytes(31) + b"\1")


def test_the_example_of_the_specification_verifies() -> None:
    (verifier,) = parse_vkeys(f"# a key\n\n{VKEY}\n")
    assert verified(parse_note(NOTE), [verifier]) == [verifier]
    assert verifier.vkey() == VKEY
    assert parse_note(NOTE).told() == NOTE
    with pytest.raises(ProofError, match="is not by its key"):
        verified(parse_note(NOTE.replace("This", "That")), [verifier])


def test_a_note_is_signed_by_several_and_verified_by_those_one_knows() -> None:
    note = parse_note(signed("a text\n\nof two parts\n", [ONE, TWO], at_s=1_700_000_000))
    assert note.text == "a text\n\nof two parts\n"
    assert verified(note, [ONE.verifier, TWO.verifier]) == [ONE.verifier, TWO.verifier]
    assert verified(note, [TWO.verifier]) == [TWO.verifier]
    assert verified(note, []) == []


def test_a_cosignature_is_of_its_time() -> None:
    line = TWO.signature("t\n", 5)
    later = TWO.signature("t\n", 6)
    assert line != later
    note = parse_note(f"t\n\n{line}")
    assert verified(note, [TWO.verifier]) == [TWO.verifier]


@pytest.mark.parametrize(
    "told",
    [
        "",
        "text\n",
        "text\n\n",
        NOTE[:-1],
        NOTE.replace("— ", "- "),
        NOTE.replace("foo Uw", "foo  Uw"),
        NOTE.replace("/foo", "/f+o"),
        NOTE.replace("aQM=", "aQN="),
        NOTE.replace("example m", "example\tm"),
        "t\n\n— a AAAAAA==\n",
        "t\n\n" + ONE.signature("t\n") * 17,
    ],
)
def test_what_is_no_note_is_refused(told: str) -> None:
    with pytest.raises(ProofError):
        parse_note(told)


@pytest.mark.parametrize(
    "vkey",
    ["", "a", "a+b+c", VKEY.replace("530d", "530D"), VKEY.replace("530d", "530e"), VKEY[:-4]],
)
def test_what_is_no_vkey_is_refused(vkey: str) -> None:
    with pytest.raises(ProofError):
        parse_vkey(vkey)


def test_a_private_key_is_written_read_and_never_shown() -> None:
    told = ONE.private_text()
    assert told.startswith("PRIVATE+KEY+example.com/one+")
    assert parse_private(told + "\n") == ONE
    secret = told.rsplit("+", 1)[1]
    assert secret not in repr(ONE)
    for wrong in (told[:-8], told.replace("one", "two"), secret):
        with pytest.raises(ProofError) as refused:
            parse_private(wrong)
        assert secret[:20] not in str(refused.value)


def test_a_further_kind_is_a_row_of_the_table_and_an_unknown_one_is_skipped() -> None:
    toy = SignatureKind(
        0xFA,
        "toy",
        4,
        lambda _, public, text, signature: signature == public + text[:4],
        lambda _, private, text, __: private[::-1] + text[:4],
        lambda private: private[::-1],
    )
    signer = Signer("toy.example", toy, b"abcd")
    note = parse_note(signed("text\n", [ONE, signer]))
    vkey = signer.verifier.vkey()

    assert parse_vkey(vkey) is None
    assert parse_vkeys(vkey) == []
    known = parse_vkey(vkey, {**KINDS, toy.type: toy})
    assert known is not None
    assert verified(note, [known]) == [known]


def test_sm2_signs_as_the_standards_own_example_does() -> None:
    private = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8.to_bytes(32, "big")
    public = sm2.public_of(private)
    assert public.hex().startswith(
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    )
    e = sm2.digest(public, b"message digest")
    signature = sm2.sign(
        private, e, 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
    )
    assert signature.hex() == (
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    )
    assert sm2.is_by(public, e, signature)


def test_sm2_with_sm3_is_a_third_kind_without_touching_anything_else() -> None:
    text = Checkpoint("one.example/log", 9, bytes(32)).text()
    signer = Signer("one.example/log", sm2.SM2, b"\7" * 32)
    note = parse_note(signed(text, [ONE, signer]))
    vkey, kinds = signer.verifier.vkey(), {**KINDS, sm2.SM2.type: sm2.SM2}

    # Who does not know it skips it, in notes, files of keys and policies; who does believes it.
    assert parse_vkeys(f"{vkey}\n{ONE.verifier.vkey()}\n") == [ONE.verifier]
    known = parse_vkey(vkey, kinds)
    assert known == signer.verifier
    assert verified(note, [ONE.verifier, known]) == [ONE.verifier, known]
    policy = parse_policy(f"log {vkey}\nquorum none\n", kinds)
    assert policy.check_log(note).size == 9
    for at in range(0, 64, 7):
        forged = bytearray(note.signatures[1].signature)
        forged[at] ^= 1
        other = note.signatures[1]._replace(signature=bytes(forged))
        with pytest.raises(ProofError, match="not by its key"):
            verified(note._replace(signatures=(other,)), [known])
    told = signer.private_text()
    assert parse_private(told, kinds) == signer
    with pytest.raises(ProofError, match="unknown kind"):
        parse_private(told)


def test_ml_dsa_signs_checkpoints_beside_ed25519_and_nothing_else() -> None:
    quantum = Signer("one.example/log", ML_DSA_44, b"\7" * 32)
    text = Checkpoint("one.example/log", 9, bytes(32)).text()
    note = parse_note(signed(text, [ONE, quantum], 1_700_000_000))
    verifier = quantum.verifier

    assert len(verifier.public) == 1_312
    assert parse_vkey(verifier.vkey()) == verifier
    assert verifier in verified(note, [verifier])
    assert len(note.signatures[1].signature) == 8 + 2_420
    for altered in (text.replace("9", "8"), text.replace("one", "two")):
        with pytest.raises(ProofError, match="not by its key"):
            verified(note._replace(text=altered), [verifier])
    renamed = verifier._replace(name="other.example/log")
    line = note.signatures[1]._replace(name=renamed.name)
    with pytest.raises(ProofError, match="not by its key"):
        verified(note._replace(signatures=(line,)), [renamed])
    with pytest.raises(ProofError, match="a checkpoint is"):
        signed("credit-ledger.report.v1\nabc\n", [quantum])
