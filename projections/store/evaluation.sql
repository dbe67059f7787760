-- frozen --
-- The parts of a frozen year, or of all, as `Frozen` has them.
SELECT year, part, valid_on, known_ms, cut, rules, row_count, digest, frozen_at
FROM evaluation.frozen
WHERE %(year)s::smallint IS NULL OR year = %(year)s ORDER BY year, part;

-- add_frozen --
-- One part of a year that is frozen from now on.
INSERT INTO evaluation.frozen (year, part, valid_on, known_ms, cut, rules, row_count, digest, frozen_at)
VALUES (%(year)s, %(part)s, %(valid_on)s, %(known_ms)s, %(cut)s, %(rules)s, %(rows)s, %(digest)s,
    %(frozen_at)s);

-- clear --
-- What an interrupted freeze of a year left in a table; what is frozen stays.
DELETE FROM {table} WHERE year = %(year)s
    AND NOT EXISTS (SELECT 1 FROM evaluation.frozen f WHERE f.year = %(year)s);

-- copy_subjects --
-- Subjects of a year that is being frozen.
COPY {table} (year, {subject_columns}) FROM STDIN;

-- subjects --
-- The subjects of a year, or of one partition of it, in the order of their ids.
SELECT {subject_columns} FROM {table}
WHERE year = %(year)s AND (%(partition)s::smallint IS NULL OR partition = %(partition)s)
ORDER BY subject_id;

-- subject --
-- One subject of a year.
SELECT {subject_columns} FROM {table} WHERE year = %s AND subject_id = %s;

-- journal --
-- A partition's messages before a cut, each subject's together.
SELECT subject_id, "offset", recorded_ms, value FROM {event}
WHERE "offset" < %s ORDER BY subject_id, "offset";

-- count_as --
-- How many subjects of a year count as what.
SELECT counted_as, count(*) FROM {table}
WHERE year = %s AND counted_as IS NOT NULL GROUP BY counted_as ORDER BY counted_as;

-- add_region --
-- A region of a year that is being frozen.
INSERT INTO evaluation.region (year, region, body) VALUES (%s, %s, %s);

-- regions --
-- The regions of a year, in the order of their codes.
SELECT region, body FROM evaluation.region WHERE year = %s ORDER BY region;

-- region --
-- One region of a year.
SELECT body FROM evaluation.region WHERE year = %s AND region = %s;
