-- hold --
-- Nobody takes an erased person out of the receipt meanwhile.
SELECT FROM control.receipt WHERE receipt_id = %s::uuid FOR SHARE;

-- keep --
-- What lines came to, once. A line about a person is kept as long as the receipt names that person.
INSERT INTO control.line_fate (receipt_id, line, fate, why, event_id)
SELECT %(receipt)s::uuid, l.line, l.fate, l.why, l.event_id
FROM unnest(%(lines)s::integer[], %(fates)s::text[], %(whys)s::text[], %(events)s::uuid[],
    %(persons)s::text[]) AS l(line, fate, why, event_id, person)
WHERE l.person IS NULL OR EXISTS (
    SELECT FROM control.receipt_person p
    WHERE (p.receipt_id, p.subject_id) = (%(receipt)s::uuid, l.person))
ON CONFLICT DO NOTHING;

-- kept --
-- What is kept of a receipt.
SELECT line, fate, why, event_id::text FROM control.line_fate WHERE receipt_id = %s::uuid;

-- counts --
-- How many lines of a receipt came to what.
SELECT fate, count(*) FROM control.line_fate WHERE receipt_id = %s::uuid GROUP BY fate;

-- page --
-- Some lines of a receipt: those that are kept and those that are still open, of one fate or of all. What asks
-- for something to be done stands first.
SELECT line, fate, why, event_id::text FROM (
    SELECT line, fate, why, event_id FROM control.line_fate WHERE receipt_id = %(receipt)s::uuid
    UNION ALL
    SELECT * FROM unnest(
        %(lines)s::integer[], %(fates)s::text[], %(whys)s::text[], %(events)s::uuid[])
) AS l(line, fate, why, event_id)
WHERE %(fate)s::text IS NULL OR fate = %(fate)s
ORDER BY fate = ANY(%(well)s::text[]), line LIMIT %(limit)s OFFSET %(first)s;
