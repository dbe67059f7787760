-- commit_unsynced --
-- Do not wait for the disk.
SET synchronous_commit = off;

-- bound_pauses --
-- How long this session may be idle within a transaction.
SELECT set_config('idle_in_transaction_session_timeout', %s, false);

-- bound_locks --
-- How long this session waits for what another holds.
SELECT set_config('lock_timeout', %s, false);

-- bound_statements --
-- How long one statement of this session may take.
SELECT set_config('statement_timeout', %s, false);

-- tidy --
-- Remove dead rows, and count what the planner goes by.
VACUUM (ANALYZE);

-- write_out --
-- Write to the disk what waits to be written.
CHECKPOINT;

-- lock --
-- A lock of this session.
SELECT pg_advisory_lock(%s);

-- try_lock_slot --
-- A slot held by this session, if it is free.
SELECT pg_try_advisory_lock(%s, %s);

-- touch --
-- Nothing is asked: the session has only to say something.
SELECT;
