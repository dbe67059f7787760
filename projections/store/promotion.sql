-- stands --
-- Where a version of any shape stands: what every version has had.
SELECT partition, next_offset, swept_on, related_on FROM {old_position} ORDER BY partition;

-- hold --
-- The same, and nobody moves it until the transaction ends.
SELECT partition, next_offset, swept_on, related_on FROM {old_position}
ORDER BY partition FOR UPDATE;

-- knows_set_aside --
-- Whether a version has the table of messages that no broker takes.
SELECT to_regclass(%s) IS NOT NULL;

-- move_set_aside --
-- What the broker did not take from the old version moves along.
INSERT INTO {new_set_aside} SELECT * FROM {old_set_aside};

-- move_outbox --
-- What waits moves along. Of an older version headers are an array of Postgres.
INSERT INTO {new_outbox} (partition, generation, n, topic, key, value, headers)
SELECT partition, generation, n, topic, key, value,
    CASE pg_typeof(headers) WHEN 'text[]'::regtype THEN to_json(headers)::text ELSE headers::text END
FROM {old_outbox};

-- go_on --
-- The new version goes on in a later generation than all that was and all that waits.
UPDATE {new_position} b SET generation = 1 + greatest(
    b.generation,
    a.generation,
    (SELECT max(w.generation) FROM {new_outbox} w WHERE w.partition = b.partition)
)
FROM {old_position} a WHERE a.partition = b.partition;

-- count_as_published --
-- Profiles of all generations before that one count as published.
UPDATE {new_publication} b SET generation = p.generation - 1
FROM {new_position} p WHERE p.partition = b.partition;

-- carry_unpublished --
-- Those that the old version had not published yet count as changed in that one.
UPDATE {new_profile} b SET generation = p.generation
FROM {new_position} p,
    {old_profile} a JOIN {old_publication} u ON u.partition = a.partition
        AND u.topic_kind = 'profiles' AND a.generation > u.generation
WHERE (b.partition, b.subject_id) = (a.partition, a.subject_id) AND p.partition = b.partition;

-- forget_old_positions --
-- A worker that still holds the old version finds no position, and looks for the new one.
DELETE FROM {old_position};

-- retire --
-- The version that was live is so no more.
UPDATE control.projection SET live = false WHERE platform = %s AND live;

-- enlive --
-- The new version answers from now on.
UPDATE control.projection SET live = true WHERE platform = %s AND version = %s;
