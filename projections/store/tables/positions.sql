-- positions --
-- Where every partition stands.
SELECT partition, {position_columns} FROM {position};

-- lock_position --
-- Where a partition stands; nobody else moves it until this transaction ends.
SELECT {position_columns} FROM {position} WHERE partition = %s FOR UPDATE;

-- lock_free_positions --
-- Where those of some partitions stand that nobody else holds; they are held from here on.
SELECT partition, {position_columns} FROM {position} WHERE partition = ANY(%s)
ORDER BY partition FOR UPDATE SKIP LOCKED;

-- move_positions --
-- Write where partitions stand now, and count the latency of their batches where it was measured.
UPDATE {position} p SET ({position_columns}) = ROW ({position_moved}),
    latency_ms = coalesce(k.waited_ms, p.latency_ms),
    latency_sum_ms = p.latency_sum_ms + k.waited_sum_ms,
    latency_counts[k.bucket] = p.latency_counts[k.bucket] + k.events
FROM unnest(
    %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[], %s::date[],
    %s::bigint[], %b::bytea[], %s::integer[], %s::bigint[], %s::integer[], %s::bigint[]
) AS k (partition, {position_columns}, waited_ms, waited_sum_ms, bucket, events)
WHERE p.partition = k.partition;
