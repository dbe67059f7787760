-- alone --
-- While keys are destroyed none are made, and one process at a time goes through the ledger.
SELECT pg_advisory_xact_lock(1986098293);

-- places --
-- How far the ledger was gone through, and the last recorded time there.
SELECT partition, next_offset, recorded_ms FROM vault.gone_through;

-- move --
-- It was gone through up to before an offset; never back.
INSERT INTO vault.gone_through (partition, next_offset, recorded_ms) VALUES (%s, %s, %s)
ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset,
    recorded_ms = excluded.recorded_ms
WHERE excluded.next_offset > vault.gone_through.next_offset;

-- standing --
-- Where the erasure of a person stands.
SELECT body FROM vault.erasure WHERE subject_id = %s;

-- keep --
-- Where it stands from now on.
INSERT INTO vault.erasure (subject_id, body) VALUES (%s, %s)
ON CONFLICT (subject_id) DO UPDATE SET body = excluded.body;

-- note_erased --
-- Nothing is sealed of the person again.
INSERT INTO vault.erased (subject_id) VALUES (%s) ON CONFLICT DO NOTHING;

-- destroy --
-- The keys of the person; those of the records go with them.
DELETE FROM vault.person_key WHERE subject_id = %s;
