-- Run by hostile.rs in the database postgres, after the shop's roles. Roles that nobody may be on RDS.
SELECT pg_catalog.pg_advisory_xact_lock(727369);

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['hostile_super', 'hostile_md5', 'hostile_walsender', 'hostile_grantor', 'pgbouncer'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = role) THEN
            EXECUTE format('CREATE ROLE %I', role);
        END IF;
    END LOOP;
END
$$;

ALTER ROLE hostile_super SUPERUSER CREATEROLE LOGIN;
ALTER ROLE hostile_super SET session_replication_role = replica;
ALTER ROLE hostile_super SET log_statement = 'none';
ALTER ROLE hostile_walsender REPLICATION BYPASSRLS LOGIN;
GRANT pg_read_server_files, pg_execute_server_program TO hostile_walsender;
GRANT hostile_super TO pgbouncer;
-- The password is hostile; the hash depends on the role's name, so renaming the role loses it.
DO $$
BEGIN
    EXECUTE format('ALTER ROLE hostile_md5 LOGIN PASSWORD %L', 'md5' || md5('hostile' || 'hostile_md5'));
END
$$;
