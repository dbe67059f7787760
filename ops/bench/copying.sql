-- rows_of --
-- The rows of one partition.
COPY (SELECT * FROM {table} WHERE partition = {partition}) TO STDOUT (FORMAT binary);

-- rows_into --
-- Rows as they were read.
COPY {table} FROM STDIN (FORMAT binary);
