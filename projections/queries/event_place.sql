-- of_record --
-- What was said of one record, which has the id of the event that began it. The index knows it beside
-- its subject: looked through whole, it is a tenth of what the messages are.
SELECT partition, "offset", subject_id, value FROM {event}
WHERE entry_id = %(id)s
ORDER BY partition, "offset";

-- holding --
-- The messages that hold a text: the event of an id, and what amends it.
SELECT partition, "offset", subject_id, value FROM {event}
WHERE position(%(text)s::bytea IN value) > 0
ORDER BY partition, "offset";

-- of_subjects_by_lot --
-- Some subjects, drawn by a lot that whoever asks has cast.
SELECT subject_id FROM {profile} ORDER BY md5(subject_id || %(lot)s::text) LIMIT %(count)s;

-- of_subject --
-- Likewise, of one subject.
SELECT partition, "offset", subject_id, value FROM {event}
WHERE subject_id = %(subject)s AND position(%(text)s::bytea IN value) > 0
ORDER BY partition, "offset";

-- at --
-- The message at an offset of a partition.
SELECT subject_id, recorded_ms, value FROM {event}
WHERE partition = %(partition)s AND "offset" = %(offset)s;
