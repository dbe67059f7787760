-- places --
-- How far a watcher has come on some topics.
SELECT topic, partition, next_offset FROM control.watcher WHERE name = %s AND topic = ANY(%s);

-- keep --
-- A watcher has come so far.
INSERT INTO control.watcher (name, topic, partition, next_offset)
SELECT %s, * FROM unnest(%s::text[], %s::smallint[], %s::bigint[])
ON CONFLICT (name, topic, partition) DO UPDATE SET next_offset = excluded.next_offset;
