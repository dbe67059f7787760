"""What proves, over HTTP: files of the log, proofs, reports, and their verification."""
