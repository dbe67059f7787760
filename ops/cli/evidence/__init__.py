"""Verbs about evidence: keys, proofs, comparison, audit."""
