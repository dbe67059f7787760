-- keep --
-- A receipt as it was given, once.
INSERT INTO control.receipt (receipt_id, department, given_at, name, lines, body)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING;

-- count_refused --
-- Add to what was refused of a department in a month, by reason.
INSERT INTO control.refusal AS r (platform, department, month, reason, count)
SELECT %s, %s, %s, * FROM unnest(%s::text[], %s::bigint[])
ON CONFLICT (platform, department, month, reason) DO UPDATE SET count = r.count + excluded.count;

-- load --
-- What is kept of a receipt.
SELECT body FROM control.receipt WHERE receipt_id::text = %s;

-- latest --
-- The latest receipts, of a department or of all.
SELECT receipt_id::text, department, given_at, name, lines FROM control.receipt
WHERE (%(department)s::text IS NULL OR department = %(department)s)
ORDER BY given_at DESC LIMIT %(limit)s;

-- admitted --
-- The offset before which admission has dealt with everything in some topics.
SELECT topic, partition, next_offset FROM control.submission_position WHERE topic = ANY(%s);
