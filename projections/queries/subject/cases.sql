-- stands --
-- Where a partition stands.
SELECT next_offset, generation FROM {position} WHERE partition = %s;
