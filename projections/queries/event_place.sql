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
