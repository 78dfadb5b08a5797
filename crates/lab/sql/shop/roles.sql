-- Run by shop.rs in the database postgres: roles belong to the whole server, and several shops share them.
SELECT pg_catalog.pg_advisory_xact_lock(727369);

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['shop_owner', 'shop_app', 'shop_reader', 'shop_auditor', 'Shop "Night" Shift'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = role) THEN
            EXECUTE format('CREATE ROLE %I', role);
        END IF;
    END LOOP;
END
$$;

ALTER ROLE shop_owner NOLOGIN CREATEDB;
-- The password is shop_app; a verifier, so that it is the same in every shop.
ALTER ROLE shop_app LOGIN CONNECTION LIMIT 80 PASSWORD 'SCRAM-SHA-256$4096:cGdmZXJyeSBzaG9wIGFwcA==$5wxohcKiY0UgKzuI3+2ut4l383MqYN0f9ECEKqVqIjY=:mxjDK3OAtgZtf26uKUS+6QolY5lqvrQKTRPj+Uqw9M0=';
ALTER ROLE shop_reader NOLOGIN NOINHERIT;
ALTER ROLE shop_auditor LOGIN VALID UNTIL '2031-12-31 23:59:59+00';
ALTER ROLE shop_app SET statement_timeout = '10min';
ALTER ROLE shop_app SET search_path = shop, "$user", public;
ALTER ROLE shop_auditor SET default_transaction_read_only = on;
COMMENT ON ROLE shop_app IS 'The shop''s application';

GRANT shop_reader TO shop_app;
GRANT shop_reader TO shop_auditor WITH ADMIN OPTION;
GRANT shop_reader TO "Shop ""Night"" Shift";
GRANT pg_monitor TO shop_auditor;
