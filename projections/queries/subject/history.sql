-- page --
-- A subject's messages between two offsets, in ledger order.
SELECT "offset", recorded_ms, value FROM {event}
WHERE subject_id = %(subject)s AND "offset" > %(after)s AND "offset" < %(end)s
ORDER BY "offset" LIMIT %(limit)s;

-- count --
-- How many messages of a subject come before an offset.
SELECT count(*) FROM {event} WHERE subject_id = %s AND "offset" < %s;

-- stands --
-- Where a partition stands, from which offset on a subject of it is parked, and whether it is known.
SELECT s.next_offset, s.generation, k."offset", p.subject_id IS NOT NULL
FROM {position} s
LEFT JOIN {profile} p ON p.subject_id = %(subject)s
LEFT JOIN {parked} k ON k.partition = s.partition AND k.subject_id = %(subject)s
WHERE s.partition = %(partition)s;

-- of_schemas --
-- A subject's messages before an offset that begin with the id of one of some schemas.
SELECT value FROM {event}
WHERE subject_id = %s AND "offset" < %s AND substring(value FROM 1 FOR 5) = ANY(%s);
