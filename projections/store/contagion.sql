-- copy_ties --
-- What a batch said of ties.
COPY {tie} ({tie_columns}, partition) FROM STDIN;

-- shared_ties --
-- The ties that a partition's subjects share with any other's: all that was ever said of such a tie.
SELECT known_from, "offset", subject_id, entry_id::text, other, since, until, region, is_void, partition
FROM {tie} WHERE (partition, entry_id) IN (
    SELECT partition, entry_id FROM {tie}
    WHERE other IN (SELECT other FROM {tie} WHERE partition = %s)
);

-- reds --
-- How the warnings of some subjects that were ever red stood with each notice told of them.
SELECT on_day, by_time, generation, n, subject_id, rule, level, domain, evidence::text[]
FROM {warning} w
WHERE subject_id = ANY(%(members)s) AND EXISTS (
    SELECT FROM {warning} r
    WHERE r.subject_id = w.subject_id AND r.rule = w.rule AND r.level = 'red'
);

-- load_told --
-- What was told of contagion in a partition.
SELECT subject_id, told FROM {related_told} WHERE partition = %s;

-- write_told --
-- Write what was told of some subjects.
INSERT INTO {related_told} (partition, subject_id, told)
SELECT %s, * FROM unnest(%s::text[], %b::bytea[])
ON CONFLICT (partition, subject_id) DO UPDATE SET told = excluded.told;
