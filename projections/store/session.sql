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

-- end_asleep --
-- End whoever holds a position and has long not gone on with a COPY: its process sleeps, and while
-- Postgres waits for rows no time-out of the server ends the session, nor can the statement be cancelled.
SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.usename = current_user AND a.pid <> pg_backend_pid()
    AND a.state = 'active' AND a.wait_event = 'ClientRead'
    AND a.query_start < clock_timestamp() - make_interval(secs => %s)
    AND EXISTS (
        SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND l.mode = 'RowShareLock'
            AND l.relation = '{position}'::regclass
    );
