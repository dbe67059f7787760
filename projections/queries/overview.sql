-- positions --
-- Where every partition stands, in order.
SELECT partition, next_offset, recorded_ms, generation, swept_on FROM {position} ORDER BY partition;

-- coverage --
-- How much of the ledger is known, up to when, and how much waits.
SELECT coalesce(sum(next_offset), 0)::bigint, coalesce(max(recorded_ms), 0),
    (SELECT count(*) FROM {parked}), (SELECT count(*) FROM {outbox})
FROM {position};

-- parked_count --
-- How many subjects are parked.
SELECT count(*) FROM {parked};

-- parked_subjects --
-- Subjects that wait for an operator, the longest wait first.
SELECT partition, subject_id, "offset", reason, waiting, since FROM {parked}
ORDER BY since, partition, "offset" LIMIT %s OFFSET %s;

-- list_counts --
-- How many entries of each list have each status.
SELECT list, status, count(*) FROM {list_entry} GROUP BY list, status ORDER BY list, status;

-- list_members --
-- Entries of a list behind one of them, as `ListMember` has them.
SELECT subject_id, entry_id::text, list, status, since, until, ground, region, rule, changed_on,
    partition, "offset"
FROM {list_entry} e
WHERE list = %(list)s
    AND {is_shown}
    AND (%(status)s::text IS NULL OR status = %(status)s)
    AND (%(region)s::text IS NULL OR starts_with(region, %(region)s))
    AND (%(subject)s = ''
        OR (subject_id, entry_id) > (%(subject)s COLLATE "C", %(entry)s::uuid))
ORDER BY subject_id, entry_id LIMIT %(limit)s;
