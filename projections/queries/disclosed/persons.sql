-- of_entry --
-- Whose an entry of a list is.
SELECT subject_id FROM {list_entry} WHERE list = %s AND entry_id = %s;
