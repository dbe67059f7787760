-- subjects_found --
-- Subjects behind one, to which any of some handles leads.
SELECT DISTINCT f.subject_id
FROM unnest(%(kinds)s::text[], %(keys)s::text[]) AS k (kind, key)
CROSS JOIN LATERAL (
    SELECT DISTINCT h.subject_id FROM {handle} h
    WHERE h.kind = k.kind COLLATE "C" AND h.key = k.key COLLATE "C"
        AND h.subject_id > %(after)s COLLATE "C"
        AND {is_shown}
    ORDER BY h.subject_id LIMIT %(limit)s
) f
ORDER BY f.subject_id LIMIT %(limit)s;

-- records_found --
-- The records of some subjects to which any of some handles leads.
SELECT DISTINCT h.partition, h.subject_id, h.entry_id::text, h.kind, h.key
FROM unnest(%(kinds)s::text[], %(keys)s::text[]) AS k (kind, key)
JOIN {handle} h ON h.kind = k.kind COLLATE "C" AND h.key = k.key COLLATE "C"
WHERE h.subject_id = ANY(%(subjects)s)
ORDER BY h.subject_id, h.entry_id::text, h.kind;
