-- Grants, default privileges, comments, and the settings of the database.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = shop, public', current_database());
    EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Europe/Berlin');
    EXECUTE format('ALTER ROLE shop_app IN DATABASE %I SET work_mem = %L', current_database(), '9MB');
    EXECUTE format('ALTER DATABASE %I SET lock_timeout = %L', current_database(), '90s');
    EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), 'An online shop; it''s a "demo"');
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO shop_app', current_database());
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
SET ROLE shop_owner;
GRANT USAGE ON SCHEMA shop, archive TO shop_reader, shop_app;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO shop_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO shop_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA shop TO shop_app;
GRANT INSERT ON archive.log_line TO shop_app;
GRANT SELECT (key), UPDATE (value) ON archive.settings TO shop_app WITH GRANT OPTION;
GRANT SELECT ON archive.document TO PUBLIC;
REVOKE EXECUTE ON FUNCTION shop.customers_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.customers_of TO shop_app;
REVOKE USAGE ON TYPE shop.priced FROM PUBLIC;
GRANT USAGE ON TYPE shop.priced TO shop_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO shop_reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO shop_app;
COMMENT ON TABLE shop.customer IS E'Who buys.\nTwo lines, "quotes", it''s \\ %.';
COMMENT ON COLUMN shop.customer.credit IS 'In euros';
COMMENT ON CONSTRAINT product_weighs ON shop.product IS 'Nothing is weightless';
COMMENT ON FUNCTION shop.gross(numeric, numeric) IS 'With the tax';
COMMENT ON MATERIALIZED VIEW shop.best_country IS 'Refresh it after revenue_by_country';
COMMENT ON POLICY own_coupons ON shop.coupon IS 'Everybody sees their own';
RESET ROLE;
ANALYZE;
