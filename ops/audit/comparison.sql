-- only_one --
-- Rows that only one of two tables has, and how many they are.
SELECT count(*) OVER (), d::text
FROM (SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {other}) d LIMIT %s;
