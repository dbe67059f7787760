-- sweep --
-- Sessions that are over.
DELETE FROM control.session WHERE seen_at < %(idle)s OR since < %(oldest)s OR ends_at <= %(at)s;

-- begin --
-- A key is shown, or the provider told who it is: a session begins.
INSERT INTO control.session (digest, key_id, since, seen_at, askers, ends_at) VALUES (%s, %s, %s, %s, %s, %s);

-- holder --
-- Whose a session is that is not over, and what was said to be its purpose.
SELECT key_id, since, seen_at, purpose, basis, askers, ends_at FROM control.session
WHERE digest = %(digest)s AND seen_at >= %(idle)s AND since >= %(oldest)s AND (ends_at IS NULL OR ends_at > %(at)s);

-- seen --
-- Somebody goes on.
UPDATE control.session SET seen_at = %s WHERE digest = %s AND seen_at < %s;

-- purpose --
-- From now on it is asked for this.
UPDATE control.session SET purpose = %s, basis = %s WHERE digest = %s;

-- finish --
-- Somebody signs out.
DELETE FROM control.session WHERE digest = %s;
