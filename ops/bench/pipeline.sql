-- applied --
-- How many messages of the ledger are projected.
SELECT coalesce(sum(next_offset), 0)::bigint FROM {position};

-- under_way --
-- For how long the oldest transaction of some sessions runs, in seconds.
SELECT extract(epoch FROM clock_timestamp() - min(xact_start))::float8 FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
    AND application_name = %s;

-- unpublished --
-- In how many partitions profiles wait to be published.
SELECT count(*) FROM {position} p JOIN {publication} b USING (partition)
WHERE b.topic_kind = 'profiles' AND b.generation < p.generation;
