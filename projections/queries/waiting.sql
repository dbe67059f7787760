-- not_acknowledged --
-- The last notice of each warning that stands and of which a department took no note.
SELECT w.warning_id::text, w.subject_id, w.domain, w.region FROM {warning} w
WHERE %(department)s = ANY(w.recipients) AND NOT %(department)s = ANY(w.acknowledged_by)
    AND w.transition <> 'lifted' AND NOT EXISTS (
        SELECT FROM {warning} l
        WHERE l.subject_id = w.subject_id AND l.rule = w.rule
            AND (l.generation, l.n) > (w.generation, w.n)
    );

-- of_schemas --
-- The messages of a partition that begin with the id of one of some schemas.
SELECT value FROM {event} WHERE substring(value FROM 1 FOR 5) = ANY(%s);

-- told_under --
-- The warning that was told under an id.
SELECT warning_id::text, subject_id, rule, region FROM {warning} WHERE warning_id::text = %s;
