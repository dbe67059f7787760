-- keep --
-- Inquiries as they were told; told twice, they were asked once, and what is kept is what was told last.
INSERT INTO control.inquiry (inquiry_id, at, subjects, platform, visible_from, body)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (inquiry_id) DO UPDATE SET body = excluded.body;

-- of_subject --
-- Who asked of a subject, the newest first; what it may not see yet only where no moment is given.
SELECT body FROM control.inquiry
WHERE subjects @> ARRAY[%(subject)s] AND platform = %(platform)s
    AND (%(seen_at)s::timestamptz IS NULL OR visible_from IS NULL OR visible_from <= %(seen_at)s)
ORDER BY at DESC, inquiry_id LIMIT %(limit)s;

-- uses --
-- How often was asked of subjects in a stretch of time, by role, for whom and what for. For whom is kept of authorities alone.
SELECT role, organisation, purpose, count(*), count(*) FILTER (WHERE outcome = ANY(%(answered)s)), max(at)
FROM (
    SELECT at, said ->> 'role' AS role, said ->> 'purpose' AS purpose, said ->> 'outcome' AS outcome,
        CASE WHEN said ->> 'role' = ANY(%(authorities)s) THEN said ->> 'organisation' END AS organisation
    FROM (
        SELECT at, convert_from(body, 'UTF8')::jsonb AS said FROM control.inquiry
        WHERE at >= %(since)s AND at < %(until)s AND platform IS NOT NULL
    ) AS kept
) AS asked
GROUP BY role, organisation, purpose ORDER BY role, organisation, purpose;

-- reports_given --
-- How many reports of itself a subject was given in a stretch of time.
SELECT count(*) FROM (
    SELECT convert_from(body, 'UTF8')::jsonb AS said FROM control.inquiry
    WHERE subjects @> ARRAY[%(subject)s] AND platform = %(platform)s AND at >= %(since)s AND at < %(until)s
) AS kept
WHERE said ->> 'role' = 'subject' AND said ->> 'outcome' = ANY(%(answered)s) AND said ->> 'question' = ANY(%(questions)s);

-- of_digest --
-- The inquiries whose answer had a digest; it is looked for in all of them.
SELECT body FROM control.inquiry
WHERE position(%(digest)s::bytea IN body) > 0 AND platform = %(platform)s
ORDER BY at DESC, inquiry_id LIMIT %(limit)s;
