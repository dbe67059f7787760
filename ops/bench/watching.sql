-- positions --
-- Where every partition stands, in order.
SELECT array_agg(next_offset ORDER BY partition) FROM {position};
