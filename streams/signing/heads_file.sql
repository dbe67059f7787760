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

-- make_page_group --
-- The value over each group of pages, so that who asks for one subject reads one group.
CREATE TABLE IF NOT EXISTS page_group (
    page_group INTEGER PRIMARY KEY, value BLOB NOT NULL, subjects INTEGER NOT NULL
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

-- values_between --
-- Likewise, of some pages.
SELECT page, value, subjects FROM page WHERE page >= ? AND page < ?;

-- has_groups --
-- A file of before has no such table.
SELECT name FROM sqlite_schema WHERE name = 'page_group';

-- groups --
-- The values of all groups.
SELECT page_group, value, subjects FROM page_group;

-- pages --
-- The heads of some pages, which are named by a list in JSON.
SELECT page, heads FROM page WHERE page IN (SELECT value FROM json_each(?));

-- write_page --
-- A page as it stands now.
INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?);

-- write_group --
-- The value of a group as it stands now.
INSERT OR REPLACE INTO page_group VALUES (?, ?, ?);

-- write_at --
-- The cut that they are of now.
INSERT OR REPLACE INTO at VALUES (1, ?, ?);
