-- load_states --
-- The states of those subjects of a partition that are known.
SELECT subject_id, state FROM {profile} WHERE subject_id = ANY(%s);

-- load_states_of_several --
-- The same of several partitions; in each its own subjects are looked for, and no others.
SELECT partition, subject_id, state
FROM unnest(%s::smallint[], %s::text[]) AS k (partition, subject_id)
JOIN {profile} USING (partition, subject_id);

-- load_parked --
-- Who is parked in some partitions.
SELECT partition, subject_id, "offset", reason, waiting FROM {parked} WHERE partition = ANY(%s);

-- load_chains --
-- What the journal of a partition holds of some entries.
SELECT e.subject_id, e.entry_id::text, e."offset", e.recorded_ms, e.value
FROM unnest(%s::text[], %s::uuid[]) AS k (subject_id, entry_id)
JOIN {event} e USING (subject_id, entry_id);

-- load_chains_of_several --
-- The same of several partitions.
SELECT e.partition, e.subject_id, e.entry_id::text, e."offset", e.recorded_ms, e.value
FROM unnest(%s::smallint[], %s::text[], %s::uuid[]) AS k (partition, subject_id, entry_id)
JOIN {event} e USING (partition, subject_id, entry_id);

-- load_messages --
-- A subject's messages, from an offset on and up to before another.
SELECT "offset", recorded_ms, value FROM {event}
WHERE subject_id = %(subject_id)s AND "offset" >= %(start)s
    AND (%(end)s::bigint IS NULL OR "offset" < %(end)s);
