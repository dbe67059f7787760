-- standing --
-- The warnings that stood on a day, of each subject by level and by what they are counted by.
SELECT subject_id, level,
    CASE %(by)s
        WHEN 'domain' THEN domain
        WHEN 'region' THEN region
        WHEN 'kind' THEN kind
        WHEN 'rule' THEN rule
        ELSE ''
    END,
    count(*)
FROM (
    SELECT DISTINCT ON (episode_id) subject_id, level, transition, region, domain, kind, rule
    FROM {warning} WHERE on_day <= %(day)s
    ORDER BY episode_id, generation DESC, n DESC
) last
WHERE transition <> 'lifted' GROUP BY 1, 2, 3;

-- states --
-- The states of some subjects, by partition.
SELECT p.subject_id, p.state FROM {profile} p
JOIN unnest(%s::smallint[], %s::text[]) w (partition, subject_id)
    ON p.partition = w.partition AND p.subject_id = w.subject_id;
