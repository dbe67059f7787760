-- subjects --
-- The next subjects of a partition with their states, those of a division where one is asked for.
SELECT subject_id, state FROM {profile}
WHERE subject_id > %(subject)s
    AND (%(first)s::text IS NULL OR (seat >= %(first)s AND seat < %(behind)s))
ORDER BY subject_id LIMIT %(limit)s;
