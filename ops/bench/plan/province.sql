-- by_partition --
-- How many profiles lie in each partition.
SELECT partition, count(*) FROM {profile} GROUP BY 1 ORDER BY 1;

-- size --
-- How much room the database takes.
SELECT pg_database_size(current_database());
