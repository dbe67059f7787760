-- Of SQLite, and not of Postgres.

-- make_page --
-- A page of heads, the value that it has in the tree above, and how many subjects stand in it.
CREATE TABLE IF NOT EXISTS page (
    page INTEGER PRIMARY KEY, heads BLOB NOT NULL, value BLOB NOT NULL, subjects INTEGER NOT NULL
);

-- make_at --
-- The one cut that all pages are of, and the last leaf hash of each partition.
CREATE TABLE IF NOT EXISTS at (
    one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL, lasts TEXT NOT NULL
);

-- begin_reading --
-- See one cut until the file is closed.
BEGIN;

-- begin_writing --
-- Write pages and their cut together.
BEGIN IMMEDIATE;

-- commit --
-- Let all of it be seen.
COMMIT;

-- undo --
-- Let none of it be seen.
ROLLBACK;

-- at --
-- The cut that the pages are of.
SELECT value, lasts FROM at;

-- values --
-- What the tree above is made of.
SELECT page, value, subjects FROM page;

-- page --
-- The heads of one page.
SELECT heads FROM page WHERE page = ?;

-- write_page --
-- A page as it stands now.
INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?);

-- write_at --
-- The cut that they are of now.
INSERT OR REPLACE INTO at VALUES (1, ?, ?);
