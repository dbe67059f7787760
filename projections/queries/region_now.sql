-- assessed --
-- Each profile, and whether it is to be assessed anew for a day.
SELECT subject_id, state, counted_as, assessed_on,
    coalesce(next_change_on <= %(on)s, false) OR assessed_on < %(rules)s AS is_due
FROM {profile};

-- counts --
-- How many count as what, by whether they are due, and the latest day that any was assessed for.
SELECT counted_as, is_due, count(*), max(assessed_on)
FROM ({assessed}) p GROUP BY 1, 2 ORDER BY 1, 2;

-- bodies --
-- Who counts as of a kind and is not due.
SELECT subject_id, state FROM ({assessed}) p
WHERE NOT is_due AND starts_with(counted_as, %(kind)s || '/') ORDER BY subject_id;

-- due --
-- Who is due and may count here.
SELECT subject_id, state FROM ({assessed}) p
WHERE is_due AND (counted_as IS NULL OR counted_as = ANY(%(theirs)s)) ORDER BY subject_id;

-- one_view --
-- All of this transaction sees the database as it is at its first question.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
