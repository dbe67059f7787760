from __future__ import annotations

import pytest

from projections.proof.errors import ProofError
from projections.proof.inclusion import InclusionProof, parse_inclusion_proof

PROOF = InclusionProof(3, (bytes(32), b"\1" * 32), "log\n5\nAA==\n\n— log AAAAAAA=\n", b"extra")
HASH = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def test_a_proof_is_read_as_it_was_written() -> None:
    assert PROOF.told().startswith(f"c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 3\n{HASH}\nAQEB")
    for proof in (PROOF, PROOF._replace(extra=None), PROOF._replace(path=())):
        assert parse_inclusion_proof(proof.told()) == proof


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("index 3", "index 03"),
        ("index 3\n", ""),
        ("extra Z", "extra  Z"),
        (HASH, HASH[:-1]),
        ("\n\n", "\n"),
        (f"{HASH}\n", f"{HASH}\n" * 63),
    ],
)
def test_what_is_no_proof_is_refused(old: str, new: str) -> None:
    told = PROOF.told().replace(old, new) if old == "\n\n" else PROOF.told().replace(old, new, 1)
    with pytest.raises(ProofError):
        parse_inclusion_proof(told)
