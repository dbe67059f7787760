-- applied --
-- How many messages of the ledger are projected.
SELECT coalesce(sum(next_offset), 0)::bigint FROM {position};

-- under_way --
-- For how long the oldest transaction runs, in seconds; none of them but a batch takes long.
SELECT extract(epoch FROM clock_timestamp() - min(xact_start))::float8 FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
    AND pid <> pg_backend_pid();

-- unpublished --
-- In how many partitions profiles wait to be published.
SELECT count(*) FROM {position} p JOIN {publication} b USING (partition)
WHERE b.topic_kind = 'profiles' AND b.generation < p.generation;
