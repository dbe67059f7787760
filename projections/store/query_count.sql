-- add --
-- Add to what was counted of days and kinds of question.
INSERT INTO control.query_count AS q (day, platform, kind, count)
SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (day, platform, kind) DO UPDATE SET count = q.count + excluded.count;

-- has_counted --
-- Whether anybody counted when this database was made.
SELECT to_regclass('control.query_count') IS NOT NULL;

-- read --
-- What was counted of the days from one to before another.
SELECT day, platform, kind, count FROM control.query_count
WHERE day >= %s AND day < %s ORDER BY day, platform, kind;
