-- swept --
-- To which day each partition is swept.
SELECT partition, swept_on FROM {position} ORDER BY partition;

-- latency --
-- What was measured of each partition.
SELECT latency_ms, latency_sum_ms, latency_counts, recorded_ms FROM {position};
