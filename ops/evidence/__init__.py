"""Evidence as its users meet it: keys, the signer's role, reports, proofs, their verification."""
