-- sought --
-- What is published today and is asked for. A text is found by its pairs of characters, and then compared.
SELECT event_id, subject_id, name, type, category, department, region, document_no,
    day, published_on, public_until, rule
FROM bulletin.entry
WHERE (public_until IS NULL OR public_until > %(today)s)
    AND (%(grams)s::text[] IS NULL OR (grams @> %(grams)s AND (strpos(key, %(name)s) > 0 OR strpos(key, %(number)s) > 0)))
    AND (%(subject)s::text IS NULL OR subject_id = %(subject)s)
    AND (%(type)s::text IS NULL OR type = %(type)s)
    AND (%(department)s::text IS NULL OR department = %(department)s)
    AND (%(within)s::text IS NULL OR starts_with(region, %(within)s))
    AND (%(since)s::date IS NULL OR published_on >= %(since)s)
    AND (%(until)s::date IS NULL OR published_on <= %(until)s);

-- page --
-- A page of it, by day of publication, the newest first.
SELECT * FROM ({sought}) s
WHERE (%(after_day)s::date IS NULL OR (published_on, event_id) < (%(after_day)s, %(after_id)s::uuid))
ORDER BY published_on DESC, event_id DESC LIMIT %(limit)s;

-- count --
-- How many there are, counted up to a bound.
SELECT count(*) FROM (SELECT FROM ({sought}) s LIMIT %(bound)s) counted;

-- followed --
-- How many partitions of the read models are ahead of the bulletin.
SELECT count(*) FROM {position} p LEFT JOIN bulletin.followed f
    ON f.partition = p.partition AND f.version = %s
WHERE coalesce(f.generation, 0) < p.generation;
