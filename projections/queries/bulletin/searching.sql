-- columns --
-- A published record, as `BulletinRow` has it.
event_id, subject_id, name, type, category, department, region, document_no, day, published_on, public_until, rule;

-- wanted --
-- What is published today and is asked for; a text is compared whole.
(public_until IS NULL OR public_until > %(today)s)
    AND (%(name)s::text IS NULL OR strpos(key, %(name)s) > 0 OR strpos(key, %(number)s) > 0)
    AND (%(subject)s::text IS NULL OR subject_id = %(subject)s)
    AND (%(type)s::text IS NULL OR type = %(type)s)
    AND (%(department)s::text IS NULL OR department = %(department)s)
    AND (%(within)s::text IS NULL OR starts_with(region, %(within)s))
    AND (%(since)s::date IS NULL OR published_on >= %(since)s)
    AND (%(until)s::date IS NULL OR published_on <= %(until)s);

-- behind --
-- What comes behind the page before, by day of publication, the newest first.
(%(after_day)s::date IS NULL OR (published_on, event_id) < (%(after_day)s, %(after_id)s::uuid));

-- page --
-- A page of what is asked for without a text.
SELECT {columns} FROM bulletin.entry WHERE {wanted} AND {behind}
ORDER BY published_on DESC, event_id DESC LIMIT %(limit)s;

-- newest --
-- A page of what has a text, out of the newest entries alone, and how many of those have it: a text that many
-- have is found here, whatever their number. Says nothing where these are too few for a page.
WITH newest AS (
    SELECT {columns}, key FROM bulletin.entry
    WHERE (%(until)s::date IS NULL OR published_on <= %(until)s) AND {behind}
    ORDER BY published_on DESC, event_id DESC LIMIT %(looked_at)s
)
SELECT {columns}, count(*) OVER () FROM newest WHERE {wanted}
ORDER BY published_on DESC, event_id DESC LIMIT %(limit)s;

-- rare --
-- A page of what has a text that few have: found by its pairs of characters, then put in order.
WITH found AS MATERIALIZED (
    SELECT {columns} FROM bulletin.entry WHERE grams @> %(grams)s::text[] AND {wanted} AND {behind}
)
SELECT {columns} FROM found ORDER BY published_on DESC, event_id DESC LIMIT %(limit)s;

-- count --
-- How many there are, counted up to a bound.
SELECT count(*) FROM (
    SELECT FROM bulletin.entry WHERE (%(grams)s::text[] IS NULL OR grams @> %(grams)s) AND {wanted} LIMIT %(bound)s
) counted;

-- followed --
-- How many partitions of the read models are ahead of the bulletin.
SELECT count(*) FROM {position} p LEFT JOIN bulletin.followed f
    ON f.partition = p.partition AND f.version = %s
WHERE coalesce(f.generation, 0) < p.generation;
