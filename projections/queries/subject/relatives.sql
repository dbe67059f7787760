-- messages --
-- The messages of some subjects before an offset.
SELECT subject_id, "offset", recorded_ms, value FROM {event}
WHERE subject_id = ANY(%s) AND "offset" < %s;

-- ever_tied --
-- Whom a message before a cut ties to one of some others; and whoever is parked.
SELECT t.subject_id FROM {tie} t
JOIN unnest(%s::smallint[], %s::bigint[]) c (partition, next_offset)
    ON c.partition = t.partition AND t."offset" < c.next_offset
WHERE t.other = ANY(%s) AND NOT t.is_void
UNION SELECT subject_id FROM {parked};
