"""From a record on the ledger to what is read of it. Pure."""
