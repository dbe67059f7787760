-- read_models --
-- How much waits for an operator: parked subjects, what is unpublished, what the broker does not take.
SELECT (SELECT count(*) FROM {parked}), (SELECT count(*) FROM {outbox}), (SELECT count(*) FROM {set_aside}),
    coalesce((SELECT max(recorded_ms) FROM {position}), 0);

-- bulletin_behind --
-- By how many generations the index of what is published is behind the read models of organisations.
SELECT coalesce(sum(p.generation - CASE WHEN f.version = %(version)s THEN f.generation ELSE 0 END), 0)::bigint
FROM {position} p LEFT JOIN bulletin.followed f USING (partition);

-- keys_running_out --
-- How many keys in force on a day end before another, by their first role.
SELECT roles[1], count(*) FROM control.access_key
WHERE NOT revoked AND until > %(on)s AND until <= %(before)s GROUP BY 1 ORDER BY 1;

-- refused_for --
-- How many submissions were refused for a reason, on both platforms, since the first.
SELECT coalesce(sum(count), 0)::bigint FROM control.refusal WHERE reason = %(reason)s;
