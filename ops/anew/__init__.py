"""An auditor's second working: the log derived anew, sharing only `events` with what it checks."""
