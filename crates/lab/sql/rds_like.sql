-- Run once by rds_like.rs as the superuser rdsadmin in the database postgres; :master_password is a literal.
-- One transaction. What RDS grants is in its guide ("Understanding PostgreSQL roles and permissions").

CREATE ROLE rds_superuser NOLOGIN;
CREATE ROLE rds_replication NOLOGIN;
CREATE ROLE rds_password NOLOGIN;
CREATE ROLE rds_iam NOLOGIN;
CREATE ROLE rds_ad NOLOGIN;
CREATE ROLE rds_reserved NOLOGIN;
CREATE ROLE rdsrepladmin NOLOGIN REPLICATION;

GRANT pg_monitor, pg_signal_backend, rds_replication, rds_password TO rds_superuser WITH ADMIN OPTION;

CREATE ROLE ferry_master LOGIN NOSUPERUSER CREATEDB CREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :master_password;
GRANT rds_superuser TO ferry_master WITH ADMIN OPTION;
GRANT rds_replication TO ferry_master WITH ADMIN OPTION;

-- The master may look into every database but rdsadmin, and owns those that clients start in.
REVOKE CONNECT ON DATABASE rdsadmin FROM PUBLIC;
ALTER DATABASE postgres OWNER TO ferry_master;
ALTER DATABASE template1 OWNER TO ferry_master;

DO $$
DECLARE
    version CONSTANT integer := current_setting('server_version_num');
BEGIN
    IF version >= 150000 THEN
        EXECUTE 'GRANT SET ON PARAMETER session_replication_role TO rds_superuser';
        EXECUTE 'GRANT pg_checkpoint TO rds_superuser WITH ADMIN OPTION';
    END IF;
    IF version >= 160000 THEN
        EXECUTE 'GRANT pg_create_subscription, pg_use_reserved_connections TO rds_superuser WITH ADMIN OPTION';
    END IF;
END
$$;
