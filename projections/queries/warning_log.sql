-- told --
-- Notices of warnings, as `WarningTold` has them.
SELECT w.warning_id::text, w.episode_id::text, w.subject_id, w.rule, w.rule_from, w.transition,
    w.level, w.previous_level, w.region, w.domain, w.evidence::text[], w.on_day, w."offset",
    w.partition, w.generation, w.n, w.kind, w.since, w.expires_on, w.window_months, w.recipients,
    w.acknowledged_by, w.list
FROM {warning} w;

-- after --
-- What was told in a partition behind a notice, up to a generation.
{told}
WHERE w.partition = %s AND (w.generation, w.n) > (%s, %s) AND w.generation <= %s
    AND {is_shown}
ORDER BY w.generation, w.n LIMIT %s;

-- page --
-- What was told behind a notice, of what was asked for; `active` is the last of each that stands.
{told}
WHERE (w.partition, w.generation, w.n) > (%(partition)s, %(generation)s, %(n)s)
    AND {is_shown}
    AND (%(regions)s::text[] IS NULL OR w.region = ANY(%(regions)s))
    AND (%(level)s::text IS NULL OR w.level = %(level)s)
    AND (%(domains)s::text[] IS NULL OR w.domain = ANY(%(domains)s))
    AND (%(kind)s::text IS NULL OR w.kind = %(kind)s)
    AND (%(subject)s::text IS NULL OR w.subject_id = %(subject)s)
    AND (NOT %(active)s OR (w.transition <> 'lifted' AND NOT EXISTS (
        SELECT FROM {warning} l
        WHERE l.subject_id = w.subject_id AND l.rule = w.rule
            AND (l.generation, l.n) > (w.generation, w.n)
    )))
ORDER BY w.partition, w.generation, w.n LIMIT %(limit)s;

-- heads --
-- The last generation of each partition.
SELECT partition, generation FROM {position};
