-- positions --
-- Where every partition stands.
SELECT partition, {position_columns} FROM {position};

-- lock_position --
-- Where a partition stands; nobody else moves it until this transaction ends.
SELECT {position_columns} FROM {position} WHERE partition = %s FOR UPDATE;

-- move_position --
-- Write where a partition stands now.
UPDATE {position} SET ({position_columns}) = ROW ({position_values}) WHERE partition = %s;

-- move_position_measured --
-- The same, and count the latency of the batch.
UPDATE {position} SET ({position_columns}) = ROW ({position_values}),
    latency_ms = %s,
    latency_sum_ms = latency_sum_ms + %s,
    latency_counts[%s] = latency_counts[%s] + %s
WHERE partition = %s;
