-- known --
-- Whether a database of this name exists.
SELECT 1 FROM pg_database WHERE datname = %s;

-- make --
-- The database of the ledger, once.
CREATE DATABASE {name};
