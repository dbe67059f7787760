-- standing --
-- The last that was told of each warning that stands, of what is wanted; `mine` are the recipient and its fields.
SELECT w.* FROM {warning} w
WHERE w.transition <> 'lifted'
    AND {is_shown}
    AND (%(regions)s::text[] IS NULL OR w.region = ANY(%(regions)s))
    AND (%(levels)s::text[] IS NULL OR w.level = ANY(%(levels)s))
    AND (%(domains)s::text[] IS NULL OR w.domain = ANY(%(domains)s))
    AND (%(kind)s::text IS NULL OR w.kind = %(kind)s)
    AND (%(department)s::text IS NULL OR %(department)s = ANY(w.recipients)
        OR w.domain = ANY(%(functions)s))
    AND NOT EXISTS (
        SELECT FROM {warning} l
        WHERE l.subject_id = w.subject_id AND l.rule = w.rule
            AND (l.generation, l.n) > (w.generation, w.n)
    );

-- page --
-- A page of them, the newest first.
WITH standing AS ({standing})
SELECT warning_id::text, subject_id, partition, rule, rule_from, transition, level, region, domain, kind,
    cardinality(evidence), on_day, recorded_ms, by_time, since, expires_on, recipients, acknowledged_by
FROM standing
WHERE %(after_ms)s::bigint IS NULL OR (recorded_ms, warning_id) < (%(after_ms)s, %(after_id)s::uuid)
ORDER BY recorded_ms DESC, standing.warning_id DESC LIMIT %(limit)s;

-- counts --
-- How many of each level stand in each region.
WITH standing AS ({standing})
SELECT region, level, count(*) FROM standing GROUP BY region, level;

-- one_moment --
-- All that follows in this transaction is read as of one moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
