-- stands --
-- How far each partition of the live read models is, and how far the bulletin has followed that version.
SELECT p.partition, p.generation, CASE WHEN f.version = %(version)s THEN f.generation ELSE 0 END
FROM {position} p LEFT JOIN bulletin.followed f USING (partition)
ORDER BY p.partition;

-- changed --
-- The next subjects that changed after a generation, whole generations at a time.
SELECT subject_id, state, generation FROM {profile}
WHERE generation > %(after)s AND generation <= %(to)s
ORDER BY generation FETCH FIRST %(limit)s ROWS WITH TIES;

-- standing --
-- What stands of some subjects. What is over is not asked for: it stays, and of it is told that it is over.
SELECT event_id::text, digest FROM bulletin.entry
WHERE subject_id = ANY(%s) AND version = %s AND (public_until IS NULL OR public_until > %s);

-- take_out --
-- Take out some records of some subjects.
DELETE FROM bulletin.entry WHERE subject_id = ANY(%s) AND event_id = ANY(%s::uuid[]);

-- add --
-- Put in what is published and does not stand there.
COPY bulletin.entry (partition, version, digest, grams, {entry_columns}) FROM STDIN;

-- take_out_older --
-- Take out what stood there of another version of the read models.
DELETE FROM bulletin.entry WHERE partition = %s AND version <> %s;

-- note --
-- Note how far a partition is followed.
INSERT INTO bulletin.followed (partition, version, generation) VALUES (%s, %s, %s)
ON CONFLICT (partition) DO UPDATE SET version = excluded.version, generation = excluded.generation;

-- try_lock --
-- Follow alone, until the transaction ends.
SELECT pg_try_advisory_xact_lock(%s);
