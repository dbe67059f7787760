-- role_is_there --
-- Whether the vault's role exists.
SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s;

-- make_role --
-- The vault's role: nobody logs in as it.
CREATE ROLE {role} NOLOGIN;

-- give_role --
-- Who opens the vault acts as its role.
GRANT {role} TO CURRENT_USER;

-- let_create --
-- The role makes its schema itself.
GRANT CREATE ON DATABASE {database} TO {role};

-- act_as --
-- From now on this session is the vault's.
SET ROLE {role};

-- is_there --
-- Whether the vault was made.
SELECT to_regclass('vault.erasure') IS NOT NULL;

-- one_setup --
-- One process at a time makes the vault.
SELECT pg_advisory_xact_lock(1986098292);

-- masters --
-- Every version of the master key, by what it is known.
SELECT version, check_box FROM vault.master ORDER BY version;

-- add_master --
-- A version begins.
INSERT INTO vault.master (version, check_box) VALUES (%s, %s) ON CONFLICT (version) DO NOTHING;

-- known_key --
-- By what a key is known.
SELECT check_box FROM vault.known_key WHERE name = %s;

-- add_known_key --
-- A key begins.
INSERT INTO vault.known_key (name, check_box) VALUES (%s, %s);
