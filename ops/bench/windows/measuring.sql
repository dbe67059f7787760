-- published --
-- Some published records, as they come to hand.
SELECT subject_id, event_id::text, coalesce(name, '') FROM bulletin.entry
WHERE public_until IS NULL OR public_until > current_date
ORDER BY digest LIMIT %s;

-- names --
-- How many names are searched.
SELECT count(DISTINCT name), count(*) FROM bulletin.entry;

-- behind --
-- How many partitions the bulletin has not followed to their end.
SELECT count(*) FROM {position} p LEFT JOIN bulletin.followed f
    ON f.partition = p.partition AND f.version = %(version)s
WHERE coalesce(f.generation, 0) < p.generation;
