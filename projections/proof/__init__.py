"""What can be proved of the ledger: its log, the heads of its subjects, signed notes. Pure."""
