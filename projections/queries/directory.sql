-- firms --
-- Firms behind one, by seat.
SELECT partition, subject_id, seat, state FROM {profile}
WHERE seat >= %(first)s AND seat < %(behind)s
    AND (seat, subject_id) > (%(place)s COLLATE "C", %(subject)s COLLATE "C")
ORDER BY seat, subject_id LIMIT %(limit)s;

-- firms_of_industry --
-- Firms of an industry behind one, by industry and seat.
SELECT partition, subject_id, industry || '.' || coalesce(seat, ''), state FROM {profile}
WHERE industry >= %(industry)s AND industry < %(behind_industry)s
    AND (%(first)s::text IS NULL OR seat >= %(first)s AND seat < %(behind)s)
    AND (industry, coalesce(seat, ''), subject_id)
        > (%(place)s COLLATE "C", %(seat)s COLLATE "C", %(subject)s COLLATE "C")
ORDER BY industry, coalesce(seat, ''), subject_id LIMIT %(limit)s;

-- told_last --
-- Under which id each warning of some subjects was told last.
SELECT DISTINCT ON (subject_id, rule) subject_id, rule, warning_id::text FROM {warning}
WHERE subject_id = ANY(%s) ORDER BY subject_id, rule, generation DESC, n DESC;

-- to_review --
-- Subjects behind one that have a warning to be reviewed by a day.
SELECT partition, subject_id, review_on::text, state FROM {profile} p
WHERE review_on <= %(by)s
    AND {is_shown}
    AND (review_on, subject_id) > (%(day)s::date, %(subject)s COLLATE "C")
ORDER BY review_on, subject_id LIMIT %(limit)s;
