-- keep --
-- Inquiries as they were told; told twice, they were asked once.
INSERT INTO control.inquiry (inquiry_id, at, subjects, platform, visible_from, body)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (inquiry_id) DO NOTHING;

-- of_subject --
-- Who asked of a subject, the newest first; what it may not see yet only where no moment is given.
SELECT body FROM control.inquiry
WHERE subjects @> ARRAY[%(subject)s] AND platform = %(platform)s
    AND (%(seen_at)s::timestamptz IS NULL OR visible_from IS NULL OR visible_from <= %(seen_at)s)
ORDER BY at DESC, inquiry_id LIMIT %(limit)s;
