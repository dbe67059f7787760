-- look --
-- How partitions stand: their last generation, and whether notices wait to be published.
SELECT p.partition, p.generation,
    EXISTS (SELECT FROM {outbox} o WHERE o.partition = p.partition)
FROM {position} p WHERE p.partition = ANY(%s);

-- note --
-- Write up to which generation profiles are published; never back, and never beyond what there is, as
-- a database that lost its last commits makes these generations anew.
UPDATE {publication} b SET generation = greatest(b.generation, least(k.reached, a.generation))
FROM unnest(%s::smallint[], %s::bigint[]) AS k (partition, reached) JOIN {position} a USING (partition)
WHERE b.partition = k.partition AND b.topic_kind = 'profiles';

-- unpublished --
-- The last generation of a partition, and the one up to which its profiles are published.
SELECT a.generation, b.generation
FROM {position} a JOIN {publication} b USING (partition)
WHERE a.partition = %s AND b.topic_kind = 'profiles';

-- changed_profiles --
-- The subjects whose rows changed last in some generations, with their states; and who of them is
-- parked. What changed once more since then is told with that change.
SELECT subject_id, state, subject_id IN (SELECT subject_id FROM {parked})
FROM {profile} WHERE generation >= %s AND generation < %s;

-- waiting_notices --
-- What waits in the outbox of some partitions, in the order of telling.
SELECT partition, generation, n, topic, key, value, headers FROM {outbox}
WHERE partition = ANY(%s) ORDER BY partition, generation, n LIMIT %s;

-- take_out_notices --
-- Take out what was sent, each partition up to its last: none lower can have come meanwhile, as each
-- transaction of a partition has a later generation than all before it.
DELETE FROM {outbox} o
USING unnest(%s::smallint[], %s::bigint[], %s::integer[]) AS k (partition, generation, n)
WHERE o.partition = k.partition AND (o.generation, o.n) <= (k.generation, k.n);

-- set_message_aside --
-- Note a message that the broker will never take; of a profile, whose state stands in its own table,
-- only the last.
INSERT INTO {set_aside} (partition, generation, n, topic, key, value, headers, bytes, reason)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (partition, topic, key, generation, n)
DO UPDATE SET bytes = excluded.bytes, reason = excluded.reason, since = now();

-- profiles_set_aside --
-- The keys of a partition's profiles that were set aside.
SELECT key FROM {set_aside} WHERE partition = %s AND value IS NULL;

-- forget_set_aside --
-- Forget profiles that were set aside and have gone out since.
DELETE FROM {set_aside} WHERE partition = %s AND value IS NULL AND key = ANY(%s);

-- all_set_aside --
-- Every message that was set aside, for an operator.
SELECT partition, generation, n, topic, convert_from(key, 'UTF8'), bytes, reason, since
FROM {set_aside} ORDER BY since, partition, generation, n;

-- next_generation --
-- Begin a generation of a partition, whose lock is held from here on; a relay then finds it at a look.
UPDATE {position} SET generation = generation + 1 WHERE partition = %s RETURNING generation;

-- queue_again --
-- Put the notices of a subject that were set aside in line once more, behind all others.
WITH taken AS (
    DELETE FROM {set_aside} WHERE partition = %(partition)s AND key = %(key)s
    RETURNING partition, generation, n, topic, key, value, headers
)
INSERT INTO {outbox} (partition, generation, n, topic, key, value, headers)
SELECT partition, %(generation)s, row_number() OVER (ORDER BY generation, n),
    topic, key, value, headers
FROM taken WHERE value IS NOT NULL;

-- publish_again --
-- Let a subject's profile count as changed, so that it is published.
UPDATE {profile} SET generation = %s WHERE subject_id = %s;
