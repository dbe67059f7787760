-- note --
-- Note that a log does not hold what was read of it.
INSERT INTO control.breach (topic, partition, next_offset, detail) VALUES (%s, %s, %s, %s)
ON CONFLICT (topic, partition)
DO UPDATE SET next_offset = excluded.next_offset, detail = excluded.detail;

-- forget --
-- Forget it: the log holds again what was read, or an operator has decided.
DELETE FROM control.breach WHERE topic = %s AND partition = ANY(%s);

-- all --
-- Every place at which a log does not hold what was read of it.
SELECT topic, partition, next_offset, detail, since FROM control.breach ORDER BY topic, partition;

-- lower_ends --
-- Let ledger partitions count as acknowledged up to where they end now, by an operator's word.
UPDATE control.ledger_end e SET next_offset = k.ends
FROM unnest(%s::integer[], %s::bigint[]) AS k (partition, ends)
WHERE e.topic = %s AND e.partition = k.partition AND e.next_offset > k.ends;
