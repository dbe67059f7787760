-- add --
-- A new webhook.
INSERT INTO control.webhook ({webhook_columns})
VALUES (%(webhook_id)s, %(platform)s, %(url)s, %(key_id)s, %(region)s, %(level)s, %(private)s, %(key_check)s,
    %(number)s, %(former)s, %(former_until)s, %(cursor)s, %(since)s, %(ended_at)s, %(ended_why)s);

-- all --
-- Those that were not removed.
SELECT {webhook_columns} FROM control.webhook WHERE ended_why IS DISTINCT FROM 'removed' ORDER BY since, webhook_id;

-- one --
-- One of them.
SELECT {webhook_columns} FROM control.webhook WHERE webhook_id = %s AND ended_why IS DISTINCT FROM 'removed';

-- end --
-- It ends; what has ended by itself may still be removed.
UPDATE control.webhook SET ended_at = coalesce(ended_at, %s), ended_why = %s
WHERE webhook_id = %s AND (ended_at IS NULL OR (%s = 'removed' AND ended_why <> 'removed'));

-- renew --
-- Its next secret begins; the one before goes on signing for a time.
UPDATE control.webhook SET former = number, former_until = %s, number = number + 1
WHERE webhook_id = %s AND ended_at IS NULL RETURNING number;

-- on_disk --
-- This transaction is on the disk before it is told of.
SET LOCAL synchronous_commit = on;

-- write --
-- What is to be sent, in the order of telling; what was written before stays as it is.
INSERT INTO control.webhook_delivery (webhook_id, state, attempts, next_at, written_at, message_id, subject_id, body)
SELECT h.id, 'waits', 0, h.at, h.at, m.message_id, m.subject_id, m.body
FROM (SELECT %s::text AS id, %s::timestamptz AS at) h,
    unnest(%s::text[], %s::text[], %s::bytea[]) WITH ORDINALITY m(message_id, subject_id, body, place)
ORDER BY m.place ON CONFLICT (webhook_id, message_id) DO NOTHING;

-- move --
-- Up to where a webhook has come.
UPDATE control.webhook SET cursor = %s WHERE webhook_id = %s;

-- known --
-- Which messages were written down before.
SELECT message_id FROM control.webhook_delivery WHERE webhook_id = %s AND message_id = ANY(%s);

-- due --
-- The first message that waits of each subject, where its time has come.
SELECT {delivery_columns} FROM (
    SELECT DISTINCT ON (subject_id) * FROM control.webhook_delivery
    WHERE webhook_id = %s AND state = 'waits' AND subject_id <> ALL(%s) ORDER BY subject_id, seq
) first WHERE next_at <= %s ORDER BY seq LIMIT %s;

-- hidden --
-- Persons of whom a message waits, and of whom nobody is shown anything any more.
SELECT DISTINCT d.subject_id FROM control.webhook_delivery d JOIN {erasure} x USING (subject_id)
WHERE d.webhook_id = %s AND d.state = 'waits' AND x.stage IN ('approved', 'erased');

-- sent --
-- It was taken.
UPDATE control.webhook_delivery SET state = 'sent', attempts = attempts + 1, last_at = %s, last_error = NULL
WHERE webhook_id = %s AND message_id = %s;

-- failed --
-- An attempt failed.
UPDATE control.webhook_delivery SET state = %s, attempts = attempts + 1, next_at = %s, last_at = %s, last_error = %s
WHERE webhook_id = %s AND message_id = %s;

-- counts --
-- How many there are of each kind.
SELECT count(*) FILTER (WHERE state = 'waits'), count(*) FILTER (WHERE state = 'sent'),
    count(*) FILTER (WHERE state = 'failed')
FROM control.webhook_delivery WHERE webhook_id = %s;

-- waiting --
-- How many wait.
SELECT count(*) FROM control.webhook_delivery WHERE webhook_id = %s AND state = 'waits';

-- failing --
-- What was given up, or failed at its last attempt.
SELECT {delivery_columns} FROM control.webhook_delivery
WHERE webhook_id = %s AND state <> 'sent' AND last_error IS NOT NULL ORDER BY seq LIMIT %s;

-- replay --
-- They are sent once more: one, those since a moment, or all that failed.
UPDATE control.webhook_delivery SET state = 'waits', attempts = 0, next_at = %(now)s
WHERE webhook_id = %(hook)s AND body <> '' AND (
    message_id = %(message)s::text OR written_at >= %(since)s::timestamptz
    OR (%(message)s::text IS NULL AND %(since)s::timestamptz IS NULL AND last_error IS NOT NULL AND state <> 'sent'));

-- forget_taken --
-- Of what was taken and written before a moment only the id stays: by it, it is told to nobody a second time.
UPDATE control.webhook_delivery SET body = '', subject_id = ''
WHERE (webhook_id, message_id) IN (
    SELECT webhook_id, message_id FROM control.webhook_delivery
    WHERE state = 'sent' AND body <> '' AND written_at < %s ORDER BY written_at LIMIT %s);

-- forget_erased --
-- Of who was erased no message stays but for its id, whether it was taken or not: nobody is told by it again.
UPDATE control.webhook_delivery d SET state = CASE d.state WHEN 'sent' THEN 'sent' ELSE 'withdrawn' END,
    body = '', subject_id = ''
FROM {erasure} x WHERE x.subject_id = d.subject_id AND x.stage = 'erased';

-- forget_ended --
-- Of a webhook that ended before a moment no message stays.
DELETE FROM control.webhook_delivery WHERE (webhook_id, message_id) IN (
    SELECT d.webhook_id, d.message_id FROM control.webhook_delivery d JOIN control.webhook h USING (webhook_id)
    WHERE h.ended_at < %s LIMIT %s);

-- try_alone --
-- One process delivers, as long as its connection lasts.
SELECT pg_try_advisory_lock(%s);

-- failing_now --
-- How many webhooks have a message that was given up, or failed three times and more; or ended by themselves.
SELECT count(*) FROM control.webhook h WHERE h.ended_why IN ('gone', 'right_ended') OR (
    h.ended_why IS NULL AND EXISTS (
        SELECT FROM control.webhook_delivery d
        WHERE d.webhook_id = h.webhook_id AND (d.state = 'failed' OR (d.state = 'waits' AND d.attempts >= 3))));
