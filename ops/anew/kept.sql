-- Of SQLite, and not of Postgres.

-- begin --
-- See one cut until the file is closed.
BEGIN;

-- at --
-- The cut that the heads are of.
SELECT value, lasts FROM at;

-- pages --
-- Every page of heads, with its value in the tree above.
SELECT page, heads, value, subjects FROM page ORDER BY page;

-- has_groups --
-- Whether the file has values of groups; one of before has none.
SELECT 1 FROM sqlite_master WHERE name = 'page_group';

-- groups --
-- The value of every group of pages.
SELECT page_group, subjects, value FROM page_group;
