-- keep --
-- A receipt as it was given, once.
INSERT INTO control.receipt (receipt_id, department, given_at, name, lines, body)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING;

-- name_persons --
-- Whom a receipt names.
INSERT INTO control.receipt_person (subject_id, receipt_id) SELECT unnest(%s::text[]), %s
ON CONFLICT DO NOTHING;

-- of_erased --
-- A receipt that names persons who were erased, and whom of them; nobody else rewrites it meanwhile.
SELECT r.receipt_id::text, r.body, ARRAY(
    SELECT p.subject_id FROM control.receipt_person p JOIN {erasure} e USING (subject_id)
    WHERE p.receipt_id = r.receipt_id AND e.stage = 'erased')
FROM control.receipt r WHERE r.receipt_id = (
    SELECT p.receipt_id FROM control.receipt_person p JOIN {erasure} e USING (subject_id)
    WHERE e.stage = 'erased' LIMIT 1)
FOR UPDATE OF r;

-- rewrite --
-- A receipt without those who were erased.
UPDATE control.receipt SET body = %s WHERE receipt_id = %s;

-- tell_anew --
-- What its lines came to is told anew.
DELETE FROM control.line_fate WHERE receipt_id = %s;

-- name_no_more --
-- It names them no more.
DELETE FROM control.receipt_person WHERE receipt_id = %s AND subject_id = ANY(%s);

-- count_refused --
-- Add to what was refused of a department in a month, by reason.
INSERT INTO control.refusal AS r (platform, department, month, reason, count)
SELECT %s, %s, %s, * FROM unnest(%s::text[], %s::bigint[])
ON CONFLICT (platform, department, month, reason) DO UPDATE SET count = r.count + excluded.count;

-- load --
-- What is kept of a receipt.
SELECT body FROM control.receipt WHERE receipt_id = %s::uuid;

-- one --
-- A receipt without its lines.
SELECT receipt_id::text, department, given_at, name, lines FROM control.receipt
WHERE receipt_id = %s::uuid;

-- latest --
-- The latest receipts, of a department or of all.
SELECT receipt_id::text, department, given_at, name, lines FROM control.receipt
WHERE (%(department)s::text IS NULL OR department = %(department)s)
ORDER BY given_at DESC, receipt_id LIMIT %(limit)s OFFSET %(skipped)s;

-- count_of --
-- How many there are of a department.
SELECT count(*) FROM control.receipt WHERE department = %s;

-- admitted --
-- The offset before which admission has dealt with everything in some topics.
SELECT topic, partition, next_offset FROM control.submission_position WHERE topic = ANY(%s);
