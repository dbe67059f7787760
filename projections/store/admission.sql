-- positions --
-- Where admission stands in every submission topic.
SELECT topic, partition, next_offset FROM control.submission_position;

-- refused --
-- How many submissions were refused, whatever the reason.
SELECT coalesce(sum(count), 0)::bigint FROM control.refusal WHERE reason = %s;

-- note_start --
-- Count that a worker begins.
INSERT INTO control.worker AS w (role, slot) VALUES (%s, %s)
ON CONFLICT (role, slot) DO UPDATE SET starts = w.starts + 1, started_at = now();

-- at_work --
-- How many workers hold a slot of a role in this database.
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND classid = %s AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- starts --
-- How often workers of a role began, and when the last did.
SELECT coalesce(sum(starts), 0)::bigint, max(started_at) FROM control.worker WHERE role = %s;
