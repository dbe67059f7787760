-- naming --
-- The messages of a stretch of a partition in which the code of a department stands, whoever says it; of nobody whose
-- erasure is approved.
SELECT "offset", recorded_ms, subject_id, value FROM {event} e
WHERE "offset" >= %(start)s AND "offset" < %(end)s
    AND position(%(department)s::bytea IN value) > 0
    AND {is_shown}
ORDER BY "offset";
