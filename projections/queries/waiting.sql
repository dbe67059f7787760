-- open --
-- What waits for a department, the most urgent first.
SELECT partition, duty_id::text, kind, subject_id, subject_name, event_id::text, record_id::text,
    rule, domain, region, opened_on, due_on
FROM {duty} d
WHERE department = %s AND closed_on IS NULL
    AND {is_shown}
ORDER BY due_on NULLS LAST, subject_id, duty_id;

-- told_under --
-- The warning that was told under an id, as it was told last.
SELECT w.warning_id::text, w.subject_id, w.rule, w.region, last.acknowledged_by
FROM {warning} w CROSS JOIN LATERAL (
    SELECT acknowledged_by FROM {warning} l
    WHERE l.subject_id = w.subject_id AND l.rule = w.rule
    ORDER BY l.generation DESC, l.n DESC LIMIT 1
) last
WHERE w.warning_id = %s::uuid;
