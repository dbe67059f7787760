-- by_filter --
-- Until the transaction ends: the planner knows too little of the filter over ids to take it by itself.
SELECT set_config('enable_seqscan', 'off', true);

-- of_id --
-- The messages of an id, which stands at one place in each: behind the number of its schema and its own length.
SELECT partition, "offset", subject_id, value FROM {event}
WHERE substring(value FROM 7 FOR 36) = %(text)s::bytea
ORDER BY partition, "offset";

-- of_subjects_by_lot --
-- Some subjects, drawn by a lot that whoever asks has cast; nobody whose erasure is approved.
SELECT subject_id FROM {profile} e WHERE {is_shown}
ORDER BY md5(subject_id || %(lot)s::text) LIMIT %(count)s;

-- of_subject --
-- Likewise, of one subject.
SELECT partition, "offset", subject_id, value FROM {event}
WHERE subject_id = %(subject)s AND position(%(text)s::bytea IN value) > 0
ORDER BY partition, "offset";

-- at --
-- The message at an offset of a partition.
SELECT subject_id, recorded_ms, value FROM {event}
WHERE partition = %(partition)s AND "offset" = %(offset)s;
