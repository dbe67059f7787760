-- add --
-- Add to what was counted of departments, categories and months.
INSERT INTO {reporting} AS r (partition, {reporter_columns}, {counted_columns})
SELECT * FROM json_to_recordset(%s::json) AS told (
    partition smallint, department text, category text, month date, {counted_types}
)
ON CONFLICT (partition, department, category, month)
DO UPDATE SET ({counted_columns}) = ROW ({counted_added});

-- read --
-- What was counted, over all partitions.
SELECT {reporter_columns}, {counted_sums} FROM {reporting}
WHERE (%(month)s::date IS NULL OR month = %(month)s)
    AND (%(department)s::text IS NULL OR department = %(department)s)
GROUP BY {reporter_columns} ORDER BY {reporter_columns};

-- refusals --
-- What admission refused, on both platforms.
SELECT platform, department, month, reason, count FROM control.refusal
WHERE (%(month)s::date IS NULL OR month = %(month)s)
    AND (%(department)s::text IS NULL OR department = %(department)s)
ORDER BY platform, department, month, reason;

-- subjects --
-- How many subjects there are, by the first two characters of their ids.
SELECT left(subject_id, 2), count(*) FROM {profile} GROUP BY 1 ORDER BY 1;
