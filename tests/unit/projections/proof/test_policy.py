from __future__ import annotations

import pytest

from projections.proof.checkpoints import Checkpoint, parse_checkpoint
from projections.proof.errors import ProofError
from projections.proof.kinds import COSIGNATURE, ED25519
from projections.proof.notes import Signer, parse_note, signed
from projections.proof.policy import parse_policy

LOG = Signer("credit.example/organisation", ED25519, bytes(32))
WITNESSES = [Signer(f"w{i}.example", COSIGNATURE, bytes(31) + bytes([i + 1])) for i in range(3)]
CHECKPOINT = Checkpoint(LOG.name, 7, bytes(32))

KEYS = {f"W{i}": witness.verifier.vkey() for i, witness in enumerate(WITNESSES)}
DEFINED = f"log {LOG.verifier.vkey()} https://log.example\n" + "".join(
    f"witness {name} {vkey}\n" for name, vkey in KEYS.items()
)


def note_of(*cosigners: int):  # noqa: ANN201 - a Note
    return parse_note(signed(CHECKPOINT.text(), [LOG, *(WITNESSES[i] for i in cosigners)], 5))


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    assert parse_checkpoint(CHECKPOINT.text()) == CHECKPOINT
    assert parse_checkpoint(CHECKPOINT.text() + "more\n") == CHECKPOINT
    for odd in ("", "a\n", "a\n1\n", CHECKPOINT.text()[:-1], "a\n01\n" + "A" * 43 + "=\n"):
        with pytest.raises(ProofError):
            parse_checkpoint(odd)


@pytest.mark.parametrize(
    ("quorum", "enough", "too_few"),
    [
        ("quorum none", [()], []),
        ("quorum W1", [(1,), (0, 1)], [(), (0, 2)]),
        ("group G any W0 W1\nquorum G", [(0,), (1,)], [(2,)]),
        ("group G all W0 W1\nquorum G", [(0, 1)], [(0,), (1, 2)]),
        ("group G 2 W0 W1 W2\nquorum G", [(0, 2), (0, 1, 2)], [(1,)]),
        ("group A 1 W0 W1\n group\tB all A W2 \nquorum B", [(1, 2)], [(0, 1), (2,)]),
    ],
)
def test_a_quorum_is_reached_by_those_who_are_enough(
    quorum: str, enough: list[tuple[int, ...]], too_few: list[tuple[int, ...]]
) -> None:
    policy = parse_policy(f"# whom we trust\n{DEFINED}{quorum}\n")
    for cosigners in enough:
        assert policy.check_log(note_of(*cosigners)) == CHECKPOINT
        policy.check_witnesses(note_of(*cosigners))
    for cosigners in too_few:
        with pytest.raises(ProofError, match="is not reached"):
            policy.check_witnesses(note_of(*cosigners))


def test_a_log_that_the_policy_does_not_name_is_not_believed() -> None:
    other = Signer(LOG.name, ED25519, b"\1" * 32)
    with pytest.raises(ProofError, match="no key of the policy signed"):
        parse_policy(f"log {other.verifier.vkey()}\nquorum none\n").check_log(note_of())
    with pytest.raises(ProofError, match="knows no log"):
        parse_policy("quorum none\n").check_log(note_of())


def test_a_witness_of_an_unknown_kind_never_cosigns() -> None:
    policy = parse_policy(f"{DEFINED}witness X x.example+00000000+/wAA\nquorum X\n")
    with pytest.raises(ProofError, match="is not reached"):
        policy.check_witnesses(note_of(0, 1, 2))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "one line that begins with quorum"),
        ("quorum none\nquorum none", "line 2"),
        ("quorum W9", "defined on no line before"),
        (f"{DEFINED}witness W0 {KEYS['W0']}\nquorum none", "is taken"),
        (f"{DEFINED}witness W9 {KEYS['W0']}\nquorum none", "stands there twice"),
        (f"{DEFINED}group none any W0\nquorum none", "is taken"),
        (f"{DEFINED}group G 3 W0 W1\nquorum G", "can never"),
        (f"{DEFINED}group G 0 W0\nquorum G", "can never"),
        (f"{DEFINED}group G any W0\ngroup H any W0\nquorum H", "stands there twice"),
        (f"{DEFINED}group G any H\nquorum G", "defined on no line before"),
        ("witness none x\nquorum none", "is taken"),
        ("quorum\fnone", "control characters"),
        ("log\nquorum none", "goes on like"),
        ("\n" * 1001, "lines"),
    ],
)
def test_a_policy_that_is_none_is_refused_by_its_line(text: str, why: str) -> None:
    with pytest.raises(ProofError, match=why):
        parse_policy(text)
