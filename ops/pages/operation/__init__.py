"""How the ledger does: for operators, and on every page where the read models are late."""
