-- of_partition --
-- Rows of a partition that only one of two tables has.
SELECT {columns} FROM {one} WHERE partition = %(partition)s
EXCEPT ALL SELECT {columns} FROM {other} WHERE partition = %(partition)s;

-- of_subject --
-- Rows of a subject that only one of two tables has.
SELECT {columns} FROM {one} WHERE partition = %(partition)s AND subject_id = %(subject)s
EXCEPT ALL SELECT {columns} FROM {other} WHERE partition = %(partition)s AND subject_id = %(subject)s;
