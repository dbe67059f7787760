-- positions --
-- Where admission stands in some partitions of a topic, and the last record that it read there.
SELECT partition, next_offset, seen_offset, seen FROM control.submission_position
WHERE topic = %s AND partition = ANY(%s);

-- move --
-- Move positions, count what was refused of those batches whose position moved, and note up to where
-- the ledger has acknowledged. What is stepped over by an operator's word leaves no record to compare.
WITH k AS (
    SELECT * FROM unnest(
        %s::text[], %s::integer[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bytea[]
    ) AS k (topic, partition, first, next, seen_offset, seen)
), moved AS (
    INSERT INTO control.submission_position AS p (topic, partition, next_offset, seen_offset, seen)
    SELECT topic, partition, next, seen_offset, seen FROM k
    ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset,
        seen_offset = excluded.seen_offset, seen = excluded.seen
    WHERE p.next_offset =
        (SELECT first FROM k WHERE (k.topic, k.partition) = (p.topic, p.partition))
    RETURNING topic, partition
), counted AS (
    INSERT INTO control.refusal AS r
    SELECT platform, department, month, reason, sum(count) FROM moved JOIN unnest(
        %s::text[], %s::integer[], %s::text[], %s::text[], %s::date[], %s::text[], %s::bigint[]
    ) AS f (topic, partition, platform, department, month, reason, count) USING (topic, partition)
    GROUP BY platform, department, month, reason ORDER BY platform, department, month, reason
    ON CONFLICT (platform, department, month, reason) DO UPDATE SET count = r.count + excluded.count
), acknowledged AS (
    INSERT INTO control.ledger_end AS e (topic, partition, next_offset)
    SELECT * FROM unnest(%s::text[], %s::integer[], %s::bigint[]) ORDER BY 1, 2
    ON CONFLICT (topic, partition)
    DO UPDATE SET next_offset = greatest(e.next_offset, excluded.next_offset)
)
SELECT topic, partition FROM moved;

-- ledger_ends --
-- Up to where each partition of a ledger was acknowledged to admission.
SELECT partition, next_offset FROM control.ledger_end WHERE topic = %s;

-- applied --
-- Where read models stand in the ledger, and the last record that they read there.
SELECT partition, next_offset, seen_offset, seen FROM {position};

-- all_positions --
-- Where admission stands everywhere, and the last record that it read there.
SELECT topic, partition, next_offset, seen_offset, seen FROM control.submission_position;

-- readmit --
-- Let admission stand elsewhere, by an operator's word.
UPDATE control.submission_position SET next_offset = %s, seen_offset = NULL, seen = NULL
WHERE topic = %s AND partition = %s;
