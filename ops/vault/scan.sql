-- tables --
-- Every table of ours that holds rows itself; a partitioned one holds none, its parts do.
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1, 2;

-- rows --
-- Every row of a table, as text.
COPY (SELECT * FROM {table}) TO STDOUT;
