-- behind --
-- The partitions of the live read models that the bulletin has not followed to their end, those first that lie
-- furthest behind, and of each whether nothing of another version stands there.
SELECT p.partition, p.generation, coalesce(f.generation, 0), coalesce(f.only_version = %(version)s, false)
FROM {position} p LEFT JOIN bulletin.followed f ON f.partition = p.partition AND f.version = %(version)s
WHERE coalesce(f.generation, 0) < p.generation
ORDER BY p.generation - coalesce(f.generation, 0) DESC, p.partition;

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
-- Take out what stood in some partitions of another version of the read models; this reads every entry.
DELETE FROM bulletin.entry WHERE partition = ANY(%s) AND version <> %s;

-- note --
-- Note how far partitions are followed.
INSERT INTO bulletin.followed (partition, version, generation, only_version)
SELECT l.partition, %(version)s, l.generation, CASE WHEN l.alone THEN %(version)s::integer END
FROM unnest(%(partitions)s::smallint[], %(generations)s::bigint[], %(alone)s::boolean[])
    AS l(partition, generation, alone)
ON CONFLICT (partition) DO UPDATE SET
    version = excluded.version, generation = excluded.generation, only_version = excluded.only_version;

-- try_lock --
-- Follow alone, until the transaction ends.
SELECT pg_try_advisory_xact_lock(%s);
