-- write --
-- Where the erasure of a person stands.
INSERT INTO {erasure} (partition, subject_id, request, stage, erases_on, body)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (partition, subject_id) DO UPDATE SET request = excluded.request,
    stage = excluded.stage, erases_on = excluded.erases_on, body = excluded.body;

-- forget_event --
-- Of who was erased the journal keeps the events of that alone.
DELETE FROM {event} WHERE subject_id = %(subject)s AND "offset" <> ALL(%(kept)s);

-- forget_handle --
-- Likewise.
DELETE FROM {handle} WHERE partition = %(partition)s AND subject_id = %(subject)s;

-- forget_list_entry --
-- Likewise.
DELETE FROM {list_entry} WHERE partition = %(partition)s AND subject_id = %(subject)s;

-- forget_warning --
-- Likewise.
DELETE FROM {warning} WHERE partition = %(partition)s AND subject_id = %(subject)s;

-- forget_duty --
-- Likewise.
DELETE FROM {duty} WHERE partition = %(partition)s AND subject_id = %(subject)s;

-- forget_tie --
-- Likewise.
DELETE FROM {tie} WHERE partition = %(partition)s AND subject_id = %(subject)s;

-- forget_related_told --
-- Likewise.
DELETE FROM {related_told} WHERE partition = %(partition)s AND subject_id = %(subject)s;

-- of_subject --
-- Where the erasure of a person stands.
SELECT body FROM {erasure} WHERE partition = %s AND subject_id = %s;

-- of_request --
-- An erasure by the id of its request.
SELECT subject_id, body FROM {erasure} WHERE request = %s::uuid;

-- known --
-- Erasures at some stages, those first that are done first.
SELECT subject_id, body FROM {erasure}
WHERE stage = ANY(%s) AND subject_id > %s ORDER BY subject_id LIMIT %s;

-- hidden --
-- Of whom nobody is shown anything: whose erasure is approved. Within others by `is_shown`.
SELECT FROM {erasure} x WHERE x.stage = 'approved';

-- due --
-- Persons whose days of waiting are over.
SELECT subject_id, body FROM {erasure} WHERE stage = 'approved' AND erases_on <= %s
ORDER BY subject_id;
